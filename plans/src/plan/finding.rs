//! What there is to say beside the changes: by providers that are asked about them before they are made, and of what was begun by hand.

use crate::value::{Address, Name};

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Somebody should know this before it is done.
    Careful {
        /// Whose change it is.
        address: Address,
        /// A sentence without a full stop.
        what: Name,
    },
    /// Somebody began something by hand, and no record says what came of it.
    ByHand {
        /// Whose object it was done to.
        address: Address,
        /// Who, when, why, and what the object shows of it, in sentences.
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
