use serde_json::{Value, json};

use super::{List, Schema, SchemaKind, list_at, owned_at};
use crate::object::GroupKind;
use crate::path::Path;
use crate::scalar::Scalar;

fn keyed(keys: &[&str]) -> List {
    List::Map(keys.iter().map(|key| (*key).to_owned()).collect())
}

#[test]
fn lists_of_built_in_kinds_are_known_wherever_they_stand() {
    for (group, kind, path, expected) in [
        ("apps", "Deployment", "spec.template.spec.containers", keyed(&["name"])),
        ("apps", "Deployment", r#"spec.template.spec.containers[name="a"].env"#, keyed(&["name"])),
        (
            "apps",
            "Deployment",
            r#"spec.template.spec.containers[name="a"].ports"#,
            keyed(&["containerPort", "protocol"]),
        ),
        ("apps", "Deployment", r#"spec.template.spec.containers[name="a"].volumeMounts"#, keyed(&["mountPath"])),
        ("apps", "Deployment", r#"spec.template.spec.containers[name="a"].args"#, List::Atomic),
        ("apps", "Deployment", r#"spec.template.spec.containers[name="a"].envFrom"#, List::Atomic),
        ("batch", "CronJob", "spec.jobTemplate.spec.template.spec.volumes", keyed(&["name"])),
        ("", "Pod", "spec.topologySpreadConstraints", keyed(&["topologyKey", "whenUnsatisfiable"])),
        ("", "Pod", "spec.tolerations", List::Atomic),
        ("", "Pod", "spec.imagePullSecrets", keyed(&["name"])),
        ("", "ServiceAccount", "imagePullSecrets", List::Atomic),
        ("", "ServiceAccount", "secrets", keyed(&["name"])),
        ("", "Service", "spec.ports", keyed(&["port", "protocol"])),
        ("networking.k8s.io", "Ingress", "spec.rules", List::Atomic),
        ("", "ConfigMap", "metadata.finalizers", List::Set),
        ("", "ConfigMap", "metadata.ownerReferences", keyed(&["uid"])),
        ("apps", "Deployment", "spec.template.metadata.finalizers", List::Set),
        ("apps", "Deployment", "status.conditions", keyed(&["type"])),
        ("batch", "Job", "status.conditions", List::Atomic),
        ("rbac.authorization.k8s.io", "Role", "rules", List::Atomic),
        ("apps", "StatefulSet", "spec.volumeClaimTemplates", List::Atomic),
    ] {
        assert_eq!(list_at(GroupKind::new(group, kind), &Path::parse(path)), expected, "{kind} {path}");
    }
}

#[test]
fn what_is_owned_as_a_whole_is_found_around_a_place() {
    for (group, kind, path, expected) in [
        ("networking.k8s.io", "Ingress", "spec.rules[0].http.paths[1].path", "spec.rules"),
        (
            "apps",
            "Deployment",
            r#"spec.template.spec.containers[name="a"].args[0]"#,
            r#"spec.template.spec.containers[name="a"].args"#,
        ),
        (
            "apps",
            "Deployment",
            r#"spec.template.spec.containers[name="a"].image"#,
            r#"spec.template.spec.containers[name="a"].image"#,
        ),
        ("apps", "Deployment", "spec.selector.matchLabels.app", "spec.selector"),
        ("", "Service", "spec.selector.app", "spec.selector"),
        ("", "Pod", "spec.nodeSelector.zone", "spec.nodeSelector"),
        ("", "ConfigMap", "metadata.labels.selector", "metadata.labels.selector"),
        ("apps", "Deployment", r#"metadata.labels["selector"]"#, "metadata.labels.selector"),
        ("", "ConfigMap", "data.a.b", r#"data["a.b"]"#),
    ] {
        let owned = owned_at(GroupKind::new(group, kind), &Path::parse(path));
        assert_eq!(owned.to_string(), expected, "{kind} {path}");
    }
}

fn definition() -> Value {
    json!({"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
    "type": "object",
    "properties": {
        "plain": {"type": "array", "items": {"type": "string"}},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {"type": "object", "properties": {"args": {"type": "array"}}}},
        "owner": {"type": "object", "x-kubernetes-map-type": "atomic"},
        "limits": {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
            "x-kubernetes-int-or-string": true}},
        "port": {"x-kubernetes-int-or-string": true},
        "interval": {"type": "string", "format": "duration"},
        "name": {"type": "string"},
    }}}}}}]}})
}

#[test]
fn lists_of_custom_resources_are_read_from_their_definition() {
    let definition = definition();
    let schema = Schema::of_definition(&definition, "v1").unwrap();
    let at = |path: &str| schema.at(&Path::parse(path));
    assert_eq!(at("spec.plain"), Some(SchemaKind::List(List::Atomic)));
    assert_eq!(at("spec.tags"), Some(SchemaKind::List(List::Set)));
    assert_eq!(at("spec.ports"), Some(SchemaKind::List(keyed(&["port", "protocol"]))));
    assert_eq!(schema.list_at(&Path::parse("spec.ports[port=80].args")), List::Atomic);
    assert_eq!(at("spec.owner"), Some(SchemaKind::AtomicMap));
    assert_eq!(at("spec"), Some(SchemaKind::Map));
    assert_eq!(at("spec.limits.cpu"), Some(SchemaKind::Scalar(Scalar::Quantity)));
    assert_eq!(schema.scalar_at(&Path::parse("spec.port")), Some(Scalar::IntOrString));
    assert_eq!(schema.scalar_at(&Path::parse("spec.interval")), Some(Scalar::Duration));
    assert_eq!(at("spec.name"), Some(SchemaKind::Value));
    assert_eq!(at("spec.nothing"), None);
    assert_eq!(schema.list_at(&Path::parse("spec.nothing")), List::Atomic);
    assert!(Schema::of_definition(&definition, "v2").is_none());
}

#[test]
fn references_are_followed_and_what_stands_beside_them_counts() {
    let definitions = json!({
        "Root": {"type": "object", "properties": {
            "pod": {"$ref": "#/definitions/Pod"},
            "reference": {"allOf": [{"$ref": "#/components/schemas/Reference"}], "x-kubernetes-map-type": "atomic"},
            "size": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"},
            "loop": {"$ref": "#/definitions/Loop"},
        }},
        "Pod": {"type": "object", "properties": {"names": {"type": "array", "x-kubernetes-list-type": "set"}}},
        "Reference": {"type": "object"},
        "Loop": {"$ref": "#/definitions/Loop"},
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
    });
    let schema = Schema::among(&definitions, "Root").unwrap();
    assert_eq!(schema.list_at(&Path::parse("pod.names")), List::Set);
    assert_eq!(schema.at(&Path::parse("reference")), Some(SchemaKind::AtomicMap));
    assert_eq!(schema.at(&Path::parse("size")), Some(SchemaKind::Scalar(Scalar::Quantity)));
    assert_eq!(schema.at(&Path::parse("loop")), Some(SchemaKind::Value), "a reference to itself ends");
}
