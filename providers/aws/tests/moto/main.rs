//! The adapter against moto and ministack, through the real SDK.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod backups;
mod cache;
mod cluster;
mod conformance;
mod databases;
mod endpoints;
mod gaps;
mod identity;
mod keys;
mod launch_template;
mod logs;
mod lookups;
mod network;
mod permissions;
mod reads;
mod storage;
mod stores;
mod world;
