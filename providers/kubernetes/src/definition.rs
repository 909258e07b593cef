//! What an upgrade of a CustomResourceDefinition breaks, from its old and its new schemas.
//!
//! The server takes a schema that is narrower than the one before, and refuses the objects that do not fit any more when somebody next
//! writes them. A version in which objects are stored it does not let go, and names no way out. Both are told here beforehand.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::{at, is_true, items, text};

/// Versions in which objects may be stored (`status.storedVersions`) and that the new definition does not have.
pub fn stored_and_removed<'d>(before: &'d Value, after: &Value) -> Vec<&'d str> {
    let stored = items(before, "status.storedVersions").iter().filter_map(Value::as_str);
    stored.filter(|stored| version(after, stored).is_none()).collect()
}

/// What worked with the old definition and does not with the new one, as sentences: versions that are no longer served, and where the
/// schema of a version is narrower. What cannot be told from the schemas alone (a rule that is another one) is told as a new rule.
pub fn narrowed(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for old in items(before, "spec.versions") {
        let name = text(old, "name");
        let new = version(after, name).filter(|new| is_true(new, "served"));
        match new {
            Some(new) => {
                let nothing = Value::Null;
                let schema = |version| at(version, "schema.openAPIV3Schema").unwrap_or(&nothing);
                let mut narrowing = Narrowing { version: name, found: &mut found };
                narrowing.schema("", schema(old), schema(new));
            }
            None if is_true(old, "served") => found.push(format!("{name} is no longer served")),
            None => {}
        }
    }
    found
}

fn version<'d>(definition: &'d Value, name: &str) -> Option<&'d Value> {
    items(definition, "spec.versions").iter().find(|version| text(version, "name") == name)
}

/// Bounds, and whether a larger one allows less.
const BOUNDS: [(&str, bool); 8] = [
    ("minimum", true),
    ("minLength", true),
    ("minItems", true),
    ("minProperties", true),
    ("maximum", false),
    ("maxLength", false),
    ("maxItems", false),
    ("maxProperties", false),
];

struct Narrowing<'n> {
    version: &'n str,
    found: &'n mut Vec<String>,
}

