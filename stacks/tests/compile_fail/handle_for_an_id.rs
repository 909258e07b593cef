extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network(vpc: &aws::VpcHandle) {
    let _ = aws::Subnet::builder().vpc_id(vpc);
}

fn main() {}
