//! Places inside of an object, as the API itself writes them: `spec.template.spec.containers[name="web"].image`.
//!
//! The API writes places in three ways: server-side apply by the keys of a list (`containers[name="web"]`), validation by an item's
//! number or a map's key (`containers[0]`, `limits[cpu]`), managed fields as nested JSON. All three are read to the same [`Path`].

use std::fmt;

use serde_json::Value;

/// One step down into an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a field, or to the entry of a map.
    Field(String),
    /// To the item of a list that has these keys. The values are JSON, so that `80` and `"80"` are two things.
    Keys(Vec<(String, String)>),
    /// To the member of a set; its value as JSON.
    Member(String),
    /// To the item of a list by its number.
    Index(usize),
}

/// A place in an object; empty for the object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

/// Maps from names that may have dots in them. What follows one of these is a name to its end.
const MAPS: &[&str] = &[
    "annotations",
    "binaryData",
    "data",
    "default",
    "defaultRequest",
    "hard",
    "labels",
    "limits",
    "matchLabels",
    "max",
    "min",
    "nodeSelector",
    "requests",
    "stringData",
];

impl Path {
    /// Reads a place as the API writes it, with or without the dot in front.
    ///
    /// The API quotes no dots: in `metadata.labels.app.kubernetes.io/name` the name of the label is taken to be all the rest.
    pub fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text.trim().trim_start_matches('.');
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let end = closing(inside);
                steps.push(bracketed(&inside[..end]));
                rest = inside.get(end + 1..).unwrap_or_default();
            } else {
                let in_map = matches!(steps.last(), Some(Step::Field(name)) if MAPS.contains(&name.as_str()));
                let end = if in_map { rest.len() } else { rest.find(['.', '[']).unwrap_or(rest.len()) };
                steps.push(Step::Field(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
        Self(steps)
    }

    /// The place one step further down.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// The place of a field one step further down.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.then(Step::Field(name.to_owned()))
    }

    /// Whether this place is the other one, or inside of it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What stands here in an object.
    pub fn get<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |value, step| match step {
            Step::Field(name) => value.get(name),
            Step::Index(index) => value.get(index),
            Step::Keys(keys) => value.as_array()?.iter().find(|item| has_keys(item, keys)),
            Step::Member(json) => value.as_array()?.iter().find(|item| is_json(item, json)),
        })
    }

    /// The same, to be changed.
    pub fn get_mut<'a>(&self, object: &'a mut Value) -> Option<&'a mut Value> {
        self.0.iter().try_fold(object, |value, step| match step {
            Step::Field(name) => value.get_mut(name),
            Step::Index(index) => value.get_mut(index),
            Step::Keys(keys) => value.as_array_mut()?.iter_mut().find(|item| has_keys(item, keys)),
            Step::Member(json) => value.as_array_mut()?.iter_mut().find(|item| is_json(item, json)),
        })
    }

    /// Whether the place is one of a pattern: `spec.template.spec.containers[].resources.limits.*`.
    ///
    /// `[]` is any item of a list and `*` any entry of a map.
    pub fn matches(&self, pattern: &str) -> bool {
        matches(&self.0, pattern)
    }
}

/// Whether steps are of a pattern.
pub(crate) fn matches(steps: &[Step], pattern: &str) -> bool {
    prefix(steps, pattern) == Some(steps.len())
}

/// How many steps the pattern takes, when the steps begin as it says.
pub(crate) fn prefix(steps: &[Step], pattern: &str) -> Option<usize> {
    let mut taken = 0;
    for part in pattern.split('.').filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches("[]");
        match steps.get(taken)? {
            Step::Field(field) if name == "*" || name == field => taken += 1,
            Step::Field(_) | Step::Keys(_) | Step::Member(_) | Step::Index(_) => return None,
        }
        for _ in 0..(part.len() - name.len()) / 2 {
            match steps.get(taken)? {
                Step::Keys(_) | Step::Member(_) | Step::Index(_) => taken += 1,
                Step::Field(_) => return None,
            }
        }
    }
    Some(taken)
}

/// Whether an item of a list has all of these keys. A key that is not written has its default in the API and is not known here:
/// of the keys that the built-in types have, that is a protocol, which is TCP.
fn has_keys(item: &Value, keys: &[(String, String)]) -> bool {
    keys.iter().all(|(name, wanted)| match item.get(name) {
        Some(value) => is_json(value, wanted),
        None => name == "protocol" && wanted == "\"TCP\"",
    })
}

