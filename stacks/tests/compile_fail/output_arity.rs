extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::output;

fn url(db: &aws::DbInstanceHandle) {
    let _ = output!("https://{}:{}", db.address());
    let _ = output!("https://{}", db.address(), 5432);
    let _ = output!(db.address());
    let _ = output!("https://{db.address()}");
    let _ = output!("{:>8}", 1);
    let _ = output!("{unclosed");
}

fn main() {}
