extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::output;

fn url(db: &aws::DbInstanceHandle) {
    let _ = output!("{db}");
    let _ = output!("{}", db.subnet_ids());
}

fn main() {}
