//! What our schemas say of lists, against what the API says of itself.

use std::collections::BTreeMap;

use flashinfra::kubernetes::{field_name, schemas};
use flashinfra::schema::{Element, FieldRule};
use http::Method;
use serde_json::Value as Json;

use crate::world::Desk;

/// Lists of newer versions of the API than the server's.
const NEWER: [&str; 2] = [".evictionResponders", ".scheduling.resourceClaims"];
/// Deeper than this only types that hold themselves go.
const DEPTH_MAX: usize = 24;

/// Lists whose entries have names, by where they are.
type Lists = BTreeMap<String, Vec<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_merged_by_the_keys_that_the_api_names() {
    let Some(desk) = Desk::new("oracle").await else { return };
    let api = desk.send(Method::GET, "/openapi/v2", "application/json", &Json::Null).await.unwrap();
    let definitions = api["definitions"].as_object().unwrap();
    let mut compared = 0;
    for schema in schemas().into_iter().filter(|schema| schema.kind != "kubernetes.secret") {
        let is_it = |definition: &&Json| {
            let kinds = definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten();
            kinds
                .filter_map(|kind| Some((kind["group"].as_str()?, kind["kind"].as_str()?)))
                .any(|(group, kind)| flashinfra::kubernetes::kind_of(group, kind) == schema.kind)
        };
        // The last version is the one that is preferred.
        let Some(definition) = definitions.values().rfind(is_it) else { continue };
        let mut theirs = Lists::new();
        collect(&api, definition, "", 0, &mut theirs);
        // Of these no list is the stack's to say.
        theirs.retain(|path, _| !path.split(['.', '[', ']']).any(|name| ["metadata", "status"].contains(&name)));
        // A schema holds schemas, which no path of ours leads into for ever: what is in one is compared by position.
        theirs.retain(|path, _| !path.contains("openAPIV3Schema"));
        let mut ours = Lists::new();
        for attribute in schema.attributes.iter() {
            let Element::Document(fields) = &attribute.shape.element else { continue };
            let top = field_name(&attribute.name);
            for field in fields.iter() {
                let FieldRule::KeyedBy(keys) = &field.rule else { continue };
                let dot = if field.path.is_empty() || field.path.starts_with('[') { "" } else { "." };
                let path = format!("{top}{dot}{}", field.path);
                let name = |key: &str| key.split('=').next().unwrap_or(key).to_owned();
                ours.insert(path, keys.iter().map(|key| name(key)).collect());
            }
        }
        ours.retain(|path, _| NEWER.iter().all(|newer| !path.ends_with(newer)) || theirs.contains_key(path));
        // Of the templates of objects, too, metadata is the API's to say.
        ours.retain(|path, _| !path.split('.').any(|name| name == "metadata"));
        assert_eq!(ours, theirs, "{}", schema.kind);
        compared += 1;
    }
    assert!(compared >= 20, "{compared} kinds were compared");
}

fn collect(api: &Json, definition: &Json, path: &str, depth: usize, lists: &mut Lists) {
    if depth > DEPTH_MAX {
        return;
    }
    if let Some(reference) = definition["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return collect(api, &api["definitions"][name], path, depth + 1, lists);
    }
    if definition["type"] == "array" {
        if definition["x-kubernetes-list-type"] == "map" {
            let keys = definition["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
            lists.insert(path.to_owned(), keys.filter_map(|key| key.as_str().map(str::to_owned)).collect());
        }
        return collect(api, &definition["items"], &format!("{path}[]"), depth + 1, lists);
    }
    for (name, property) in definition["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(api, property, &path, depth + 1, lists);
    }
}
