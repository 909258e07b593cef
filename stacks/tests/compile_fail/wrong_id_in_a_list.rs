extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn data(vpc: &aws::VpcHandle) {
    let _ = aws::DbInstance::builder().subnet_ids([vpc.id()]);
}

fn main() {}
