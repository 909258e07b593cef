//! Attributes and types that no set of parameters takes.

extern crate flashinfra_stacks as flashinfra;

use flashinfra::Params;

#[derive(Params)]
struct UnknownKey {
    #[param(default = 2, maximum = 3)]
    zones: u32,
}

#[derive(Params)]
struct LimitOfATruth {
    #[param(default = true, min = 1)]
    debug: bool,
}

#[derive(Params)]
struct DefaultOfAnotherType {
    #[param(default = "two")]
    zones: u32,
}

#[derive(Params)]
enum VariantWithAValue {
    Small,
    Custom(u32),
}

#[derive(Params)]
struct Tuple(u32);

fn main() {}
