//! What is computed from other resources, worked out as far as it is known.
//!
//! The planner and apply use the same functions, so that what a plan shows as known is what apply sends.

use crate::value::{Expression, Map, Name, Reference, Secret, Value};

/// A value with everything in it that can be known put in; what cannot stays an expression.
///
/// `lookup` answers with the value of an attribute: none when it is known only later, null when there is none, and a
/// [`Secret`] where the attribute is one. What turns out to be nothing is left out of lists and maps; a null that was declared
/// stays.
pub fn resolve(value: &Value, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Unknown => value.clone(),
        Value::List(entries) => Value::List(entries.iter().filter_map(|entry| part(entry, lookup)).collect()),
        Value::Map(map) => {
            let entry = |(key, value): &(Name, Value)| Some((key.clone(), part(value, lookup)?));
            Value::Map(map.iter().filter_map(entry).collect())
        }
        Value::Expression(expression) => evaluate(expression, lookup),
        Value::Secret(secret) => match &**secret {
            Secret::Env { .. } | Secret::File { .. } => value.clone(),
            Secret::Text(parts) => secret_text(parts.iter().map(|part| resolve(part, lookup))),
            Secret::Base64(inner) => secret_of(Secret::Base64(resolve(inner, lookup))),
            Secret::Json(inner) => secret_of(Secret::Json(resolve(inner, lookup))),
        },
    }
}

/// [`resolve`] for what is inside a list or map: an entry that turns out to be nothing is none.
fn part(value: &Value, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Option<Value> {
    let resolved = resolve(value, lookup);
    (resolved != Value::Null || *value == Value::Null).then_some(resolved)
}

/// The value that a reference to an attribute of an object has: what the stack declares comes before what the provider
/// says, so that it is known before the object is there and does not change with the service's spelling.
pub fn published<'a>(declared: &'a Map, live: &'a Map, path: &str) -> Option<&'a Value> {
    declared.at(path).or_else(|| live.at(path))
}

/// Whether nothing in a value waits for another resource. What is inside a secret is the secret's own affair.
pub fn is_known(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Secret(_) => true,
        Value::List(entries) => entries.iter().all(is_known),
        Value::Map(map) => map.iter().all(|(_, value)| is_known(value)),
        Value::Expression(_) | Value::Unknown => false,
    }
}

/// A value as people see it in a plan: what waits for another resource is [`Value::Unknown`].
pub fn shown(value: &Value) -> Value {
    match value {
        _ if is_known(value) => value.clone(),
        Value::List(entries) => Value::List(entries.iter().map(shown).collect()),
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), shown(value))).collect()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Secret(_) => value.clone(),
        Value::Expression(_) | Value::Unknown => Value::Unknown,
    }
}

fn evaluate(expression: &Expression, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Value {
    match expression {
        Expression::Reference(reference) => {
            lookup(reference).unwrap_or_else(|| expression_of(Expression::Reference(reference.clone())))
        }
        Expression::Text(parts) => text(parts.iter().map(|part| resolve(part, lookup))),
        Expression::Join { separator, list } => match resolve(list, lookup) {
            Value::List(entries) if entries.iter().all(is_known) => {
                let separators = std::iter::once("").chain(std::iter::repeat(&**separator)).map(Value::text);
                text(separators.zip(entries).flat_map(|(separator, entry)| [separator, entry]))
            }
            list => expression_of(Expression::Join { separator: separator.clone(), list }),
        },
        Expression::Base64(inner) => match resolve(inner, lookup) {
            inner if inner.has_secret() => secret_of(Secret::Base64(inner)),
            inner => match scalar_text(&inner) {
                Some(text) => Value::from(base64(text.as_bytes())),
                None => expression_of(Expression::Base64(inner)),
            },
        },
        Expression::Json(inner) => match resolve(inner, lookup) {
            inner if inner.has_secret() => secret_of(Secret::Json(inner)),
            inner => match inner.to_plain_json() {
                Some(text) => Value::from(text),
                None => expression_of(Expression::Json(inner)),
            },
        },
        Expression::Pick { from, path } => {
            let from = resolve(from, lookup);
            match from.at(path) {
                Some(part) if is_known(part) => part.clone(),
                None if is_known(&from) && !from.has_secret() => Value::Null,
                _ => expression_of(Expression::Pick { from, path: path.clone() }),
            }
        }
    }
}

/// Parts written one after the other: a text when all are known, a secret when one is a secret.
fn text(parts: impl Iterator<Item = Value>) -> Value {
    let parts: Vec<Value> = parts.collect();
    if parts.iter().any(Value::has_secret) {
        return secret_text(parts.into_iter());
    }
    let parts = merged(parts.into_iter());
    match &parts[..] {
        [] => Value::text(""),
        [Value::Text(text)] => Value::Text(text.clone()),
        _ => expression_of(Expression::Text(parts)),
    }
}

fn secret_text(parts: impl Iterator<Item = Value>) -> Value {
    secret_of(Secret::Text(merged(parts)))
}

/// Parts without texts inside texts, and with neighbouring texts as one.
fn merged(parts: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for part in parts {
        let inner = match part {
            Value::Expression(expression) => match *expression {
                Expression::Text(inner) => inner,
                other => vec![expression_of(other)],
            },
            Value::Secret(secret) => match *secret {
                Secret::Text(inner) => inner,
                other => vec![secret_of(other)],
            },
            other => vec![other],
        };
        for part in inner {
            match (merged.last_mut(), scalar_text(&part)) {
                (Some(Value::Text(last)), Some(text)) => *last = format!("{last}{text}").into(),
                (_, Some(text)) if text.is_empty() => {}
                (_, Some(text)) => merged.push(Value::from(text)),
                (_, None) => merged.push(part),
            }
        }
    }
    merged
}

/// A scalar as it stands in a text.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        // A text with a hole in it would be sent without anybody seeing the hole.
        Value::Null | Value::List(_) | Value::Map(_) | Value::Expression(_) | Value::Secret(_) | Value::Unknown => None,
    }
}

