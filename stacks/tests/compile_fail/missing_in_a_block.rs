extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::{Secret, Stack};

fn data(stack: &mut Stack, subnet: &aws::SubnetHandle) {
    stack.add(
        "main",
        aws::DbInstance::builder()
            .identifier("main")
            .allocated_storage(100)
            .subnet_ids([subnet.id()])
            .password(Secret::env("DB_PASSWORD"))
            .ingress([aws::Ingress::builder().from_port(5432)]),
    );
}

fn main() {}
