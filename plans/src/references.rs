//! The references inside a value.

use crate::value::{Expression, Reference, Secret, Value};

/// Calls `found` with each reference inside a value and the path of the place where it stands, `ingress.0.source`.
pub fn each_reference<'a>(value: &'a Value, path: &str, found: &mut dyn FnMut(&'a Reference, &str)) {
    let each_of = |values: &'a [Value], found: &mut dyn FnMut(&'a Reference, &str)| {
        values.iter().for_each(|part| each_reference(part, path, found));
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Unknown => {}
        Value::List(entries) => {
            for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !is_plain(entry)) {
                each_reference(entry, &format!("{path}.{at}"), found);
            }
        }
        Value::Map(map) => {
            for (key, entry) in map.iter().filter(|(_, entry)| !is_plain(entry)) {
                each_reference(entry, &format!("{path}.{key}"), found);
            }
        }
        Value::Expression(expression) => match &**expression {
            Expression::Reference(reference) => found(reference, path),
            Expression::Text(parts) => each_of(parts, found),
            Expression::Join { list, separator: _ } => each_reference(list, path, found),
            Expression::Base64(value) | Expression::Json(value) => each_reference(value, path, found),
            Expression::Pick { from, path: _ } => each_reference(from, path, found),
        },
        Value::Secret(secret) => match &**secret {
            Secret::Env { .. } | Secret::File { .. } => {}
            Secret::Text(parts) => each_of(parts, found),
            Secret::Base64(value) | Secret::Json(value) => each_reference(value, path, found),
        },
    }
}

/// Whether nothing can be inside: saves making a path.
fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_))
}
