extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn data(sizes: &[String]) {
    let _ = aws::DbInstance::builder().allocated_storage(sizes.len());
}

fn main() {}
