//! `test` and `rollback`.

use std::path::PathBuf;

use clap::Args;

use super::{Planning, Running};

/// `test`
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Which tests: addresses, or their names [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How many tests run at once for each provider
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallelism: Option<u16>,
    /// How many revisions the ledger keeps for `history` and `rollback`, 0 for all [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) history_max: Option<usize>,
    /// Does not show the last lines of programs that failed: they may hold anything, secrets too
    #[arg(long)]
    pub(crate) no_logs: bool,
}

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
