//! Actions, reasons and notes in words.

use flashinfra_stacks::digest;

use super::text::{Tone, visible};
use crate::plan::{Action, AttributeChange, Change, Note, Plan, Reason};

/// The word for an action, and its tone.
pub(super) fn action(action: Action) -> (&'static str, Tone) {
    match action {
        Action::Create => ("create", Tone::Green),
        Action::Update => ("update", Tone::Yellow),
        Action::Replace | Action::ReplaceCreateFirst => ("replace", Tone::Red),
        Action::Restore => ("restore", Tone::Yellow),
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => ("delete", Tone::Red),
        Action::Forget => ("forget", Tone::Yellow),
        Action::Move => ("move", Tone::Cyan),
        Action::Record => ("record", Tone::Dim),
    }
}

/// What is to be seen beside an address.
pub(super) fn remarks(plan: &Plan, change: &Change) -> String {
    if change.action == Action::Move {
        let from = change.reasons.iter().find_map(|reason| self::reason(reason, change));
        return from.unwrap_or_default();
    }
    let destroys = match change.action {
        Action::Replace | Action::ReplaceCreateFirst => true,
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => true,
        Action::Create | Action::Update | Action::Restore | Action::Forget | Action::Move | Action::Record => false,
    };
    let is_allowed = plan.is_allowed(&change.address);
    let remarks = [
        (change.action == Action::ReplaceCreateFirst, "new one first"),
        (change.action == Action::Restore, "the old one stays"),
        (makes(change) && is_deleted_after_success(plan, change), "deleted once it is done"),
        (destroys && change.stateful, "stateful"),
        (destroys && change.protected && !is_allowed, "protected"),
        (destroys && change.protected && is_allowed, "allowed by name"),
    ];
    let told: Vec<_> = remarks.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    let object = match change.action {
        Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => {
            change.object.as_ref().map(|object| visible(object))
        }
        Action::Create | Action::Update | Action::Replace | Action::ReplaceCreateFirst | Action::Restore => None,
        Action::Forget | Action::Move | Action::Record => None,
    };
    object.into_iter().chain((!told.is_empty()).then(|| told.join(", "))).collect::<Vec<_>>().join(" · ")
}

/// Whether a new object is made.
fn makes(change: &Change) -> bool {
    matches!(change.action, Action::Create | Action::Replace | Action::ReplaceCreateFirst)
}

/// Whether its object is there until it has done what it is for: resources are sorted by address.
fn is_deleted_after_success(plan: &Plan, change: &Change) -> bool {
    let declared = plan.basis.declared.as_ref().and_then(|stack| {
        let found = stack.resources.binary_search_by(|declared| declared.address.cmp(&change.address)).ok()?;
        stack.resources.get(found)
    });
    declared.is_some_and(|declared| declared.lifecycle.delete_after_success)
}

/// A reason as a sentence; none when the attributes or the action say it already.
pub(super) fn reason(reason: &Reason, change: &Change) -> Option<String> {
    let shows = |path: &str| {
        let of =
            |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        change.attributes.iter().any(|attribute| of(&attribute.path))
    };
    match reason {
        Reason::New | Reason::Destroying => None,
        Reason::Differs(path) | Reason::ForcesReplacement(path) if shows(path) => None,
        Reason::Differs(path) => Some(format!("{path} differs")),
        Reason::ForcesReplacement(path) => Some(format!("{path} cannot be changed in place")),
        Reason::Fixed(path, why) => Some(format!("{} cannot be changed: {}", visible(path), visible(why))),
        Reason::Vanished(object) => Some(format!("{} is gone", visible(object))),
        Reason::UnknownForcesReplacement(path, other) => {
            Some(format!("{path} may change with {other}, and cannot be changed in place"))
        }
        Reason::NotDeclared => Some("no longer declared".into()),
        Reason::Requested => Some("asked for by --replace".into()),
        Reason::RunAgain if change.action == Action::Create => {
            Some("it runs again, since it is declared differently".into())
        }
        Reason::RunAgain => Some("it runs again".into()),
        Reason::LeftByTest => Some("left by a test that is over".into()),
        Reason::Served if change.action == Action::Forget => Some("its object was deleted once it was done".into()),
        Reason::Served => Some("done, and deleted once it is".into()),
        Reason::Restored(from) => Some(format!("from {}", visible(from))),
        Reason::NeverReady => Some("it never became ready".into()),
        Reason::Failed => Some("its last create or update failed".into()),
        Reason::Deposed(generation) => Some(format!("a replacement left its object number {generation} behind")),
        Reason::Double(_) => Some("a create that was not answered made it".into()),
        Reason::MovedFrom(address) => Some(format!("was {address}")),
        Reason::LostWith(address) => Some(format!("it was in {address}, which is gone")),
        Reason::DependencyReplaced(address) => Some(format!("{address} is replaced, and this cannot outlive it")),
        Reason::CreateBeforeDelete(address) => Some(format!("{address} gets its new object first, so this does too")),
        Reason::Released(path) if shows(path) => None,
        Reason::Released(path) => Some(format!("{path} is no longer set, and left as it is")),
        Reason::Protection(true) => Some("protected from now on".into()),
        Reason::Protection(false) => Some("no longer protected".into()),
        Reason::Bookkeeping => Some("only the ledger changes".into()),
        Reason::Recovered => Some("recovered, and as declared: only the ledger changes".into()),
    }
}

/// Why pods are made anew: what a digest among the changes is of. None where an attribute is no digest, or a new one.
pub(super) fn rolled_by(attribute: &AttributeChange, object: Option<&str>) -> Option<String> {
    let (what, name) = digest::subject(&attribute.path)?;
    let namespace = object.and_then(|object| object.split_once('/')).map_or("", |(namespace, _)| namespace);
    let slash = if namespace.is_empty() { "" } else { "/" };
    let is_told = attribute.before.is_some() && attribute.after.is_some();
    is_told.then(|| format!("{what} `{}{slash}{}` changed", visible(namespace), visible(name)))
}

/// What there is to say beside an attribute.
pub(super) fn note(note: &Note) -> Option<String> {
    match note {
        // The value says so itself.
        Note::Secret => None,
        Note::Released => Some("no longer set, left as it is".into()),
        Note::Reset => Some("no longer set, back to the default".into()),
        Note::Foreign => Some("added by others".into()),
        Note::NotVerified => Some("not verified".into()),
        Note::Raw => Some("raw".into()),
        Note::WrittenBy(writer) => Some(format!("by {}", visible(writer))),
        Note::ByService => Some("set by the service".into()),
        // Who that was stands below.
        Note::ByHand(_) => Some("by hand".into()),
        Note::LeftAlone(why) => Some(format!("left alone: {}", visible(why))),
    }
}

/// A duration as people say it: never more exact than an estimate is.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5399 => format!("{} min", (seconds + 30) / 60),
        _ => {
            let minutes = (seconds + 150) / 300 * 5;
            let (hours, minutes) = (minutes / 60, minutes % 60);
            if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") }
        }
    }
}
