extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn data(subnet: &aws::SubnetHandle) {
    let _ = aws::DbInstance::builder().subnet_ids(subnet.id());
    let _ = aws::DbInstance::builder().ingress(aws::Ingress::builder().from_port(1).to_port(2));
}

fn main() {}
