//! Values in the compiled stack: plain JSON, and objects with one key that starts with `$` for what is not.

use super::writer::{Object, list};
use crate::json;
use crate::value::{Reference, Source, Value};

/// Writes a value.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        // A stack with an invalid value is not written.
        Value::Null | Value::Invalid(_) => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Text(text) => write_text(out, text),
        Value::List(items) => list(out, items, write),
        Value::Map(entries) => {
            // A literal key that begins like an operation would be read as one.
            let is_escaped = entries.keys().any(|key| key.starts_with('$'));
            if is_escaped {
                out.push_str("{\"$map\":");
            }
            write_map(out, entries.iter().map(|(key, value)| (&**key, value)));
            if is_escaped {
                out.push('}');
            }
        }
        Value::Reference(reference) => write_reference(reference, out),
        Value::Concatenation(parts) => operation("$text", out, |out| list(out, parts, write)),
        Value::Join(separator, items) => operation("$join", out, |out| {
            pair(out, |out| write_text(out, separator), |out| write(items, out));
        }),
        Value::Base64(inner) => operation("$base64", out, |out| write(inner, out)),
        Value::Json(inner) => operation("$json", out, |out| write(inner, out)),
        Value::Pick(from, path) => operation("$pick", out, |out| {
            pair(out, |out| write(from, out), |out| write_text(out, path));
        }),
        Value::Secret(source) => operation("$secret", out, |out| write_source(source, out)),
    }
}

/// Writes an object of values whose keys come sorted.
pub(super) fn write_map<'a>(out: &mut String, entries: impl Iterator<Item = (&'a str, &'a Value)>) {
    let mut object = Object::open(out);
    for (key, value) in entries {
        write(value, object.key(key));
    }
    object.close();
}

fn write_reference(reference: &Reference, out: &mut String) {
    operation("$ref", out, |out| {
        pair(out, |out| write_text(out, reference.address.as_str()), |out| write_text(out, &reference.path));
    });
}

fn write_source(source: &Source, out: &mut String) {
    let mut object = Object::open(out);
    match source {
        Source::Environment { name, version } => {
            object.text("env", name);
            write_version(&mut object, *version);
        }
        Source::File { path, version } => {
            object.text("file", path);
            write_version(&mut object, *version);
        }
        // A text of one part, since the attribute that it refers to is what makes it a secret.
        Source::Reference(reference) => list(object.key("text"), [reference], write_reference),
        Source::Concatenation(parts) => list(object.key("text"), parts, write),
        Source::Base64(inner) => write(inner, object.key("base64")),
        Source::Json(inner) => write(inner, object.key("json")),
    }
    object.close();
}

fn write_version(object: &mut Object<'_>, version: u32) {
    if version != 1 {
        object.integer("version", version.into());
    }
}

fn operation(name: &str, out: &mut String, write_operand: impl FnOnce(&mut String)) {
    let mut object = Object::open(out);
    write_operand(object.key(name));
    object.close();
}

fn pair(out: &mut String, first: impl FnOnce(&mut String), second: impl FnOnce(&mut String)) {
    out.push('[');
    first(out);
    out.push(',');
    second(out);
    out.push(']');
}

/// Writes a text in quotes.
pub(super) fn write_text(out: &mut String, text: &str) {
    // Writing to a `String` cannot fail.
    let _ = json::write_text(out, text);
}
