//! What others do to our objects: people, tools and autoscalers.

use flashinfra::apply::StepOutcome;
use flashinfra::plans::file;
use flashinfra::plans::plan::{Note, Refusal};
use flashinfra::{Stack, kubernetes};
use kubernetes::object;
use serde_json::{Value as Json, json};

use crate::world::{Desk, told};

fn config(desk: &Desk, data: Json) -> kubernetes::Object {
    object(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": desk.namespace}, "data": data}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_drift_with_its_field_and_who_made_it() {
    let Some(desk) = Desk::new("edit").await else { return };
    let define = |stack: &mut Stack| drop(stack.add("web", config(&desk, json!({"a": "1", "b": "2"}))));
    desk.converge(define).await;
    desk.patch("kubectl-edit", "v1", "configmaps/web", json!({"data": {"a": "9", "theirs": "x"}})).await;
    let plan = desk.planned(define).await.plan;
    let drift: Vec<_> =
        plan.drift[0].attributes.iter().map(|change| (change.path.as_str(), change.note.clone())).collect();
    assert_eq!(drift, [("data.a", Some(Note::WrittenBy("kubectl-edit".into())))]);
    // The plan shows it, so the apply takes the field back, and leaves alone what was never ours.
    drop(desk.apply(plan).await);
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"], json!({"a": "1", "b": "2", "theirs": "x"}));
    assert_eq!(desk.changes(define).await, [""; 0]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_manager_is_refused_by_name_and_taken_when_it_is_named() {
    let Some(desk) = Desk::new("conflict").await else { return };
    desk.converge(|stack| drop(stack.add("web", config(&desk, json!({"a": "1"}))))).await;
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"b": "theirs"}});
    desk.applied_by("helm", "v1", "configmaps/web", theirs).await;
    let ours = || config(&desk, json!({"a": "1", "b": "ours"}));
    let refused = desk.planned(|stack| drop(stack.add("web", ours()))).await.plan.refusals;
    let [Refusal::Contested { address, path, writer }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((address.as_str(), path.as_str(), writer.as_str()), ("kubernetes.config_map/web", "data.b", "helm"));
    desk.converge(|stack| drop(stack.add("web", ours().force(["data.b"])))).await;
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"]["b"], "ours");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_of_another_manager_is_refused_by_name_and_taken_when_it_is_named() {
    let Some(desk) = Desk::new("labels").await else { return };
    let labelled = |labels: Json, annotations: Json| {
        let metadata =
            json!({"name": "web", "namespace": desk.namespace, "labels": labels, "annotations": annotations});
        object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
    };
    desk.converge(|stack| drop(stack.add("web", labelled(json!({"app": "web"}), json!({}))))).await;
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "web", "labels": {"app.kubernetes.io/name": "theirs"}, "annotations": {"team": "theirs"}}});
    desk.applied_by("helm", "v1", "configmaps/web", theirs).await;
    let labels = json!({"app": "web", "app.kubernetes.io/name": "web"});
    let ours = || labelled(labels.clone(), json!({"team": "shop"}));
    let refused = desk.planned(|stack| drop(stack.add("web", ours()))).await.plan.refusals;
    let told: Vec<_> = refused.iter().map(contested).collect();
    assert_eq!(told, [("annotations.team", "helm"), ("labels.app.kubernetes.io/name", "helm")]);
    // Each is a field of its own.
    let one = || ours().force(["annotations.team"]);
    let refused = desk.planned(|stack| drop(stack.add("web", one()))).await.plan.refusals;
    assert_eq!(refused.iter().map(contested).collect::<Vec<_>>(), [("labels.app.kubernetes.io/name", "helm")]);
    let both = || ours().force(["annotations.team", "labels.app.kubernetes.io/name"]);
    desk.converge(|stack| drop(stack.add("web", both()))).await;
    let metadata = desk.get("v1", "configmaps/web").await.unwrap()["metadata"].clone();
    assert_eq!(metadata["labels"]["app.kubernetes.io/name"], "web");
    assert_eq!(metadata["annotations"]["team"], "shop");
    // What is ours and somebody changes is drift with who did it, and taken back.
    desk.patch("kubectl-label", "v1", "configmaps/web", json!({"metadata": {"labels": {"app": "x"}}})).await;
    let plan = desk.planned(|stack| drop(stack.add("web", both()))).await.plan;
    let [change] = &plan.drift[0].attributes[..] else { panic!("{:?}", plan.drift) };
    assert_eq!(
        (change.path.as_str(), change.note.clone()),
        ("labels.app", Some(Note::WrittenBy("kubectl-label".into())))
    );
    drop(desk.apply(plan).await);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_secret_that_another_manager_has_is_refused_by_name() {
    let Some(desk) = Desk::new("secret-keys").await else { return };
    let secret = |keys: &[&'static str]| {
        let secret = kubernetes::Secret::named("login").namespace(desk.namespace.clone());
        keys.iter().fold(secret, |secret, key| secret.value(*key, flashinfra::Secret::env("PASSWORD")))
    };
    desk.converge(|stack| drop(stack.add("login", secret(&["a"])))).await;
    let theirs = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": {"b": "eA=="}});
    desk.applied_by("helm", "v1", "secrets/login", theirs).await;
    let refused = desk.planned(|stack| drop(stack.add("login", secret(&["a", "b"])))).await.plan.refusals;
    assert_eq!(refused.iter().map(contested).collect::<Vec<_>>(), [("data.b", "helm")]);
    desk.converge(|stack| drop(stack.add("login", secret(&["a", "b"]).force(["data.b"])))).await;
    assert_ne!(desk.get("v1", "secrets/login").await.unwrap()["data"]["b"], "eA==");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kubectl_keeps_of_a_secret_stands_in_no_plan() {
    let Some(desk) = Desk::new("last-applied").await else { return };
    let secret = || {
        let secret = kubernetes::Secret::named("login").namespace(desk.namespace.clone());
        secret.value("a", flashinfra::Secret::env("PASSWORD"))
    };
    desk.converge(|stack| drop(stack.add("login", secret()))).await;
    // `kubectl apply` keeps all of what it applies, as it does.
    let kept = json!({"kubectl.kubernetes.io/last-applied-configuration": r#"{"data":{"a":"aHVudGVyMg=="}}"#});
    let patch = json!({"metadata": {"annotations": kept}});
    desk.patch("kubectl-client-side-apply", "v1", "secrets/login", patch).await;
    let plan = desk.planned(|stack| drop(stack.add("login", secret().annotations([("team", "shop")])))).await.plan;
    assert_eq!(told(&plan), ["update kubernetes.secret/login", "  annotations.team"]);
    let written = file::write(&plan);
    assert!(!String::from_utf8_lossy(&written).contains("aHVudGVyMg"), "it stands in the plan");
    drop(desk.apply(plan).await);
    desk.destroy().await;
}

fn contested(refusal: &Refusal) -> (&str, &str) {
    let Refusal::Contested { address: _, path, writer } = refusal else { panic!("{refusal:?}") };
    (path, writer)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_field_after_the_plan_stops_its_step() {
    let Some(desk) = Desk::new("stale").await else { return };
    let define = |value: &'static str| {
        let desk = &desk;
        move |stack: &mut Stack| drop(stack.add("web", config(desk, json!({"a": value}))))
    };
    desk.converge(define("1")).await;
    let plan = desk.planned(define("2")).await.plan;
    desk.patch("kubectl-edit", "v1", "configmaps/web", json!({"data": {"a": "9"}})).await;
    let report = desk.report(plan).await;
    assert_eq!(report.exit, flashinfra::error::Exit::Stale, "{:#?}", report.steps);
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"]["a"], "9");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_shows_of_an_entry_whose_protocol_nobody_declares_is_taken_back() {
    let Some(desk) = Desk::new("protocols").await else { return };
    let define = |stack: &mut Stack| {
        let ports = json!([{"port": 53, "name": "dns"}, {"port": 53, "protocol": "UDP", "name": "dns-udp"}]);
        stack.add(
            "dns",
            object(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": "dns", "namespace": desk.namespace},
                "spec": {"selector": {"app": "dns"}, "ports": ports},
            })),
        );
    };
    desk.converge(define).await;
    let edited =
        json!([{"port": 53, "protocol": "TCP", "name": "edited"}, {"port": 53, "protocol": "UDP", "name": "dns-udp"}]);
    desk.patch("kubectl-edit", "v1", "services/dns", json!({"spec": {"ports": edited}})).await;
    let changes = ["update kubernetes.service/dns", "  spec.ports[port=53,protocol=TCP].name"];
    assert_eq!(desk.converge(define).await, changes);
    // A plan that is not what is live any more says what is another, and nothing else.
    desk.patch("kubectl-edit", "v1", "services/dns", json!({"spec": {"ports": edited}})).await;
    let plan = desk.planned(define).await.plan;
    let again =
        json!([{"port": 53, "protocol": "TCP", "name": "again"}, {"port": 53, "protocol": "UDP", "name": "dns-udp"}]);
    desk.patch("kubectl-edit", "v1", "services/dns", json!({"spec": {"ports": again}})).await;
    let report = desk.report(plan).await;
    let [step] = &report.steps[..] else { panic!("{:#?}", report.steps) };
    let StepOutcome::Stale(stale) = &step.outcome else { panic!("{:#?}", step.outcome) };
    let paths: Vec<_> = stale.attributes.iter().map(|attribute| attribute.path.as_str()).collect();
    assert_eq!(paths, ["spec.ports[port=53,protocol=TCP].name"]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_are_left_to_an_autoscaler() {
    let Some(desk) = Desk::new("scaled").await else { return };
    let define = |stack: &mut Stack| {
        stack.add("web", object(json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "namespace": desk.namespace},
            "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}},
                     "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
        })));
    };
    let plan = desk.planned(define).await.plan;
    let seen = async {
        loop {
            if let Some(found) = desk.get("apps/v1", "replicasets/web").await {
                let status = json!({"observedGeneration": found["metadata"]["generation"], "replicas": 0});
                desk.status("apps/v1", "replicasets/web", status).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        _ = desk.apply(plan) => {}
        () = seen => {}
    }
    desk.patch("kube-controller-manager", "apps/v1", "replicasets/web", json!({"spec": {"replicas": 7}})).await;
    // Whoever that was: nobody scales it, as far as the cluster says.
    assert_eq!(desk.changes(define).await, ["update kubernetes.replica_set/web", "  spec.replicas"]);
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web"}, "minReplicas": 1, "maxReplicas": 9},
    });
    desk.applied_by("somebody", "autoscaling/v2", "horizontalpodautoscalers/web", autoscaler).await;
    assert_eq!(desk.changes(define).await, [""; 0]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_made_under_the_name_is_a_conflict() {
    let Some(desk) = Desk::new("taken").await else { return };
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": "theirs"}});
    desk.applied_by("kubectl", "v1", "configmaps/web", theirs).await;
    let refused = desk.planned(|stack| drop(stack.add("web", config(&desk, json!({"a": "1"}))))).await.plan.refusals;
    assert!(matches!(&refused[..], [Refusal::Conflict { .. }]), "{refused:?}");
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"]["a"], "theirs");
}
