//! The ledger: the record of what a stack owns and last applied.
//!
//! It is a record, not a cache: it alone knows last-applied values, secret versions, edges, places, protection and
//! generations. A row is enough to delete its object after its code is gone.

pub mod by_hand;
pub(crate) mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use self::by_hand::ByHand;
use crate::compiled::ProviderInstance;
use crate::live::Place;
use crate::value::{Address, Map, Name, Value};

pub use file::{FORMAT, LedgerError, read, write};

/// What one stack in one environment owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The stack's name.
    pub stack: Name,
    /// The environment.
    pub environment: Name,
    /// The stack's uuid, made with the ledger; part of every owner mark.
    pub uuid: Name,
    /// Rises by one with every saved version.
    pub serial: u64,
    /// The provider instances that rows name, as last applied.
    pub providers: BTreeMap<Name, ProviderInstance>,
    /// Where each of them was proven to be.
    pub places: BTreeMap<Name, Place>,
    /// The schemas of the kinds that rows have.
    pub schemas: BTreeMap<Name, Arc<Schema>>,
    /// The rows.
    pub rows: BTreeMap<Address, Row>,
    /// The last generation of addresses that have no row any more, so that no generation is used twice.
    pub retired: BTreeMap<Address, u32>,
    /// Creates that nobody answered and whose object was not found: it may show up late. By address and generation.
    pub unanswered: BTreeMap<(Address, u32), Unanswered>,
    /// What people did by hand to objects since they were last applied, by address.
    pub by_hand: BTreeMap<Address, Vec<ByHand>>,
    /// The published values as of the last apply.
    pub outputs: BTreeMap<Name, Value>,
}

/// A create that nobody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The provider instance that it was sent to.
    pub provider: Name,
    /// The ledger's serial then.
    pub serial: u64,
}

/// What is owned at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The provider instance it lives in.
    pub provider: Name,
    /// The schema version that the row was written under.
    pub schema_version: u32,
    /// The current object; none when only deposed ones are left, and when it was deleted because it has done what it is for: then
    /// nothing is missing.
    pub current: Option<Owned>,
    /// Objects that were replaced and still have to be deleted.
    pub deposed: Vec<Deposed>,
    /// The highest generation that was ever given out at this address.
    pub generation: u32,
    /// What was last applied: resolved values, secrets as references.
    pub applied: Map,
    /// What the provider computed, as last seen.
    pub computed: Map,
    /// What it depends on.
    pub depends_on: Vec<Address>,
    /// Whether deletion and replacement need to be allowed by name. Outlives the block in the code.
    pub protect: bool,
    /// Whether it is forgotten instead of deleted once its block is gone.
    pub retain: bool,
    /// Whether it was rebuilt by `recover`: nothing is unset on its account.
    pub recovered: bool,
    /// Where it was declared.
    pub at: Option<Name>,
}

/// One object that an address owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The service's id.
    pub id: Name,
    /// Which object of its address it is, from 1.
    pub generation: u32,
    /// Whether it ever became ready. One that did not is replaced.
    pub ready: bool,
}

/// An object that was replaced and still has to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposed {
    /// The object.
    pub object: Owned,
    /// What it stands on: the row says what the current object depends on, which may be something else by now.
    pub depends_on: Vec<Address>,
}

impl Row {
    /// Whether its object is gone on purpose, since it has done what it is for.
    pub fn is_spent(&self) -> bool {
        self.current.is_none() && self.deposed.is_empty()
    }

    /// All objects that the address owns: the current one first.
    pub fn objects(&self) -> impl Iterator<Item = &Owned> + Clone {
        self.current.iter().chain(self.deposed.iter().map(|deposed| &deposed.object))
    }
}

impl Ledger {
    /// The rows of a kind that have an object of this id: several where it is told apart by its place.
    pub fn owners<'a, 'b>(
        &'a self,
        kind: &'b str,
        id: &'b str,
    ) -> impl Iterator<Item = (&'a Address, &'a Row)> + use<'a, 'b> {
        let of_kind = self.rows.iter().filter(move |(address, _)| address.kind() == kind);
        of_kind.filter(move |(_, row)| row.objects().any(|owned| owned.id == id))
    }

    /// A ledger that owns nothing.
    pub fn new(stack: Name, environment: Name, uuid: Name) -> Self {
        Self {
            stack,
            environment,
            uuid,
            serial: 0,
            providers: BTreeMap::new(),
            places: BTreeMap::new(),
            schemas: BTreeMap::new(),
            rows: BTreeMap::new(),
            retired: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// The generation that the next object of an address gets.
    pub fn next_generation(&self, address: &Address) -> u32 {
        // Both count: an address that a moved row left can be retired at a higher generation than the row that moved in.
        let row = self.rows.get(address).map_or(0, |row| row.generation);
        row.max(self.retired.get(address).copied().unwrap_or(0)) + 1
    }
}
