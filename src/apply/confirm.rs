//! Waiting, at the end of a run, until services show what was done.
//!
//! Many services answer from copies that are behind for a while. A plan that is made in that while would take a new object for
//! gone and make it again. So a run ends when all that it did can be seen, or could long have been: one batch of
//! questions as a rule.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::Act;
use flashinfra_plans::{Address, Ledger, Live, Map, Name, Object, Row, Value, compare};
use flashinfra_providers::Read;
use flashinfra_stacks::schema::{Attribute, Change, Collection, Container, Mode, Schema};
use tokio::time::Instant;

use super::interrupt::{Interrupt, Stage};
use super::pauses;
use super::report::{StepOutcome, StepReport};
use crate::ledgers::Lock;
use crate::read::Opened;

/// What is to be seen of one object.
struct Awaited {
    address: Address,
    provider: Name,
    id: Name,
    schema: Arc<Schema>,
    sight: Sight,
}

enum Sight {
    /// It is there, and these attributes are as the ledger says.
    Present(Vec<Name>),
    /// It is not there.
    Gone,
}

/// Waits until everything that these steps did can be seen, but no longer than the kinds' settle times, nor than an interrupt
/// lets it, nor than the right to apply is held.
pub(crate) async fn confirm(
    opened: &Opened,
    steps: &[StepReport],
    ledger: &Ledger,
    schemas: &BTreeMap<Name, Arc<Schema>>,
    interrupt: &Interrupt,
    lock: &Lock,
) {
    let awaited = steps.iter().filter(|report| matches!(report.outcome, StepOutcome::Done | StepOutcome::DoneBefore));
    let awaited = awaited.filter_map(|report| awaited_of(report, ledger, schemas)).collect();
    tokio::select! {
        biased;
        _ = lock.while_held(all(opened, awaited, ledger)) => {}
        () = interrupt.reached(Stage::CancelWaits) => {}
    }
}

/// Waits until the current objects of these addresses can be seen, but no longer than their kinds' settle times.
pub(crate) async fn present(opened: &Opened, addresses: impl Iterator<Item = &Address>, ledger: &Ledger) {
    let awaited = addresses.filter_map(|address| {
        let row = ledger.rows.get(address)?;
        let schema = ledger.schemas.get(address.kind()).filter(|schema| schema.settle_seconds > 0)?;
        Some(Awaited {
            address: address.clone(),
            provider: row.provider.clone(),
            id: row.current.as_ref()?.id.clone(),
            schema: schema.clone(),
            sight: Sight::Present(Vec::new()),
        })
    });
    all(opened, awaited.collect(), ledger).await;
}

fn awaited_of(report: &StepReport, ledger: &Ledger, schemas: &BTreeMap<Name, Arc<Schema>>) -> Option<Awaited> {
    let step = &report.step;
    let schema = schemas.get(step.address.kind()).filter(|schema| schema.settle_seconds > 0)?;
    let current = ledger.rows.get(&step.address).and_then(|row| row.current.as_ref());
    let (id, sight) = match step.act {
        // What a later step of the run replaced or deleted is that step's affair.
        Act::Create | Act::Update => {
            let id = current.filter(|owned| owned.generation == step.generation)?.id.clone();
            (id, Sight::Present(step.changed.clone()))
        }
        Act::Delete | Act::DeleteDouble => (step.object.clone()?, Sight::Gone),
        // Its deletion is waited for.
        Act::UnguardDouble => return None,
        Act::Forget | Act::Move(_) | Act::Record => return None,
    };
    // A name that was deleted and taken again is there, and ought to be.
    if matches!(sight, Sight::Gone) && current.is_some_and(|owned| owned.id == id) {
        return None;
    }
    let (address, provider) = (step.address.clone(), step.provider.clone());
    Some(Awaited { address, provider, id, schema: schema.clone(), sight })
}

