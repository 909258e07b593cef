//! One suite of checks over every kind of place that ledgers can be in.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod checks;
#[cfg(all(feature = "aws", feature = "gcp", feature = "azure"))]
mod credentials;
mod engine;
mod faults;
mod leases;
mod places;
#[cfg(all(unix, feature = "aws", feature = "gcp", feature = "azure"))]
mod stopped;
