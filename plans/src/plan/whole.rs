//! What a plan, and each of its parts, is on the whole.

use super::{Action, AttributeChange, Change, Drift, DriftKind, Note, Plan, Reason};
use crate::value::Address;

impl Change {
    /// Whether all that changes is that the ledger notes what a recovered row's object has: it is as declared.
    pub fn is_of_recovery(&self) -> bool {
        self.action == Action::Record && self.reasons == [Reason::Recovered]
    }
}

impl Drift {
    /// Whether all of it is left alone: a plan mends none of it, and no person needs to look at it.
    pub fn is_left_alone(&self) -> bool {
        let left_alone = |change: &AttributeChange| matches!(change.note, Some(Note::LeftAlone(_)));
        self.kind == DriftKind::Changed && self.attributes.iter().all(left_alone)
    }
}

impl Plan {
    /// Whether there is nothing to do: nothing live and no output changes, and the ledger has nothing to note but what the
    /// rows that were recovered are now known to have.
    pub fn is_empty(&self) -> bool {
        let is_noted = self.steps.is_empty() || self.changes.iter().all(Change::is_of_recovery);
        is_noted && self.outputs.is_empty()
    }

    /// Whether the deletion of a protected address was allowed by name.
    pub fn is_allowed(&self, address: &Address) -> bool {
        self.allowed.binary_search(address).is_ok()
    }

    /// How many changes have this action.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }
}
