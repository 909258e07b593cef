extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::cidr;

fn network() {
    let _ = aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).cidr_block(cidr!("10.1.0.0/16"));
}

fn main() {}
