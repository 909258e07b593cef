//! What is done: calls to providers and writes to the ledger, one by one.

use std::collections::BTreeMap;

use crate::ledger::Row;
use crate::value::{Address, Map, Name, Value};

/// One call to a provider, or one write to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 1, in the plan's order.
    pub id: u32,
    /// What it does.
    pub act: Act,
    /// The address it does it for.
    pub address: Address,
    /// The generation of the object it acts on or makes.
    pub generation: u32,
    /// The provider instance.
    pub provider: Name,
    /// The id of the object it acts on. For a create: the current object that becomes deposed by it, when a later step of
    /// the plan deletes that one, or it is restored and keeps that one; none when there is no older object, or it is gone already.
    pub object: Option<Name>,
    /// Create, update and record: everything declared, with references where the value is known only at apply, and the live
    /// value where an attribute is left alone; what the row says as applied afterwards is this without
    /// [`RowDraft::released`]. For the update that lifts a guard before a delete, what was last applied; before that of a double,
    /// what is live. Delete: the delete arguments.
    pub inputs: Map,
    /// Update: the top-level attributes that change, the released ones not among them.
    pub changed: Vec<Name>,
    /// Update: the live values of what changes (absent key: there was none), so that an adapter knows what to remove. Of a
    /// keyed collection only what is ours, declared or last applied: an adapter leaves alone what does not stand here.
    pub before: Map,
    /// When it is done at all: of a replacement that may turn out not to be needed. None: in any case.
    pub when: Option<When>,
    /// The fingerprint of the live object that the step expects: for one that follows an update of the same object in this
    /// plan, of what the update leaves. None for a create.
    pub expects: Option<Name>,
    /// What [`Self::expects`] is taken over beside identity and phase: paths of attributes, sorted. Apply takes the fingerprint
    /// over the same ones.
    pub watched: Vec<Name>,
    /// What it sends of other objects, which this plan does not make, and of what was looked up: sorted by address. Apply looks at
    /// them again, too.
    pub relies_on: Vec<Reliance>,
    /// The steps that must be done before: sorted, each lower than `id`, without those that follow from the others.
    pub after: Vec<u32>,
    /// What the ledger row is to say once it is done; none when the row goes. A step on a deposed object changes
    /// nothing else in the row.
    pub row: Option<RowDraft>,
    /// How long it usually takes, in seconds.
    pub typical_seconds: u32,
    /// When the engine gives up waiting, in seconds.
    pub timeout_seconds: u32,
}

/// When a step is done that depends on values which are known only once other steps are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// Whether it is done when the values turn out to be the live ones, or when any of them is another one.
    pub same: bool,
    /// The values, sorted by name.
    pub arriving: Vec<Arriving>,
}

/// A value that arrives while the plan is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arriving {
    /// The attribute, at the top.
    pub name: Name,
    /// What it is to be: an expression.
    pub value: Value,
    /// What the live object has; none when it has no value.
    pub live: Option<Value>,
}

/// What a step sends of another resource's object, as it was read while planning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reliance {
    /// Whose it is.
    pub address: Address,
    /// The provider instance that the object lives in.
    pub provider: Name,
    /// The object.
    pub object: Name,
    /// The values by their paths: `arn`, `endpoint.host`. Null where there was none.
    pub values: Map,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Makes a new object. The older current one becomes deposed when the step names it as its object.
    Create,
    /// Changes the object.
    Update,
    /// Deletes the object of this step's generation.
    Delete,
    /// Takes away what guards an object that carries this step's mark and that no row has, so that the next step can delete it. The
    /// row stays as it is.
    UnguardDouble,
    /// Deletes an object that carries this step's mark and that no row has. The row stays as it is.
    DeleteDouble,
    /// Removes the row; the object stays.
    Forget,
    /// Rewrites the owner mark and the row from this address.
    Move(Address),
    /// Writes the row only.
    Record,
}

/// What a ledger row says apart from what the provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDraft {
    /// What it depends on.
    pub depends_on: Vec<Address>,
    /// Whether it is protected.
    pub protect: bool,
    /// Whether it is forgotten instead of deleted.
    pub retain: bool,
    /// Attributes among the step's inputs that the row does not keep as applied: they are set back to a default that the
    /// stack does not ask for any more.
    pub released: Vec<Name>,
    /// What its deposed objects stand on, by their generation: those that are left by then, under the addresses that are right
    /// once the plan's moves are done.
    pub deposed: BTreeMap<u32, Vec<Address>>,
    /// Where it was declared.
    pub at: Option<Name>,
}

impl RowDraft {
    /// What a row says already; what its deposed objects stand on is left as it is.
    pub fn of(row: &Row) -> Self {
        let Row { depends_on, protect, retain, at, .. } = row.clone();
        Self { depends_on, protect, retain, released: Vec::new(), deposed: BTreeMap::new(), at }
    }

    /// What the row says as applied once the step is done: its resolved inputs without what is released.
    pub fn applied(&self, inputs: Map) -> Map {
        self.released.iter().fold(inputs, |applied, path| applied.with_at(path, None))
    }
}
