//! Decisions as text.

use super::super::{Decided, Decision};
use crate::plan::{Action, AttributeChange, DriftKind, Finding, Note, Partial, Reason, Refusal};
use crate::value::Value;

/// Everything, one line each; of creations without the attributes.
pub(super) fn decided(decided: &Decided) -> String {
    let Decided { decisions, partial, refusals, drift, unchanged, not_verified, doubles, .. } = decided;
    let Decided { unsearched, kept, findings, outputs, deferred, .. } = decided;
    let mut lines: Vec<String> = decisions.iter().flat_map(decision).collect();
    for drift in drift {
        let what = if drift.kind == DriftKind::Deleted { "deleted" } else { "changed" };
        lines.push(format!("drift {} {what}", drift.address));
        lines.extend(drift.attributes.iter().map(attribute));
    }
    lines.extend(outputs.iter().map(|change| {
        format!("output {}: {} → {}", change.name, side(change.before.as_ref()), side(change.after.as_ref()))
    }));
    lines.extend(partial.iter().map(|partial| match partial {
        Partial::Targeted(count) => format!("partial: {count} not targeted"),
        Partial::Excluded(count) => format!("partial: {count} excluded"),
        Partial::Unreadable(address, reason) => format!("partial: {address} unreadable, {reason}"),
        Partial::DependsOn(address, root) => format!("partial: {address} needs {root}"),
    }));
    lines.extend(refusals.iter().map(refusal));
    lines.extend(not_verified.iter().map(|of| format!("not verified: {} {}", of.address, of.paths.join(", "))));
    lines.extend(unsearched.iter().map(|of| format!("unsearched: {} in {}: {}", of.kind, of.provider, of.reason)));
    lines.extend(doubles.iter().map(|double| {
        let beside = double.beside.as_deref().unwrap_or("nothing");
        format!("double: {} of {} number {} beside {beside}", double.object, double.address, double.generation)
    }));
    if *unchanged > 0 {
        lines.push(format!("{unchanged} unchanged"));
    }
    lines.extend(findings.iter().map(|finding| match finding {
        Finding::Careful { address, what } => format!("careful: {address}: {what}"),
        Finding::ByHand { address, what } => format!("by hand: {address}: {what}"),
        Finding::Untried { reason, addresses } => {
            let addresses: Vec<_> = addresses.iter().map(|address| address.as_str()).collect();
            format!("untried: {}: {reason}", addresses.join(", "))
        }
    }));
    lines.extend(kept.iter().map(|kept| format!("kept: {} of {}", kept.object, kept.address)));
    lines.extend(deferred.iter().map(|(provider, after)| {
        let after: Vec<_> = after.iter().map(ToString::to_string).collect();
        format!("deferred: {provider} after {}", after.join(", "))
    }));
    lines.join("\n")
}

fn decision(decision: &Decision) -> Vec<String> {
    let change = &decision.change;
    let reasons: Vec<_> = change.reasons.iter().map(reason).collect();
    let mut lines = vec![format!("{} {}: {}", action(change.action), change.address, reasons.join(", "))];
    if change.action != Action::Create {
        lines.extend(change.attributes.iter().map(attribute));
    }
    lines
}

pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::ReplaceCreateFirst => "replace-create-first",
        Action::Restore => "restore",
        Action::Delete => "delete",
        Action::DeleteDeposed => "delete-deposed",
        Action::DeleteDouble => "delete-double",
        Action::Forget => "forget",
        Action::Move => "move",
        Action::Record => "record",
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::New => "new".into(),
        Reason::Vanished(id) => format!("vanished({id})"),
        Reason::Differs(name) => format!("differs({name})"),
        Reason::ForcesReplacement(name) => format!("forces({name})"),
        Reason::Fixed(name, why) => format!("fixed({name}: {why})"),
        Reason::UnknownForcesReplacement(name, address) => format!("unknown-forces({name} {address})"),
        Reason::NotDeclared => "not-declared".into(),
        Reason::Destroying => "destroying".into(),
        Reason::Requested => "requested".into(),
        Reason::RunAgain => "run-again".into(),
        Reason::LeftByTest => "left-by-test".into(),
        Reason::Served => "served".into(),
        Reason::Restored(from) => format!("restored({from})"),
        Reason::NeverReady => "never-ready".into(),
        Reason::Failed => "failed".into(),
        Reason::Deposed(generation) => format!("deposed({generation})"),
        Reason::Double(generation) => format!("double({generation})"),
        Reason::MovedFrom(address) => format!("moved-from({address})"),
        Reason::LostWith(address) => format!("gone-with({address})"),
        Reason::DependencyReplaced(address) => format!("lost-with({address})"),
        Reason::CreateBeforeDelete(address) => format!("create-first-for({address})"),
        Reason::Released(name) => format!("released({name})"),
        Reason::Protection(true) => "protected".into(),
        Reason::Protection(false) => "unprotected".into(),
        Reason::Bookkeeping => "bookkeeping".into(),
        Reason::Recovered => "recovered".into(),
    }
}

fn attribute(change: &AttributeChange) -> String {
    let AttributeChange { path, before, after, forces_replacement, note } = change;
    let forces = if *forces_replacement { " !" } else { "" };
    let note = match note {
        None => String::new(),
        Some(Note::Secret) => " (secret)".into(),
        Some(Note::Released) => " (released)".into(),
        Some(Note::Reset) => " (reset)".into(),
        Some(Note::Foreign) => " (foreign)".into(),
        Some(Note::NotVerified) => " (not verified)".into(),
        Some(Note::Raw) => " (raw)".into(),
        Some(Note::WrittenBy(writer)) => format!(" (by {writer})"),
        Some(Note::ByHand(who)) => format!(" (by hand: {who})"),
        Some(Note::LeftAlone(why)) => format!(" (left alone: {why})"),
        Some(Note::ByService) => " (by the service)".into(),
    };
    format!("{path}: {} → {}{forces}{note}", side(before.as_ref()), side(after.as_ref()))
}

fn side(value: Option<&Value>) -> String {
    value.map_or("-".into(), |value| value.to_json().replace(r#"{"$unknown":true}"#, "?"))
}

fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Protected(address, what) => format!("refused: {address} is protected from {}", action(*what)),
        Refusal::ManyVanished { vanished, owned } => format!("refused: {vanished} of {owned} vanished"),
        Refusal::Conflict { address, objects, note, can_adopt: _ } => {
            format!("refused: {address} conflicts with {objects:?}: {note}")
        }
        Refusal::Unreadable(address, reason) => format!("refused: {address} unreadable, {reason}"),
        Refusal::Busy(address, what) => format!("refused: {address} is busy: {what}"),
        Refusal::Contested { address, path, writer } => format!("refused: {path} of {address} is written by {writer}"),
        Refusal::Rejected(address, why) => format!("refused: {address}: {why}"),
        Refusal::Tombstone(address, note) => format!("refused: {address} has a tombstone: {note}"),
        Refusal::UnknownAddress(address) => format!("refused: {address} is unknown"),
        Refusal::MadeLate(address, object) => format!("refused: {object} was made late for {address}"),
        Refusal::UnknownDouble(object) => format!("refused: {object} is no double"),
    }
}
