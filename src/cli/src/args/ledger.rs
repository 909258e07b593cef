//! `ledger ls`, `ledger show` and `ledger forget`

use clap::Subcommand;
use flashinfra_plans::Address;

/// `ledger …`
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// List the ledgers, or what one of them owns
    Ls,
    /// Show all that is recorded: of everything that is owned, or of one address
    Show {
        /// Only this address, with where it was declared and its generations
        #[arg(value_parser = Address::parse)]
        address: Option<Address>,
    },
    /// Stop owning an address; the object stays as it is
    Forget {
        /// The address
        #[arg(value_parser = Address::parse)]
        address: Address,
        /// Does not ask
        #[arg(long)]
        auto_approve: bool,
    },
}
