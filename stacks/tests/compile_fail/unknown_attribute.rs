extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::cidr;

fn network() {
    let _ = aws::Vpc::builder().cidr_blok(cidr!("10.0.0.0/16"));
}

fn main() {}
