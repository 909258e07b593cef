//! A release from its definition onto the server, and back: planned, applied, planned again, changed, replaced, pruned, destroyed.

use flashinfra::error::Exit;
use flashinfra::plans::plan::Reason;
use flashinfra::{Secret, Stack, kubernetes};
use kubernetes::{object, token};
use serde_json::{Value as Json, json};

use crate::world::Desk;

/// What a test changes about the release.
#[derive(Clone, Copy)]
pub(crate) struct Web {
    pub(crate) image: &'static str,
    /// The label that the Deployment selects its pods by.
    pub(crate) app: &'static str,
    pub(crate) replicas: Option<i64>,
    pub(crate) level: &'static str,
    pub(crate) version: u32,
    pub(crate) has_service: bool,
}

pub(crate) const WEB: Web =
    Web { image: "web:1", app: "web", replicas: Some(2), level: "info", version: 1, has_service: true };

impl Web {
    pub(crate) fn define(self, desk: &Desk, stack: &mut Stack) {
        let metadata = |name: &str| json!({"name": name, "namespace": desk.namespace, "labels": {"team": "shop"}});
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("web"), "data": {"LEVEL": self.level}});
        let config = stack.add("web", object(config));
        let password = Secret::env("PASSWORD").version(self.version);
        let login = kubernetes::Secret::named("login").namespace(desk.namespace.clone()).value("password", password);
        let login = stack.add("login", login);
        let mut deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"),
            "spec": {
                "selector": {"matchLabels": {"app": self.app}},
                "template": {
                    "metadata": {"labels": {"app": self.app}},
                    "spec": {"containers": [{
                        "name": "web", "image": self.image,
                        "env": [{"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": token(config.name()), "key": "LEVEL"}}}],
                        "envFrom": [{"secretRef": {"name": token(login.name())}}],
                        "ports": [{"containerPort": 8080}],
                        "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}},
                    }]},
                },
            },
        });
        if let Some(replicas) = self.replicas {
            deployment["spec"]["replicas"] = replicas.into();
        }
        stack.add("web", object(deployment));
        if self.has_service {
            stack.add(
                "web",
                object(json!({
                    "apiVersion": "v1", "kind": "Service", "metadata": metadata("web"),
                    "spec": {"selector": {"app": self.app}, "ports": [{"port": 80, "targetPort": 8080}]},
                })),
            );
        }
    }
}

