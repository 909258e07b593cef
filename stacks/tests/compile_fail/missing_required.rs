extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::Stack;

fn network(stack: &mut Stack) {
    let vpc = aws::VpcId::new("vpc-1");
    stack.add("a", aws::Subnet::builder().vpc_id(vpc));
}

fn main() {}
