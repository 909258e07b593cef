//! The simulator as a test: seeds, kept scenarios, and planted mistakes that it has to find.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails by panicking")]

mod kept;
mod planted;
mod seeds;
