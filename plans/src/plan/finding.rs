//! What providers say of changes that they are asked about before these are made.

use crate::value::{Address, Name};

/// What a provider said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Somebody should know this before it is done.
    Careful {
        /// Whose change it is.
        address: Address,
        /// A sentence without a full stop.
        what: Name,
    },
    /// These could not be tried, all for one reason.
    Untried {
        /// Why.
        reason: Name,
        /// Whose changes, sorted.
        addresses: Vec<Address>,
    },
}
