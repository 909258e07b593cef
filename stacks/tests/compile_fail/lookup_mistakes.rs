extern crate flashinfra_stacks as flashinfra;

#[path = "support/aws.rs"]
mod aws;

use flashinfra::{Computed, Lookup, Secret, Stack};

#[derive(Lookup)]
#[lookup(kind = "aws.password")]
pub struct Password {
    pub value: Computed<Secret<String>>,
}

#[derive(Lookup)]
#[lookup(kind = "aws.password", stateful)]
pub struct Stateful {
    pub value: Computed<String>,
}

fn missing(stack: &mut Stack) {
    stack.lookup("image", aws::NewestImage::builder());
}

fn added(stack: &mut Stack) {
    stack.add("image", aws::NewestImage::builder().name("debian"));
}

fn looked_up(stack: &mut Stack) {
    stack.lookup("vpc", aws::Vpc::builder());
}

fn depended_on(image: &aws::NewestImageHandle) {
    let _ = aws::Vpc::builder().depends_on(image);
}

fn main() {}
