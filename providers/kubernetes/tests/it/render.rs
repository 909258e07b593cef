//! What is rendered, and applied by kubectl, is what an apply of ours makes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use flashinfra::providers::{Body, Manifest};
use flashinfra::render::{RenderError, render};
use flashinfra::{Stack, load};
use flashinfra_test_support::client;
use serde_json::Value as Json;

use crate::release::{WEB, rolling_out};
use crate::world::Desk;

const OBJECTS: [(&str, &str); 3] = [("v1", "configmaps/web"), ("apps/v1", "deployments/web"), ("v1", "services/web")];

/// An object without what the server writes, and without our mark.
fn bare(mut object: Json) -> Json {
    object.as_object_mut().unwrap().remove("status");
    let metadata = object["metadata"].as_object_mut().unwrap();
    for key in ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"] {
        metadata.remove(key);
    }
    for key in ["labels", "annotations"] {
        let Some(entries) = metadata.get_mut(key).and_then(Json::as_object_mut) else { continue };
        entries.retain(|name, _| !name.starts_with("flashinfra/"));
        if entries.is_empty() {
            metadata.remove(key);
        }
    }
    // An address out of the server's own range, another one each time.
    for key in ["clusterIP", "clusterIPs"] {
        object["spec"].as_object_mut().map(|spec| spec.remove(key));
    }
    object
}

async fn live(desk: &Desk) -> Vec<Json> {
    let mut found = Vec::new();
    for (api, object) in OBJECTS {
        found.push(bare(desk.get(api, object).await.unwrap_or_else(|| panic!("{object} is there"))));
    }
    found
}

async fn rendered(desk: &Desk, define: impl Fn(&mut Stack)) -> Vec<Manifest> {
    let mut stack = desk.stack();
    define(&mut stack);
    let compiled = load::compiled(stack.compile().unwrap().as_bytes(), &desk.session.registry).unwrap();
    render(&desk.session, &compiled, None).await.unwrap().manifests
}

fn text(manifests: &[Manifest]) -> String {
    let document = |manifest: &Manifest| match &manifest.body {
        Body::Text(text) => format!("---\n{text}"),
        Body::LeftOut(why) => format!("---\n# {why}\n"),
    };
    manifests.iter().map(document).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_makes_of_what_is_rendered_what_an_apply_makes() {
    let Some(desk) = Desk::new("render").await else { return };
    let Some(kubectl) = client("kubectl", "render") else { return };
    let define = |stack: &mut Stack| WEB.define(&desk, stack);
    let plan = desk.planned(define).await.plan;
    tokio::select! {
        _ = desk.apply(plan) => {}
        () = rolling_out(&desk) => {}
    }
    let ours = live(&desk).await;
    let manifests = rendered(&desk, define).await;
    let titles: Vec<_> = manifests.iter().map(|manifest| manifest.title.as_str().split(' ').next().unwrap()).collect();
    assert_eq!(titles, ["ConfigMap", "Secret", "Service", "Deployment"]);
    let yaml = text(&manifests);
    assert_eq!(text(&rendered(&desk, define).await), yaml, "the same stack makes the same bytes");
    assert!(!yaml.contains("correct-horse-battery") && yaml.contains("# it holds the key password"), "{yaml}");
    desk.destroy().await;

    let mut run = Command::new(kubectl)
        .args(["apply", "--server-side", "-f", "-", "--kubeconfig"])
        .arg(desk.kubeconfig())
        .env("HOME", desk.kubeconfig().parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    let said = run.wait_with_output().unwrap();
    assert!(said.status.success(), "{}\n{yaml}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(live(&desk).await, ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_cluster_knows_is_named_until_it_was_applied() {
    let Some(desk) = Desk::new("render-later").await else { return };
    let define = |stack: &mut Stack| {
        let config = |name: &str, data: Json| {
            let metadata = serde_json::json!({"name": name, "namespace": desk.namespace});
            flashinfra::kubernetes::object(
                serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}),
            )
        };
        let first = stack.add("first", config("first", serde_json::json!({"a": "1"})));
        let uid = format!("of {}", flashinfra::kubernetes::token(first.uid()));
        stack.add("second", config("second", serde_json::json!({"uid": uid})));
    };
    let mut stack = desk.stack();
    define(&mut stack);
    let compiled = load::compiled(stack.compile().unwrap().as_bytes(), &desk.session.registry).unwrap();
    let refused = render(&desk.session, &compiled, None).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`data.uid` of kubernetes.config_map/second takes `uid` of kubernetes.config_map/first, which is known only once that is there"
    );
    assert!(matches!(
        render(&desk.session, &compiled, Some("other")).await.unwrap_err(),
        flashinfra::error::EngineError::Render(RenderError::NoInstance { .. })
    ));
    desk.converge(define).await;
    let uid = desk.get("v1", "configmaps/first").await.unwrap()["metadata"]["uid"].as_str().unwrap().to_owned();
    let yaml = text(&rendered(&desk, define).await);
    assert!(yaml.contains(&format!("uid: of {uid}\n")), "{yaml}");
    desk.destroy().await;
}
