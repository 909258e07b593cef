//! Whether a live value does for a declared one.

use flashinfra_plans::compare::satisfies;
use flashinfra_plans::{Map, Value};
use flashinfra_stacks::schema::{Attribute, Collection, Mode};

/// How the live value of an attribute differs from the declared one; none when it does for it.
pub(super) fn difference(attribute: &Attribute, want: &Value, have: Option<&Value>) -> Option<String> {
    let name = &attribute.name;
    if attribute.secret || attribute.delete_argument || attribute.mode == Mode::WriteOnly {
        return have.map(|_| format!("`{name}` is never answered by a service, and was"));
    }
    let want = &without_secrets(want);
    match have {
        Some(have) if satisfies(attribute, want, &ours(attribute, want, have)) => None,
        Some(have) => Some(format!("`{name}` was declared as {want:?} and is read as {have:?}")),
        // Many services answer nothing for what is empty.
        None if is_nothing(want) => None,
        None => Some(format!("`{name}` was declared as {want:?} and is not read")),
    }
}

fn is_nothing(want: &Value) -> bool {
    match want {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(entries) => entries.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Bool(true) | Value::Integer(_) | Value::Expression(_) | Value::Secret(_) | Value::Unknown => false,
    }
}

/// What is ours of a live value: in a keyed collection, what others added does not count.
pub(super) fn ours(attribute: &Attribute, want: &Value, have: &Value) -> Value {
    match (attribute.collection, want, have) {
        (Collection::Keyed, Value::Map(want), Value::Map(have)) => {
            let ours = have.iter().filter(|(key, _)| want.get(key).is_some());
            Value::Map(ours.cloned().collect())
        }
        (Collection::Keyed, Value::List(want), Value::List(have)) => {
            let one = |entry: &Value| Value::List([entry.clone()].into());
            let is_ours = |have: &&Value| want.iter().any(|want| satisfies(attribute, &one(want), &one(have)));
            Value::List(have.iter().filter(is_ours).cloned().collect())
        }
        (Collection::Keyed, Value::Null, Value::Map(_)) => Value::Map(Map::default()),
        (Collection::Keyed, Value::Null, Value::List(_)) => Value::List([].into()),
        _ => have.clone(),
    }
}

/// The keys or entries of a live value that are not ours.
pub(super) fn others(attribute: &Attribute, want: Option<&Value>, have: Option<&Value>) -> Vec<Value> {
    let want = want.unwrap_or(&Value::Null);
    match (attribute.collection, have, have.map(|have| ours(attribute, want, have))) {
        (Collection::Keyed, Some(Value::Map(have)), Some(Value::Map(ours))) => {
            let others = have.iter().filter(|(key, _)| ours.get(key).is_none());
            others.map(|(key, _)| Value::from(key.as_str())).collect()
        }
        (Collection::Keyed, Some(Value::List(have)), Some(Value::List(ours))) => {
            have.iter().filter(|entry| !ours.contains(entry)).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// What a service can answer of a declared value.
fn without_secrets(want: &Value) -> Value {
    match want {
        Value::Map(map) => {
            let open = map.iter().filter(|(_, value)| !matches!(value, Value::Secret(_)));
            Value::Map(open.map(|(key, value)| (key.clone(), without_secrets(value))).collect::<Map>())
        }
        Value::List(entries) => Value::List(entries.iter().map(without_secrets).collect()),
        other => other.clone(),
    }
}
