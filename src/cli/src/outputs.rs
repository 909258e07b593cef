//! Published values as text and as JSON.

use std::collections::BTreeMap;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Name, Value};
use serde_json::json;

use crate::json_lines::Published;
use crate::output::Output;
use crate::paint::Paint;

/// Prints the published values after an apply.
pub(crate) fn print(output: &Output, outputs: &BTreeMap<Name, Value>, left: &[Name]) {
    for (name, value) in outputs {
        output.line("output", &Published { name, value });
    }
    if !outputs.is_empty() {
        output.result(&format!("\nOutputs\n{}", table(outputs, output.paint())));
    }
    if !left.is_empty() {
        let text = format!("Not published, since a step they need was not done: {}", left.join(", "));
        output.result(&output.page().wrapped(0, &text));
    }
}

/// Names and values, one a line.
pub(crate) fn table(outputs: &BTreeMap<Name, Value>, paint: Paint) -> String {
    let width = outputs.keys().map(|name| name.len()).max().unwrap_or(0);
    let row =
        |(name, value): (&Name, &Value)| format!("  {}  {}\n", paint.bold(&format!("{name:width$}")), line(value));
    outputs.iter().map(row).collect()
}

/// All values as one JSON document, in the shape that `terraform output -json` has.
pub(crate) fn json(outputs: &BTreeMap<Name, Value>) -> String {
    let entry =
        |(name, value): (&Name, &Value)| (name.to_string(), json!({ "sensitive": is_secret(value), "value": value }));
    let document: serde_json::Map<String, serde_json::Value> = outputs.iter().map(entry).collect();
    serde_json::Value::Object(document).to_string()
}

/// A value on one line. A secret shows where it comes from.
pub(crate) fn line(value: &Value) -> String {
    match value {
        Value::Text(text) if !text.contains('\n') => text.to_string(),
        Value::Secret(secret) => format!("(secret {})", source(secret)),
        other => other.to_json(),
    }
}

/// Where a secret comes from.
fn source(secret: &Secret) -> String {
    let numbered = |source: String, version: u32| match version {
        1 => source,
        version => format!("{source} version {version}"),
    };
    match secret {
        Secret::Env { name, version } => numbered(format!("env {name}"), *version),
        Secret::File { path, version } => numbered(format!("file {path}"), *version),
        Secret::Text(_) | Secret::Base64(_) | Secret::Json(_) => "with other parts".to_owned(),
    }
}

fn is_secret(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::List(entries) => entries.iter().any(is_secret),
        Value::Map(map) => map.iter().any(|(_, value)| is_secret(value)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Expression(_) | Value::Unknown => {
            false
        }
    }
}
