use flashinfra_test_support::for_seeds;
use serde_json::{Value, json};

use super::{Writer, applied_by, managed_fields, others_who_own};
use crate::path::Path;

fn deployment() -> Value {
    json!({"metadata": {"managedFields": [
        {"manager": "flashinfra", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-11-27T10:00:00Z", "fieldsType": "FieldsV1",
         "fieldsV1": {
            "f:metadata": {"f:labels": {"f:app.kubernetes.io/name": {}}, "f:finalizers": {"v:\"a.b/c\"": {}}},
            "f:spec": {"f:selector": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {
                ".": {}, "f:args": {}, "f:image": {}, "f:name": {},
                "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}}},
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-27T11:00:00Z",
         "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}}}}}}},
    ]}})
}

fn others(path: &str) -> Vec<String> {
    let entries = managed_fields(&deployment());
    others_who_own(&entries, "flashinfra", &Path::parse(path)).iter().map(ToString::to_string).collect()
}

#[test]
fn who_else_writes_a_field_is_known() {
    let editor = "kubectl-edit (Update, 2026-11-27T11:00:00Z)";
    assert_eq!(others(r#"spec.template.spec.containers[name="web"].image"#), [editor]);
    assert_eq!(others(r#"spec.template.spec.containers[name="web"]"#), [editor], "something inside of it");
    assert_eq!(others(r#"spec.template.spec.containers[name="web"].args"#), [""; 0]);
    assert_eq!(others(r#"spec.template.spec.containers[name="other"].image"#), [""; 0]);
    assert_eq!(others("spec.replicas"), ["kube-controller-manager (Update through scale)"]);
    assert_eq!(others("spec.replicasOther"), [""; 0]);
}

#[test]
fn whoever_owns_a_whole_owns_what_is_in_it() {
    let entries = managed_fields(&deployment());
    let owns = |path: &str| entries[0].owns(&Path::parse(path));
    assert!(owns("spec.selector.matchLabels.app"), "the selector is owned as a whole");
    assert!(owns(r#"spec.template.spec.containers[name="web"].args[0]"#));
    assert!(owns(r#"metadata.labels["app.kubernetes.io/name"]"#));
    assert!(owns(r#"metadata.finalizers[="a.b/c"]"#));
    assert!(owns(r#"spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]"#));
    assert!(
        !owns(r#"spec.template.spec.containers[name="web"].env"#),
        "an item that is owned as a container is not owned as a whole"
    );
    assert!(!owns("spec.replicas"));
    assert!(owns("spec") && owns(""), "something is owned in there");
}

#[test]
fn what_was_applied_is_listed() {
    let entries = managed_fields(&deployment());
    let applied: Vec<_> = applied_by(&entries, "flashinfra").into_iter().map(ToString::to_string).collect();
    assert!(applied.contains(&r#"spec.template.spec.containers[name="web"]"#.to_owned()), "{applied:?}");
    assert_eq!(applied.len(), 9);
    assert!(applied_by(&entries, "kubectl-edit").is_empty(), "an edit applies nothing");
}

#[test]
fn writers_are_told_apart() {
    let entries = managed_fields(&deployment());
    let writers: Vec<_> = entries.iter().map(super::Entry::writer).collect();
    assert_eq!(writers, [Writer::Unknown, Writer::Controller, Writer::Person]);
}

#[test]
fn what_cannot_be_read_has_no_places() {
    let strange = json!({"metadata": {"managedFields": [{"manager": "a"}, {"fieldsV1": "x"}, 7,
        {"fieldsV1": {"x": {}, "k:{": {}, "i:x": {}, "v:x": {}, "f:a": null}}]}});
    let entries = managed_fields(&strange);
    assert_eq!(entries.iter().map(|entry| entry.paths.len()).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert!(managed_fields(&json!({})).is_empty());
}

/// Whatever set of places somebody has: they own each, and all that is around it.
#[test]
fn a_place_is_owned_with_what_is_around_it() {
    const NAMES: [&str; 4] = ["f:a", "f:b", "k:{\"name\":\"x\"}", "v:\"y\""];
    for_seeds(1_000, |below| {
        let mut tree = json!({});
        for _ in 0..=below(6) {
            let mut here = &mut tree;
            for _ in 0..=below(4) {
                let name = NAMES[below(NAMES.len())];
                here = here.as_object_mut().unwrap().entry(name).or_insert_with(|| json!({}));
            }
        }
        let entries = managed_fields(&json!({"metadata": {"managedFields": [{"manager": "m", "fieldsV1": tree}]}}));
        for path in &entries[0].paths {
            assert_eq!(&Path::parse(&path.to_string()), path);
            for depth in 0..=path.0.len() {
                assert!(entries[0].owns(&Path(path.0[..depth].to_vec())), "{path}");
            }
            let beside = path.field("zzz");
            assert!(entries[0].owns(&beside), "{path} is owned as a whole");
        }
        assert!(!entries[0].owns(&Path::parse("zzz")));
    });
}
