//! Lookups: what others have, as far as anybody asked for it.
//!
//! What is in the sandbox and is what was asked for is found. Else something is made up the first time and kept like any other
//! object, so that it stays the same, can be changed as by somebody else, and stays gone once it was removed.

use flashinfra_plans::{Live, Map, Name, Value};
use flashinfra_providers::Inputs;
use flashinfra_stacks::schema::Schema;

use crate::invent::{self, Origin};
use crate::keep;
use crate::life;
use crate::world::{Change, Key, Shelf, Stored, World};

/// Says of an object that a lookup made it up: whatever stands in an answer holds nothing.
const LOOKED_UP: &str = "a lookup";

pub(crate) fn is_answer(stored: &Stored) -> bool {
    stored.managed_by.as_deref() == Some(LOOKED_UP)
}

/// Answers a lookup, and what of the world that changes.
pub(crate) fn look(world: &World, shelf: Shelf, schema: Option<&Schema>, asked: &Map) -> (Live, Option<Change>) {
    let Some(schema) = schema else {
        let reason = format!("the sandbox was opened without a schema of {}", shelf.kind);
        return (Live::Unreadable { reason: reason.into() }, None);
    };
    let is_asked_for = |(_, stored): &(&Name, &Stored)| {
        asked.iter().all(|(name, value)| stored.attributes.get(name).is_some_and(|live| holds(live, value)))
    };
    let found: Vec<(&Name, &Stored)> = world.shelf(&shelf).filter(is_asked_for).collect();
    match found[..] {
        [] => {}
        [(id, stored)] => {
            let key = Key { shelf, id: id.clone() };
            return (Live::Present(life::object(&key, stored, Some(schema))), None);
        }
        [..] => {
            let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
            let reason = format!("{} are what is asked for: {}; ask for one of them", ids.len(), ids.join(", "));
            return (Live::Unreadable { reason: reason.into() }, None);
        }
    }
    // Of nothing but what is asked, so that every sandbox says the same and a plan can be reviewed.
    let birth = invent::birth(&asked.to_json(), &shelf, None, 0);
    let key = Key { id: invent::assigned_id(&shelf.kind, &birth), shelf };
    if world.grave(&key).is_some() {
        return (Live::Absent, None);
    }
    let inputs = Inputs { attributes: asked.clone(), ..Inputs::default() };
    let origin = Origin { schema, shelf: &key.shelf, id: &key.id, birth: &birth, set: asked };
    let attributes = with_all_zones(keep::created(origin, &inputs), &key.shelf);
    let managed_by = Some(Name::new_static(LOOKED_UP));
    let stored = Stored { managed_by, ..Stored::new(attributes, birth) };
    (Live::Present(life::object(&key, &stored, Some(schema))), Some(Change::Put(key, Box::new(stored))))
}

/// Whether a value is what is asked for, or has it among its entries.
fn holds(live: &Value, asked: &Value) -> bool {
    match (live, asked) {
        (Value::Map(live), Value::Map(asked)) => asked.iter().all(|(key, value)| live.get(key) == Some(value)),
        (live, asked) => live == asked,
    }
}

/// How many zones a region has.
const ZONES: [char; 3] = ['a', 'b', 'c'];

/// Where a list has the first zone of the region, it has them all.
fn with_all_zones(attributes: Map, shelf: &Shelf) -> Map {
    let region = &shelf.site.region;
    let first = Value::from(format!("{region}a"));
    let whole = |value: &Value| match value {
        Value::List(entries) if **entries == [first.clone()] => {
            Value::List(ZONES.iter().map(|zone| Value::from(format!("{region}{zone}"))).collect())
        }
        value => value.clone(),
    };
    attributes.iter().map(|(name, value)| (name.clone(), whole(value))).collect()
}
