//! The journal: what an apply is about to do, and what it did. Written before each act.
//!
//! Records are pure data; `fold` turns a ledger and the records of a run into the ledger after it, plus the intents that
//! are still open. A normal start is the recovery of an empty journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use crate::compiled::ProviderInstance;
use crate::ledger::Row;
use crate::live::Place;
use crate::value::{Address, Name, Value};

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The run starts; consumes the plan.
    Begun {
        /// The run's id.
        run: Name,
        /// The digest of the plan.
        plan: Name,
        /// The ledger's serial that the plan was made from.
        serial: u64,
        /// The provider instances of the plan: rows that the run writes name them.
        providers: BTreeMap<Name, ProviderInstance>,
        /// Their proven places.
        places: BTreeMap<Name, Place>,
        /// The schemas of the kinds that have steps, so that a row can be read after a crash.
        schemas: BTreeMap<Name, Arc<Schema>>,
    },
    /// A step is about to act. Durable before the provider is called.
    Started(Intent),
    /// The service accepted it and works on it; from here on it is polled by id.
    Accepted {
        /// The step.
        step: u32,
        /// The object's id.
        id: Name,
    },
    /// A step is done. Durable before or with its dependents' `Started`.
    Done {
        /// The step.
        step: u32,
        /// What it means for the ledger.
        effect: Effect,
    },
    /// A step failed, and surely did nothing (or left what `effect` says).
    Failed {
        /// The step.
        step: u32,
        /// Why.
        message: Name,
        /// What it left behind: a row that never became ready, say.
        effect: Option<Effect>,
    },
    /// It is not known whether a step acted.
    Unknown {
        /// The step.
        step: u32,
        /// Why.
        message: Name,
    },
    /// The published values as evaluated after the last step.
    Outputs(BTreeMap<Name, Value>),
    /// The run ended by itself.
    Ended,
}

/// What a step is about to do: enough to find out, after a crash, whether it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The step.
    pub step: u32,
    /// `create`, `update`, `delete`, `move`.
    pub act: Name,
    /// For which address.
    pub address: Address,
    /// For which generation.
    pub generation: u32,
    /// In which provider instance.
    pub provider: Name,
    /// On which object; none for a create.
    pub object: Option<Name>,
    /// The client token that it sends or would send.
    pub token: Name,
    /// The row as it is to be once the step is done, with an empty id for a create: what a recovery completes.
    pub row: Option<Row>,
}

/// What a step means for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row of the address is this one now.
    Put(Address, Box<Row>),
    /// The address has no row any more; the generation is retired.
    Remove(Address, u32),
    /// The row moved.
    Rename {
        /// From this address.
        from: Address,
        /// To this one, saying this.
        to: Address,
        /// The row.
        row: Box<Row>,
    },
}
