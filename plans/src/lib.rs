//! Plan: graph, diff, decide, steps, plan file. Pure: bytes and values in, bytes and values out.
//!
//! ```text
//! compiled stack ─┐
//! ledger ─────────┼─→ graph ─→ decide (three-way diff) ─→ steps ─→ Plan ─→ file, text
//! live ───────────┘                                              └─→ check (code that did not make it)
//! ```
//!
//! Nothing in this crate reads a clock, a file, the environment or the network; the same input gives the same bytes.

pub mod check;
pub mod compare;
pub mod compiled;
#[cfg(test)]
mod damage;
pub mod decide;
pub mod declared;
pub mod file;
pub mod fingerprint;
pub mod graph;
pub mod journal;
pub mod ledger;
pub mod live;
pub mod lookups;
mod mirror;
pub mod plan;
pub mod questions;
pub mod references;
pub mod rehearsal;
pub mod render;
pub mod resolve;
pub mod revision;
#[cfg(test)]
mod samples;
pub mod schedule;
pub mod schema_file;
pub mod steps;
pub mod upgrade;
pub mod value;

pub use compiled::{CompiledStack, Declared, DeclaredLookup, Lifecycle, ProviderInstance};
pub use ledger::{Ledger, Row};
pub use live::{Live, Object, Observed, OwnerMark, Phase, Place};
pub use plan::{Action, Change, Plan, Step};
pub use revision::Revision;
pub use value::{Address, Map, Name, Value};
