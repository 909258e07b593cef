//! What a stack makes known is an output, not what its function returns.

extern crate flashinfra_stacks as flashinfra;

use flashinfra::Stack;

fn shop(_stack: &mut Stack) -> u32 {
    3
}

flashinfra::main!("shop", shop);
