//! What says nothing and was not kept: `hostNetwork: false` is dropped by the server that takes it, `allowPrivilegeEscalation: false` is not,
//! since its absence says something else. Which is which stands in the code of the API and in no description of it.
//!
//! The managed fields tell: a field that somebody applied and that is not there was dropped. So what is there is null, for a plan.
//! What is not there and was applied by nobody was never sent, or was taken away by somebody: it is a difference.

use std::borrow::Cow;

use flashinfra_plans::Map;
use serde_json::Value as Json;

use crate::api::MANAGER;
use crate::body;
use crate::managed_fields::{Entry, managed_fields};
use crate::path::{Path, Step};

/// The object with null where something was applied that says nothing and was not kept. `asked` is what is declared or was last applied.
pub(crate) fn told<'o>(object: &'o Json, asked: &Map) -> Cow<'o, Json> {
    let places = places(object, asked);
    if places.is_empty() {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    for place in places {
        let Some((Step::Field(name), above)) = place.0.split_last() else { continue };
        if let Some(Json::Object(fields)) = Path(above.to_vec()).get_mut(&mut object) {
            let _ = fields.entry(name).or_insert(Json::Null);
        }
    }
    Cow::Owned(object)
}

/// Whether a value says nothing: a server may drop it.
pub(crate) fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_i64() == Some(0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.values().all(is_nothing),
    }
}

fn places(object: &Json, asked: &Map) -> Vec<Path> {
    let version = object.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
    let mut entries = managed_fields(object);
    // Of another version the places are others; and metadata is kept as it is sent.
    entries.retain(|entry| entry.operation == "Apply" && entry.subresource.is_empty() && entry.api_version == version);
    let mut found = Vec::new();
    for path in entries.iter().flat_map(|entry| &entry.paths).filter(|path| !is_metadata(path)) {
        found.extend(missing(object, path));
    }
    if entries.iter().any(|entry| entry.manager == MANAGER) {
        let asked = body::places(asked);
        for path in entries.iter().filter(|entry| entry.manager == MANAGER).flat_map(Entry::leaves) {
            // Of what is owned as a whole nobody notes the parts: while it is ours, those of the last apply are there.
            if let (false, Some(asked), Some(live)) = (is_metadata(path), path.get(&asked), path.get(object)) {
                inside(asked, live, path, &mut found);
            }
        }
    }
    found
}

fn is_metadata(path: &Path) -> bool {
    matches!(path.0.first(), Some(Step::Field(name)) if name == "metadata")
}

/// The first place on the way to another one that is not there.
fn missing(object: &Json, path: &Path) -> Option<Path> {
    let mut ways = (1..=path.0.len()).map(|length| Path(path.0[..length].to_vec()));
    ways.find(|way| way.get(object).is_none())
}

/// What says nothing in a value and is not there in the live one.
fn inside(asked: &Json, live: &Json, path: &Path, found: &mut Vec<Path>) {
    match (asked, live) {
        (Json::Object(asked), Json::Object(live)) => {
            for (name, asked) in asked.iter().filter(|(_, asked)| !asked.is_null()) {
                match live.get(name) {
                    Some(live) => inside(asked, live, &path.field(name), found),
                    None => found.extend(is_nothing(asked).then(|| path.field(name))),
                }
            }
        }
        (Json::Array(asked), Json::Array(live)) if asked.len() == live.len() => {
            for (index, (asked, live)) in asked.iter().zip(live).enumerate() {
                inside(asked, live, &path.then(Step::Index(index)), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Value, map};
    use serde_json::json;

    use super::*;

    fn object(spec: Json, manager: &str, fields: Json) -> Json {
        let entry =
            json!({"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:spec": fields}});
        json!({"apiVersion": "v1", "metadata": {"managedFields": [entry]}, "spec": spec})
    }

    #[test]
    fn what_was_applied_and_is_not_there_is_null() {
        let fields = json!({"f:hostNetwork": {}, "f:kept": {}, "f:deep": {"f:a": {"f:b": {}}},
            "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:name": {}, "f:stdin": {}}, "k:{\"name\":\"gone\"}": {".": {}}}});
        let live = object(json!({"kept": 1, "containers": [{"name": "c"}]}), "helm", fields);
        let told = told(&live, &Map::default());
        let expected =
            json!({"kept": 1, "hostNetwork": null, "deep": null, "containers": [{"name": "c", "stdin": null}]});
        assert_eq!(told["spec"], expected);
    }

    #[test]
    fn what_nobody_applied_is_not_there() {
        let spec = json!({"containers": [{"name": "c"}]});
        let fields = json!({"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:name": {}}}});
        let live = object(spec.clone(), MANAGER, fields.clone());
        let asked = map! { "spec" => map! { "hostNetwork" => false } };
        assert_eq!(told(&live, &asked)["spec"], spec);
        // What an update wrote was there, or is not told.
        let mut live = object(spec.clone(), "kubectl-edit", json!({"f:hostNetwork": {}}));
        live["metadata"]["managedFields"][0]["operation"] = "Update".into();
        assert_eq!(told(&live, &asked)["spec"], spec);
    }

    #[test]
    fn of_what_is_ours_as_a_whole_the_last_apply_tells() {
        let rule = |rule: Json| json!({"rules": [rule]});
        let asked = |rule: Map| map! { "spec" => map! { "rules" => vec![Value::from(rule)] } };
        let empty = || Value::from(Map::default());
        let live = |manager| object(rule(json!({"pods": {}})), manager, json!({"f:rules": {}}));
        let applied = asked(map! { "pods" => empty(), "port" => 0, "other" => 1 });
        assert_eq!(told(&live(MANAGER), &applied)["spec"], rule(json!({"pods": {}, "port": null})));
        // Somebody else has it by now.
        assert_eq!(told(&live("other"), &applied)["spec"], rule(json!({"pods": {}})));
    }
}