async fn all(opened: &Opened, mut awaited: Vec<Awaited>, ledger: &Ledger) {
    let began = Instant::now();
    loop {
        awaited.retain(|one| began.elapsed() <= Duration::from_secs(one.schema.settle_seconds.into()));
        if awaited.is_empty() {
            return;
        }
        let questions = awaited.iter().map(|one| (one.provider.clone(), question(one, ledger))).collect();
        let answers = opened.ask(questions).await;
        let mut answers = answers.iter();
        awaited.retain(|one| answers.next().is_some_and(|live| !is_seen(one, live, ledger.rows.get(&one.address))));
        let pause = awaited.iter().filter_map(|one| Some(pause(&*opened.reader(&one.provider)?, one, began))).min();
        let Some(pause) = pause else { return };
        tokio::time::sleep(pause).await;
    }
}

fn question(one: &Awaited, ledger: &Ledger) -> Question {
    let attributes = ledger.rows.get(&one.address).map(|row| row.applied.clone()).unwrap_or_default();
    Question { kind: one.schema.kind.as_ref().into(), id: one.id.clone(), attributes }
}

fn pause(read: &dyn Read, one: &Awaited, began: Instant) -> Duration {
    let settle = Duration::from_secs(one.schema.settle_seconds.into());
    pauses::until_next_look(read, began.elapsed(), settle)
}

fn is_seen(one: &Awaited, live: &Live, row: Option<&Row>) -> bool {
    match (live, &one.sight) {
        (Live::Present(object), Sight::Present(changed)) => changed.iter().all(|name| {
            let Some(attribute) = one.schema.attribute(name) else { return true };
            shows(attribute, row.and_then(|row| row.applied.get(name)), object.attributes.get(name))
        }),
        (Live::Absent | Live::Unreadable { .. }, Sight::Present(_)) => false,
        (Live::Present(_) | Live::Unreadable { .. }, Sight::Gone) => false,
        (Live::Absent | Live::Tombstone { .. }, Sight::Gone) => true,
        // Somebody was faster; the next plan says so.
        (Live::Tombstone { .. }, Sight::Present(_)) => true,
    }
}

/// The attributes that a create was to set and an update can set, which a live object lacks as far as that can be seen.
pub(crate) fn lacking(schema: &Schema, set: &Map, object: &Object) -> Vec<Name> {
    let is_lacking = |(name, value): &&(Name, Value)| {
        let Some(attribute) = schema.attribute(name) else { return false };
        let is_kept = match attribute.mode {
            Mode::Initial | Mode::YieldTo(_) | Mode::WriteOnly => false,
            Mode::Enforce | Mode::AtLeast | Mode::Prefix => match attribute.change {
                Change::Update => true,
                Change::Replace => false,
                Change::Once => object.attributes.get(name).is_none_or(compare::is_empty),
            },
        };
        let live = object.attributes.get(name);
        let is_seen = shows(attribute, Some(value), live) && has_our_entries(attribute, value, live);
        is_kept && !object.unverified.contains(name) && !is_seen
    };
    set.iter().filter(is_lacking).map(|(name, _)| name.clone()).collect()
}

/// Whether a keyed map that is live has the entries that were set. Others in it are others'.
fn has_our_entries(attribute: &Attribute, set: &Value, live: Option<&Value>) -> bool {
    let is_keyed = attribute.collection == Collection::Keyed && !attribute.secret;
    let Some(ours) = set.as_map().filter(|_| is_keyed) else { return true };
    let all = live.and_then(Value::as_map).into_iter().flat_map(Map::iter);
    let there: Map = all.filter(|(key, _)| ours.get(key).is_some()).cloned().collect();
    compare::satisfies(attribute, set, &there.into())
}

/// Whether a live value is the one that was set, as far as that can be seen.
pub(crate) fn shows(attribute: &Attribute, set: Option<&Value>, live: Option<&Value>) -> bool {
    let can_be_seen = !attribute.secret && attribute.mode != Mode::WriteOnly;
    // Of a keyed collection only some entries are ours, so that the whole says nothing.
    let is_whole = attribute.collection == Collection::Exclusive || attribute.shape.container == Container::One;
    match set {
        Some(set) if can_be_seen && is_whole => {
            live.map_or_else(|| compare::is_empty(set), |live| compare::satisfies(attribute, set, live))
        }
        Some(_) | None => true,
    }
}
