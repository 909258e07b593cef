//! Values as JSON, and JSON as values.

use flashinfra_plans::{Map, Name, Value};
use serde_json::Value as Json;

/// JSON that the cluster answered. Numbers that are not whole, which no value can be, become texts: nobody could have declared
/// them.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => {
                format!("{float:.0}").parse().map_or_else(|_| Value::from(number.to_string()), Value::Integer)
            }
            (None, _) => Value::from(number.to_string()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(entries) => Value::Map(map(entries)),
    }
}

/// An object of JSON.
pub(crate) fn map(entries: &serde_json::Map<String, Json>) -> Map {
    entries.iter().map(|(key, json)| (Name::from(key.as_str()), value(json))).collect()
}

/// A value that is known, as JSON. None for what is not: an attribute that holds it is not sent.
pub(crate) fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Map(map) => {
            let entry = |(key, value): &(Name, Value)| Some((key.to_string(), json(value)?));
            Json::Object(map.iter().map(entry).collect::<Option<_>>()?)
        }
        Value::Expression(_) | Value::Secret(_) | Value::Unknown => return None,
    })
}

/// A value as JSON, with null in the place of what is not known or secret.
pub(crate) fn known_part(value: &Value) -> Json {
    match value {
        Value::List(items) => Json::Array(items.iter().map(known_part).collect()),
        Value::Map(map) => map.iter().map(|(key, value)| (key.to_string(), known_part(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => json(value).unwrap_or_default(),
        Value::Expression(_) | Value::Secret(_) | Value::Unknown => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_comes_back() {
        let text = r#"{"a":[1,true,null,"x"],"b":{"c":-3}}"#;
        let known: Json = serde_json::from_str(text).unwrap();
        assert_eq!(json(&value(&known)), Some(known));
        assert_eq!(value(&serde_json::json!(2.0)), Value::Integer(2));
        assert_eq!(value(&serde_json::json!(0.5)), Value::from("0.5"));
        assert_eq!(json(&Value::Unknown), None);
    }
}
