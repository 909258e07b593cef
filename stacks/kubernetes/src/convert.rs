//! From what serialises as a Kubernetes object to the attributes of a resource.

use std::collections::BTreeMap;

use flashinfra::Value;
use flashinfra::schema::Text;
use serde_json::Value as Json;

use crate::token;

/// An object taken apart, or what is wrong with it.
pub(crate) struct Parts {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    /// Metadata and the fields at the top, by the names that the kind's schema has for them.
    pub(crate) attributes: BTreeMap<Text, Value>,
    /// What is wrong, as values that say so where the stack is compiled.
    pub(crate) problems: Vec<String>,
}

/// Takes an object apart.
pub(crate) fn parts(json: Json) -> Parts {
    let mut parts =
        Parts { api_version: String::new(), kind: String::new(), attributes: BTreeMap::new(), problems: Vec::new() };
    let Json::Object(mut top) = json else {
        parts.problems.push("it is no object with `apiVersion`, `kind` and `metadata`".into());
        return parts;
    };
    for (field, into) in [("apiVersion", &mut parts.api_version), ("kind", &mut parts.kind)] {
        match top.remove(field) {
            Some(Json::String(text)) if !text.is_empty() => *into = text,
            _ => parts.problems.push(format!("it has no `{field}`")),
        }
    }
    match top.remove("metadata") {
        Some(Json::Object(metadata)) => parts.metadata(metadata),
        _ => parts.problems.push("it has no `metadata`".into()),
    }
    if top.remove("status").is_some_and(|status| !is_empty(&status)) {
        parts.problems.push("it has a `status`, which is the cluster's to say".into());
    }
    for (field, json) in top {
        if json != Json::Null {
            let value = value(json);
            parts.attributes.insert(attribute_name(&field).into(), value);
        }
    }
    parts
}

impl Parts {
    fn metadata(&mut self, metadata: serde_json::Map<String, Json>) {
        for (field, json) in metadata {
            match (field.as_str(), json) {
                (_, Json::Null) | ("creationTimestamp", _) => {}
                ("name" | "namespace", Json::String(text)) => {
                    self.attributes.insert(field.into(), token::resolved(&text));
                }
                ("labels" | "annotations" | "finalizers", json) => {
                    self.attributes.insert(field.into(), value(json));
                }
                ("generateName", _) => {
                    self.problems
                        .push("it has `metadata.generateName`: a declared object has a name of its own".into());
                }
                (other, _) => self.problems.push(format!("`metadata.{other}` is not the stack's to say")),
            }
        }
        if !self.attributes.contains_key("name") {
            self.problems.push("it has no `metadata.name`".into());
        }
    }
}

/// JSON as a value, with what its tokens stand for. What says nothing is left out.
pub(crate) fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => integer(&number).map_or_else(
            || {
                Value::Invalid(format!(
                    "{number} is not a whole number of 64 bits; where Kubernetes takes a text, write that"
                ))
            },
            Value::Integer,
        ),
        Json::String(text) => token::resolved(&text),
        Json::Array(items) => Value::List(items.into_iter().map(value).collect()),
        Json::Object(entries) => {
            if let Some(key) = entries.keys().find(|key| token::is_in(key)) {
                return Value::Invalid(format!(
                    "`{key}` is a name that is known only later; a name is known when it is declared"
                ));
            }
            let said = entries.into_iter().filter(|(_, json)| *json != Json::Null);
            Value::Map(said.map(|(key, json)| (Text::from(key), value(json))).collect())
        }
    }
}

/// A number as a whole one; `1.0` is one.
fn integer(number: &serde_json::Number) -> Option<i64> {
    /// Beyond this, neighbours are more than one apart.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX)?;
        format!("{float:.0}").parse().ok()
    })
}

fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Object(entries) => entries.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => false,
    }
}

/// The attribute that a field at the top of an object is: in snake case, unless that could not be turned back.
pub fn attribute_name(field: &str) -> String {
    let name = snake(field);
    if field_name(&name) == field { name } else { field.to_owned() }
}

/// The field that an attribute is: `role_ref` is `roleRef`.
pub fn field_name(attribute: &str) -> String {
    let mut words = attribute.split('_');
    let mut field = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        field.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        field.push_str(letters.as_str());
    }
    field
}

/// A name in snake case, as attributes and kinds have it: `roleRef` and `HTTPRoute` are `role_ref` and `http_route`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(|after| after.is_ascii_lowercase())
            });
        if begins {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_attributes_are() {
        for (name, expect) in [
            ("Deployment", "deployment"),
            ("ConfigMap", "config_map"),
            ("HTTPRoute", "http_route"),
            ("APIService", "api_service"),
            ("roleRef", "role_ref"),
            ("binaryData", "binary_data"),
            ("ClusterIssuer", "cluster_issuer"),
        ] {
            assert_eq!(snake(name), expect);
        }
    }

    #[test]
    fn fields_and_attributes_lead_to_each_other() {
        for field in ["spec", "roleRef", "allowVolumeExpansion", "podCIDR", "aURLb"] {
            assert_eq!(field_name(&attribute_name(field)), field);
        }
        assert_eq!(attribute_name("podCIDR"), "podCIDR");
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        assert_eq!(value(serde_json::json!(1.0)), Value::Integer(1));
        assert_eq!(value(serde_json::json!(-3)), Value::Integer(-3));
        assert!(matches!(value(serde_json::json!(0.5)), Value::Invalid(_)));
        assert!(matches!(value(serde_json::json!(u64::MAX)), Value::Invalid(_)));
    }
}
