extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network() {
    let _ = aws::Vpc::builder().cidr_block("10.0.0.0/16");
}

fn main() {}
