//! Puts digests of what is declared elsewhere where resources asked for them.

use std::collections::BTreeMap;

use super::values;
use crate::digest::{self, Digest};
use crate::schema::Text;
use crate::stack::{Declaration, Stack};
use crate::value::{Source, Value};

/// Inserts the digests of all resources, which are sorted by address. What a definition says under a key itself stays. Those of whole
/// resources come last: a digest in such a resource is a part of it.
pub(super) fn insert(stack: &mut Stack) {
    insert_those(stack, |digest| !digest.attributes.is_empty());
    insert_those(stack, |digest| digest.attributes.is_empty());
}

fn insert_those(stack: &mut Stack, which: impl Fn(&Digest) -> bool) {
    let mut entries = Vec::new();
    for (index, resource) in stack.resources.iter().enumerate() {
        for digest in resource.options().digests.iter().filter(|digest| which(digest)) {
            // That an address is of another stack is told where it is referred to.
            let of = stack.resources.binary_search_by(|other| other.address.cmp(&digest.of));
            if let Ok(of) = of.map(|of| &stack.resources[of]) {
                let name = match of.attributes.get("name") {
                    Some(Value::Text(name)) => name,
                    Some(_) | None => of.address.name(),
                };
                entries.push((index, digest.at, digest.key(name), value(digest, of)));
            }
        }
    }
    for (index, at, key, value) in entries {
        if let Some(map) = map_at(&mut stack.resources[index].attributes, at) {
            map.entry(key.into()).or_insert(value);
        }
    }
}

/// The map at a path, made where there is none; none where something else is.
fn map_at<'v>(attributes: &'v mut BTreeMap<Text, Value>, at: &[&'static str]) -> Option<&'v mut BTreeMap<Text, Value>> {
    at.iter().try_fold(attributes, |map, key| {
        match map.entry(Text::Borrowed(key)).or_insert_with(|| Value::Map(BTreeMap::new())) {
            Value::Map(inner) => Some(inner),
            _ => None,
        }
    })
}

/// The digest of what is declared, and behind it what comes from outputs.
fn value(digest: &Digest, of: &Declaration) -> Value {
    let mut declared = String::new();
    let mut later = Vec::new();
    let parts: Vec<(&str, &Value)> = match digest.attributes {
        [] => of.attributes.iter().map(|(name, value)| (&**name, value)).collect(),
        named => named.iter().filter_map(|path| Some((*path, part(&of.attributes, path)?))).collect(),
    };
    for (name, value) in parts {
        declared.push_str(name);
        values::write(value, &mut declared);
        collect(value, false, &mut later);
    }
    let declared = digest::of_text(&declared);
    if later.is_empty() {
        return Value::text(declared);
    }
    let mut parts = vec![Value::text(format!("{declared} "))];
    for (index, value) in later.into_iter().enumerate() {
        if index > 0 {
            parts.push(Value::text(" "));
        }
        parts.push(value);
    }
    Value::Concatenation(parts)
}

/// The value at a path of names with dots between.
fn part<'v>(attributes: &'v BTreeMap<Text, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let first = attributes.get(names.next()?)?;
    names.try_fold(first, |value, name| match value {
        Value::Map(entries) => entries.get(name),
        _ => None,
    })
}

/// What in a value is known only later, secrets aside. In a JSON document that may be more than a text.
fn collect(value: &Value, is_in_json: bool, later: &mut Vec<Value>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Invalid(_) => {}
        Value::List(items) | Value::Concatenation(items) => {
            items.iter().for_each(|item| collect(item, is_in_json, later));
        }
        Value::Map(entries) => entries.values().for_each(|item| collect(item, is_in_json, later)),
        Value::Reference(_) | Value::Join(..) | Value::Base64(_) | Value::Json(_) | Value::Pick(..) => {
            later.push(if is_in_json { Value::Json(Box::new(value.clone())) } else { value.clone() });
        }
        Value::Secret(source) => match source {
            Source::Environment { .. } | Source::File { .. } | Source::Reference(_) => {}
            Source::Concatenation(parts) => parts.iter().for_each(|part| collect(part, is_in_json, later)),
            Source::Base64(inner) => collect(inner, is_in_json, later),
            Source::Json(inner) => collect(inner, true, later),
        },
    }
}
