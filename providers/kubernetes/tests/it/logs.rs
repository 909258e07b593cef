//! Logs, from a server that says what the test tells it: the one that the other tests have keeps none.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flashinfra::plans::live::Question;
use flashinfra::plans::{ProviderInstance, map};
use flashinfra::providers::{Error, Factory, LogEntry, Logs, Provider};
use flashinfra_providers_kubernetes::KubernetesFactory;
use flashinfra_test_support::{Answer, Request, Script};
use serde_json::{Value as Json, json};

/// A pod that is as it should be.
fn fine(name: &str, created: &str) -> Json {
    json!({"metadata": {"name": format!("fine-{name}"), "creationTimestamp": created}, "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {}}}]}})
}

/// One whose program crashed and waits to be started again, beside another program that was never started.
fn looping(name: &str, created: &str) -> Json {
    json!({"metadata": {"name": format!("looping-{name}"), "creationTimestamp": created},
        "spec": {"containers": [{"name": "app"}, {"name": "late"}]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "app", "ready": false, "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}},
            {"name": "late", "ready": false, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}})
}

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
        "/apis/apps/v1/namespaces/shop/deployments/broken" => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "broken", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "broken"}}}}),
        "/apis/apps/v1/namespaces/shop/deployments/idle" => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "idle", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "idle"}}}}),
        "/api/v1/namespaces/shop/configmaps/web" => {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}})
        }
        "/api/v1/namespaces/shop/pods" if query.contains("app%3Dweb") => {
            json!({"items": [pod("web-1", &["app"]), pod("web-2", &["app", "late"])]})
        }
        "/api/v1/namespaces/shop/pods" if query.contains("app%3Dbroken") => {
            json!({"items": [fine("new", "2026-11-27T10:02:00Z"), looping("old", "2026-11-27T10:00:00Z"), looping("new", "2026-11-27T10:03:00Z")]})
        }
        "/api/v1/namespaces/shop/pods/looping-new/log" | "/api/v1/namespaces/shop/pods/looping-old/log" => {
            return Answer::new(200, format!("{query}\n"));
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
        _ => return refused(404, "NotFound"),
    };
    Answer::new(200, body.to_string())
}

fn refused(status: u16, reason: &str) -> Answer {
    Answer::new(status, json!({"kind": "Status", "reason": reason, "code": status}).to_string())
}

/// A pod of one container, and whether that still runs.
fn single(name: &str, runs: bool) -> Json {
    let state = if runs { "running" } else { "terminated" };
    let status = json!([{"name": "app", "restartCount": 0, "state": {state: {}}}]);
    json!({"metadata": {"name": name, "uid": name}, "spec": {"containers": [{"name": "app"}]}, "status": {"containerStatuses": status}})
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
    told_by(reply, kind, id, follow).await
}

async fn told_by(
    reply: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    kind: &str,
    id: &str,
    follow: bool,
) -> (Vec<String>, Result<(), Error>) {
    let question = Question { kind: kind.into(), id: id.into(), attributes: map! {} };
    wanted(reply, Logs { question, follow, tail: Some(7), since_seconds: Some(60) }).await
}

