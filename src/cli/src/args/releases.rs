//! `test` and `rollback`.

use std::path::PathBuf;

use clap::Args;

use super::times::seconds;
use super::{Execution, Planning, Running};

/// `test`
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Which tests: addresses, or their names [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How long each test may take before it has failed, instead of its kind's own time: `90s`, `10m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) timeout: Option<u64>,
    #[command(flatten)]
    pub(crate) execution: Execution,
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
