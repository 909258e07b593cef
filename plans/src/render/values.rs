//! Values on one line.

use super::text::{length, visible};
use crate::value::{Expression, Secret, Value};

/// A value on one line: text bare where that cannot be mistaken for something else.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => quoted_where_needed(text),
        Value::List(entries) => format!("[{}]", joined(entries)),
        Value::Map(map) => {
            let entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{}: {}", visible(key), inline(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Expression(expression) => computed(expression),
        Value::Secret(secret) => format!("(secret {})", sources(secret).join(", ")),
        Value::Unknown => "(known after apply)".into(),
    }
}

/// A shorter list or map stands on the line of its name.
const FLOW_MAX: usize = 36;

/// What a JSON text holds; none when the value is anything else.
pub(super) fn opened(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) if text.trim_start().starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        Value::Expression(expression) => match &**expression {
            Expression::Json(inner) => Some(inner.clone()),
            Expression::Reference(_)
            | Expression::Text(_)
            | Expression::Join { .. }
            | Expression::Base64(_)
            | Expression::Pick { .. } => None,
        },
        _ => None,
    }
}

/// Whether a value is best told line by line: a JSON text that is no line, or what has one inside.
pub(super) fn holds_json(value: &Value) -> bool {
    match value {
        Value::List(entries) => entries.iter().any(holds_json),
        Value::Map(map) => map.iter().any(|(_, value)| holds_json(value)),
        value => long_json(value).is_some(),
    }
}

/// What a JSON text holds that takes more than a line. Who wrote it on several lines wanted to see those.
fn long_json(value: &Value) -> Option<Value> {
    let is_written_out = matches!(value, Value::Text(text) if text.trim_end().contains('\n'));
    opened(value).filter(|inner| !is_written_out && length(&inline(inner)) > FLOW_MAX)
}

/// A document as lines, as YAML has it: a field each, lists by dashes, texts of several lines behind a bar, JSON texts by what they hold.
pub(super) fn block(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match value {
        Value::Map(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| lines.extend(below(&format!("{}:", visible(key)), value, 2)));
        }
        Value::List(entries) if !entries.is_empty() => {
            entries.iter().for_each(|entry| lines.extend(below("-", entry, 0)));
        }
        value => match long_json(value) {
            Some(inner) => lines.extend(block(&inner)),
            None => lines.push(inline(value)),
        },
    }
    lines
}

/// What is behind a name or a dash: on its line where that is short, else below it.
fn below(head: &str, value: &Value, indent: usize) -> Vec<String> {
    let indented =
        |lines: Vec<String>, indent: usize| lines.into_iter().map(move |line| format!("{:indent$}{line}", ""));
    if let Some(inner) = long_json(value) {
        return std::iter::once(format!("{head} (JSON)")).chain(indented(block(&inner), 2)).collect();
    }
    match value {
        Value::Map(_) | Value::List(_) => {
            let flow = inline(value);
            if length(&flow) <= FLOW_MAX && !holds_json(value) {
                return vec![format!("{head} {flow}")];
            }
            let mut lines = block(value);
            if head != "-" {
                return std::iter::once(head.to_owned()).chain(indented(lines, indent)).collect();
            }
            // The first field of an entry stands behind the dash.
            let first = format!("- {}", lines.remove(0));
            std::iter::once(first).chain(indented(lines, 2)).collect()
        }
        Value::Text(text) if text.trim_end().contains('\n') => {
            let lines = text.lines().map(visible).collect();
            std::iter::once(format!("{head} |")).chain(indented(lines, 2)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => vec![format!("{head} {}", inline(value))],
        Value::Expression(_) | Value::Secret(_) | Value::Unknown => vec![format!("{head} {}", inline(value))],
    }
}

/// Text is quoted when it is empty, has spaces around it or looks like another type or form.
fn quoted_where_needed(text: &str) -> String {
    let is_other = matches!(text, "" | "null" | "true" | "false") || text.parse::<i64>().is_ok();
    let is_odd = text.starts_with(['"', '(', '[', '{', ' ']) || text.ends_with(' ') || text.contains(", ");
    let shown = visible(text);
    if is_other || is_odd || shown.len() != text.len() { format!("\"{shown}\"") } else { shown }
}

fn joined(values: &[Value]) -> String {
    let values: Vec<_> = values.iter().map(inline).collect();
    values.join(", ")
}

fn computed(expression: &Expression) -> String {
    match expression {
        Expression::Reference(reference) => format!("{}.{}", reference.address, visible(&reference.path)),
        Expression::Text(parts) => parts.iter().map(part).collect(),
        Expression::Join { separator, list } => format!("join({}, {})", quoted(separator), inline(list)),
        Expression::Base64(value) => format!("base64({})", inline(value)),
        Expression::Json(value) => format!("json({})", inline(value)),
        Expression::Pick { from, path } => format!("{}.{}", inline(from), visible(path)),
    }
}

/// A part of a text that is put together: computed parts in braces.
fn part(value: &Value) -> String {
    match value {
        Value::Text(text) => visible(text),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::List(_) | Value::Map(_) => inline(value),
        Value::Expression(_) | Value::Unknown | Value::Secret(_) => format!("{{{}}}", inline(value)),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text))
}

/// Where a secret comes from, in words; never what it is.
fn sources(secret: &Secret) -> Vec<String> {
    let versioned =
        |source: String, version: u32| if version == 1 { source } else { format!("{source} version {version}") };
    match secret {
        Secret::Env { name, version } => vec![versioned(format!("env {}", visible(name)), *version)],
        Secret::File { path, version } => vec![versioned(format!("file {}", visible(path)), *version)],
        Secret::Text(parts) => inner(parts.iter()),
        Secret::Base64(value) | Secret::Json(value) => inner(std::iter::once(value)),
    }
}

/// The sources inside: nothing else of a secret that is put together is shown.
fn inner<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut found: Vec<String> = values.flat_map(of).collect();
    found.dedup();
    found
}

