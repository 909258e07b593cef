//! Objects against the structural schema of a CustomResourceDefinition: what a server would refuse, or drop without a word.
//!
//! Such a schema is a small part of OpenAPI: one type at each place, and no references. What the server validates beyond the shape
//! (patterns, `oneOf`, rules in CEL) is left to it.

use flashinfra::params::suggest::nearest;
use serde_json::{Map, Value as Json};

use crate::token;

/// What is wrong with an object of a kind, each with its path.
pub(crate) fn problems(schema: &Json, object: &Json) -> Vec<String> {
    let mut check = Check { path: String::new(), found: Vec::new() };
    check.object(schema, object, true);
    check.found
}

struct Check {
    path: String,
    found: Vec<String>,
}

impl Check {
    fn tell(&mut self, what: &str) {
        let at = if self.path.is_empty() { "it" } else { &format!("`{}`", self.path) };
        self.found.push(format!("{at} {what}"));
    }

    fn inside(&mut self, step: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if !self.path.is_empty() && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        check(self);
        self.path.truncate(length);
    }

    fn value(&mut self, schema: &Json, value: &Json) {
        match value {
            // What stands for nothing is left out.
            Json::Null => {}
            Json::Object(_) => self.object(schema, value, is(schema, "x-kubernetes-embedded-resource")),
            Json::Array(items) => self.list(schema, items),
            Json::String(text) if token::is_in(text) => self.later(schema, text),
            Json::String(_) | Json::Number(_) | Json::Bool(_) => self.scalar(schema, value),
        }
    }

    fn object(&mut self, schema: &Json, value: &Json, is_resource: bool) {
        let Json::Object(fields) = value else { return self.tell("is no object") };
        if !self.is_of_type(schema, "object", value) {
            return;
        }
        let properties = schema["properties"].as_object();
        let others = &schema["additionalProperties"];
        for (name, field) in fields {
            let known = properties.and_then(|properties| properties.get(name));
            match known {
                // Those of every object are checked where all objects are.
                _ if is_resource && ["apiVersion", "kind", "metadata"].contains(&name.as_str()) => {}
                Some(known) => self.inside(name, |check| check.value(known, field)),
                None if others.is_object() => self.inside(name, |check| check.value(others, field)),
                None if others == true || is(schema, "x-kubernetes-preserve-unknown-fields") => {}
                None if field.is_null() => {}
                None => self.inside(name, |check| check.unknown(name, properties)),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let has_default = properties.is_some_and(|properties| !properties[name]["default"].is_null());
            if fields.get(name).is_none_or(Json::is_null) && !has_default {
                self.inside(name, |check| check.tell("is missing"));
            }
        }
        self.count(schema, fields.len(), ["minProperties", "maxProperties"], "entries");
    }

    fn unknown(&mut self, name: &str, properties: Option<&Map<String, Json>>) {
        let names = properties.into_iter().flatten().map(|(name, _)| name.as_str());
        match nearest(name, names) {
            Some(near) => self.tell(&format!("is no field that there is; did you mean `{near}`?")),
            None => self.tell("is no field that there is"),
        }
    }

    fn list(&mut self, schema: &Json, items: &[Json]) {
        if !self.is_of_type(schema, "array", &Json::Array(Vec::new())) {
            return;
        }
        for (index, item) in items.iter().enumerate() {
            self.inside(&format!("[{index}]"), |check| check.value(&schema["items"], item));
        }
        self.count(schema, items.len(), ["minItems", "maxItems"], "entries");
    }

    /// What is known only later is a text, or what a token alone stands for, which is not known here.
    fn later(&mut self, schema: &Json, text: &str) {
        if !token::is_all_of(text) {
            self.is_of_type(schema, "string", &Json::String(String::new()));
        }
    }

    fn scalar(&mut self, schema: &Json, value: &Json) {
        let name = match value {
            Json::Bool(_) => "boolean",
            Json::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => "number",
            Json::Number(_) => "integer",
            _ => "string",
        };
        if !self.is_of_type(schema, name, value) {
            return;
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.contains(value)) {
            let values: Vec<String> = values.iter().map(Json::to_string).collect();
            self.tell(&format!("is {value}, and takes {} only", values.join(", ")));
        }
        if let Some(text) = value.as_str() {
            self.count(schema, text.chars().count(), ["minLength", "maxLength"], "characters");
        }
        if let Some(number) = value.as_f64() {
            for (limit, is_beyond, word) in
                [("minimum", f64::lt as fn(&f64, &f64) -> bool, "least"), ("maximum", f64::gt, "most")]
            {
                if schema[limit].as_f64().is_some_and(|limit| is_beyond(&number, &limit)) {
                    self.tell(&format!("is {value}, and is {} at {word}", schema[limit]));
                }
            }
        }
    }

    fn count(&mut self, schema: &Json, count: usize, [least, most]: [&str; 2], what: &str) {
        let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
        if let Some(limit) = limit(least).filter(|limit| count < *limit) {
            self.tell(&format!("has {count} {what}, and needs {limit} at least"));
        }
        if let Some(limit) = limit(most).filter(|limit| count > *limit) {
            self.tell(&format!("has {count} {what}, and takes {limit} at most"));
        }
    }

    /// Whether the schema takes values of a type; told where it does not.
    fn is_of_type(&mut self, schema: &Json, given: &str, value: &Json) -> bool {
        let is_either = is(schema, "x-kubernetes-int-or-string");
        let wanted = if is_either { "either" } else { schema["type"].as_str().unwrap_or_default() };
        let fits = match wanted {
            "either" => ["integer", "string"].contains(&given),
            "number" => ["integer", "number"].contains(&given),
            // Whatever there is, as far as the schema knows.
            "" => true,
            wanted => wanted == given,
        };
        if fits {
            return true;
        }
        let shown = match value {
            Json::Bool(_) | Json::Number(_) => value.to_string(),
            Json::String(text) if !text.is_empty() => value.to_string(),
            _ => word(given).to_owned(),
        };
        self.tell(&format!("is {shown}, and takes {}", word(wanted)));
        false
    }
}

fn is(schema: &Json, mark: &str) -> bool {
    schema[mark] == true
}

fn word(name: &str) -> &str {
    match name {
        "array" => "a list",
        "boolean" => "true or false",
        "either" => "a whole number or a text",
        "integer" => "a whole number",
        "number" => "a number",
        "object" => "an object",
        "string" => "a text",
        other => other,
    }
}
