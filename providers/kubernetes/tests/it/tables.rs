//! The adapter's tables beside the API's own description: which lists merge how, what is owned as a whole, and which values can be
//! written in several ways.

use std::collections::BTreeSet;

use flashinfra_providers_kubernetes::list_keys::{List, Schema, SchemaKind, list_at, owned_at};
use flashinfra_providers_kubernetes::object::GroupKind;
use flashinfra_providers_kubernetes::path::{Path, Step};
use flashinfra_providers_kubernetes::scalar::scalar_at;
use http::Method;
use serde_json::Value;

use crate::world::Desk;

/// Groups of which the tables know every kind. Others are read from the schema of their definitions.
const GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "discovery.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Kinds that nobody declares, and versions that nobody uses.
const NOT_DECLARED: &[(&str, &str, &str)] = &[
    ("ComponentStatus", "v1", "only read, and deprecated"),
    ("Event", "v1", "made by controllers"),
    ("HorizontalPodAutoscaler", "v1", "the tables are of v2, whose target is not owned as a whole"),
    ("VolumeAttachment", "v1", "made by a controller"),
];

/// Parts that controllers write, of which only the conditions are in the tables.
const STATUS: [&str; 2] = ["status.", "spec.volumeClaimTemplates[0].status."];

/// What differs at a place, ours first.
fn differences(kind: GroupKind<'_>, schema: Schema<'_>, path: &Path, found: &mut BTreeSet<String>) {
    let shown = path.to_string();
    if STATUS.iter().any(|status| shown.starts_with(status)) && shown != "status.conditions" {
        return;
    }
    let Some(theirs) = schema.at(path) else { return };
    if let SchemaKind::List(theirs) = &theirs {
        let ours = list_at(kind, path);
        if ours != *theirs {
            found.insert(format!("{kind} {shown}: {ours:?}, the API says {theirs:?}"));
        }
    }
    let whole = theirs == SchemaKind::AtomicMap;
    // What is inside of a list that is one value is owned with it.
    let inside = path.field("x");
    if whole && owned_at(kind, &inside) == inside {
        found.insert(format!("{kind} {shown}: its fields are owned one by one, the API says as a whole"));
    }
    let theirs = match theirs {
        SchemaKind::Scalar(scalar) => Some(scalar),
        SchemaKind::List(_) | SchemaKind::AtomicMap | SchemaKind::Map | SchemaKind::Value => None,
    };
    let ours = scalar_at(kind, path);
    if ours != theirs {
        found.insert(format!("{kind} {shown}: {ours:?}, the API says {theirs:?}"));
    }
}

/// All places of a schema, each once: what refers to itself is followed once.
fn walk(schema: &Value, definitions: &Value, path: &Path, above: &mut Vec<String>, visit: &mut impl FnMut(&Path)) {
    visit(path);
    let referred = schema["allOf"][0]["$ref"].as_str().or(schema["$ref"].as_str());
    if let Some(name) = referred.and_then(|reference| reference.rsplit('/').next()) {
        if above.iter().any(|seen| seen == name) {
            return;
        }
        above.push(name.to_owned());
        children(&definitions[name], definitions, path, above, visit);
        above.pop();
    } else {
        children(schema, definitions, path, above, visit);
    }
}

fn children(schema: &Value, definitions: &Value, path: &Path, above: &mut Vec<String>, visit: &mut impl FnMut(&Path)) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        walk(inner, definitions, &path.field(name), above, visit);
    }
    if schema["items"].is_object() {
        walk(&schema["items"], definitions, &path.then(Step::Index(0)), above, visit);
    }
    if schema["additionalProperties"].is_object() {
        walk(&schema["additionalProperties"], definitions, &path.field("x"), above, visit);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_tables_say_what_the_api_says() {
    let Some(desk) = Desk::new("tables").await else { return };
    let description = desk.send(Method::GET, "/openapi/v2", "application/json", &Value::Null).await.unwrap();
    let definitions = &description["definitions"];
    let (mut found, mut kinds) = (BTreeSet::new(), 0);
    for (name, definition) in definitions.as_object().expect("there are definitions") {
        for gvk in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let kind = GroupKind::new(gvk["group"].as_str().unwrap(), gvk["kind"].as_str().unwrap());
            let version = gvk["version"].as_str().unwrap();
            let is_stable = ["alpha", "beta", "internal"].iter().all(|word| !version.contains(word));
            let is_object =
                definition["properties"]["metadata"].is_object() && definition["properties"]["kind"].is_object();
            let is_declared = NOT_DECLARED.iter().all(|row| (row.0, row.1) != (kind.kind, version));
            if !is_stable || !is_object || !is_declared || !GROUPS.contains(&kind.group) || kind.kind.ends_with("List")
            {
                continue;
            }
            kinds += 1;
            let schema = Schema::among(definitions, name).unwrap();
            let visit = &mut |path: &Path| differences(kind, schema, path, &mut found);
            walk(definition, definitions, &Path::default(), &mut vec![name.clone()], visit);
        }
    }
    let found: Vec<_> = found.into_iter().collect();
    assert!(kinds > 30, "{kinds} kinds are compared");
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_difference_is_noticed() {
    let definitions = serde_json::json!({"Service": {"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"], "items": {}},
        "externalIPs": {"type": "array", "x-kubernetes-list-type": "atomic", "items": {"type": "string"}},
        "odd": {"type": "object", "x-kubernetes-map-type": "atomic"},
    }}}}});
    let schema = Schema::among(&definitions, "Service").unwrap();
    let mut found = BTreeSet::new();
    let visit = &mut |path: &Path| differences(GroupKind::new("", "Service"), schema, path, &mut found);
    walk(&definitions["Service"], &definitions, &Path::default(), &mut Vec::new(), visit);
    let ours = List::Map(vec!["port".into(), "protocol".into()]);
    let theirs = List::Map(vec!["port".into()]);
    let expected = [
        "Service spec.odd: its fields are owned one by one, the API says as a whole".to_owned(),
        format!("Service spec.ports: {ours:?}, the API says {theirs:?}"),
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}
