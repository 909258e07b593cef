//! A stack is defined by a function of one shape.

extern crate flashinfra_stacks as flashinfra;

use flashinfra::Stack;

struct NoParams;

fn shop(_stack: &mut Stack, _params: &NoParams) {}

flashinfra::main!("shop", shop);