async fn wanted(
    reply: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    wanted: Logs,
) -> (Vec<String>, Result<(), Error>) {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::start(reply);
    let provider = provider(&script, folder.path()).await;
    let lines = Mutex::new(Vec::new());
    let sink = |entry: LogEntry| {
        let told = match entry {
            LogEntry::Line { from, text } => format!("{from}|{text}"),
            LogEntry::Note { from, text } => format!("({from} {text})"),
        };
        lines.lock().unwrap().push(told);
    };
    let ended = provider.logs(&wanted, &sink).await;
    (lines.into_inner().unwrap(), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_container_is_told_and_one_that_cannot_be_read_keeps_no_other_from_it() {
    let (lines, ended) = told("kubernetes.deployment", "shop/web", false).await;
    let query = "&container=app&sinceSeconds=60&tailLines=7";
    let expect = ["one", query, "without an end"].map(|line| format!("web-1/app|{line}"));
    let expect: Vec<_> = expect.into_iter().chain(["two", ""].map(|line| format!("web-2/app|{line}"))).collect();
    assert_eq!(lines, expect);
    let why = ended.unwrap_err().to_string();
    assert!(why.contains("the log of late in the pod web-2") && why.contains("ContainerCreating"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_is_in_trouble_the_run_that_failed_is_told_the_newest_pod_first() {
    let question = Question { kind: "kubernetes.deployment".into(), id: "shop/broken".into(), attributes: map! {} };
    let (folder, asked) = (tempfile::tempdir().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let script = Script::start({
        let asked = Arc::clone(&asked);
        move |request: &Request| {
            asked.lock().unwrap().push(request.line.clone());
            reply(request)
        }
    });
    let provider = provider(&script, folder.path()).await;
    let lines = Mutex::new(Vec::new());
    let sink = |entry: LogEntry| {
        let LogEntry::Line { from, text } = entry else { panic!("nothing is followed") };
        lines.lock().unwrap().push(format!("{from}|{text}"));
    };
    let why = provider.explain_failure(&question, 10, &sink).await.unwrap();
    assert!(why.contains("pod looping-new: app: ") && !why.contains("tailLines"), "{why}");
    let line = |pod: &str| format!("looping-{pod}/app|&container=app&previous=true&tailLines=10");
    assert_eq!(lines.into_inner().unwrap(), [line("new"), line("old")]);
    // The reason and the lines are of one look at the object and its pods.
    let asked = asked.lock().unwrap().clone();
    for path in ["/deployments/broken", "/pods?limit"] {
        assert_eq!(asked.iter().filter(|line| line.contains(path)).count(), 1, "{path} in {asked:#?}");
    }
}

/// The same cluster in the middle of a rollout: each look at its pods finds something else, until the Deployment is gone.
fn rollout() -> impl Fn(&Request) -> Answer {
    let looks = AtomicUsize::new(0);
    move |request: &Request| {
        let path = request.line.strip_prefix("GET ").unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pod = |name: &str, app: (i64, &str), late: &str| {
            let status = |name: &str, restarts: i64, state: &str| json!({"name": name, "restartCount": restarts, "state": {state: {}}});
            json!({
                "metadata": {"name": name, "uid": name}, "spec": {"containers": [{"name": "app"}, {"name": "late"}]},
                "status": {"containerStatuses": [status("app", app.0, app.1), status("late", 0, late)]},
            })
        };
        match path {
            // Who may not ask for changes looks again and again.
            "/api/v1/namespaces/shop/pods" if query.contains("watch=true") => refused(403, "Forbidden"),
            "/api/v1/namespaces/shop/pods" => {
                let pods = match looks.fetch_add(1, Ordering::SeqCst) {
                    // A pod that has not started yet is no failure.
                    0 => json!([pod("old", (0, "running"), "waiting"), pod("new", (0, "waiting"), "waiting")]),
                    1 => json!([pod("old", (0, "terminated"), "running"), pod("new", (0, "running"), "waiting")]),
                    // The server is away for a moment.
                    2 => return refused(403, "Forbidden"),
                    3 => json!([pod("new", (1, "running"), "running")]),
                    _ => json!([pod("new", (1, "terminated"), "terminated")]),
                };
                Answer::new(200, json!({ "items": pods }).to_string())
            }
            "/apis/apps/v1/namespaces/shop/deployments/web" if looks.load(Ordering::SeqCst) > 3 => {
                refused(404, "NotFound")
            }
            "/api/v1/namespaces/shop/pods/old/log" if query.contains("container=late") => refused(403, "Forbidden"),
            "/api/v1/namespaces/shop/pods/old/log" | "/api/v1/namespaces/shop/pods/new/log" => {
                Answer::new(200, format!("{query}\n"))
            }
            _ => reply(request),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_later_is_followed_and_what_ends_is_told() {
    let (mut lines, ended) = told_by(rollout(), "kubernetes.deployment", "shop/web", true).await;
    lines.sort();
    let why = lines.iter().find(|line| line.starts_with("(old/late the log of late")).cloned().unwrap_or_default();
    let away = lines.iter().find(|line| line.starts_with("( the pods of")).cloned().unwrap_or_default();
    assert!(!why.is_empty() && !away.is_empty(), "{lines:#?}");
    lines.retain(|line| *line != why && *line != away);
    let expect = [
        "(new/app ended)",
        "(new/app ended)",
        "(new/app started again (1))",
        "(new/app started)",
        "(new/late ended)",
        "(new/late started)",
        "(old/app ended)",
        "(old/late started)",
        // All that it wrote since it started.
        "new/app|&container=app&follow=true&timestamps=true",
        "new/app|&container=app&follow=true&timestamps=true",
        "new/late|&container=late&follow=true&timestamps=true",
        "old/app|&container=app&follow=true&sinceSeconds=60&tailLines=7&timestamps=true",
    ];
    assert_eq!(lines, expect);
    // One that could not be read kept no other from being followed, and is the result.
    assert!(ended.unwrap_err().to_string().contains("the log of late in the pod old"));
}

/// A cluster that loses its streams: one breaks off in the middle of a line, the next is not begun, and the third ends although
/// its program goes on.
fn flaky() -> impl Fn(&Request) -> Answer {
    let streams = AtomicUsize::new(0);
    let line = |seconds: &str, text: &str| format!("2026-11-27T10:00:{seconds}Z {text}\n");
    move |request: &Request| {
        let path = request.line.strip_prefix("GET ").unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        match path {
            "/api/v1/namespaces/shop/pods" if query.contains("watch=true") => refused(403, "Forbidden"),
            "/api/v1/namespaces/shop/pods" => {
                let runs = streams.load(Ordering::SeqCst) < 4;
                Answer::new(200, json!({"items": [single("web-1", runs)]}).to_string())
            }
            "/apis/apps/v1/namespaces/shop/deployments/web" if streams.load(Ordering::SeqCst) == 4 => {
                refused(404, "NotFound")
            }
            "/api/v1/namespaces/shop/pods/web-1/log" => {
                let since = query.split('&').find_map(|part| part.strip_prefix("sinceTime=")).unwrap_or("none");
                match (streams.fetch_add(1, Ordering::SeqCst), since) {
                    (0, "none") => {
                        Answer::BreaksOff(line("00.5", "one") + &line("03.1", "two") + "2026-11-27T10:00:03.2")
                    }
                    (1, "2026-11-27T10%3A00%3A02Z") => refused(503, "ServiceUnavailable"),
                    (2, "2026-11-27T10%3A00%3A02Z") => Answer::new(200, line("03.1", "two") + &line("03.2", "three")),
                    (3, "2026-11-27T10%3A00%3A02Z") => {
                        Answer::new(200, line("03.1", "two") + &line("03.2", "three") + &line("03.2", "four"))
                    }
                    (number, since) => Answer::new(200, format!("stream {number} since {since}\n")),
                }
            }
            _ => reply(request),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_is_gone_on_with_and_no_line_is_doubled_or_lost() {
    let (lines, ended) = told_by(flaky(), "kubernetes.deployment", "shop/web", true).await;
    let (notes, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.starts_with('('));
    assert_eq!(lines, ["one", "two", "three", "four"].map(|line| format!("web-1/app|{line}")));
    let [broke_off, refused, over] = &notes[..] else { panic!("{notes:#?}") };
    assert!(broke_off.contains("broke off") && refused.contains("ServiceUnavailable"), "{notes:#?}");
    assert_eq!(over, "(web-1/app ended)");
    assert!(ended.is_ok(), "{ended:?}");
}

/// A cluster in which nothing happens for a while; and the counts of the looks at its pods.
fn quiet(looks: Arc<AtomicUsize>) -> impl Fn(&Request) -> Answer {
    const WHILE: Duration = Duration::from_millis(2_500);
    move |request: &Request| {
        let path = request.line.strip_prefix("GET ").unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let is_over = looks.load(Ordering::SeqCst) > 1;
        match path {
            "/api/v1/namespaces/shop/pods" if query.contains("watch=true") => {
                assert!(query.contains("resourceVersion=17"), "{query}");
                std::thread::sleep(WHILE);
                Answer::new(200, "{\"type\":\"MODIFIED\"}\n")
            }
            "/api/v1/namespaces/shop/pods" => {
                let runs = looks.fetch_add(1, Ordering::SeqCst) == 0;
                let list = json!({"metadata": {"resourceVersion": "17"}, "items": [single("web-1", runs)]});
                Answer::new(200, list.to_string())
            }
            "/apis/apps/v1/namespaces/shop/deployments/web" if is_over => refused(404, "NotFound"),
            // It ends some time after its pod said so.
            "/api/v1/namespaces/shop/pods/web-1/log" => {
                std::thread::sleep(WHILE * 2);
                Answer::new(200, "")
            }
            _ => reply(request),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_are_looked_at_when_the_server_says_that_they_changed() {
    let looks = Arc::new(AtomicUsize::new(0));
    let (lines, ended) = told_by(quiet(looks.clone()), "kubernetes.deployment", "shop/web", true).await;
    assert_eq!(lines, ["(web-1/app ended)"]);
    assert!(ended.is_ok(), "{ended:?}");
    // At first, when the pod changed, and when its log had ended. Who looks again and again does so five times meanwhile.
    assert_eq!(looks.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_nothing_says_so() {
    let (lines, ended) = told("kubernetes.deployment", "shop/idle", false).await;
    assert!(lines.is_empty() && ended.unwrap_err().to_string().contains("runs no pods"));
    let (_, ended) = told("kubernetes.config_map", "shop/web", false).await;
    assert_eq!(ended.unwrap_err().to_string(), "logs is not supported by kubernetes.config_map (Unsupported)");
}
