//! Objects as people write them, whose values the server shows in another way, or in part: none of it is a difference.

use flashinfra::plans::Address;
use flashinfra::plans::plan::Options;
use flashinfra::{Stack, kubernetes};
use kubernetes::object;
use serde_json::{Value as Json, json};

use crate::world::Desk;

/// Adds an object of the namespace under its name.
fn add(stack: &mut Stack, desk: &Desk, name: &str, json: Json) {
    let mut json = json;
    let metadata = json["metadata"].as_object().cloned().unwrap_or_default();
    json["metadata"] = metadata.into_iter().collect();
    json["metadata"]["name"] = name.into();
    json["metadata"]["namespace"] = desk.namespace.clone().into();
    stack.add(name, object(json));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_a_value_is_written_it_is_the_same() {
    let Some(desk) = Desk::new("spelled").await else { return };
    desk.converge(|stack| {
        let ports = json!([
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"},
            {"name": "dns-tcp", "port": 53, "targetPort": 5353},
            {"name": "web", "port": 80, "targetPort": "80"},
        ]);
        add(stack, &desk, "dns", json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"a": "b"}, "ports": ports, "sessionAffinity": "None"}}));
        let env = json!([{"name": "B", "value": "$(A)"}, {"name": "A", "value": ""}, {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]);
        let amounts = json!({"limits": {"cpu": 2, "memory": "1024Mi"}, "requests": {"cpu": "0.5", "memory": "1e9", "ephemeral-storage": "1000M"}});
        let containers = json!([
            {"name": "z", "image": "z", "env": env, "resources": amounts, "command": [], "terminationMessagePath": "/dev/termination-log",
             "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "initialDelaySeconds": 0}},
            {"name": "a", "image": "a", "ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}]},
        ]);
        let pod = json!({"restartPolicy": "Never", "containers": containers, "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["b", "a"]}],
            "imagePullSecrets": [{"name": "x"}], "tolerations": [{"operator": "Exists", "tolerationSeconds": 0}],
            "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1024Mi"}}, {"name": "w", "emptyDir": {}}]});
        add(stack, &desk, "job", json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {
            "schedule": "@daily", "suspend": false, "startingDeadlineSeconds": 0, "successfulJobsHistoryLimit": 0,
            "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"metadata": {"labels": {"empty": ""}}, "spec": pod}}}}}));
        let hard = json!({"requests.cpu": 4, "limits.memory": "0.5Ti", "pods": "1k"});
        add(stack, &desk, "quota", json!({"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": hard}}));
        let limits = json!([{"type": "Container", "default": {"cpu": "1000m"}, "defaultRequest": {"cpu": "0.1"}}]);
        add(stack, &desk, "limits", json!({"apiVersion": "v1", "kind": "LimitRange", "spec": {"limits": limits}}));
        let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}, "storageClassName": ""});
        add(stack, &desk, "claim", json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim}));
        let files = json!({"a.b_c-d": "", "x": "line\n"});
        add(stack, &desk, "files", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"a.b/c": "", "d": "true"}, "annotations": {"e": ""}},
            "data": files, "binaryData": {"bytes": "AAEC", "none": ""}, "immutable": false}));
        add(stack, &desk, "nothing", json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {}, "binaryData": null}));
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "get"], "resourceNames": []}]);
        add(stack, &desk, "role", json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": rules}));
        let subjects = json!([{"kind": "ServiceAccount", "name": "x", "namespace": "", "apiGroup": ""}, {"kind": "User", "name": "y"}]);
        add(stack, &desk, "binding", json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "subjects": subjects,
            "roleRef": {"kind": "Role", "name": "role", "apiGroup": "rbac.authorization.k8s.io"}}));
        let egress = json!([{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": []}}], "ports": [{"port": 53, "protocol": "UDP"}, {"port": "http"}, {"port": 80, "endPort": 90}]}]);
        add(stack, &desk, "policy", json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": {}, "egress": egress, "policyTypes": ["Egress"]}}));
        add(stack, &desk, "lease", json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"leaseDurationSeconds": 15, "acquireTime": "2026-11-27T10:00:00.000000Z"}}));
    })
    .await;
    let claim = Address::parse("kubernetes.persistent_volume_claim/claim").unwrap();
    desk.destroy_with(&Options { allow_destroy: vec![claim], ..Options::default() }).await;
}

