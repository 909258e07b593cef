//! The decision for each address: what happens to it and why, before anything is ordered.

use crate::ledger::Owned;
use crate::plan::{Change, RowDraft};
use crate::value::{Map, Name};

/// What was decided for one address: the change that people see, and what its steps need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What people see.
    pub change: Change,
    /// The provider instance of the object to be. An object that is deleted lives in the instance that its row names.
    pub provider: Name,
    /// Everything declared, resolved as far as it is known; references stay where the value comes from another step. For an
    /// update and a record, attributes that are left alone (`ignore`, a controller's, set at create only) have their live
    /// value. A record of [`Mode::RefreshOnly`](crate::plan::Mode::RefreshOnly) has what was last applied, with live taken over.
    pub inputs: Map,
    /// For an update: the top-level attributes that change, the released ones not among them.
    pub changed: Vec<Name>,
    /// For an update: the live values of those; of a keyed collection only the entries that are ours.
    pub before: Map,
    /// The fingerprint of the live object that the decision was made on.
    pub expects: Option<Name>,
    /// The paths that [`Self::expects`] is taken over.
    pub watched: Vec<Name>,
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
