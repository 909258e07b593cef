//! What a step comes down to when its turn has come: what it waits for is known by then.
//!
//! A plan that could not know a value holds the steps of both cases, and which of them are done follows from the value alone.
//! It only ever comes down: a replacement to an update or to nothing, an update to nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::journal::{Effect, Record};
use flashinfra_plans::plan::{Act, Arriving, When};
use flashinfra_plans::{Ledger, Map, Name, Step, Value, compare, resolve};
use flashinfra_providers::{Class, Error};
use flashinfra_stacks::schema::{Mode, Schema};

use super::Dispatcher;
use crate::apply::events::EventKind;
use crate::apply::report::StepOutcome;
use crate::apply::request;

/// What is done about a step.
pub(super) enum Turn {
    /// It calls its provider.
    Call,
    /// Only the ledger is written.
    Record,
    /// The other case of its plan holds.
    NotNeeded,
    /// Which case holds cannot be told.
    Fail(Error),
}

/// What is done about a step that is ready.
pub(super) fn of(step: &Step, schemas: &BTreeMap<Name, Arc<Schema>>, ledger: &Ledger) -> Turn {
    let kind = step.address.kind();
    let Some(schema) = schemas.get(kind).or_else(|| ledger.schemas.get(kind)) else { return Turn::Call };
    if let Some(when) = &step.when {
        match are_live(when, schema, ledger) {
            Ok(are_live) if are_live != when.same => return Turn::NotNeeded,
            Ok(_) => {}
            Err(name) => {
                let message = format!("{name} of {} is not known after all", step.address);
                return Turn::Fail(Error::new(Class::FixInput, message));
            }
        }
    }
    match step.act {
        Act::Forget | Act::Record => Turn::Record,
        Act::Update if changes_nothing(step, schema, ledger) => Turn::Record,
        Act::Create | Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Move(_) => Turn::Call,
    }
}

/// Whether the values that have arrived are those of the live object; the name of one that has not.
fn are_live(when: &When, schema: &Schema, ledger: &Ledger) -> Result<bool, Name> {
    let mut are_live = true;
    for Arriving { name, value, live } in &when.arriving {
        let arrived = resolve::resolve(value, &|reference| request::looked_up(ledger, reference));
        if !resolve::is_known(&arrived) {
            return Err(name.clone());
        }
        are_live &= is_same(schema, name, Some(&arrived), live.as_ref());
    }
    Ok(are_live)
}

/// Whether an update whose values were not known turns out to set what is live already.
fn changes_nothing(step: &Step, schema: &Schema, ledger: &Ledger) -> bool {
    let was_unknown = |name: &Name| step.inputs.get(name).is_some_and(|value| !value.is_literal());
    if !step.changed.iter().any(was_unknown) {
        return false;
    }
    let Ok(attributes) = request::resolved(step, ledger) else { return false };
    let can_be_seen = |name: &Name| {
        let attribute = schema.attribute(name);
        attribute.is_some_and(|attribute| !attribute.secret && attribute.mode != Mode::WriteOnly)
            && !step.inputs.get(name).is_some_and(Value::has_secret)
    };
    let is_live = |name: &Name| is_same(schema, name, attributes.get(name), step.before.get(name));
    step.changed.iter().all(|name| can_be_seen(name) && is_live(name))
}

impl Dispatcher<'_> {
    /// A step of the case that does not hold: the row stays as it is.
    pub(super) fn not_needed(&mut self, step: &Arc<Step>) {
        let row = self.ledger.rows.get(&step.address).cloned();
        let mut intent = self.intent(step, &Map::default(), row.clone());
        intent.act = "skip".into();
        self.journal.push(Record::Started(intent));
        let effect = match row {
            Some(row) => Effect::Put(step.address.clone(), Box::new(row)),
            None => Effect::Remove(step.address.clone(), step.generation),
        };
        self.journal.push(Record::Done { step: step.id, effect });
        self.schedule.done(step.id);
        self.tell(step.id, EventKind::NotNeeded);
        self.settle(step.id, StepOutcome::NotNeeded, Duration::ZERO);
    }
}

fn is_same(schema: &Schema, name: &str, set: Option<&Value>, live: Option<&Value>) -> bool {
    let of = |value: Option<&Value>| value.filter(|value| **value != Value::Null).cloned();
    match (schema.attribute(name), of(set), of(live)) {
        (Some(attribute), Some(set), Some(live)) => compare::satisfies(attribute, &set, &live),
        (_, set, live) => set == live,
    }
}
