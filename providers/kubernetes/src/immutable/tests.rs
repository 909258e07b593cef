use serde_json::{Value, json};

use super::{forces_replacement, forces_replacement_by_schema, guards_data, replacements};
use crate::path::Path;

/// An object of a kind with these fields.
fn object(api: &str, kind: &str, fields: &Value) -> Value {
    let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": "x"}});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// Which places of a change take a new object.
#[track_caller]
fn check(api: &str, kind: &str, before: &Value, after: &Value, expected: &[&str]) {
    let (before, after) = (object(api, kind, before), object(api, kind, after));
    let found: Vec<_> = replacements(&before, &after).into_iter().map(|reason| reason.path).collect();
    assert_eq!(found, expected, "{kind}: {before} -> {after}");
}

#[test]
fn workloads_keep_their_selectors() {
    for kind in ["Deployment", "DaemonSet", "ReplicaSet"] {
        let spec = |app: &str, image: &str| json!({"spec": {"selector": {"matchLabels": {"app": app}}, "template": {"image": image}}});
        check("apps/v1", kind, &spec("a", "1"), &spec("b", "2"), &["spec.selector.matchLabels.app"]);
        check("apps/v1", kind, &spec("a", "1"), &spec("a", "2"), &[]);
    }
}

#[test]
fn of_a_stateful_set_only_some_fields_change() {
    let spec = |fields: &Value| json!({"spec": fields});
    let before =
        spec(&json!({"serviceName": "a", "replicas": 1, "podManagementPolicy": "OrderedReady", "template": {"a": 1},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}));
    let after = spec(
        &json!({"serviceName": "b", "replicas": 2, "podManagementPolicy": "Parallel", "template": {"a": 2},
        "volumeClaimTemplates": [{"metadata": {"name": "other"}}], "minReadySeconds": 5, "updateStrategy": {"type": "OnDelete"}}),
    );
    let all = ["spec.podManagementPolicy", "spec.serviceName", "spec.volumeClaimTemplates"];
    check("apps/v1", "StatefulSet", &before, &after, &all);
}

#[test]
fn a_job_is_scheduled_anew_only_before_it_starts() {
    let job = |suspend: bool, zone: &str, image: &str| json!({"spec": {"suspend": suspend, "template": {"spec": {"nodeSelector": {"zone": zone}, "image": image}}}});
    check("batch/v1", "Job", &job(false, "a", "1"), &job(false, "b", "1"), &["spec.template.spec.nodeSelector.zone"]);
    check("batch/v1", "Job", &job(true, "a", "1"), &job(true, "b", "1"), &[]);
    check("batch/v1", "Job", &job(true, "a", "1"), &job(true, "a", "2"), &["spec.template.spec.image"]);
    let elastic = |both: i64| json!({"spec": {"completionMode": "Indexed", "completions": both, "parallelism": both}});
    check("batch/v1", "Job", &elastic(2), &elastic(4), &[]);
    let fixed = |completions: i64| json!({"spec": {"completions": completions, "parallelism": 1}});
    check("batch/v1", "Job", &fixed(2), &fixed(4), &["spec.completions"]);
}

#[test]
fn what_is_sealed_stays_as_it_is() {
    for kind in ["Secret", "ConfigMap"] {
        let of = |immutable: bool, value: &str| json!({"immutable": immutable, "data": {"a": value}});
        check("v1", kind, &of(true, "1"), &of(true, "2"), &["data.a"]);
        check("v1", kind, &of(true, "1"), &of(false, "1"), &["immutable"]);
        check("v1", kind, &of(false, "1"), &of(true, "2"), &[]);
    }
    check("v1", "Secret", &json!({"type": "Opaque"}), &json!({"type": "kubernetes.io/tls"}), &["type"]);
}

#[test]
fn a_claim_grows_and_does_nothing_else() {
    let claim = |size: &str, class: &str| json!({"spec": {"resources": {"requests": {"storage": size}}, "storageClassName": class}});
    check("v1", "PersistentVolumeClaim", &claim("1Gi", "a"), &claim("2Gi", "a"), &[]);
    check("v1", "PersistentVolumeClaim", &claim("1Gi", "a"), &claim("1024Mi", "a"), &[]);
    check(
        "v1",
        "PersistentVolumeClaim",
        &claim("2Gi", "a"),
        &claim("1Gi", "b"),
        &["spec.resources.requests.storage", "spec.storageClassName"],
    );
    check("v1", "PersistentVolumeClaim", &claim("1Gi", ""), &claim("1Gi", "default"), &[]);
    let recovering = |size: &str| json!({"spec": {"resources": {"requests": {"storage": size}}}, "status": {"capacity": {"storage": "1Gi"}}});
    check("v1", "PersistentVolumeClaim", &recovering("1Ti"), &recovering("2Gi"), &[]);
    check(
        "v1",
        "PersistentVolumeClaim",
        &recovering("1Ti"),
        &recovering("512Mi"),
        &["spec.resources.requests.storage"],
    );
    let modes = |mode: &str| json!({"spec": {"accessModes": [mode], "volumeAttributesClassName": mode}});
    check("v1", "PersistentVolumeClaim", &modes("ReadWriteOnce"), &modes("ReadWriteMany"), &["spec.accessModes"]);
}

#[test]
fn a_service_keeps_its_address_while_it_has_one() {
    let service = |kind: &str, ip: &str| json!({"spec": {"type": kind, "clusterIP": ip}});
    check("v1", "Service", &service("ClusterIP", "10.0.0.1"), &service("ClusterIP", "None"), &["spec.clusterIP"]);
    check("v1", "Service", &service("ClusterIP", "10.0.0.1"), &service("ExternalName", ""), &[]);
    check("v1", "Service", &service("ExternalName", ""), &service("ClusterIP", "10.0.0.1"), &[]);
    check("v1", "Service", &service("ClusterIP", "10.0.0.1"), &service("LoadBalancer", "10.0.0.1"), &[]);
    let families = |all: &[&str]| json!({"spec": {"ipFamilies": all}});
    check("v1", "Service", &families(&["IPv4"]), &families(&["IPv4", "IPv6"]), &[]);
    check("v1", "Service", &families(&["IPv4"]), &families(&["IPv6"]), &["spec.ipFamilies"]);
    let class = |kind: &str, class: &str| json!({"spec": {"type": kind, "loadBalancerClass": class}});
    check("v1", "Service", &class("LoadBalancer", "a"), &class("LoadBalancer", "b"), &["spec.loadBalancerClass"]);
    check("v1", "Service", &class("LoadBalancer", "a"), &class("ClusterIP", ""), &[]);
}

#[test]
fn other_kinds_have_single_fields_that_stay() {
    for (api, kind, before, after, expected) in [
        (
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            json!({"roleRef": {"name": "a"}, "subjects": []}),
            json!({"roleRef": {"name": "b"}, "subjects": [1]}),
            "roleRef.name",
        ),
        ("scheduling.k8s.io/v1", "PriorityClass", json!({"value": 1}), json!({"value": 2}), "value"),
        (
            "storage.k8s.io/v1",
            "StorageClass",
            json!({"provisioner": "a", "allowVolumeExpansion": false}),
            json!({"provisioner": "b", "allowVolumeExpansion": true}),
            "provisioner",
        ),
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({"spec": {"scope": "Cluster", "versions": []}}),
            json!({"spec": {"scope": "Namespaced", "versions": [1]}}),
            "spec.scope",
        ),
        ("node.k8s.io/v1", "RuntimeClass", json!({"handler": "a"}), json!({"handler": "b"}), "handler"),
        (
            "v1",
            "PersistentVolume",
            json!({"spec": {"csi": {"volumeHandle": "a"}, "capacity": {"storage": "1Gi"}}}),
            json!({"spec": {"csi": {"volumeHandle": "b"}, "capacity": {"storage": "2Gi"}}}),
            "spec.csi.volumeHandle",
        ),
        (
            "v1",
            "ResourceQuota",
            json!({"spec": {"scopes": ["Terminating"]}}),
            json!({"spec": {"scopes": [], "hard": {}}}),
            "spec.scopes",
        ),
        ("v1", "Pod", json!({"spec": {"nodeName": "a"}}), json!({"spec": {"nodeName": "b"}}), "spec.nodeName"),
    ] {
        check(api, kind, &before, &after, &[expected]);
    }
    check(
        "networking.k8s.io/v1",
        "Ingress",
        &json!({"spec": {"ingressClassName": "a"}}),
        &json!({"spec": {"ingressClassName": "b"}}),
        &[],
    );
    check("x.io/v1", "Deployment", &json!({"spec": {"selector": 1}}), &json!({"spec": {"selector": 2}}), &[]);
}

