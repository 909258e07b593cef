//! The sandbox from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod aws_kinds;
mod conformance;
mod faults;
mod file;
mod kinds;
mod sandbox;
mod sinner;
