//! What a plan takes for gone is looked for once more before anything is made in its place, or its row is given up.
//!
//! A read may be behind a write for as long as the kind's settle time, and from one read to the next a service may forget what it
//! showed before. A plan that was made in that time takes a new object for gone. When nothing was written for the settle time,
//! the service shows it, and so one look then tells for sure. It costs that time, but only where something is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::{Action, Change, Reason};
use flashinfra_plans::{Address, Ledger, Live, Name, Plan, Row};
use flashinfra_providers::{Class, Error};
use flashinfra_stacks::schema::Schema;
use tokio::time::{Instant, sleep_until};

use super::recheck::Checked;
use super::report::Stale;
use crate::read::Opened;

/// Stops the steps that a plan has because something is gone that is there all the same, or cannot be looked for.
///
/// `checked` is what the last look before said; the steps in `begun` were begun by an earlier run.
pub(super) async fn look_again(
    opened: &Opened,
    plan: &Plan,
    begun: &BTreeSet<u32>,
    ledger: &Ledger,
    checked: &mut Checked,
) {
    let began = Instant::now();
    let mut sought = sought(opened, plan, begun, ledger);
    for look in [Look::Now, Look::Settled] {
        if look == Look::Settled {
            sought.retain(|one| !one.settles.is_zero());
            let Some(settled) = sought.iter().map(|one| settles(opened, one)).max() else { return };
            sleep_until(began + settled).await;
        }
        let questions = sought.iter().map(|one| (one.provider.clone(), one.question.clone())).collect();
        let mut answers = opened.ask(questions).await.into_iter();
        sought.retain(|one| is_gone(one, answers.next(), checked));
        if sought.is_empty() {
            return;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Now,
    Settled,
}

/// An object that is said to be gone.
struct Sought {
    provider: Name,
    question: Question,
    /// For how long reads of its kind may be behind.
    settles: Duration,
    /// The steps that there are because it is gone.
    steps: Vec<u32>,
}

fn sought(opened: &Opened, plan: &Plan, begun: &BTreeSet<u32>, ledger: &Ledger) -> Vec<Sought> {
    let mut steps: BTreeMap<&Address, Vec<u32>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| !begun.contains(&step.id)) {
        steps.entry(&step.address).or_default().push(step.id);
    }
    let vanished = plan.changes.iter().filter_map(|change| Some((change, vanished(change)?)));
    let of = |(change, id): (&Change, &Name)| {
        let kind = change.address.kind();
        let owns = |row: &Row| row.current.as_ref().is_some_and(|owned| owned.id == *id);
        // What was to move is still at the address that it moves from.
        let is_former = |(address, row): &(&Address, &Row)| address.kind() == kind && owns(row);
        let row = ledger.rows.get(&change.address).filter(|row| owns(row));
        let row = row.or_else(|| ledger.rows.iter().find(is_former).map(|(_, row)| row))?;
        // Where its place is made anew, it does not matter whether it is in the one before.
        if plan.basis.deferred.contains_key(&row.provider) && opened.reader(&row.provider).is_none() {
            return None;
        }
        let schema: Option<&Arc<Schema>> = plan.schemas.get(kind).or_else(|| ledger.schemas.get(kind));
        Some(Sought {
            provider: row.provider.clone(),
            question: Question { kind: kind.into(), id: id.clone(), attributes: row.applied.clone() },
            settles: Duration::from_secs(schema.map_or(0, |schema| schema.settle_seconds).into()),
            steps: steps.get(&change.address)?.clone(),
        })
    };
    vanished.filter_map(of).collect()
}

/// The object that a change is planned for because it is gone. A deposed one is deleted by its id all the same.
fn vanished(change: &Change) -> Option<&Name> {
    if change.action == Action::DeleteDeposed {
        return None;
    }
    change.reasons.iter().find_map(|reason| match reason {
        Reason::Vanished(id) => Some(id),
        _ => None,
    })
}

/// When the last look is made. A provider that says how often to look is as fast as that.
fn settles(opened: &Opened, one: &Sought) -> Duration {
    opened.reader(&one.provider).and_then(|reader| reader.poll_pause()).unwrap_or(one.settles)
}

/// Whether it is gone as far as this look can tell; otherwise its steps are stopped.
fn is_gone(one: &Sought, live: Option<Live>, checked: &mut Checked) -> bool {
    let id = &one.question.id;
    let is_known = |step: &u32| {
        checked.stale.iter().any(|(known, _)| known == step) || checked.unfit.iter().any(|(known, _)| known == step)
    };
    let steps: Vec<u32> = one.steps.iter().copied().filter(|step| !is_known(step)).collect();
    match live {
        Some(Live::Absent | Live::Tombstone { .. }) => true,
        Some(Live::Present(_)) => {
            let message = format!("{id} is there, and could not be seen when the plan was made");
            let stale = Stale { message, attributes: Vec::new() };
            checked.stale.extend(steps.into_iter().map(|step| (step, stale.clone())));
            false
        }
        None | Some(Live::Unreadable { .. }) => {
            let reason = match live {
                Some(Live::Unreadable { reason }) => reason,
                _ => "the provider left the question unanswered".into(),
            };
            let message = format!("{id} is gone, says the plan, and could not be looked for again: {reason}");
            let error = Error::new(Class::AskPerson, message);
            checked.unfit.extend(steps.into_iter().map(|step| (step, error.clone())));
            false
        }
    }
}
