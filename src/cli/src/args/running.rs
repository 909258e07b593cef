//! How steps run, whatever made their plan.

use clap::Args;

/// How an apply runs; for `apply`, `resume`, `rollback` and `destroy`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Running {
    /// Does not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    #[command(flatten)]
    pub(crate) execution: Execution,
}

/// What holds for all that runs steps, tests too.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Execution {
    /// How many steps run at once for each provider [default: all that are ready]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallelism: Option<u16>,
    /// How many revisions the ledger keeps for `history` and `rollback`, 0 for all [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) history_max: Option<usize>,
    /// Does not show the last lines of programs that failed: they may hold anything, secrets too
    #[arg(long)]
    pub(crate) no_logs: bool,
}
