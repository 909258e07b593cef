//! The words of JSON lines: stable whatever the engine calls things.

use flashinfra_plans::Action;
use flashinfra_plans::plan::{self, DriftKind, Mode};
use serde::Serialize;

/// What a plan is for.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Apply => "apply",
        Mode::Destroy => "destroy",
        Mode::RefreshOnly => "refresh_only",
        Mode::Test => "test",
        Mode::Tidy => "tidy",
    }
}

/// What happens to an address.
pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::ReplaceCreateFirst => "replace_create_first",
        Action::Restore => "restore",
        Action::Delete => "delete",
        Action::DeleteDeposed => "delete_deposed",
        Action::DeleteDouble => "delete_double",
        Action::Forget => "forget",
        Action::Move => "move",
        Action::Record => "record",
    }
}

/// What happened to an address.
pub(super) fn drift(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "changed",
        DriftKind::Deleted => "deleted",
    }
}

/// Why a change is planned.
#[derive(Serialize, Default)]
pub(super) struct Reason<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
}

impl<'a> Reason<'a> {
    pub(super) fn new(reason: &'a plan::Reason) -> Self {
        let plain = |reason| Self { reason, ..Self::default() };
        match reason {
            plan::Reason::New => plain("new"),
            plan::Reason::Vanished(id) => Self { object: Some(id), ..plain("vanished") },
            plan::Reason::Differs(path) => Self { attribute: Some(path), ..plain("differs") },
            plan::Reason::ForcesReplacement(path) => Self { attribute: Some(path), ..plain("forces_replacement") },
            plan::Reason::Fixed(path, why) => Self { attribute: Some(path), because: Some(why), ..plain("fixed") },
            plan::Reason::UnknownForcesReplacement(path, address) => {
                Self { attribute: Some(path), address: Some(address.as_str()), ..plain("unknown_forces_replacement") }
            }
            plan::Reason::NotDeclared => plain("not_declared"),
            plan::Reason::Destroying => plain("destroying"),
            plan::Reason::Requested => plain("requested"),
            plan::Reason::Restored(_) => plain("restored"),
            plan::Reason::RunAgain => plain("run_again"),
            plan::Reason::LeftByTest => plain("left_by_test"),
            plan::Reason::Served => plain("served"),
            plan::Reason::NeverReady => plain("never_ready"),
            plan::Reason::Failed => plain("failed"),
            plan::Reason::Deposed(generation) => Self { generation: Some(*generation), ..plain("deposed") },
            plan::Reason::Double(generation) => Self { generation: Some(*generation), ..plain("double") },
            plan::Reason::MovedFrom(address) => Self { address: Some(address.as_str()), ..plain("moved_from") },
            plan::Reason::LostWith(address) => Self { address: Some(address.as_str()), ..plain("lost_with") },
            plan::Reason::DependencyReplaced(address) => {
                Self { address: Some(address.as_str()), ..plain("dependency_replaced") }
            }
            plan::Reason::CreateBeforeDelete(address) => {
                Self { address: Some(address.as_str()), ..plain("create_before_delete") }
            }
            plan::Reason::Released(path) => Self { attribute: Some(path), ..plain("released") },
            plan::Reason::Protection(true) => plain("protected"),
            plan::Reason::Protection(false) => plain("unprotected"),
            plan::Reason::Bookkeeping => plain("bookkeeping"),
            plan::Reason::Recovered => plain("recovered"),
        }
    }
}

/// What else there is to say about an attribute.
#[derive(Serialize)]
pub(super) struct Note<'a> {
    note: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
}

impl<'a> Note<'a> {
    pub(super) fn new(note: &'a plan::Note) -> Self {
        let plain = |note| Self { note, because: None };
        match note {
            plan::Note::Secret => plain("secret"),
            plan::Note::Released => plain("released"),
            plan::Note::Reset => plain("reset"),
            plan::Note::Foreign => plain("foreign"),
            plan::Note::NotVerified => plain("not_verified"),
            plan::Note::Raw => plain("raw"),
            plan::Note::ByService => plain("by_service"),
            plan::Note::ByHand(who) => Self { note: "by_hand", because: Some(who) },
            plan::Note::WrittenBy(writer) => Self { note: "written_by", because: Some(writer) },
            plan::Note::LeftAlone(because) => Self { note: "left_alone", because: Some(because) },
        }
    }
}

/// What stands in the way of a plan.
#[derive(Serialize, Default)]
pub(super) struct Refusal<'a> {
    refusal: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vanished: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow: Option<String>,
}

impl<'a> Refusal<'a> {
    pub(super) fn new(refusal: &'a plan::Refusal) -> Self {
        let plain = |refusal| Self { refusal, ..Self::default() };
        match refusal {
            plan::Refusal::Protected(address, planned) => Self {
                address: Some(address.as_str()),
                action: Some(action(*planned)),
                allow: Some(format!("--allow-destroy {address}")),
                ..plain("protected")
            },
            plan::Refusal::ManyVanished { vanished, owned } => Self {
                vanished: Some(*vanished),
                owned: Some(*owned),
                allow: Some("--allow-recreate".into()),
                ..plain("many_vanished")
            },
            plan::Refusal::MadeLate(address, object) => Self {
                address: Some(address.as_str()),
                objects: vec![object.as_str()],
                allow: Some(format!("--delete-double {object}")),
                ..plain("made_late")
            },
            plan::Refusal::UnknownDouble(object) => Self { objects: vec![object.as_str()], ..plain("unknown_double") },
            plan::Refusal::Conflict { address, objects, note, can_adopt: _ } => Self {
                address: Some(address.as_str()),
                objects: objects.iter().map(|object| object.as_str()).collect(),
                note: Some(note),
                ..plain("conflict")
            },
            plan::Refusal::Unreadable(address, why) => Self {
                address: Some(address.as_str()),
                note: Some(why),
                allow: Some("--allow-partial".into()),
                ..plain("unreadable")
            },
            plan::Refusal::Busy(address, why) => {
                Self { address: Some(address.as_str()), note: Some(why), ..plain("busy") }
            }
            plan::Refusal::Contested { address, path, writer } => Self {
                address: Some(address.as_str()),
                objects: vec![path.as_str()],
                note: Some(writer),
                ..plain("contested")
            },
            plan::Refusal::Rejected(address, why) => {
                Self { address: Some(address.as_str()), note: Some(why), ..plain("rejected") }
            }
            plan::Refusal::Tombstone(address, why) => {
                Self { address: Some(address.as_str()), note: Some(why), ..plain("tombstone") }
            }
            plan::Refusal::UnknownAddress(address) => {
                Self { address: Some(address.as_str()), ..plain("unknown_address") }
            }
        }
    }
}
