//! What a plan says because the server was asked: what it would refuse, what takes a new object, what would be lost.

use flashinfra::plans::plan::{Action, Change, Finding, Options, Plan, Reason, Refusal};
use flashinfra::{Secret, Stack, kubernetes};
use http::Method;
use kubernetes::object;
use serde_json::{Value as Json, json};

use crate::world::{Desk, told};

fn config(desk: &Desk, more: Json) -> kubernetes::Object {
    let mut config =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": desk.namespace}});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object(config)
}

fn change<'p>(plan: &'p Plan, kind: &str) -> &'p Change {
    plan.changes.iter().find(|change| change.address.kind() == kind).unwrap()
}

fn careful(plan: &Plan) -> Vec<&str> {
    plan.findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Careful { what, .. } => Some(what.as_str()),
            Finding::ByHand { .. } | Finding::Untried { .. } => None,
        })
        .collect()
}

fn rejected(plan: &Plan) -> Vec<&str> {
    plan.refusals
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Rejected(_, why) => Some(why.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_would_refuse_is_named_before_anything_is_sent() {
    let Some(desk) = Desk::new("refused").await else { return };
    let planned = desk.planned(|stack| drop(stack.add("web", config(&desk, json!({"dada": {"a": "1"}}))))).await;
    let why = rejected(&planned.plan);
    assert!(matches!(&why[..], [why] if why.contains("dada") && why.contains("correct the field")), "{why:?}");
    assert_eq!(desk.get("v1", "configmaps/web").await, None, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_differs_is_tried_and_no_secret_is_sent() {
    let Some(desk) = Desk::new("tried").await else { return };
    let define = |level: &'static str, version: u32| {
        let desk = &desk;
        move |stack: &mut Stack| {
            stack.add("web", config(desk, json!({"data": {"LEVEL": level}})));
            let login = kubernetes::Secret::named("login").namespace(desk.namespace.clone());
            stack.add("login", login.value("password", Secret::env("PASSWORD").version(version)));
        }
    };
    let tries = async |level, version| {
        let calls = desk.planned(define(level, version)).await.calls;
        let tried = calls.values().flat_map(|calls| calls.0.iter()).filter(|(name, _)| name.contains(":try "));
        tried.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>()
    };
    assert_eq!(tries("a", 1).await, ["kubernetes:try configmaps 1", "kubernetes:try secrets 1"]);
    desk.converge(define("a", 1)).await;
    assert_eq!(tries("a", 1).await, [""; 0]);
    assert_eq!(tries("b", 1).await, ["kubernetes:try configmaps 1"]);
    assert_eq!(tries("a", 2).await, ["kubernetes:try secrets 1"]);
    let secret = desk.get("v1", "secrets/login").await.unwrap();
    assert_eq!(secret["data"]["password"], "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "what was only tried is not kept");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declared_immutable_is_replaced() {
    let Some(desk) = Desk::new("sealed").await else { return };
    let of = &desk;
    let define = |value: &'static str| {
        move |stack: &mut Stack| drop(stack.add("web", config(of, json!({"data": {"a": value}, "immutable": true}))))
    };
    desk.converge(define("1")).await;
    let plan = desk.planned(define("2")).await.plan;
    let replaced = change(&plan, "kubernetes.config_map");
    assert_eq!(replaced.action, Action::Replace, "{:?}", told(&plan));
    assert_eq!(replaced.reasons, [Reason::Fixed("data.a".into(), "it is declared immutable".into())]);
    desk.converge(define("2")).await;
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"], json!({"a": "2"}));
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_grows_in_place_and_shrinks_by_a_replacement_that_is_guarded() {
    let Some(desk) = Desk::new("claims").await else { return };
    let of = &desk;
    let define = |size: &'static str| {
        move |stack: &mut Stack| {
            stack.add("data", object(json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": of.namespace},
                "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": {"requests": {"storage": size}}},
            })));
        }
    };
    let bound = async {
        loop {
            if of.get("v1", "persistentvolumeclaims/data").await.is_some() {
                let status = json!({"phase": "Bound", "capacity": {"storage": "2Gi"}});
                of.status("v1", "persistentvolumeclaims/data", status).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        _ = desk.converge(define("2Gi")) => {}
        () = bound => unreachable!("a controller goes on for ever"),
    }
    let plan = desk.planned(define("3Gi")).await.plan;
    assert_eq!(change(&plan, "kubernetes.persistent_volume_claim").action, Action::Update);
    let plan = desk.planned(define("1Gi")).await.plan;
    let shrunk = change(&plan, "kubernetes.persistent_volume_claim");
    let fixed = Reason::Fixed("spec.resources.requests.storage".into(), "a volume does not shrink".into());
    assert_eq!((shrunk.action, &shrunk.reasons[..]), (Action::Replace, &[fixed][..]));
    assert!(plan.refusals.iter().any(|refusal| matches!(refusal, Refusal::Protected(..))), "{:?}", plan.refusals);
    assert_eq!(careful(&plan), ["its volume goes with it, unless its class retains volumes"]);
}

/// A definition of widgets of a group, with the properties of their spec by version, that nothing protects.
fn widgets(group: &str, versions: &[(&str, Json)]) -> kubernetes::Object {
    object(definition(group, versions)).lifecycle(flashinfra::Lifecycle::new().protect(false))
}

fn definition(group: &str, versions: &[(&str, Json)]) -> Json {
    let count = versions.len();
    let version = |(place, (name, properties)): (usize, &(&str, Json))| {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}});
        json!({"name": name, "served": true, "storage": place + 1 == count, "schema": {"openAPIV3Schema": schema}})
    };
    let versions: Vec<_> = versions.iter().enumerate().map(version).collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
                 "versions": versions},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_definition_is_compared_with_the_one_before() {
    let Some(desk) = Desk::new("upgraded").await else { return };
    let group = "upgraded.flashinfra.example";
    let size = json!({"size": {"type": "integer"}});
    desk.converge(|stack| drop(stack.add("widgets", widgets(group, &[("v1", size.clone())])))).await;
    let narrowed = json!({"size": {"type": "integer", "maximum": 3}});
    let plan = desk.planned(|stack| drop(stack.add("widgets", widgets(group, &[("v1", narrowed)])))).await.plan;
    assert_eq!(careful(&plan), ["v1: spec.size has the maximum 3"]);
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    // Objects are stored as v1.
    let plan = desk.planned(|stack| drop(stack.add("widgets", widgets(group, &[("v2", size)])))).await.plan;
    let why = rejected(&plan);
    assert!(matches!(&why[..], [why] if why.contains("stored as v1")), "{why:?}");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_stays_while_there_are_objects_of_it() {
    let Some(desk) = Desk::new("kept").await else { return };
    let group = "kept.flashinfra.example";
    let of = &desk;
    let api = format!("{group}/v1");
    let widget = |name: &str| json!({"apiVersion": api, "kind": "Widget", "metadata": {"name": name, "namespace": of.namespace}});
    let size = || json!({"size": {"type": "integer"}});
    desk.converge(|stack| {
        stack.add("widgets", widgets(group, &[("v1", size())]));
        stack.add("ours", object(widget("ours")));
    })
    .await;
    let path = desk.path(&api, "widgets");
    desk.send(Method::POST, &path, "application/json", &widget("theirs")).await.unwrap();
    let plan = desk.planned(|_| {}).await.plan;
    let why = rejected(&plan);
    assert!(matches!(&why[..], [why] if why.contains(&format!("{}/theirs", of.namespace))), "{why:?}");
    assert!(!why[0].contains("/ours"), "{why:?}");
    desk.send(Method::DELETE, &format!("{path}/theirs"), "application/json", &Json::Null).await.unwrap();
    // What the plan itself deletes goes first.
    desk.destroy().await;
    assert_eq!(desk.get(&api, "widgets/ours").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_resource_is_declared_where_its_kind_is() {
    let Some(desk) = Desk::new("misplaced").await else { return };
    let (of, group) = (&desk, "misplaced.flashinfra.example");
    let define = |metadata: Option<Json>| {
        move |stack: &mut Stack| {
            stack.add("widgets", widgets(group, &[("v1", json!({"size": {"type": "integer"}}))]));
            if let Some(metadata) = metadata {
                stack.add(
                    "a",
                    object(json!({"apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": metadata})),
                );
            }
        }
    };
    drop(desk.apply(desk.planned(define(None)).await.plan).await);
    // kubectl would put it into a namespace of its own choice.
    let plan = desk.planned(define(Some(json!({"name": "a"})))).await.plan;
    assert_eq!(rejected(&plan), ["a Widget is in a namespace: it needs `metadata.namespace`"]);
    let plan = desk.planned(define(Some(json!({"name": "a", "namespace": of.namespace})))).await.plan;
    assert_eq!(rejected(&plan), [""; 0]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_definition_takes_its_objects_along_and_those_of_others_by_name_only() {
    let Some(desk) = Desk::new("rescoped").await else { return };
    let (of, group) = (&desk, "rescoped.flashinfra.example");
    let api = format!("{group}/v1");
    let widget = |name: &str, is_namespaced: bool| {
        let mut widget = json!({"apiVersion": api, "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 1}});
        if is_namespaced {
            widget["metadata"]["namespace"] = of.namespace.as_str().into();
        }
        widget
    };
    let define = |is_namespaced: bool| {
        move |stack: &mut Stack| {
            let mut definition = definition(group, &[("v1", json!({"size": {"type": "integer"}}))]);
            definition["spec"]["scope"] = if is_namespaced { "Namespaced".into() } else { "Cluster".into() };
            stack.add("widgets", object(definition));
            stack.add("ours", object(widget("ours", is_namespaced)));
        }
    };
    desk.converge(define(true)).await;
    let path = desk.path(&api, "widgets");
    desk.send(Method::POST, &path, "application/json", &widget("theirs", true)).await.unwrap();

    let plan = desk.planned(define(false)).await.plan;
    let definition = change(&plan, "kubernetes.custom_resource_definition");
    assert_eq!(definition.action, Action::Replace, "{:?}", told(&plan));
    let stored = "its objects are stored under it";
    assert_eq!(definition.reasons, [Reason::Fixed("spec.scope".into(), stored.into())]);
    let ours = change(&plan, &format!("kubernetes.widget.{group}"));
    assert_eq!(ours.action, Action::Replace);
    assert!(ours.reasons.contains(&Reason::DependencyReplaced(definition.address.clone())), "{:?}", ours.reasons);
    let protected = Refusal::Protected(definition.address.clone(), Action::Replace);
    assert_eq!(plan.refusals, [protected]);
    let others = format!(
        "with it go all objects of the kind Widget that there are, which this plan does not delete: {}/theirs",
        of.namespace
    );
    assert_eq!(careful(&plan), [others]);

    let allowed = Options { allow_destroy: vec![definition.address.clone()], ..Options::default() };
    let plan = desk.planned_with(&allowed, define(false)).await.plan;
    drop(desk.apply(plan).await);
    assert_eq!(desk.changes(define(false)).await, [""; 0], "the next plan is empty");
    let list = desk.send(Method::GET, &format!("/apis/{api}/widgets"), "application/json", &Json::Null).await.unwrap();
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|widget| &widget["metadata"]["name"]).collect();
    assert_eq!(names, ["ours"]);

    // And back, from the cluster into the namespace, with nobody else's objects: the definition is protected all the same.
    let plan = desk.planned(define(true)).await.plan;
    assert_eq!((plan.refusals.len(), careful(&plan)), (1, Vec::new()));
    let plan = desk.planned_with(&allowed, define(true)).await.plan;
    drop(desk.apply(plan).await);
    assert_eq!(desk.changes(define(true)).await, [""; 0], "the next plan is empty");
    assert!(desk.get(&api, "widgets/ours").await.is_some());
    let all = Options { allow_destroy: allowed.allow_destroy, ..Options::default() };
    desk.destroy_with(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_try_or_read_secrets_plans_all_the_same() {
    let Some(desk) = Desk::new("viewed").await else { return };
    let of = &desk;
    let define = |level: &'static str| {
        move |stack: &mut Stack| {
            stack.add("web", config(of, json!({"data": {"LEVEL": level}})));
            let login = kubernetes::Secret::named("login").namespace(of.namespace.clone());
            stack.add("login", login.value("password", Secret::env("PASSWORD")));
        }
    };
    desk.converge(define("a")).await;
    let Some(viewer) = desk.viewer("who_may_not_try_or_read_secrets_plans_all_the_same", &["configmaps"]).await else {
        return;
    };
    let plan = viewer.planned(define("a")).await.plan;
    assert!(plan.refusals.is_empty() && plan.partial.is_empty(), "{:?}", plan.refusals);
    assert_eq!(plan.changes, []);
    let unread: Vec<_> = plan.not_verified.iter().map(|of| of.address.as_str()).collect();
    assert_eq!(unread, ["kubernetes.secret/login"]);
    let plan = viewer.planned(define("b")).await.plan;
    assert_eq!(told(&plan), ["update kubernetes.config_map/web", "  data.LEVEL"]);
    let [Finding::Untried { reason, addresses }] = &plan.findings[..] else { panic!("{:?}", plan.findings) };
    assert!(reason.contains("viewer may not patch configmaps in the namespace"), "{reason}");
    assert_eq!(addresses.len(), 1);
    desk.destroy().await;
}
