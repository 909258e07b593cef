//! What people see against what is done.

use std::collections::{BTreeMap, BTreeSet};

use super::order::lifts_guard;
use super::steps::word;
use super::{Found, Rule};
use crate::plan::{Action, Change, Plan, Reason, Refusal, Step};
use crate::value::Address;

/// Steps of one address by their word.
type Tally = BTreeMap<&'static str, usize>;

/// Whether each change has exactly its steps, and each step a change.
pub(super) fn agreement(plan: &Plan, found: &mut Found) {
    if !plan.changes.is_sorted_by(|a, b| a.address <= b.address) {
        found.whole(Rule::Agreement, "the changes are not sorted by address");
    }
    let mut told: BTreeMap<&Address, Tally> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for change in &plan.changes {
        let is_current = !matches!(change.action, Action::DeleteDeposed | Action::DeleteDouble);
        if is_current && !seen.insert(&change.address) {
            found.about(Rule::Agreement, &change.address, "it has two changes");
        }
        let tally = told.entry(&change.address).or_default();
        acts(change).for_each(|act| *tally.entry(act).or_default() += 1);
    }
    let mut done: BTreeMap<&Address, Tally> = BTreeMap::new();
    // What may be done instead of a change is checked by itself.
    let is_instead = |step: &Step| step.when.as_ref().is_some_and(|when| when.same);
    for step in plan.steps.iter().filter(|step| !lifts_guard(step, plan) && !is_instead(step)) {
        *done.entry(&step.address).or_default().entry(word(step)).or_default() += 1;
    }
    let addresses: BTreeSet<&Address> = told.keys().chain(done.keys()).copied().collect();
    for address in addresses {
        let (told, done) = (told.get(address), done.get(address));
        if told.unwrap_or(&Tally::new()) != done.unwrap_or(&Tally::new()) {
            let message = format!("its changes take {}, its steps are {}", list(told), list(done));
            found.about(Rule::Agreement, address, message);
        }
    }
}

/// The steps that a change takes.
fn acts(change: &Change) -> impl Iterator<Item = &'static str> {
    let moves = change.reasons.iter().any(|reason| matches!(reason, Reason::MovedFrom(_)));
    let acts: &[&str] = match change.action {
        Action::Create | Action::Restore => &["create"],
        Action::Update => &["update"],
        Action::Replace | Action::ReplaceCreateFirst => &["delete", "create"],
        Action::Delete | Action::DeleteDeposed => &["delete"],
        Action::DeleteDouble => &["delete_double"],
        Action::Forget => &["forget"],
        Action::Move => &[],
        Action::Record => &["record"],
    };
    let moved = (moves && change.action != Action::Create).then_some("move");
    moved.into_iter().chain(acts.iter().copied())
}

fn list(tally: Option<&Tally>) -> String {
    let words = tally.into_iter().flatten().map(|(word, count)| format!("{count} {word}"));
    let words: Vec<_> = words.collect();
    if words.is_empty() { "none".into() } else { words.join(", ") }
}

/// Whether everything protected that is deleted was allowed by name, or refused; and whether what holds data says so.
pub(super) fn protection(plan: &Plan, found: &mut Found) {
    let refused: BTreeSet<&Address> = plan
        .refusals
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Protected(address, _) => Some(address),
            _ => None,
        })
        .collect();
    if !plan.allowed.is_sorted_by(|a, b| a < b) {
        found.whole(Rule::Protection, "the addresses that were allowed are not sorted");
    }
    for change in &plan.changes {
        let destroys = match change.action {
            Action::Replace | Action::ReplaceCreateFirst | Action::Delete => true,
            // What an earlier replacement left was allowed with that replacement.
            Action::DeleteDeposed => false,
            // And this one was named by its id.
            Action::DeleteDouble => false,
            Action::Create | Action::Update | Action::Restore | Action::Forget | Action::Move | Action::Record => false,
        };
        let is_allowed = plan.is_allowed(&change.address) || refused.contains(&change.address);
        if destroys && change.protected && !is_allowed {
            let message = "it is protected, and neither allowed by name nor refused";
            found.about(Rule::Protection, &change.address, message);
        }
        let holds_data = plan.schemas.get(change.address.kind()).is_some_and(|schema| schema.stateful);
        if holds_data && !change.stateful {
            found.about(Rule::Protection, &change.address, "it holds data, and the change does not say so");
        }
    }
}
