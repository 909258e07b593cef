//! What people did by hand, as bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ledger::by_hand::{ByHand, Stage};
use crate::value::{Address, Name, Value};

/// A thing that somebody did.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByHandForm {
    address: Address,
    act: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    by: Name,
    at: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    why: Name,
    /// Nobody noted its end. Absent of what was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    begun: bool,
}

impl From<(&Address, &ByHand)> for ByHandForm {
    fn from((address, done): (&Address, &ByHand)) -> Self {
        let ByHand { act, set, by, at, why, stage } = done.clone();
        let (path, value) = set.unzip();
        let begun = stage == Stage::Begun;
        Self { address: address.clone(), act, path, value, by, at, why, begun }
    }
}

impl From<ByHandForm> for ByHand {
    fn from(form: ByHandForm) -> Self {
        let ByHandForm { address: _, act, path, value, by, at, why, begun } = form;
        let stage = if begun { Stage::Begun } else { Stage::Done };
        Self { act, set: path.zip(value), by, at, why, stage }
    }
}

/// All that was read, by address.
pub(super) fn of_each(forms: Vec<ByHandForm>) -> BTreeMap<Address, Vec<ByHand>> {
    let mut all: BTreeMap<Address, Vec<ByHand>> = BTreeMap::new();
    for form in forms {
        all.entry(form.address.clone()).or_default().push(form.into());
    }
    all
}
