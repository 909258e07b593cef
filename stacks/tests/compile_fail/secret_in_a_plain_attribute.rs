extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::{Secret, output};

fn data() {
    let password = Secret::env("DB_PASSWORD");
    let _ = aws::DbInstance::builder().description(&password);
    let _ = aws::DbInstance::builder().description(output!("the password is {password}"));
}

fn main() {}
