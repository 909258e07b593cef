use serde_json::{Value, json};

use super::{edges, flattened, makes, rank, refers_to, sorted};
use crate::manifest::GroupKind;

fn object(api: &str, kind: &str, name: &str, fields: &Value) -> Value {
    let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

fn cluster(api: &str, kind: &str, name: &str, fields: &Value) -> Value {
    let mut object = object(api, kind, name, fields);
    object["metadata"].as_object_mut().unwrap().remove("namespace");
    object
}

fn names(object: &Value) -> Vec<String> {
    refers_to(object).into_iter().map(|found| format!("{}/{} at {}", found.kind, found.name, found.path)).collect()
}

#[test]
fn kinds_are_made_in_the_order_in_which_they_are_needed() {
    let order = [
        ("", "Namespace"),
        ("", "ResourceQuota"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("", "ServiceAccount"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("", "Secret"),
        ("storage.k8s.io", "StorageClass"),
        ("", "PersistentVolumeClaim"),
        ("", "Service"),
        ("apps", "Deployment"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("networking.k8s.io", "Ingress"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ];
    let ranks: Vec<_> = order.iter().map(|(group, kind)| rank(GroupKind::new(group, kind))).collect();
    assert!(ranks.is_sorted_by(|left, right| left < right), "{ranks:?}");
    let of = |group: &str, kind: &str| rank(GroupKind::new(group, kind));
    assert_eq!(of("external-secrets.io", "ExternalSecret"), of("", "Secret"), "what makes secrets comes where they do");
    assert_eq!(of("x.io", "Deployment"), of("y.io", "Widget"), "a kind is of its group");
}

#[test]
fn a_set_is_sorted_by_what_is_needed_and_then_by_rank_and_name() {
    let none = json!({});
    let mounts =
        |job: &str| json!({"spec": {"template": {"spec": {"volumes": [{"name": "x", "configMap": {"name": job}}]}}}});
    // A custom resource that makes the map which the program mounts comes before it, whatever the ranks of the two are.
    let makes = json!({"spec": {"target": {"name": "made"}}});
    let set = [
        object("apps/v1", "Deployment", "web", &mounts("made")),
        object("external-secrets.io/v1", "ExternalSecret", "login", &makes),
        object("v1", "ConfigMap", "b", &none),
        object("v1", "ConfigMap", "a", &none),
        cluster("v1", "Namespace", "shop", &none),
    ];
    let names = |set: &[Value]| -> Vec<String> {
        sorted(set).into_iter().map(|place| set[place]["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&set), ["shop", "a", "b", "login", "web"]);
    let mut turned = set.to_vec();
    turned.reverse();
    assert_eq!(names(&turned), names(&set), "the order does not depend on that of the set");
    let circle = [
        object(
            "v1",
            "Pod",
            "b",
            &json!({"spec": {"volumes": [{"name": "x", "persistentVolumeClaim": {"claimName": "c"}}]}}),
        ),
        object(
            "v1",
            "PersistentVolumeClaim",
            "c",
            &json!({"spec": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "d"}}}),
        ),
        object(
            "v1",
            "PersistentVolumeClaim",
            "d",
            &json!({"spec": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "c"}}}),
        ),
    ];
    assert_eq!(sorted(&circle).len(), 3, "nothing is lost where objects need each other");
}

#[test]
fn pods_name_what_they_use() {
    let pod = json!({"spec": {"template": {"spec": {
        "serviceAccountName": "web", "priorityClassName": "high", "imagePullSecrets": [{"name": "registry"}],
        "volumes": [
            {"name": "config", "configMap": {"name": "settings", "optional": true}},
            {"name": "keys", "secret": {"secretName": "keys"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "all", "projected": {"sources": [{"serviceAccountToken": {}}, {"configMap": {"name": "more"}}]}},
        ],
        "initContainers": [{"name": "init", "envFrom": [{"secretRef": {"name": "boot"}}]}],
        "containers": [{"name": "web", "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "c"}}},
        ]}],
    }}}});
    let deployment = object("apps/v1", "Deployment", "web", &pod);
    assert_eq!(
        names(&deployment),
        [
            "ServiceAccount/web at spec.template.spec.serviceAccountName",
            "PriorityClass/high at spec.template.spec.priorityClassName",
            "Secret/registry at spec.template.spec.imagePullSecrets[0].name",
            "ConfigMap/settings at spec.template.spec.volumes[name=\"config\"].configMap.name",
            "Secret/keys at spec.template.spec.volumes[name=\"keys\"].secret.secretName",
            "PersistentVolumeClaim/data at spec.template.spec.volumes[name=\"data\"].persistentVolumeClaim.claimName",
            "ConfigMap/more at spec.template.spec.volumes[name=\"all\"].projected.sources[1].configMap.name",
            "Secret/boot at spec.template.spec.initContainers[name=\"init\"].envFrom[0].secretRef.name",
            "Secret/db at spec.template.spec.containers[name=\"web\"].env[name=\"B\"].valueFrom.secretKeyRef.name",
            "ConfigMap/settings at spec.template.spec.containers[name=\"web\"].env[name=\"C\"].valueFrom.configMapKeyRef.name",
        ]
    );
    let optional: Vec<_> =
        refers_to(&deployment).into_iter().filter(|found| found.is_optional).map(|found| found.name).collect();
    assert_eq!(optional, ["settings"]);
    assert!(refers_to(&deployment).iter().all(|found| found.namespace == "shop" || found.kind == "PriorityClass"));
}

/// Checks what an object with these fields names.
#[track_caller]
fn check(api: &str, kind: &str, fields: &Value, expected: &[&str]) {
    assert_eq!(names(&object(api, kind, "x", fields)), expected, "{kind} {fields}");
}

#[test]
fn other_kinds_name_what_they_use() {
    let backends = json!([{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]);
    let ingress = json!({"spec": {"ingressClassName": "nginx", "tls": [{"secretName": "tls"}], "rules": backends}});
    let expected = [
        "IngressClass/nginx at spec.ingressClassName",
        "Service/web at spec.rules[0].http.paths[0].backend.service.name",
        "Secret/tls at spec.tls[0].secretName",
    ];
    check("networking.k8s.io/v1", "Ingress", &ingress, &expected);
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let scaled = json!({"spec": {"scaleTargetRef": target}});
    check("autoscaling/v2", "HorizontalPodAutoscaler", &scaled, &["Deployment/web at spec.scaleTargetRef"]);
    let subjects = json!([{"kind": "ServiceAccount", "name": "web"}, {"kind": "User", "name": "ann"}]);
    let bound = json!({"roleRef": {"kind": "Role", "name": "reader"}, "subjects": subjects});
    let expected = ["Role/reader at roleRef", "ServiceAccount/web at subjects[0]"];
    check("rbac.authorization.k8s.io/v1", "RoleBinding", &bound, &expected);
    let class = json!({"spec": {"storageClassName": "gp3"}});
    check("v1", "PersistentVolumeClaim", &class, &["StorageClass/gp3 at spec.storageClassName"]);
    let set = json!({"spec": {"serviceName": "db", "volumeClaimTemplates": [class]}});
    let expected =
        ["Service/db at spec.serviceName", "StorageClass/gp3 at spec.volumeClaimTemplates[0].spec.storageClassName"];
    check("apps/v1", "StatefulSet", &set, &expected);
    check("v1", "ConfigMap", &json!({"data": {"serviceName": "b"}}), &[]);
}

#[test]
fn custom_resources_name_what_they_use() {
    let issued = json!({"spec": {"issuerRef": {"name": "acme", "kind": "ClusterIssuer"}}});
    check("cert-manager.io/v1", "Certificate", &issued, &["ClusterIssuer/acme at spec.issuerRef"]);
    let stored = json!({"spec": {"secretStoreRef": {"name": "aws"}}});
    check("external-secrets.io/v1", "ExternalSecret", &stored, &["SecretStore/aws at spec.secretStoreRef"]);
    let gateway = json!([{"name": "public", "namespace": "edge"}]);
    let route = json!({"spec": {"parentRefs": gateway, "rules": [{"backendRefs": [{"name": "web"}]}]}});
    let expected = ["Gateway/public at spec.parentRefs[0]", "Service/web at spec.rules[0].backendRefs[0]"];
    check("gateway.networking.k8s.io/v1", "HTTPRoute", &route, &expected);
}

#[test]
fn a_certificate_is_made_for_an_ingress_that_says_by_whom() {
    let mut ingress =
        object("networking.k8s.io/v1", "Ingress", "web", &json!({"spec": {"tls": [{"secretName": "tls"}]}}));
    ingress["metadata"]["annotations"] = json!({"cert-manager.io/cluster-issuer": "acme"});
    assert_eq!(names(&ingress), ["ClusterIssuer/acme at metadata.annotations[\"cert-manager.io/cluster-issuer\"]"]);
}

/// The edges of a set, as `kind/name needs kind/name`.
fn shown(objects: &[Value]) -> Vec<String> {
    let name = |place: usize| {
        let object = &objects[place];
        format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
    };
    let mut lines: Vec<_> =
        edges(objects).iter().map(|edge| format!("{} needs {}", name(edge.from), name(edge.to))).collect();
    lines.sort();
    lines
}

#[test]
fn a_set_has_the_edges_that_its_names_make() {
    let template = |spec: &Value| json!({"spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}}});
    let objects = [
        cluster("v1", "Namespace", "shop", &json!({})),
        object("external-secrets.io/v1", "ExternalSecret", "db", &json!({"spec": {"target": {"name": "db-password"}}})),
        object(
            "apps/v1",
            "Deployment",
            "web",
            &template(&json!({"containers": [{"name": "web", "envFrom": [{"secretRef": {"name": "db-password"}}]}]})),
        ),
        object("v1", "Service", "web", &json!({"spec": {"selector": {"app": "web"}}})),
        object(
            "policy/v1",
            "PodDisruptionBudget",
            "web",
            &json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}}),
        ),
        object("policy/v1", "PodDisruptionBudget", "all", &json!({"spec": {"selector": {}}})),
    ];
    assert_eq!(
        shown(&objects),
        [
            "Deployment/web needs ExternalSecret/db",
            "Deployment/web needs Namespace/shop",
            "ExternalSecret/db needs Namespace/shop",
            "PodDisruptionBudget/all needs Namespace/shop",
            "PodDisruptionBudget/web needs Deployment/web",
            "PodDisruptionBudget/web needs Namespace/shop",
            "Service/web needs Namespace/shop",
        ]
    );
}

#[test]
fn a_custom_resource_comes_after_its_definition_and_a_webhook_after_what_answers() {
    let crd = cluster(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "widgets.x.io",
        &json!({"spec": {"group": "x.io", "names": {"kind": "Widget"}}}),
    );
    let objects = [
        object("x.io/v1", "Widget", "w", &json!({})),
        object("y.io/v1", "Widget", "other", &json!({})),
        crd,
        cluster(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            "hook",
            &json!({"webhooks": [{"clientConfig": {"service": {"name": "hook", "namespace": "shop"}}}]}),
        ),
        object("v1", "Service", "hook", &json!({"spec": {"selector": {"app": "hook"}}})),
        object(
            "apps/v1",
            "Deployment",
            "hook",
            &json!({"spec": {"template": {"metadata": {"labels": {"app": "hook", "tier": "x"}}}}}),
        ),
    ];
    assert_eq!(
        shown(&objects),
        [
            "ValidatingWebhookConfiguration/hook needs Deployment/hook",
            "ValidatingWebhookConfiguration/hook needs Service/hook",
            "Widget/w needs CustomResourceDefinition/widgets.x.io",
        ]
    );
    let because: Vec<_> = edges(&objects).into_iter().map(|edge| edge.because).collect();
    assert!(because.contains(&"webhooks[0].clientConfig.service".to_owned()), "{because:?}");
}

#[test]
fn a_token_needs_its_account_and_not_the_other_way_round() {
    let mut token = object("v1", "Secret", "token", &json!({"type": "kubernetes.io/service-account-token"}));
    token["metadata"]["annotations"] = json!({"kubernetes.io/service-account.name": "web"});
    let objects = [object("v1", "ServiceAccount", "web", &json!({"secrets": [{"name": "token"}]})), token];
    assert_eq!(shown(&objects), ["Secret/token needs ServiceAccount/web"]);
}

#[test]
fn names_are_of_their_namespace() {
    let mut elsewhere = object("v1", "ServiceAccount", "web", &json!({}));
    elsewhere["metadata"]["namespace"] = json!("other");
    let pod = object("v1", "Pod", "web", &json!({"spec": {"serviceAccountName": "web"}}));
    assert_eq!(shown(&[elsewhere, pod]), [""; 0]);
}

#[test]
fn what_is_made_is_known_by_its_name() {
    let made = |object: &Value| makes(object).into_iter().map(|made| made.name).collect::<Vec<_>>();
    assert_eq!(made(&object("external-secrets.io/v1", "ExternalSecret", "db", &json!({"spec": {}}))), ["db"]);
    assert_eq!(
        made(&object("cert-manager.io/v1", "Certificate", "web", &json!({"spec": {"secretName": "tls"}}))),
        ["tls"]
    );
    assert_eq!(made(&object("v1", "Secret", "a", &json!({}))), [""; 0]);
}

#[test]
fn a_list_is_its_items() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [{"kind": "ConfigMap"}, {"kind": "Secret"}]});
    assert_eq!(flattened(list).len(), 2);
    assert_eq!(flattened(json!({"kind": "IPAllowList", "spec": {}})).len(), 1);
}

#[test]
fn pods_come_after_what_is_said_of_them_beforehand() {
    let workload =
        json!({"spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"serviceAccountName": "web"}}}});
    let bound = |account: &str| json!({"roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "ServiceAccount", "name": account}]});
    let policy = |selector: Value| json!({"spec": {"podSelector": selector}});
    let objects = [
        object("apps/v1", "Deployment", "web", &workload),
        object("v1", "LimitRange", "limits", &json!({})),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", "ours", &bound("web")),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", "theirs", &bound("other")),
        object("networking.k8s.io/v1", "NetworkPolicy", "all", &policy(json!({}))),
        object("networking.k8s.io/v1", "NetworkPolicy", "web", &policy(json!({"matchLabels": {"app": "web"}}))),
        object("networking.k8s.io/v1", "NetworkPolicy", "db", &policy(json!({"matchLabels": {"app": "db"}}))),
    ];
    let needed = ["LimitRange/limits", "NetworkPolicy/all", "NetworkPolicy/web", "RoleBinding/ours"];
    assert_eq!(shown(&objects), needed.map(|needed| format!("Deployment/web needs {needed}")));
}
