extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network(vpc: &aws::VpcHandle) {
    let _ = aws::Subnet::builder().depends_on(vpc.id());
}

fn main() {}
