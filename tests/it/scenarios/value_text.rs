//! Values in the scenarios: JSON, plus `@ADDRESS#path` for a reference, `env:NAME` (or `env:NAME@2`) and `file:PATH` for a
//! secret, and `"… ${@ADDRESS#path} …"` for interpolation.

use serde_json::{Value, json};

/// The value in the JSON of a compiled stack.
pub(crate) fn json(text: &str) -> Result<String, String> {
    let plain = symbols_to_json(text.trim());
    let value: Value = serde_json::from_str(&plain).map_err(|error| format!("`{text}` is not a value: {error}"))?;
    Ok(interpolated(value)?.to_string())
}

/// Writes references and secrets that stand outside of strings as JSON.
fn symbols_to_json(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' => string_length(rest),
            '@' | 'e' | 'f' => {
                let end = rest.find([',', ']', '}', ' ']).unwrap_or(rest.len());
                if let Some(value) = symbol(&rest[..end]) {
                    out += &value.to_string();
                    rest = &rest[end..];
                    continue;
                }
                next.len_utf8()
            }
            _ => next.len_utf8(),
        };
        out += &rest[..length];
        rest = &rest[length..];
    }
    out
}

/// How long the JSON string is that the text starts with.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// `@ADDRESS#path`, `env:NAME@2`, `file:PATH`.
fn symbol(text: &str) -> Option<Value> {
    if let Some((address, path)) = text.strip_prefix('@').and_then(|reference| reference.split_once('#')) {
        return Some(json!({ "$ref": [address, path] }));
    }
    let (source, name) = text.split_once(':').filter(|(source, _)| matches!(*source, "env" | "file"))?;
    Some(match name.split_once('@') {
        Some((name, version)) => json!({ "$secret": { source: name, "version": version.parse::<u32>().ok()? } }),
        None => json!({ "$secret": { source: name } }),
    })
}

/// Turns strings with `${…}` into `$text`, or into a secret when a part is one.
fn interpolated(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) if text.contains("${") => {
            let parts = parts(&text)?;
            let secret = parts.iter().any(|part| part.get("$secret").is_some());
            if secret { json!({ "$secret": { "text": parts } }) } else { json!({ "$text": parts }) }
        }
        Value::Array(entries) => entries.into_iter().map(interpolated).collect::<Result<_, _>>()?,
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| Ok((key, interpolated(value)?)));
            Value::Object(entries.collect::<Result<_, String>>()?)
        }
        other => other,
    })
}

fn parts(text: &str) -> Result<Vec<Value>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has no closing brace"))?;
        if !before.is_empty() {
            parts.push(before.into());
        }
        parts.push(symbol(inner).ok_or_else(|| format!("`${{{inner}}}` is neither a reference nor a secret"))?);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest.into());
    }
    Ok(parts)
}

#[test]
fn values_are_understood() {
    for (text, expected) in [
        (r#""10.0.0.0/16""#, r#""10.0.0.0/16""#),
        ("[1, true]", "[1,true]"),
        ("false", "false"),
        ("@test.network/main#id", r#"{"$ref":["test.network/main","id"]}"#),
        (
            "[@test.network/a#id, @test.network/b#id]",
            r#"[{"$ref":["test.network/a","id"]},{"$ref":["test.network/b","id"]}]"#,
        ),
        ("env:TOKEN", r#"{"$secret":{"env":"TOKEN"}}"#),
        ("env:TOKEN@2", r#"{"$secret":{"env":"TOKEN","version":2}}"#),
        (r#""http://${@test.db/a#host}:80""#, r#"{"$text":["http://",{"$ref":["test.db/a","host"]},":80"]}"#),
        (r#"{"u": "app:${env:TOKEN}"}"#, r#"{"u":{"$secret":{"text":["app:",{"$secret":{"env":"TOKEN"}}]}}}"#),
        (r#""a@b#c, env:x""#, r#""a@b#c, env:x""#),
    ] {
        assert_eq!(json(text).as_deref(), Ok(expected), "{text}");
    }
}
