extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn data() {
    let _ = aws::DbInstance::builder().ingress([aws::Egress::builder().to_port(5432)]);
}

fn main() {}
