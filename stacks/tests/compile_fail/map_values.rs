extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

fn network() {
    let _ = aws::Vpc::builder().tags([("Name", 1)]);
    let _ = aws::Vpc::builder().tags(["Name"]);
    let _ = aws::Vpc::builder().tags([("Name", flashinfra::Secret::env("NAME"))]);
}

fn main() {}
