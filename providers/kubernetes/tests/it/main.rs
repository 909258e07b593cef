//! The adapter and the engine on an API server that nobody here wrote. Where there is none, each test says that it was skipped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod admission;
mod awkward;
mod by_hand;
mod conformance;
mod health;
mod hooks;
mod logs;
mod nothing;
mod oracle;
mod others;
mod rehearsal;
mod release;
mod render;
mod tables;
mod unready;
mod webhook;
mod world;
