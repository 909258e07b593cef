extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::output;

fn url(db: &aws::DbInstanceHandle) {
    let host = db.address();
    let _ = output!("https://{hots}:5432/{host}");
}

fn main() {}
