//! Steps in a plan file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{is_false, present};
use crate::plan::{Act, Arriving, Reliance, RowDraft, Step, When};
use crate::value::{Address, Map, Name, Value};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepV1 {
    id: u32,
    act: ActV1,
    address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Address>,
    generation: u32,
    provider: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<Name>,
    after: Vec<u32>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    inputs: Map,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<Name>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    before: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<WhenV1>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expects: Option<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    watched: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    relies_on: Vec<RelianceV1>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<RowV1>,
    typical_seconds: u32,
    timeout_seconds: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActV1 {
    Create,
    Update,
    Delete,
    UnguardDouble,
    DeleteDouble,
    Forget,
    /// The address that it moves from stands in `from`.
    Move,
    Record,
}

impl From<&Step> for StepV1 {
    fn from(step: &Step) -> Self {
        let Step {
            id,
            act,
            address,
            generation,
            provider,
            object,
            inputs,
            changed,
            before,
            when,
            expects,
            watched,
            relies_on,
            after,
            row,
            typical_seconds,
            timeout_seconds,
        } = step.clone();
        let (act, from) = match act {
            Act::Create => (ActV1::Create, None),
            Act::Update => (ActV1::Update, None),
            Act::Delete => (ActV1::Delete, None),
            Act::UnguardDouble => (ActV1::UnguardDouble, None),
            Act::DeleteDouble => (ActV1::DeleteDouble, None),
            Act::Forget => (ActV1::Forget, None),
            Act::Move(from) => (ActV1::Move, Some(from)),
            Act::Record => (ActV1::Record, None),
        };
        Self {
            id,
            act,
            address,
            from,
            generation,
            provider,
            object,
            after,
            inputs,
            changed,
            before,
            when: when.map(Into::into),
            expects,
            watched,
            relies_on: relies_on.into_iter().map(Into::into).collect(),
            row: row.map(Into::into),
            typical_seconds,
            timeout_seconds,
        }
    }
}

impl From<StepV1> for Step {
    fn from(step: StepV1) -> Self {
        let StepV1 {
            id,
            act,
            address,
            from,
            generation,
            provider,
            object,
            after,
            inputs,
            changed,
            before,
            when,
            expects,
            watched,
            relies_on,
            row,
            typical_seconds,
            timeout_seconds,
        } = step;
        let act = match act {
            ActV1::Create => Act::Create,
            ActV1::Update => Act::Update,
            ActV1::Delete => Act::Delete,
            ActV1::UnguardDouble => Act::UnguardDouble,
            ActV1::DeleteDouble => Act::DeleteDouble,
            ActV1::Forget => Act::Forget,
            // A move that does not say from where has nothing to move; the checker names it.
            ActV1::Move => Act::Move(from.unwrap_or_else(|| address.clone())),
            ActV1::Record => Act::Record,
        };
        Self {
            id,
            act,
            address,
            generation,
            provider,
            object,
            inputs,
            changed,
            before,
            when: when.map(Into::into),
            expects,
            watched,
            relies_on: relies_on.into_iter().map(Into::into).collect(),
            after,
            row: row.map(Into::into),
            typical_seconds,
            timeout_seconds,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenV1 {
    same: bool,
    arriving: Vec<ArrivingV1>,
}

impl From<When> for WhenV1 {
    fn from(When { same, arriving }: When) -> Self {
        Self { same, arriving: arriving.into_iter().map(Into::into).collect() }
    }
}

impl From<WhenV1> for When {
    fn from(WhenV1 { same, arriving }: WhenV1) -> Self {
        Self { same, arriving: arriving.into_iter().map(Into::into).collect() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArrivingV1 {
    name: Name,
    value: Value,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    live: Option<Value>,
}

impl From<Arriving> for ArrivingV1 {
    fn from(Arriving { name, value, live }: Arriving) -> Self {
        Self { name, value, live }
    }
}

impl From<ArrivingV1> for Arriving {
    fn from(ArrivingV1 { name, value, live }: ArrivingV1) -> Self {
        Self { name, value, live }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RelianceV1 {
    address: Address,
    provider: Name,
    object: Name,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    values: Map,
}

impl From<Reliance> for RelianceV1 {
    fn from(reliance: Reliance) -> Self {
        let Reliance { address, provider, object, values } = reliance;
        Self { address, provider, object, values }
    }
}

impl From<RelianceV1> for Reliance {
    fn from(reliance: RelianceV1) -> Self {
        let RelianceV1 { address, provider, object, values } = reliance;
        Self { address, provider, object, values }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowV1 {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<Address>,
    #[serde(default, skip_serializing_if = "is_false")]
    protect: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    retain: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    released: Vec<Name>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deposed: BTreeMap<u32, Vec<Address>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Name>,
}

impl From<RowDraft> for RowV1 {
    fn from(row: RowDraft) -> Self {
        let RowDraft { depends_on, protect, retain, released, deposed, at } = row;
        Self { depends_on, protect, retain, released, deposed, at }
    }
}

impl From<RowV1> for RowDraft {
    fn from(row: RowV1) -> Self {
        let RowV1 { depends_on, protect, retain, released, deposed, at } = row;
        Self { depends_on, protect, retain, released, deposed, at }
    }
}
