extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn data() {
    let _ = aws::DbInstance::builder().password("hunter2");
}

fn main() {}
