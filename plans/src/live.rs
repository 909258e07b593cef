//! What was read just now: places, objects, phases, owner marks.

use std::collections::BTreeMap;

use crate::ledger::by_hand::Looked;
use crate::rehearsal::Rehearsed;
use crate::value::{Address, Map, Name};

/// Where a provider instance was proven to be: the account, project, subscription or cluster behind its credentials.
///
/// It stands in every ledger row and plan; a mismatch refuses before any other read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The provider's type: `aws`.
    pub provider: Name,
    /// What credentials prove: an AWS partition and account (`aws:123456789012`), a GCP project number, an Azure tenant and
    /// subscription, the UID of a cluster's `kube-system` namespace, or the sandbox's own uuid.
    pub scope: Name,
    /// The region, when the provider has them; else empty.
    pub region: Name,
}

/// What was found out about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// It is there.
    Present(Object),
    /// A read by its id, in its place, said not-found.
    Absent,
    /// It is gone but still listed, or its name is still reserved.
    Tombstone {
        /// A sentence for people: until when, or how to restore it.
        note: Name,
    },
    /// It could not be read; never the same as absent.
    Unreadable {
        /// Why, with the service's code and request id.
        reason: Name,
    },
}

/// A live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The service's id of it, or its unique name.
    pub id: Name,
    /// What it is doing.
    pub phase: Phase,
    /// Its attributes in the schema's terms: what the service has no value for is absent.
    pub attributes: Map,
    /// Attributes that could not be read: shown as not verified, never diffed.
    pub unverified: Vec<Name>,
    /// The owner mark it carries.
    pub owner: Option<OwnerMark>,
    /// Whether something other than a stack makes and removes it (owner references, provider-managed tags).
    pub managed_by: Option<Name>,
}

/// What an object is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Being created.
    Creating,
    /// Done, usable.
    Ready,
    /// Being changed.
    Updating,
    /// Its create or update failed.
    Failed,
    /// Being deleted.
    Deleting,
}

/// Who owns an object: the stack's uuid, the address and the generation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnerMark {
    /// The uuid that the stack got with its ledger.
    pub stack: Name,
    /// The address in that stack.
    pub address: Address,
    /// Which object of this address it is, counted from 1.
    pub generation: u32,
}

/// A question about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The kind: `aws.vpc`.
    pub kind: Name,
    /// The service's id, or the unique name, as in [`Object::id`]. Empty for a lookup, which is asked by its attributes alone.
    pub id: Name,
    /// What is declared or was last applied, for kinds whose read needs more than an id. May be empty. For a lookup, what is asked.
    pub attributes: Map,
}

/// All that was read for one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The proven place of each provider instance.
    pub places: BTreeMap<Name, Place>,
    /// What was answered to each lookup.
    pub lookups: BTreeMap<Address, Live>,
    /// The current object of each address that was asked about.
    pub current: BTreeMap<Address, Live>,
    /// Who has the name of the next object of an address, where that is not the name of the current one.
    pub named: BTreeMap<Address, Live>,
    /// The deposed objects, by address and generation.
    pub deposed: BTreeMap<(Address, u32), Live>,
    /// What was found by the stack's owner mark, by provider instance and kind: only where something may have shown up late.
    pub marked: BTreeMap<(Name, Name), Vec<(OwnerMark, Object)>>,
    /// Where such a search failed, and why.
    pub unsearched: BTreeMap<(Name, Name), Name>,
    /// What was said of changes before they are made, where there was something to say. It is asked about a plan that was made without
    /// it.
    pub rehearsed: BTreeMap<Address, Rehearsed>,
    /// What the objects show of what was begun by hand, by address and command.
    pub by_hand: BTreeMap<(Address, Name), Looked>,
}

impl Object {
    /// Whether anybody saw it. Of what may not be read at all, and is compared by what was last applied alone (a Secret), a provider
    /// tells no attribute and calls all of them unverified: whether it is there is then the ledger's word.
    pub fn was_seen(&self) -> bool {
        !self.attributes.is_empty() || self.unverified.is_empty()
    }
}

impl Question {
    /// A lookup.
    pub fn lookup(kind: &str, asked: Map) -> Self {
        Self { kind: kind.into(), id: Name::default(), attributes: asked }
    }
}

impl OwnerMark {
    /// The mark as one text, `stack/generation/kind/name`; what a tag or label holds.
    pub fn to_text(&self) -> String {
        format!("{}/{}/{}", self.stack, self.generation, self.address)
    }

    /// Reads [`Self::to_text`] back; anything else is no mark of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (stack, rest) = text.split_once('/')?;
        let (generation, address) = rest.split_once('/')?;
        Some(Self { stack: stack.into(), generation: generation.parse().ok()?, address: Address::parse(address).ok()? })
    }
}
