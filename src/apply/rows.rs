//! What a step means for the ledger: the row as it will be, and the effect once it is done.

use flashinfra_plans::journal::Effect;
use flashinfra_plans::ledger::{Deposed, Owned};
use flashinfra_plans::plan::{Act, RowDraft};
use flashinfra_plans::{Address, Ledger, Map, Name, Object, Phase, Row, Step, compare};
use flashinfra_stacks::schema::{Schema, SetBy};

use super::confirm;

/// The row of the step's address as it is to be once the step is done; none when the row goes.
///
/// A create's row has an object with an empty id, for the service to fill in. `applied` is what the step was resolved to.
pub(crate) fn intended(step: &Step, schema: &Schema, ledger: &Ledger, applied: &Map) -> Option<Row> {
    let present = present(step, ledger);
    match step.act {
        Act::Create => Some(created(step, schema, present, applied)),
        Act::Update | Act::Record => present.map(|row| changed(step, schema, row, applied)),
        Act::Move(_) => present.map(|row| with_draft(row.clone(), step)),
        Act::Delete => present.and_then(|row| without(row, step)).map(|row| match on_current(step, &row) {
            // What stays of the row is as the plan says; a deposed object leaves it as it is.
            true => with_draft(row, step),
            false => row,
        }),
        // It belongs to no row.
        Act::UnguardDouble | Act::DeleteDouble => present.cloned(),
        Act::Forget => None,
    }
}

/// The row of the step's object as it is before the step: what moves is still where it moves from.
pub(crate) fn present<'a>(step: &Step, ledger: &'a Ledger) -> Option<&'a Row> {
    match &step.act {
        Act::Move(from) => ledger.rows.get(from),
        Act::Create
        | Act::Update
        | Act::Delete
        | Act::Forget
        | Act::Record
        | Act::UnguardDouble
        | Act::DeleteDouble => ledger.rows.get(&step.address),
    }
}

/// The effect of a step that is done. `object` is what the service answered, if it answered one.
pub(crate) fn done(step: &Step, schema: &Schema, row: Option<Row>, object: Option<&Object>, ledger: &Ledger) -> Effect {
    match (&step.act, row) {
        (_, None) => {
            let generation = ledger.rows.get(&step.address).map_or(step.generation, |row| row.generation);
            Effect::Remove(step.address.clone(), generation)
        }
        (Act::Move(from), Some(row)) => {
            Effect::Rename { from: from.clone(), to: step.address.clone(), row: Box::new(row) }
        }
        (Act::Create | Act::Update | Act::Record, Some(row)) => {
            let row = match object.filter(|_| on_current(step, &row)) {
                Some(object) => observed(row, schema, object),
                None => row,
            };
            Effect::Put(step.address.clone(), Box::new(row))
        }
        (Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Forget, Some(row)) => {
            Effect::Put(step.address.clone(), Box::new(row))
        }
    }
}

/// The effect of a create that failed and left an object behind: a row that never became ready, so that the next plan
/// replaces it.
pub(crate) fn left_behind(address: &Address, row: Row, id: &Name) -> Effect {
    let generation = row.generation;
    let current = Some(Owned { id: id.clone(), generation, ready: false });
    Effect::Put(address.clone(), Box::new(Row { current, ..row }))
}

/// The row of an object that a create made in part: what live lacks of it was not applied.
pub(crate) fn in_part(row: Row, schema: &Schema, object: &Object) -> Row {
    let lacking = confirm::lacking(schema, &row.applied, object);
    let applied = row.applied.iter().filter(|(name, _)| !lacking.contains(name)).cloned().collect();
    observed(Row { applied, ..row }, schema, object)
}

/// The row of an object that an update may have changed in part: each attribute that is live as it was to be is taken for applied.
pub(crate) fn changed_in_part(old: &Row, intended: &Row, schema: &Schema, object: &Object) -> Row {
    if old.current.as_ref().is_none_or(|owned| owned.id != object.id) {
        // Of a deposed object the row says nothing that could change.
        return old.clone();
    }
    let mut applied = old.applied.clone();
    for name in intended.applied.iter().chain(&old.applied).map(|(name, _)| name) {
        if compare::is_live(schema, name, &intended.applied, &object.attributes) {
            applied = applied.with_at(name, intended.applied.get(name).cloned());
        }
    }
    observed(Row { applied, ..old.clone() }, schema, object)
}

