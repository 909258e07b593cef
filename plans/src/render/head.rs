//! The first line of a plan and the last ones.

use std::collections::BTreeSet;

use super::text::{Page, Tone, length, visible};
use super::words::duration;
use crate::plan::{Action, Mode, Partial, Plan, Refusal};
use crate::schedule::{Estimate, Leg, estimate};
use crate::value::Address;

/// What takes less than one in so many of the longest path's seconds is not told.
const SHARE_MIN: u64 = 10;

/// The stack and its environment.
pub(super) fn name(plan: &Plan) -> String {
    format!("{}/{}", plan.basis.stack, plan.basis.environment)
}

/// What the plan is about: the stack, the places, how much it is.
pub(super) fn head(plan: &Plan, page: &mut Page) {
    let mut parts = vec![name(plan)];
    match plan.mode {
        Mode::Apply => {}
        Mode::Destroy => parts.push("destroy".into()),
        Mode::RefreshOnly => parts.push("refresh only".into()),
        Mode::Test => parts.push("test".into()),
        Mode::Tidy => parts.push("tidy up".into()),
    }
    parts.extend(plan.basis.repeats.map(|number| format!("back to revision {number}")));
    parts.extend(places(plan));
    let undecided =
        plan.refusals.iter().filter_map(Refusal::address).chain(plan.partial.iter().filter_map(Partial::address));
    // A double is no resource of the stack.
    let changed = plan.changes.iter().filter(|change| change.action != Action::DeleteDouble);
    let addresses: BTreeSet<&Address> = changed.map(|change| &change.address).chain(undecided).collect();
    let count = addresses.len() + plan.unchanged as usize;
    parts.push(format!("{count} {}", if count == 1 { "resource" } else { "resources" }));
    if page.verbose {
        parts.push(format!("ledger {} at {}", plan.basis.serial, visible(&plan.basis.ledger)));
        if !plan.basis.parameters.is_empty() {
            parts.push(format!("parameters {}", visible(&plan.basis.parameters)));
        }
    }
    page.joined(" · ", &parts);
    page.blank();
}

/// The accounts and regions, each once: `aws 123456789012 us-east-1`.
fn places(plan: &Plan) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for place in plan.basis.places.values() {
        // The account is what people know; the partition before it is for machines, and so is the sandbox's uuid.
        let scope = match place.scope.split_once(':') {
            Some(("sandbox", _)) => "sandbox",
            Some((_, scope)) => scope,
            None => &place.scope,
        };
        let parts = [place.provider.as_str(), scope, place.region.as_str()];
        let place = parts.into_iter().filter(|part| !part.is_empty()).map(visible).collect::<Vec<_>>().join(" ");
        if !told.contains(&place) {
            told.push(place);
        }
    }
    told
}

/// A plan that does nothing.
pub(super) fn nothing(plan: &Plan, page: &mut Page) {
    let name = name(plan);
    let (first, rest) = match plan.mode {
        Mode::Apply => match plan.basis.repeats {
            Some(number) => ("No changes.", format!(" {name} is as revision {number} left it.")),
            None => ("No changes.", format!(" {name} matches its stack.")),
        },
        Mode::Destroy => ("Nothing to destroy.", format!(" {name} owns nothing.")),
        Mode::RefreshOnly => ("No changes.", format!(" The ledger of {name} matches what is live.")),
        Mode::Test => ("Nothing to test.", format!(" {name} has no such test.")),
        Mode::Tidy => ("Nothing to tidy up.", format!(" Nothing of {name} is over.")),
    };
    page.line().tone(Tone::Bold, first).plain(&rest).end();
}

/// How much of what, and how long it takes.
pub(super) fn summary(plan: &Plan, page: &mut Page) {
    let count = |actions: &[Action]| actions.iter().map(|&action| plan.count(action)).sum::<usize>();
    let counts = [
        (count(&[Action::Create]), "to create"),
        (count(&[Action::Update]), "to update"),
        (count(&[Action::Replace, Action::ReplaceCreateFirst]), "to replace"),
        (count(&[Action::Restore]), "to restore"),
        (count(&[Action::Delete, Action::DeleteDeposed, Action::DeleteDouble]), "to delete"),
        (count(&[Action::Forget]), "to forget"),
        (count(&[Action::Move]), "to move"),
        (count(&[Action::Record]), "to record"),
        (plan.unchanged as usize, "unchanged"),
    ];
    let mut parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if plan.changes.is_empty() && !plan.outputs.is_empty() {
        let refused: BTreeSet<&Address> = plan.refusals.iter().filter_map(Refusal::address).collect();
        parts.insert(
            0,
            match refused.len() {
                0 => "only outputs change".into(),
                count => format!("{count} refused"),
            },
        );
    }
    let Estimate { seconds, path } = estimate(&plan.steps);
    if seconds > 0 {
        let about = format!("about {}", duration(seconds));
        let room = page.width.saturating_sub(length(&about) + 3);
        parts.push(match shortened(&path, room) {
            Some(path) => format!("{about} ({path})"),
            None => about,
        });
    }
    if !parts.is_empty() {
        page.joined(" · ", &parts);
    }
}

/// What takes the time on the longest path, by kind: `eks_cluster → eks_node_group`. What is too short to matter is left out,
/// and the middle gives way when there is no room.
fn shortened(path: &[Leg], room: usize) -> Option<String> {
    let total: u64 = path.iter().map(|leg| leg.seconds).sum();
    let matter = path.iter().filter(|leg| leg.seconds * SHARE_MIN >= total);
    let mut kinds: Vec<&str> =
        matter.map(|leg| leg.address.kind()).map(|kind| kind.split_once('.').map_or(kind, |(_, kind)| kind)).collect();
    kinds.dedup();
    let (first, last) = (kinds.first()?, kinds.last()?);
    let whole = kinds.join(" → ");
    if kinds.len() <= 4 && length(&whole) <= room.min(48) {
        return Some(whole);
    }
    let ends = if kinds.len() <= 2 { whole } else { format!("{first} → … → {last}") };
    (length(&ends) <= room).then_some(ends)
}
