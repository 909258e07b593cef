//! Who else writes what is ours, by path: told beside a difference, and asked before a field is taken.

use std::collections::BTreeMap;

use flashinfra_plans::{Map, Name, Value};
use flashinfra_stacks_kubernetes::attribute_name;
use serde_json::Value as Json;

use crate::api::MANAGER;
use crate::managed_fields::managed_fields;
use crate::path::{Path, Step};

/// Which fields of these attributes others write, each with the name of the manager that wrote last.
pub(crate) fn others(object: &Json, attributes: &Map) -> Map {
    let mut entries = managed_fields(object);
    entries.retain(|entry| entry.manager != MANAGER && entry.subresource != "status");
    entries.sort_by(|a, b| a.time.cmp(&b.time));
    let mut writers: BTreeMap<Name, Value> = BTreeMap::new();
    for entry in &entries {
        let paths = entry.paths.iter().filter_map(told).filter(|path| attributes.get(top(path)).is_some());
        writers.extend(paths.map(|path| (path, Value::from(entry.manager.as_str()))));
    }
    writers.into_iter().collect()
}

/// The attribute that a path begins with.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

/// Whether we applied the field at a place.
pub(crate) fn is_ours(object: &Json, path: &str) -> bool {
    let path = Path::parse(path);
    managed_fields(object).iter().any(|entry| entry.manager == MANAGER && entry.owns(&path))
}

/// A place as a plan writes it: without `metadata`, and with the attribute's name at the top.
pub(crate) fn told(path: &Path) -> Option<Name> {
    let mut steps = path.0.as_slice();
    if let [Step::Field(first), rest @ ..] = steps
        && first == "metadata"
    {
        steps = rest;
    }
    let (Step::Field(top), steps) = steps.split_first()? else { return None };
    let mut text = attribute_name(top);
    for step in steps {
        match step {
            Step::Field(name) => text.push_str(&format!(".{name}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Member(json) => text.push_str(&format!("[={}]", plain(json))),
            Step::Keys(keys) => {
                let keys: Vec<_> = keys.iter().map(|(name, json)| format!("{name}={}", plain(json))).collect();
                text.push_str(&format!("[{}]", keys.join(",")));
            }
        }
    }
    Some(text.into())
}

/// A scalar of JSON as text.
fn plain(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;
    use serde_json::json;

    use super::*;

    #[test]
    fn those_who_write_what_is_ours_are_named() {
        let entry = |manager: &str, time: &str, fields: Json| json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields});
        let image = json!({"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}}}}});
        let object = json!({"metadata": {"managedFields": [
            entry("kubectl-edit", "2026-01-02T00:00:00Z", image.clone()),
            entry("helm", "2026-01-01T00:00:00Z", image),
            entry("other", "2026-01-01T00:00:00Z", json!({"f:spec": {"f:paused": {}}, "f:metadata": {"f:labels": {"f:a.b/c": {}}}})),
            {"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}});
        let container = map! { "name" => "app", "image" => "x" };
        let attributes = map! {
            "labels" => map! { "a.b/c" => "d" },
            "spec" => map! { "containers" => vec![Value::from(container)], "replicas" => 1 },
        };
        let found = others(&object, &attributes);
        assert_eq!(
            found.to_json(),
            r#"{"labels.a.b/c":"other","spec.containers[name=app]":"kubectl-edit","spec.containers[name=app].image":"kubectl-edit","spec.paused":"other"}"#
        );
        assert!(is_ours(&object, "spec.replicas"));
        assert!(!is_ours(&object, "spec.paused"));
    }
}