/// The effect of a create whose object was made and is gone again: the next one gets another generation, so that no service takes
/// it for the same request and answers with what is gone.
pub(crate) fn used_up(address: &Address, generation: u32, ledger: &Ledger) -> Effect {
    match ledger.rows.get(address) {
        Some(row) => {
            let generation = row.generation.max(generation);
            Effect::Put(address.clone(), Box::new(Row { generation, ..row.clone() }))
        }
        None => Effect::Remove(address.clone(), generation),
    }
}

/// The row with what the service answered. Once an object was ready it stays so.
pub(crate) fn observed(row: Row, schema: &Schema, object: &Object) -> Row {
    let (generation, ready) = row.current.as_ref().map_or((row.generation, false), |old| (old.generation, old.ready));
    let ready = ready || object.phase == Phase::Ready;
    let current = Some(Owned { id: object.id.clone(), generation, ready });
    let computed = computed(schema, &object.attributes, &row.applied);
    Row { current, computed, ..row }
}

/// What the provider chose: its own attributes, and those that the stack could have set and did not.
fn computed(schema: &Schema, live: &Map, applied: &Map) -> Map {
    let chosen = |name: &Name| match schema.attribute(name).map(|attribute| (&attribute.set_by, attribute.secret)) {
        Some((_, true)) => false,
        Some((SetBy::Provider, false)) => true,
        // The planner reads a default that nobody set from live: what refers to it gets the same at apply.
        Some((SetBy::Either | SetBy::Optional, false)) => applied.get(name).is_none(),
        Some((SetBy::Required, false)) | None => false,
    };
    live.iter().filter(|(name, _)| chosen(name)).cloned().collect()
}

fn created(step: &Step, schema: &Schema, present: Option<&Row>, applied: &Map) -> Row {
    let mut deposed = present.map(|row| row.deposed.clone()).unwrap_or_default();
    if let Some(old) = present.and_then(|row| row.current.as_ref())
        && step.object.as_ref() == Some(&old.id)
    {
        let depends_on = present.map(|row| row.depends_on.clone()).unwrap_or_default();
        deposed.push(Deposed { object: old.clone(), depends_on });
    }
    let row = Row {
        provider: step.provider.clone(),
        schema_version: schema.version,
        current: Some(Owned { id: Name::default(), generation: step.generation, ready: false }),
        deposed,
        generation: step.generation,
        applied: kept(step, applied),
        computed: Map::default(),
        depends_on: Vec::new(),
        protect: false,
        retain: false,
        recovered: false,
        at: None,
    };
    with_draft(row, step)
}

fn changed(step: &Step, schema: &Schema, row: &Row, applied: &Map) -> Row {
    if !on_current(step, row) {
        return row.clone();
    }
    let row = Row {
        provider: step.provider.clone(),
        schema_version: schema.version,
        applied: kept(step, applied),
        recovered: false,
        ..row.clone()
    };
    with_draft(row, step)
}

/// Whether the step is about the current object, not a deposed one.
fn on_current(step: &Step, row: &Row) -> bool {
    row.current.as_ref().is_none_or(|owned| owned.generation == step.generation)
}

/// The row without the object that the step deletes; none when no object is left, unless the step says that the row stays.
fn without(row: &Row, step: &Step) -> Option<Row> {
    let mut row = row.clone();
    row.current = row.current.filter(|owned| owned.generation != step.generation);
    row.deposed.retain(|deposed| deposed.object.generation != step.generation);
    (!row.is_spent() || step.row.is_some()).then_some(row)
}

fn with_draft(row: Row, step: &Step) -> Row {
    match &step.row {
        Some(draft) => {
            let RowDraft { depends_on, protect, retain, released: _, deposed: edges, at } = draft.clone();
            let of = |object: &Owned| edges.get(&object.generation).cloned();
            let edges_of = |Deposed { object, depends_on }: Deposed| {
                let depends_on = of(&object).unwrap_or(depends_on);
                Deposed { object, depends_on }
            };
            let deposed = row.deposed.into_iter().map(edges_of).collect();
            Row { depends_on, protect, retain, deposed, at, ..row }
        }
        None => row,
    }
}

/// What the row keeps as applied: the inputs without what is set back to a default that nobody asks for any more.
fn kept(step: &Step, applied: &Map) -> Map {
    let released = step.row.as_ref().map(|draft| draft.released.as_slice()).unwrap_or_default();
    applied.iter().filter(|(name, _)| !released.contains(name)).cloned().collect()
}

#[cfg(test)]
mod tests;