/// A definition with two versions, in which much has a default.
fn definition(group: &str) -> Json {
    let amount = json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true});
    let port = json!({"type": "object", "required": ["number"], "properties": {
        "number": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "note": {"type": "string", "nullable": true}}});
    let ports = json!({"type": "array", "items": port, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["number", "protocol"]});
    let spec = json!({"type": "object", "properties": {
        "ports": ports, "amount": amount, "on": {"type": "boolean", "default": true}, "text": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "deep": {"type": "object", "default": {}, "properties": {"size": {"type": "integer", "default": 3}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "some": {"type": "object", "nullable": true, "additionalProperties": {"type": "number"}}}});
    let version = |name: &str, is_stored: bool| json!({"name": name, "served": true, "storage": is_stored, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("things.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [version("v1", false), version("v2", true)]},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_resource_keeps_what_it_is_sent_and_moves_between_versions() {
    let Some(desk) = Desk::new("awkward-custom").await else { return };
    let group = "awkward.flashinfra.example";
    let things = Address::parse("kubernetes.custom_resource_definition/things").unwrap();
    let spec = json!({
        "ports": [{"number": 53, "protocol": "UDP"}, {"number": 53, "note": ""}], "amount": "50%", "on": false, "text": "", "tags": ["b", "a"],
        "deep": {}, "free": {"list": [], "map": {}, "zero": 0, "no": false, "inner": [{"x": {}}]}, "some": {"a": 1},
    });
    let thing =
        |version: &str, spec: &Json| json!({"apiVersion": format!("{group}/{version}"), "kind": "Thing", "spec": spec});
    let define = |version: &'static str, spec: Json| {
        let desk = &desk;
        move |stack: &mut Stack| {
            stack.add("things", object(definition(group)));
            add(stack, desk, "a", thing(version, &spec));
            add(stack, desk, "b", json!({"apiVersion": format!("{group}/{version}"), "kind": "Thing"}));
        }
    };
    desk.converge(define("v1", spec.clone())).await;
    assert_eq!(desk.changes(define("v1", spec.clone())).await, [""; 0]);
    let changes = desk.converge(define("v2", spec.clone())).await;
    let kind = format!("kubernetes.thing.{group}");
    let both = ["a", "b"].map(|name| [format!("update {kind}/{name}"), "  api_version".to_owned()]).concat();
    assert_eq!(changes, both);
    // What nobody declares any more goes back to its default, or away.
    let changes =
        desk.converge(define("v2", json!({"ports": [{"number": 53, "note": null}], "deep": {"size": 0}}))).await;
    assert!(changes.contains(&"  spec.on".to_owned()), "{changes:?}");
    let live = desk.get(&format!("{group}/v2"), "things/a").await.unwrap()["spec"].clone();
    assert_eq!(live, json!({"ports": [{"number": 53, "protocol": "TCP"}], "on": true, "deep": {"size": 0}}));
    let all = Options { allow_destroy: vec![things], ..Options::default() };
    desk.destroy_with(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_changes_its_type_and_keeps_what_is_its_own() {
    let Some(desk) = Desk::new("service-types").await else { return };
    let service = |spec: Json| {
        let desk = &desk;
        move |stack: &mut Stack| add(stack, desk, "web", json!({"apiVersion": "v1", "kind": "Service", "spec": spec}))
    };
    let ports = json!([{"port": 80}]);
    let both = json!([{"port": 80, "name": "x"}, {"port": 80, "protocol": "UDP", "name": "y"}]);
    for (spec, expected) in [
        (json!({"selector": {"a": "b"}, "ports": ports}), "create"),
        (json!({"selector": {"a": "b"}, "ports": ports, "type": "NodePort"}), "update"),
        (json!({"selector": {"a": "b"}, "ports": ports, "type": "ClusterIP"}), "update"),
        // The address of a Service is for life.
        (json!({"selector": {"a": "b"}, "ports": ports, "clusterIP": "None"}), "replace"),
        (json!({"type": "ExternalName", "externalName": "example.com"}), "update"),
        (json!({"selector": {"a": "b"}, "ports": both}), "update"),
    ] {
        let changes = desk.converge(service(spec)).await;
        assert_eq!(changes[0], format!("{expected} kubernetes.service/web"), "{changes:?}");
    }
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_is_made_anew_and_what_is_large_fits() {
    let Some(desk) = Desk::new("sealed").await else { return };
    let config = |data: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": data}, "immutable": true});
    desk.converge(|stack| add(stack, &desk, "web", config("1"))).await;
    let uid = desk.get("v1", "configmaps/web").await.unwrap()["metadata"]["uid"].clone();
    assert_eq!(
        desk.converge(|stack| add(stack, &desk, "web", config("2"))).await[0],
        "replace kubernetes.config_map/web"
    );
    assert_ne!(desk.get("v1", "configmaps/web").await.unwrap()["metadata"]["uid"], uid);
    // Nearly a mebibyte, which is all that an object may hold.
    let large = "x".repeat(900_000);
    desk.converge(|stack| {
        add(stack, &desk, "large", json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": large}}))
    })
    .await;
    desk.destroy().await;
}