/// Base64 as in RFC 4648, with padding.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            text.push(if at <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

fn expression_of(expression: Expression) -> Value {
    Value::Expression(Box::new(expression))
}

fn secret_of(secret: Secret) -> Value {
    Value::Secret(Box::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resolves a value with `a` known to have an id, a list, a secret and nothing else; `b` is not known.
    fn check(value: &str, expect: &str) {
        let known = |reference: &Reference| match (reference.address.name(), reference.path.as_str()) {
            ("a", "id") => Some(Value::text("a-1")),
            ("a", "hosts") => Some(Value::from(vec![Value::text("h1"), Value::text("h2")])),
            ("a", "port") => Some(Value::Integer(443)),
            ("a", "token") => Some(secret_of(Secret::Env { name: "T".into(), version: 2 })),
            ("a", _) => Some(Value::Null),
            _ => None,
        };
        let short = |text: &str| {
            let mut text = text.to_owned();
            for (address, path) in
                [("a", "id"), ("a", "hosts"), ("a", "port"), ("a", "token"), ("a", "gone"), ("b", "id"), ("b", "hosts")]
            {
                text =
                    text.replace(&format!("@{address}.{path}"), &format!(r#"{{"$ref":["t.t/{address}","{path}"]}}"#));
            }
            text
        };
        let parsed: Value = serde_json::from_str(&short(value)).unwrap();
        let resolved = resolve(&parsed, &known);
        assert_eq!(resolved.to_json(), short(expect), "{value}");
        assert_eq!(resolve(&resolved, &known), resolved, "resolving again changes nothing");
    }

    #[test]
    fn what_is_known_is_put_in() {
        check("[@a.id,{\"x\":@a.port},1,null]", r#"["a-1",{"x":443},1,null]"#);
        check(r#"{"$text":["https://",@a.id,":",@a.port,"/",true]}"#, r#""https://a-1:443/true""#);
        check(r#"{"$join":[",",@a.hosts]}"#, r#""h1,h2""#);
        check(r#"{"$join":[",",[]]}"#, r#""""#);
        check(r#"{"$base64":{"$text":["x",@a.port]}}"#, r#""eDQ0Mw==""#);
        check(r#"{"$json":{"b":@a.id,"a":{"$map":{"$x":1}}}}"#, r#""{\"a\":{\"$x\":1},\"b\":\"a-1\"}""#);
        check(r#"{"$pick":[@a.hosts,"1"]}"#, r#""h2""#);
        check(r#"{"$pick":[@a.hosts,"7"]}"#, "null");
        check("@a.gone", "null");
        check("[@a.gone,null,{\"x\":@a.gone,\"y\":null}]", r#"[null,{"y":null}]"#);
    }

    #[test]
    fn what_is_not_known_stays_with_its_neighbours_folded() {
        check(r#"{"$text":["https://",@a.id,":",@b.id,"/",@a.port]}"#, r#"{"$text":["https://a-1:",@b.id,"/443"]}"#);
        check(r#"{"$text":["x",{"$text":["y",@b.id]}]}"#, r#"{"$text":["xy",@b.id]}"#);
        check(r#"{"$join":[",",[@a.id,@b.id]]}"#, r#"{"$join":[",",["a-1",@b.id]]}"#);
        check(r#"{"$json":[@a.id,@b.id]}"#, r#"{"$json":["a-1",@b.id]}"#);
        check(r#"{"$base64":@b.id}"#, r#"{"$base64":@b.id}"#);
        check(r#"{"$pick":[@b.hosts,"0"]}"#, r#"{"$pick":[@b.hosts,"0"]}"#);
        check(r#"{"$pick":[[@a.id,@b.id],"0"]}"#, r#""a-1""#);
        // A text is not sent with a hole in it.
        check(r#"{"$text":["https://",@a.gone]}"#, r#"{"$text":["https://",null]}"#);
    }

    #[test]
    fn a_secret_part_makes_the_whole_a_secret() {
        let secret = r#"{"$secret":{"env":"T","version":2}}"#;
        check("@a.token", secret);
        check(r#"{"$text":["u:",@a.token,"@",@a.id]}"#, &format!(r#"{{"$secret":{{"text":["u:",{secret},"@a-1"]}}}}"#));
        check(r#"{"$base64":@a.token}"#, &format!(r#"{{"$secret":{{"base64":{secret}}}}}"#));
        check(r#"{"$json":{"p":@a.token}}"#, &format!(r#"{{"$secret":{{"json":{{"p":{secret}}}}}}}"#));
        check(r#"{"$join":["+",[@a.token,@a.id]]}"#, &format!(r#"{{"$secret":{{"text":[{secret},"+a-1"]}}}}"#));
        check(r#"{"$secret":{"text":[@b.id,"x",@a.id]}}"#, r#"{"$secret":{"text":[@b.id,"xa-1"]}}"#);
    }

    #[test]
    fn base64_has_padding() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("\u{ff}", "w78=")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn what_is_shown_has_unknowns_for_expressions() {
        let value: Value = serde_json::from_str(r#"{"a":[1,{"$text":["x",{"$ref":["t.t/b","id"]}]}],"b":2}"#).unwrap();
        assert_eq!(shown(&value).to_json(), r#"{"a":[1,{"$unknown":true}],"b":2}"#);
        assert!(!is_known(&value) && !is_known(&shown(&value)));
    }
}
