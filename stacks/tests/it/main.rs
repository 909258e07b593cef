//! A stack from its definition to its compiled form, as users of the crate see it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read files")]

extern crate flashinfra_stacks as flashinfra;

mod compiled;
mod configured;
mod ids;
mod kinds;
mod lookups;
mod problems;
mod texts;