#[test]
fn a_change_around_a_field_counts_when_the_field_is_another() {
    let before = object("rbac.authorization.k8s.io/v1", "RoleBinding", &json!({"roleRef": {"name": "a"}}));
    let after = object("rbac.authorization.k8s.io/v1", "RoleBinding", &json!({"roleRef": {"name": "b"}}));
    let reason = forces_replacement(&before, &after, &Path::parse("roleRef")).unwrap();
    assert_eq!(reason.why, "who may bind a role was asked once");
    assert!(reason.source.contains("ValidateRoleBindingUpdate"));
    let crd =
        |scope: &str| object("apiextensions.k8s.io/v1", "CustomResourceDefinition", &json!({"spec": {"scope": scope}}));
    let reason = forces_replacement(&crd("Cluster"), &crd("Namespaced"), &Path::parse("spec")).unwrap();
    assert_eq!(reason.path, "spec.scope");
    assert_eq!(forces_replacement(&before, &before, &Path::parse("roleRef")), None);
}

#[test]
fn a_schema_may_say_that_a_field_stays() {
    let fixed = |message: &str| json!({"type": "string", "x-kubernetes-validations": [{"rule": "self ==  oldSelf", "message": message}]});
    let schema = json!({"properties": {"spec": {"properties": {"zone": fixed("zone is immutable"), "size": {"type": "string",
        "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}}}}});
    let of = |zone: Option<&str>, size: &str| json!({"spec": {"zone": zone, "size": size}});
    let check = |path: &str, before: &Value, after: &Value| {
        forces_replacement_by_schema(&schema, &Path::parse(path), before, after).map(|reason| reason.why)
    };
    assert_eq!(check("spec.zone", &of(Some("a"), "1"), &of(Some("b"), "1")).as_deref(), Some("zone is immutable"));
    assert_eq!(
        check("spec.zone", &of(None, "1"), &of(Some("b"), "1")),
        None,
        "a rule with an old value is asked only where there is one"
    );
    assert_eq!(check("spec.size", &of(Some("a"), "1"), &of(Some("a"), "2")), None);
    assert_eq!(check("spec.other.deep", &of(Some("a"), "1"), &of(Some("b"), "2")), None);
}

#[test]
fn what_guards_data_says_what_would_be_lost() {
    let guards = |api: &str, kind: &str, fields: &Value| guards_data(&object(api, kind, fields));
    assert!(guards("v1", "PersistentVolumeClaim", &json!({})).is_some());
    assert!(guards("v1", "Namespace", &json!({})).is_some());
    assert!(
        guards("apps/v1", "StatefulSet", &json!({"spec": {"volumeClaimTemplates": [{}]}})).unwrap().contains("stay")
    );
    let deleting = json!({"spec": {"volumeClaimTemplates": [{}], "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}});
    assert!(guards("apps/v1", "StatefulSet", &deleting).unwrap().contains("go with it"));
    assert_eq!(guards("apps/v1", "StatefulSet", &json!({"spec": {}})), None);
    let crd = json!({"spec": {"names": {"kind": "Widget"}}});
    assert_eq!(
        guards("apiextensions.k8s.io/v1", "CustomResourceDefinition", &crd).unwrap(),
        "every Widget of the cluster goes with it"
    );
    assert_eq!(guards("apps/v1", "Deployment", &json!({})), None);
}
