extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network(vpc: &aws::VpcHandle) {
    println!("{}", vpc.id());
    if vpc.is_default() == true {}
    if vpc.is_default() {}
}

fn main() {}
