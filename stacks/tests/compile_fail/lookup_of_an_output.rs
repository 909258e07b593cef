extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::Stack;

fn image(stack: &mut Stack, database: &aws::DbInstanceHandle) {
    stack.lookup("image", aws::NewestImage::builder().name(database.address()));
}

fn main() {}
