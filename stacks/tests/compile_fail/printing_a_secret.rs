extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::Secret;

fn data() {
    let password = Secret::env("DB_PASSWORD");
    println!("{password}");
    println!("{password:?}");
    if password == Secret::env("OTHER") {}
}

fn main() {}
