//! Changes and drift in a plan file.

use serde::{Deserialize, Serialize};

use super::{is_false, present};
use crate::mirror::mirror;
use crate::plan::{Action, AttributeChange, Change, Drift, DriftKind, Note, Reason};
use crate::value::{Address, Name, Value};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeV1 {
    address: Address,
    action: ActionV1,
    reasons: Vec<ReasonV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeV1>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<Name>,
    #[serde(default, skip_serializing_if = "is_false")]
    stateful: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    protected: bool,
    typical_seconds: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Name>,
}

impl From<&Change> for ChangeV1 {
    fn from(change: &Change) -> Self {
        let Change { address, action, reasons, attributes, object, stateful, protected, typical_seconds, at } = change;
        Self {
            address: address.clone(),
            action: (*action).into(),
            reasons: reasons.iter().cloned().map(ReasonV1::from).collect(),
            attributes: attributes.iter().map(AttributeV1::from).collect(),
            object: object.clone(),
            stateful: *stateful,
            protected: *protected,
            typical_seconds: *typical_seconds,
            at: at.clone(),
        }
    }
}

impl From<ChangeV1> for Change {
    fn from(change: ChangeV1) -> Self {
        let ChangeV1 { address, action, reasons, attributes, object, stateful, protected, typical_seconds, at } =
            change;
        Self {
            address,
            action: action.into(),
            reasons: reasons.into_iter().map(Into::into).collect(),
            attributes: attributes.into_iter().map(Into::into).collect(),
            object,
            stateful,
            protected,
            typical_seconds,
            at,
        }
    }
}

mirror! {
    pub(crate) enum ActionV1 for Action {
        Create,
        Update,
        Replace,
        ReplaceCreateFirst,
        Restore,
        Delete,
        DeleteDeposed,
        DeleteDouble,
        Forget,
        Move,
        Record,
    }
}

mirror! {
    enum ReasonV1 for Reason {
        New,
        Vanished(object: Name),
        Differs(path: Name),
        ForcesReplacement(path: Name),
        Fixed(path: Name, why: Name),
        UnknownForcesReplacement(path: Name, other: Address),
        NotDeclared,
        Destroying,
        Requested,
        RunAgain,
        LeftByTest,
        Served,
        Restored(from: Name),
        NeverReady,
        Failed,
        Deposed(generation: u32),
        Double(generation: u32),
        MovedFrom(address: Address),
        LostWith(address: Address),
        DependencyReplaced(address: Address),
        CreateBeforeDelete(address: Address),
        Released(path: Name),
        Protection(protect: bool),
        Bookkeeping,
        Recovered,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeV1 {
    path: Name,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    #[serde(default, skip_serializing_if = "is_false")]
    forces_replacement: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<NoteV1>,
}

impl From<&AttributeChange> for AttributeV1 {
    fn from(attribute: &AttributeChange) -> Self {
        let AttributeChange { path, before, after, forces_replacement, note } = attribute.clone();
        Self { path, before, after, forces_replacement, note: note.map(Into::into) }
    }
}

impl From<AttributeV1> for AttributeChange {
    fn from(attribute: AttributeV1) -> Self {
        let AttributeV1 { path, before, after, forces_replacement, note } = attribute;
        Self { path, before, after, forces_replacement, note: note.map(Into::into) }
    }
}

mirror! {
    enum NoteV1 for Note { Secret, Released, Reset, Foreign, NotVerified, Raw, LeftAlone(why: Name), WrittenBy(writer: Name), ByService, ByHand(who: Name) }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DriftV1 {
    address: Address,
    kind: DriftKindV1,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeV1>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<Name>,
}

mirror! {
    enum DriftKindV1 for DriftKind { Changed, Deleted }
}

impl From<&Drift> for DriftV1 {
    fn from(drift: &Drift) -> Self {
        let Drift { address, kind, attributes, object } = drift;
        let attributes = attributes.iter().map(AttributeV1::from).collect();
        Self { address: address.clone(), kind: (*kind).into(), attributes, object: object.clone() }
    }
}

impl From<DriftV1> for Drift {
    fn from(drift: DriftV1) -> Self {
        let DriftV1 { address, kind, attributes, object } = drift;
        Self { address, kind: kind.into(), attributes: attributes.into_iter().map(Into::into).collect(), object }
    }
}
