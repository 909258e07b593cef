extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network(zone: Option<String>) {
    let _ = aws::Subnet::builder().availability_zone(zone);
}

fn main() {}