/// A controller that says of the Deployment, again and again, that all is well.
pub(crate) async fn rolling_out(desk: &Desk) {
    loop {
        if let Some(found) = desk.get("apps/v1", "deployments/web").await {
            let replicas = found["spec"]["replicas"].as_i64().unwrap_or(1);
            let status = json!({
                "observedGeneration": found["metadata"]["generation"], "replicas": replicas, "updatedReplicas": replicas,
                "readyReplicas": replicas, "availableReplicas": replicas,
                "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
            });
            if found["status"]["observedGeneration"] != found["metadata"]["generation"] {
                desk.status("apps/v1", "deployments/web", status).await;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The same beside something that has to be done.
pub(crate) async fn with_controller<T>(desk: &Desk, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        () = rolling_out(desk) => unreachable!("a controller goes on for ever"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_converges_changes_and_goes() {
    let Some(desk) = Desk::new("release").await else { return };
    let of = &desk;
    let define = |web: Web| move |stack: &mut Stack| web.define(of, stack);
    let changes = with_controller(&desk, desk.converge(define(WEB))).await;
    assert_eq!(
        changes,
        [
            "create kubernetes.config_map/web",
            "create kubernetes.deployment/web",
            "create kubernetes.secret/login",
            "create kubernetes.service/web"
        ]
    );
    let secret = desk.get("v1", "secrets/login").await.unwrap();
    assert_eq!(secret["data"], json!({"password": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"}));
    let deployment = desk.get("apps/v1", "deployments/web").await.unwrap();
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]["name"],
        "web"
    );
    assert_eq!(deployment["metadata"]["managedFields"][0]["manager"], "flashinfra");

    // In place, field by field.
    let changed = Web { image: "web:2", level: "debug", version: 2, ..WEB };
    let changes = with_controller(&desk, desk.converge(define(changed))).await;
    assert_eq!(
        changes,
        [
            "update kubernetes.config_map/web",
            "  data.LEVEL",
            "update kubernetes.deployment/web",
            "  spec.template.metadata.annotations.config-map.flashinfra/web",
            "  spec.template.metadata.annotations.secret.flashinfra/login",
            "  spec.template.spec.containers[name=web].image",
            "update kubernetes.secret/login",
            "  data",
        ]
    );

    // What cannot be changed takes a new object, and the old one goes first, since the name stays.
    let replaced = Web { app: "shop", ..changed };
    let plan = desk.planned(define(replaced)).await.plan;
    let reasons = plan
        .changes
        .iter()
        .find(|change| change.address.kind() == "kubernetes.deployment")
        .map(|change| &change.reasons);
    let why = "it finds its pods by its selector for life";
    assert_eq!(reasons, Some(&vec![Reason::Fixed("spec.selector".into(), why.into())]));
    let before = desk.get("apps/v1", "deployments/web").await.unwrap()["metadata"]["uid"].clone();
    with_controller(&desk, desk.converge(define(replaced))).await;
    assert_ne!(desk.get("apps/v1", "deployments/web").await.unwrap()["metadata"]["uid"], before);

    // What left the definition goes.
    let pruned = Web { has_service: false, ..replaced };
    let changes = desk.converge(define(pruned)).await;
    assert_eq!(changes, ["delete kubernetes.service/web"]);
    assert_eq!(desk.get("v1", "services/web").await, None);
    desk.destroy().await;
    for (api, object) in [("v1", "configmaps/web"), ("v1", "secrets/login"), ("apps/v1", "deployments/web")] {
        assert_eq!(desk.get(api, object).await, None, "{object}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_are_no_longer_declared_stay() {
    let Some(desk) = Desk::new("replicas").await else { return };
    let of = &desk;
    let define = |web: Web| move |stack: &mut Stack| web.define(of, stack);
    with_controller(&desk, desk.converge(define(Web { replicas: Some(5), ..WEB }))).await;
    let unset = Web { replicas: None, image: "web:2", ..WEB };
    with_controller(&desk, desk.converge(define(unset))).await;
    let deployment = desk.get("apps/v1", "deployments/web").await.unwrap();
    assert_eq!(
        (&deployment["spec"]["replicas"], &deployment["spec"]["template"]["spec"]["containers"][0]["image"]),
        (&json!(5), &json!("web:2"))
    );
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_cannot_succeed_fails_with_its_object_left_to_be_changed() {
    let Some(desk) = Desk::new("upgrade").await else { return };
    let of = &desk;
    let define = |web: Web| move |stack: &mut Stack| web.define(of, stack);
    with_controller(&desk, desk.converge(define(WEB))).await;
    let broken = Web { image: "web:broken", ..WEB };
    let plan = desk.planned(define(broken)).await.plan;
    let failing = async {
        loop {
            let found = desk.get("apps/v1", "deployments/web").await.unwrap();
            if found["metadata"]["generation"] != json!(1) {
                let condition = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"});
                let status = json!({"observedGeneration": found["metadata"]["generation"], "conditions": [condition]});
                desk.status("apps/v1", "deployments/web", status).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let report = tokio::select! {
        report = desk.report(plan) => report,
        () = failing => unreachable!("a controller goes on for ever"),
    };
    assert_eq!(report.exit, Exit::Error, "{:#?}", report.steps);
    let told = format!("{:?}", report.steps);
    assert!(told.contains("has failed") && told.contains("timed out"), "the reason is the controller's: {told}");
    // It is changed by the next plan, and not replaced.
    let mended = Web { image: "web:3", ..WEB };
    let changes = with_controller(&desk, desk.converge(define(mended))).await;
    assert_eq!(changes, ["update kubernetes.deployment/web", "  spec.template.spec.containers[name=web].image"]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_and_its_objects_come_in_one_apply() {
    let Some(desk) = Desk::new("custom").await else { return };
    let group = "custom.flashinfra.example";
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer"}, "mode": {"type": "string", "default": "small"}}}}});
    let define = |size: i64| {
        let (schema, namespace) = (schema.clone(), desk.namespace.clone());
        move |stack: &mut Stack| {
            let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
            let crd = object(json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("widgets.{group}")},
                "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
                         "versions": [version]},
            }));
            let unprotected = flashinfra::Lifecycle::new().protect(false);
            stack.add("widgets", crd.lifecycle(unprotected));
            let widget = json!({"apiVersion": format!("{group}/v1"), "kind": "Widget",
                "metadata": {"name": "a", "namespace": namespace}, "spec": {"size": size}});
            // Which needs its definition without anybody saying so.
            stack.add("a", object(widget));
        }
    };
    let widget = format!("kubernetes.widget.{group}/a");
    let changes = desk.converge(define(1)).await;
    assert_eq!(
        changes,
        ["create kubernetes.custom_resource_definition/widgets".to_owned(), format!("create {widget}")]
    );
    let changes = desk.converge(define(2)).await;
    assert_eq!(changes, [format!("update {widget}"), "  spec.size".to_owned()]);
    let found = desk.get(&format!("{group}/v1"), "widgets/a").await.unwrap();
    assert_eq!(found["spec"], json!({"size": 2, "mode": "small"}));
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_list_answers_for_all_objects_of_a_kind_in_a_namespace() {
    let Some(desk) = Desk::new("lists").await else { return };
    let define = |stack: &mut Stack| {
        for number in 0..30 {
            let metadata = json!({"name": format!("c-{number}"), "namespace": desk.namespace});
            let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}});
            stack.add(format!("c-{number}"), object(config));
        }
    };
    desk.converge(define).await;
    let planned = desk.planned(define).await;
    let calls: u64 = planned.calls.values().map(flashinfra::providers::Calls::total).sum();
    let listed: Vec<_> = planned
        .calls
        .values()
        .flat_map(|calls| calls.0.iter().map(|(name, count)| (name.to_string(), *count)))
        .collect();
    assert!(calls <= 4, "the place, what is served, and one list: {listed:?}");
    assert!(listed.contains(&("kubernetes:list configmaps".to_owned(), 1)), "{listed:?}");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_what_is_written() {
    let Some(desk) = Desk::new("secrets").await else { return };
    let define = |stack: &mut Stack| {
        let login = kubernetes::Secret::named("login").namespace(desk.namespace.clone());
        stack.add("login", login.value("password", Secret::env("PASSWORD")));
    };
    let planned = desk.planned(define).await;
    let told = format!("{:?}", planned.plan);
    let report = desk.apply(planned.plan).await;
    let after = format!("{:?} {:?}", desk.planned(define).await.plan, report);
    for clear in ["correct-horse-battery", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"] {
        assert!(!told.contains(clear) && !after.contains(clear));
    }
    let found: Json = desk.get("v1", "secrets/login").await.unwrap();
    assert!(found["metadata"]["managedFields"].is_array());
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_plan_takes_two_calls_at_most_for_a_kind_and_a_namespace() {
    let Some(desk) = Desk::new("calls").await else { return };
    let rbac = "rbac.authorization.k8s.io/v1";
    let of = &desk;
    let bound = |name: &str| {
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name});
        json!({"roleRef": role, "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": of.namespace}]})
    };
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "job", "image": "job:1"}]});
    let job = json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}});
    let define = |stack: &mut Stack| {
        for number in 0..3 {
            let name = format!("calls-{number}");
            for (api, kind, is_namespaced, fields) in [
                ("v1", "ConfigMap", true, json!({"data": {"a": "1"}})),
                ("v1", "ServiceAccount", true, json!({})),
                ("v1", "Service", true, json!({"spec": {"selector": {"app": name}, "ports": [{"port": 80}]}})),
                ("v1", "LimitRange", true, json!({"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}})),
                (rbac, "Role", true, json!({"rules": []})),
                (rbac, "RoleBinding", true, bound(&name)),
                (rbac, "ClusterRole", false, json!({"rules": []})),
                ("batch/v1", "CronJob", true, json!({ "spec": job })),
                ("networking.k8s.io/v1", "NetworkPolicy", true, json!({"spec": {"podSelector": {}}})),
                ("networking.k8s.io/v1", "IngressClass", false, json!({"spec": {"controller": "example.com/a"}})),
                ("scheduling.k8s.io/v1", "PriorityClass", false, json!({"value": 1000})),
                ("storage.k8s.io/v1", "StorageClass", false, json!({"provisioner": "example.com"})),
            ] {
                let mut json = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}});
                if is_namespaced {
                    json["metadata"]["namespace"] = of.namespace.as_str().into();
                }
                json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
                stack.add(format!("c-{number}"), object(json));
            }
        }
    };
    desk.converge(define).await;
    let planned = desk.planned(define).await;
    let calls: Vec<_> = planned.calls.values().flat_map(|calls| calls.0.clone()).collect();
    let lists: Vec<_> = calls.iter().filter(|(name, _)| name.contains(":list ")).collect();
    assert_eq!(lists.len(), 12, "{calls:?}");
    assert!(lists.iter().all(|(_, count)| *count <= 2), "{calls:?}");
    // Beside them, the place and what is served.
    let all: u64 = calls.iter().map(|(_, count)| count).sum();
    assert!(all <= 12 * 2 + 3, "{calls:?}");
    desk.destroy().await;
}
