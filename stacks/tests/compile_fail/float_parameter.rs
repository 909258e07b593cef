//! Nothing in a stack is a float.

extern crate flashinfra_stacks as flashinfra;

use flashinfra::Params;

#[derive(Params)]
struct Shop {
    #[param(default = 0.5)]
    ratio: f64,
}

fn main() {}