/// Whether a value is the one that is written as JSON.
fn is_json(value: &Value, json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|written| written == *value)
}

/// Where the bracket closes that a text begins inside of: brackets within quotes do not count.
fn closing(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn bracketed(text: &str) -> Step {
    if let Ok(index) = text.parse() {
        return Step::Index(index);
    }
    match keys(text) {
        Some(keys) if matches!(&keys[..], [(name, _)] if name.is_empty()) => {
            Step::Member(keys.into_iter().map(|(_, value)| value).collect())
        }
        Some(keys) => Step::Keys(keys),
        None => Step::Field(text.trim_matches('"').to_owned()),
    }
}

/// `containerPort=80,protocol="TCP"`, and `="value"` for the member of a set.
fn keys(text: &str) -> Option<Vec<(String, String)>> {
    let mut keys = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        let value = values.next()?.ok()?;
        rest = after.get(values.byte_offset()..)?;
        rest = rest.strip_prefix(',').unwrap_or(rest);
        keys.push((name.to_owned(), value.to_string()));
    }
    (!keys.is_empty()).then_some(keys)
}

/// As the API writes it; names with dots in brackets, so that it can be read again.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if name.is_empty() || name.contains(['.', '[', ']', '=']) => {
                    write!(f, "[\"{name}\"]")?
                }
                Step::Field(name) if place == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Keys(keys) => {
                    let keys: Vec<_> = keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    write!(f, "[{}]", keys.join(","))?;
                }
                Step::Member(value) => write!(f, "[={value}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Path, Step};

    #[test]
    fn places_are_read_however_the_api_writes_them() {
        for (written, shown) in [
            (".spec.replicas", "spec.replicas"),
            (
                r#".spec.template.spec.containers[name="web"].image"#,
                r#"spec.template.spec.containers[name="web"].image"#,
            ),
            (r#"spec.ports[port=80,protocol="TCP"].nodePort"#, r#"spec.ports[port=80,protocol="TCP"].nodePort"#),
            (r#".metadata.finalizers[="a.b/c"]"#, r#"metadata.finalizers[="a.b/c"]"#),
            ("spec.containers[0].resources.requests[cpu]", "spec.containers[0].resources.requests.cpu"),
            (".metadata.labels.app.kubernetes.io/name", r#"metadata.labels["app.kubernetes.io/name"]"#),
            (r#"spec.volumes[name="a]b"].secret"#, r#"spec.volumes[name="a]b"].secret"#),
            ("", ""),
        ] {
            let path = Path::parse(written);
            assert_eq!(path.to_string(), shown);
            assert_eq!(Path::parse(shown), path, "what is shown can be read again");
        }
    }

    #[test]
    fn a_place_leads_to_what_stands_there() {
        let object = json!({"spec": {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "nodePort": 7}]},
            "metadata": {"finalizers": ["a", "b"]}});
        let get = |text: &str| Path::parse(text).get(&object).cloned();
        assert_eq!(
            get(r#"spec.ports[port=53,protocol="TCP"].nodePort"#),
            Some(json!(7)),
            "a protocol is TCP unless said otherwise"
        );
        assert_eq!(get(r#"metadata.finalizers[="b"]"#), Some(json!("b")));
        assert_eq!(get("spec.ports[0].port"), Some(json!(53)));
        assert_eq!(get(r#"spec.ports[port="53"]"#), None, "a number is no text");
        assert_eq!(Path::default().get(&object), Some(&object));
    }

    #[test]
    fn patterns_know_items_and_entries() {
        let path = Path::parse(r#"spec.containers[name="web"].resources.limits.cpu"#);
        assert!(path.matches("spec.containers[].resources.limits.*"));
        assert!(!path.matches("spec.containers[].resources.limits"));
        assert!(!path.matches("spec.containers.resources.limits.*"));
        assert!(!path.matches("spec.*.resources.limits.*"), "an entry of a map is no item of a list");
        assert!(path.is_within(&Path::parse(r#"spec.containers[name="web"]"#)));
        assert!(!Path::parse("spec").is_within(&path));
        assert_eq!(Path::parse("a").then(Step::Index(1)).field("b").to_string(), "a[1].b");
    }
}
