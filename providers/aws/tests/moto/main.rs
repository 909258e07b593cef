//! The adapter against moto, through the real SDK.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod network;
mod reads;
mod world;