fn of(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Unknown => Vec::new(),
        Value::List(entries) => inner(entries.iter()),
        Value::Map(map) => inner(map.iter().map(|(_, value)| value)),
        Value::Secret(secret) => sources(secret),
        Value::Expression(expression) => match &**expression {
            Expression::Reference(_) => vec![computed(expression)],
            Expression::Text(parts) => inner(parts.iter()),
            Expression::Join { list: value, separator: _ }
            | Expression::Base64(value)
            | Expression::Json(value)
            | Expression::Pick { from: value, path: _ } => of(value),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map;

    #[test]
    fn documents_are_told_as_yaml_has_them() {
        let long = "a text that is longer than what fits beside a name";
        let container = map! {
            "name" => "web", "command" => vec![Value::from("sh"), Value::from("-c")], "script" => "first\nthen\n", "why" => long,
        };
        let document = map! {
            "replicas" => 2_i64,
            "selector" => map! { "app" => "web" },
            "containers" => vec![Value::from(container)],
            "nothing" => Vec::new(),
        };
        let expect = [
            "containers:",
            "  - command: [sh, -c]",
            "    name: web",
            "    script: |",
            "      first",
            "      then",
            "    why: a text that is longer than what fits beside a name",
            "nothing: []",
            "replicas: 2",
            "selector: {app: web}",
        ];
        assert_eq!(block(&document.into()), expect);
        assert_eq!(block(&Value::Integer(1)), ["1"]);
    }

    #[test]
    fn json_texts_are_told_by_what_they_hold() {
        let policy = r#"{"Statement":[{"Action":"s3:GetObject","Effect":"Deny"}],"Version":"2012-10-17"}"#;
        let inside = ["Statement:", "  - {Action: s3:GetObject, Effect: Deny}", "Version: 2012-10-17"];
        assert_eq!(block(&policy.into()), inside);
        let policies = map! { "copy" => policy, "short" => "[1]", "lines" => "{\n}" };
        let below =
            ["copy: (JSON)", "  Statement:", "    - {Action: s3:GetObject, Effect: Deny}", "  Version: 2012-10-17"];
        let others = ["lines: |", "  {", "  }", "short: \"[1]\""];
        assert_eq!(block(&policies.clone().into()), [&below[..], &others[..]].concat());
        assert!(holds_json(&vec![Value::from(policies)].into()));
        assert!(!holds_json(&"{ not JSON, though it is a text that takes more than a line }".into()));
    }
}