impl Narrowing<'_> {
    fn tell(&mut self, path: &str, what: &str) {
        let path = if path.is_empty() { "the object" } else { path.trim_start_matches('.') };
        self.found.push(format!("{}: {path} {what}", self.version));
    }

    fn schema(&mut self, path: &str, old: &Value, new: &Value) {
        if is_true(new, "x-kubernetes-preserve-unknown-fields") && at(new, "properties").is_none() {
            return;
        }
        let (was, is) = (text(old, "type"), text(new, "type"));
        let is_wider = was == "integer" && is == "number";
        if was != is && !is_wider && !was.is_empty() && !is.is_empty() {
            return self.tell(path, &format!("is to be of type {is}, and was of type {was}"));
        }
        self.values(path, old, new);
        self.properties(path, old, new);
        if let (Some(old), Some(new)) = (at(old, "items"), at(new, "items")) {
            self.schema(&format!("{path}[]"), old, new);
        }
        match (at(old, "additionalProperties"), at(new, "additionalProperties")) {
            (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                self.schema(&format!("{path}.*"), old, new);
            }
            (Some(Value::Object(_) | Value::Bool(true)), None | Some(Value::Bool(false))) => {
                self.tell(path, "no longer takes names of one's own");
            }
            _ => {}
        }
    }

    /// What a value may be.
    fn values(&mut self, path: &str, old: &Value, new: &Value) {
        let (was, is) = (items(old, "enum"), items(new, "enum"));
        let gone: Vec<_> = was.iter().filter(|value| !is.contains(value)).map(ToString::to_string).collect();
        if !is.is_empty() && (was.is_empty() || !gone.is_empty()) {
            let gone = if was.is_empty() { "anything but its list of values".to_owned() } else { gone.join(", ") };
            self.tell(path, &format!("no longer takes {gone}"));
        }
        for (bound, is_lower) in BOUNDS {
            let number = |schema| at(schema, bound).and_then(Value::as_f64);
            let Some(now) = number(new) else { continue };
            let narrows = number(old).is_none_or(|then| if is_lower { now > then } else { now < then });
            if narrows {
                self.tell(path, &format!("has the {bound} {now}"));
            }
        }
        for rule in ["pattern", "format"] {
            if !text(new, rule).is_empty() && text(new, rule) != text(old, rule) {
                self.tell(path, &format!("has another {rule}: {}", text(new, rule)));
            }
        }
        if is_true(old, "nullable") && !is_true(new, "nullable") {
            self.tell(path, "is no longer null");
        }
        let rules = |schema| -> BTreeSet<_> {
            items(schema, "x-kubernetes-validations").iter().map(|rule| text(rule, "rule").to_owned()).collect()
        };
        for rule in rules(new).difference(&rules(old)) {
            self.tell(path, &format!("has a new rule: {rule}"));
        }
    }

    /// Which fields an object has, and which it has to have.
    fn properties(&mut self, path: &str, old: &Value, new: &Value) {
        let required = |schema| -> BTreeSet<_> {
            items(schema, "required").iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let default = |name: &str| at(new, "properties").and_then(|all| all.get(name)?.get("default"));
        for name in required(new).difference(&required(old)).filter(|name| default(name).is_none()) {
            self.tell(&format!("{path}.{name}"), "becomes required");
        }
        let Some(before) = at(old, "properties").and_then(Value::as_object) else { return };
        for (name, old) in before {
            let path = format!("{path}.{name}");
            match at(new, "properties").and_then(|all| all.get(name)) {
                Some(new) => self.schema(&path, old, new),
                None if is_true(new, "x-kubernetes-preserve-unknown-fields") => {}
                None => self.tell(&path, "is no longer known, and goes from objects"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(versions: &[(&str, bool, Value)], stored: &[&str]) -> Value {
        let versions: Vec<_> = versions
            .iter()
            .map(
                |(name, served, schema)| json!({"name": name, "served": served, "schema": {"openAPIV3Schema": schema}}),
            )
            .collect();
        json!({"spec": {"versions": versions}, "status": {"storedVersions": stored}})
    }

    /// What becomes narrower between two schemas of the spec.
    #[track_caller]
    fn check(old: &Value, new: &Value, expected: &[&str]) {
        let of =
            |spec: &Value| definition(&[("v1", true, json!({"type": "object", "properties": {"spec": spec}}))], &[]);
        let expected: Vec<_> = expected.iter().map(|expected| format!("v1: {expected}")).collect();
        assert_eq!(narrowed(&of(old), &of(new)), expected, "{old} {new}");
        assert_eq!(narrowed(&of(old), &of(old)), [""; 0]);
    }

    #[test]
    fn what_takes_less_is_named() {
        let field = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
        let text = |more: Value| {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            field(schema)
        };
        let any = text(json!({}));
        check(&any, &field(json!({"type": "integer"})), &["spec.a is to be of type integer, and was of type string"]);
        check(
            &any,
            &json!({"type": "object", "properties": {}}),
            &["spec.a is no longer known, and goes from objects"],
        );
        check(&any, &text(json!({"enum": ["x"]})), &["spec.a no longer takes anything but its list of values"]);
        let some = text(json!({"enum": ["x", "y"]}));
        check(&some, &text(json!({"enum": ["y", "z"]})), &["spec.a no longer takes \"x\""]);
        check(&any, &text(json!({"maxLength": 5})), &["spec.a has the maxLength 5"]);
        check(&any, &text(json!({"pattern": "^a"})), &["spec.a has another pattern: ^a"]);
        let rule = text(json!({"x-kubernetes-validations": [{"rule": "self != ''"}]}));
        check(&any, &rule, &["spec.a has a new rule: self != ''"]);
        let required = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        check(&any, &required, &["spec.a becomes required"]);
        let list = |bound: i64| field(json!({"type": "array", "items": {"type": "integer", "minimum": bound}}));
        check(&list(1), &list(2), &["spec.a[] has the minimum 2"]);
    }

    #[test]
    fn what_takes_more_is_nobodys_trouble() {
        let old = json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": 2, "enum": [2, 3]}}, "required": ["a"]});
        let new = json!({"type": "object", "properties": {
            "a": {"type": "number", "minimum": 1, "enum": [1, 2, 3]}, "b": {"type": "string", "default": "x"}}, "required": ["b"]});
        check(&old, &new, &[]);
        check(&old, &json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}), &[]);
    }

    #[test]
    fn versions_that_go_are_named() {
        let schema = json!({"type": "object"});
        let before =
            definition(&[("v1alpha1", true, schema.clone()), ("v1", true, schema.clone())], &["v1alpha1", "v1"]);
        let unserved = definition(&[("v1alpha1", false, schema.clone()), ("v1", true, schema.clone())], &[]);
        assert_eq!(narrowed(&before, &unserved), ["v1alpha1 is no longer served"]);
        assert_eq!(stored_and_removed(&before, &unserved), [""; 0]);
        let gone = definition(&[("v1", true, schema)], &[]);
        assert_eq!(stored_and_removed(&before, &gone), ["v1alpha1"]);
    }
}
