//! What a person looks at and does by hand, beside plans.

use clap::Args;
use flashinfra_plans::Address;

use super::times::seconds;

/// `scale`
#[derive(Debug, Args)]
pub(crate) struct Scale {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// How many
    pub(crate) replicas: u32,
    /// Why; the next plan says it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// `restart`
#[derive(Debug, Args)]
pub(crate) struct Restart {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// Why; the ledger keeps it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// `health`
#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Only these addresses
    #[arg(value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) addresses: Vec<Address>,
    /// In the text format of Prometheus
    #[arg(long, conflicts_with = "json")]
    pub(crate) prometheus: bool,
}

/// `logs`
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// Goes on with what is written from now on
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// So many lines of each program, the last ones
    #[arg(long, value_name = "N")]
    pub(crate) tail: Option<u32>,
    /// Lines that are no older than this: `90s`, `10m`, `2h`, `1d`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) since: Option<u64>,
}
