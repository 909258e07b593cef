//! The proxy in front of a server that a test scripts, and in front of moto.

#![expect(clippy::unwrap_used, reason = "a failing test fails by panicking")]

mod client;
mod faults;
mod gates;
mod memory;
mod moto;
mod passing;
mod shop;
mod tokens;
