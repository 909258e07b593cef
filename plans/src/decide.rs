//! The decision for each address: what happens to it and why, before anything is ordered.

use crate::ledger::Owned;
use crate::plan::{Change, RowDraft};
use crate::value::{Map, Name};

/// What was decided for one address: the change that people see, and what its steps need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What people see.
    pub change: Change,
    /// The provider instance.
    pub provider: Name,
    /// Everything declared, resolved as far as it is known; references stay where the value comes from another step.
    pub inputs: Map,
    /// For an update: the top-level attributes that change.
    pub changed: Vec<Name>,
    /// For an update: the live values of those; of a keyed collection only the entries that are ours.
    pub before: Map,
    /// The fingerprint of the live object that the decision was made on.
    pub expects: Option<Name>,
    /// The object that it is about: the current one, or the deposed one of [`Action::DeleteDeposed`](crate::Action::DeleteDeposed).
    pub owned: Option<Owned>,
    /// For a create or replacement: the generation of the new object.
    pub generation: u32,
    /// For a deletion: the delete arguments, from the ledger row and what is declared.
    pub delete_arguments: Map,
    /// For a deletion: attributes that are true on the live object and refuse it (`deletion_protection`).
    pub delete_guards: Vec<Name>,
    /// What the row is to say afterwards; none when it goes.
    pub row: Option<RowDraft>,
}
