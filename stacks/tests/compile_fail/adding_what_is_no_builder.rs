extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::Stack;

fn network(stack: &mut Stack, vpc: &aws::VpcHandle) {
    stack.add("a", vpc);
    stack.add("b", aws::Ingress::builder());
}

fn main() {}
