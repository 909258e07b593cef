//! Parts of documents: what of a live one is ours, what a fingerprint covers, and one field put in the place of another.

use flashinfra_stacks::schema::Field;

use super::{At, ListRule, Side};
use crate::value::{Name, Value};

/// A live document without what is neither declared nor was last applied.
pub(crate) fn owned<'v>(fields: &'v [Field], sides: [Side<'v>; 2], have: &'v Value) -> Value {
    owned_at(&mut At::new(fields), sides, have)
}

fn owned_at<'v>(at: &mut At<'v>, sides: [Side<'v>; 2], have: &'v Value) -> Value {
    match have {
        Value::Map(live) if sides.iter().flatten().any(|side| side.as_map().is_some()) => {
            let ours = |(key, have): &'v (Name, Value)| {
                let inner = sides.map(|side| side.and_then(Value::as_map).and_then(|map| map.get(key)));
                let is_ours = inner.iter().any(Option::is_some);
                is_ours.then(|| (key.clone(), at.key(key, |at| owned_at(at, inner, have))))
            };
            Value::Map(live.iter().filter_map(ours).collect())
        }
        Value::List(live) => match at.rules().list {
            ListRule::Positions => have.clone(),
            list @ (ListRule::Keyed(_) | ListRule::Set) => {
                let ours = |have: &'v Value| {
                    let name = list.name(have)?;
                    let inner = sides.map(|side| list.find(&name, side));
                    let is_ours = inner.iter().any(Option::is_some);
                    is_ours.then(|| at.entry(&name, |at| owned_at(at, inner, have)))
                };
                Value::List(live.iter().filter_map(ours).collect())
            }
        },
        scalar => scalar.clone(),
    }
}

/// Calls `found` with the paths of all that is declared or was last applied: entries without names as one list, and nothing that is
/// left to a controller.
pub(crate) fn watched<'v>(fields: &'v [Field], sides: [Side<'v>; 2], found: &mut dyn FnMut(&str)) {
    watched_at(&mut At::new(fields), sides, found);
}

fn watched_at<'v>(at: &mut At<'v>, sides: [Side<'v>; 2], found: &mut dyn FnMut(&str)) {
    let rules = at.rules();
    if rules.yields.is_some() {
        return;
    }
    let keys = || sides.into_iter().flatten().filter_map(Value::as_map).flatten().map(|(key, _)| key);
    if keys().next().is_some() {
        let mut keys: Vec<_> = keys().collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let inner = sides.map(|side| side.and_then(Value::as_map).and_then(|map| map.get(key)));
            at.key(key, |at| watched_at(at, inner, found));
        }
        return;
    }
    let names = || sides.into_iter().flatten().filter_map(Value::as_list).flatten().map(|entry| rules.list.name(entry));
    match rules.list {
        // Entries whose names are not known yet are not there yet.
        ListRule::Keyed(_) | ListRule::Set if names().flatten().next().is_some() => {
            let mut names: Vec<_> = names().flatten().collect();
            names.sort();
            names.dedup();
            for name in names {
                let inner = sides.map(|side| rules.list.find(&name, side));
                at.entry(&name, |at| watched_at(at, inner, found));
            }
        }
        ListRule::Keyed(_) | ListRule::Set | ListRule::Positions => found(&at.path),
    }
}

/// A document with the field at a path replaced, or taken out. What the path does not lead to stays as it is.
pub(crate) fn patched(document: &Value, path: &str, new: Option<&Value>) -> Option<Value> {
    if path.is_empty() {
        return new.cloned();
    }
    match document {
        Value::Map(map) => {
            let rest = path.strip_prefix('.')?;
            let inside = map.iter().find_map(|(key, value)| {
                let rest = rest.strip_prefix(key.as_str())?;
                (rest.is_empty() || rest.starts_with(['.', '['])).then_some((key, value, rest))
            });
            let Some((key, value, rest)) = inside else { return Some(document.clone()) };
            let map = map.clone();
            Some(Value::Map(match patched(value, rest, new) {
                Some(value) => map.with(key.clone(), value),
                None => map.without(key),
            }))
        }
        Value::List(entries) => {
            let ends = path.match_indices(']').map(|(end, _)| end);
            let found = ends.filter_map(|end| Some((document.selected(path.get(1..end)?)?, &path[end + 1..]))).next();
            let Some((index, rest)) = found else { return Some(document.clone()) };
            let patched_entry = |(at, entry): (usize, &Value)| match at == index {
                true => patched(entry, rest, new),
                false => Some(entry.clone()),
            };
            Some(Value::List(entries.iter().enumerate().filter_map(patched_entry).collect()))
        }
        other => Some(other.clone()),
    }
}
