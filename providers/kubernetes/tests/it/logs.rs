//! Logs, from a server that says what the test tells it: the one that the other tests have keeps none.

use std::path::Path;
use std::sync::{Arc, Mutex};

use flashinfra::plans::live::Question;
use flashinfra::plans::{ProviderInstance, map};
use flashinfra::providers::{Error, Factory, LogLine, Logs, Provider};
use flashinfra_providers_kubernetes::KubernetesFactory;
use flashinfra_test_support::{Answer, Request, Script};
use serde_json::{Value as Json, json};

/// A cluster with a Deployment of two pods, of which one has a second container that never started.
fn reply(request: &Request) -> Answer {
    let path = request.line.strip_prefix("GET ").unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let resource = |name: &str, kind: &str| json!({"resource": name, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": ["get"]});
    let group = |name: &str, version: &str, resource: Json| json!({"items": [{"metadata": {"name": name}, "versions": [{"version": version, "resources": [resource]}]}]});
    let pod = |name: &str, containers: &[&str]| {
        let containers: Vec<Json> = containers.iter().map(|name| json!({"name": name})).collect();
        json!({"metadata": {"name": name}, "spec": {"containers": containers}})
    };
    let body = match path {
        "/api" => group("", "v1", resource("configmaps", "ConfigMap")),
        "/apis" => group("apps", "v1", resource("deployments", "Deployment")),
        "/apis/apps/v1/namespaces/shop/deployments/web" => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}}}),
        "/apis/apps/v1/namespaces/shop/deployments/idle" => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "idle", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "idle"}}}}),
        "/api/v1/namespaces/shop/configmaps/web" => {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}})
        }
        "/api/v1/namespaces/shop/pods" if query.contains("app%3Dweb") => {
            json!({"items": [pod("web-1", &["app"]), pod("web-2", &["app", "late"])]})
        }
        "/api/v1/namespaces/shop/pods" => json!({"items": []}),
        "/api/v1/namespaces/shop/pods/web-2/log" if query.contains("container=late") => {
            let message = "container \"late\" in pod \"web-2\" is waiting to start: ContainerCreating";
            return Answer::new(
                400,
                json!({"kind": "Status", "reason": "BadRequest", "message": message, "code": 400}).to_string(),
            );
        }
        "/api/v1/namespaces/shop/pods/web-1/log" => return Answer::new(200, format!("one\n{query}\nwithout an end")),
        "/api/v1/namespaces/shop/pods/web-2/log" => return Answer::new(200, "two\n\n"),
        _ => return Answer::new(404, json!({"kind": "Status", "reason": "NotFound", "code": 404}).to_string()),
    };
    Answer::new(200, body.to_string())
}

async fn provider(script: &Script, folder: &Path) -> Arc<dyn Provider> {
    let path = folder.join("config");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "a", "users": [{"name": "a", "user": {}}],
        "clusters": [{"name": "a", "cluster": {"server": script.endpoint()}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    });
    std::fs::write(&path, config.to_string()).unwrap();
    let config = map! { "kubeconfig" => path.to_str().unwrap() };
    KubernetesFactory::new().open(&ProviderInstance { provider: "kubernetes".into(), config }).await.unwrap()
}

/// The lines of an object, and how that ended.
async fn told(kind: &str, id: &str, follow: bool) -> (Vec<String>, Result<(), Error>) {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::start(reply);
    let provider = provider(&script, folder.path()).await;
    let question = Question { kind: kind.into(), id: id.into(), attributes: map! {} };
    let lines = Mutex::new(Vec::new());
    let sink = |LogLine { from, text }: LogLine| lines.lock().unwrap().push(format!("{from}|{text}"));
    let ended = provider.logs(&Logs { question, follow, tail: Some(7), since_seconds: Some(60) }, &sink).await;
    (lines.into_inner().unwrap(), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_container_is_told_and_one_that_cannot_be_read_keeps_no_other_from_it() {
    let (lines, ended) = told("kubernetes.deployment", "shop/web", false).await;
    let query = "container=app&tailLines=7&sinceSeconds=60";
    let expect = ["one", query, "without an end"].map(|line| format!("web-1/app|{line}"));
    let expect: Vec<_> = expect.into_iter().chain(["two", ""].map(|line| format!("web-2/app|{line}"))).collect();
    assert_eq!(lines, expect);
    let why = ended.unwrap_err().to_string();
    assert!(why.contains("the log of late in the pod web-2") && why.contains("ContainerCreating"), "{why}");
    let (mut followed, _) = told("kubernetes.deployment", "shop/web", true).await;
    followed.sort();
    let mut expect: Vec<_> = expect.into_iter().map(|line| line.replace("app&tail", "app&follow=true&tail")).collect();
    expect.sort();
    assert_eq!(followed, expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_nothing_says_so() {
    let (lines, ended) = told("kubernetes.deployment", "shop/idle", false).await;
    assert!(lines.is_empty() && ended.unwrap_err().to_string().contains("runs no pods"));
    let (_, ended) = told("kubernetes.config_map", "shop/web", false).await;
    assert_eq!(ended.unwrap_err().to_string(), "logs is not supported by kubernetes.config_map (Unsupported)");
}
