//! `rollback`, and how a run treats the ledger's history.

use std::path::PathBuf;

use clap::Args;

use super::{Planning, Running};

/// `rollback`
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The revision to go back to, as `history` numbers them [default: the last good one before the present]
    pub(crate) revision: Option<u64>,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Only plans, and keeps the plan in this file, for `show` and `apply`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) running: Running,
}
