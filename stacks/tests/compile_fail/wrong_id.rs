extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::{Stack, cidr};

fn network(stack: &mut Stack, other: &aws::SubnetHandle) {
    stack.add("a", aws::Subnet::builder().vpc_id(other.id()).cidr_block(cidr!("10.0.0.0/24")));
}

fn main() {}
