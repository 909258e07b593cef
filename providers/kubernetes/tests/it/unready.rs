//! A step that gives up waiting says why, in the words of the cluster.

use flashinfra::error::Exit;
use flashinfra::kubernetes::{self, object};
use http::Method;
use serde_json::json;

use crate::world::Desk;

fn deployment(desk: &Desk, name: &str) -> kubernetes::Object {
    let labels = json!({"app": name});
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": desk.namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
    }))
}

/// Stands for the controllers and the kubelet: the pod crashes, and the Deployment runs into its deadline.
async fn crashing(desk: &Desk) {
    while desk.get("apps/v1", "deployments/web").await.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    desk.send(Method::POST, &desk.path("v1", "pods"), "application/json", &pod).await.unwrap();
    let waiting =
        json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}});
    let container = json!({"name": "web", "image": "web:1", "imageID": "", "ready": false, "restartCount": 2, "state": waiting,
        "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}});
    desk.status("v1", "pods/web-1", json!({"phase": "Running", "containerStatuses": [container]})).await;
    let late =
        json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"});
    let status = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "conditions": [late]});
    desk.status("apps/v1", "deployments/web", status).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_says_what_is_the_matter_with_its_pods() {
    let Some(desk) = Desk::new("unready").await else { return };
    let planned = desk.planned(|stack| drop(stack.add("web", deployment(&desk, "web")))).await;
    let (report, ()) = tokio::join!(desk.report(planned.plan), crashing(&desk));
    assert_eq!(report.exit, Exit::Error, "{:#?}", report.steps);
    let told = format!("{:?}", report.steps);
    for words in [
        "ProgressDeadlineExceeded: timed out",
        "pod web-1: web: CrashLoopBackOff: back-off 10s restarting failed container; exited with 3 before, 2 restarts",
        &format!("kubectl logs -n {} web-1 -c web --previous", desk.namespace),
    ] {
        assert!(told.contains(words), "{words} is in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_waits_for_what_is_optional_and_a_condition_can_be_named() {
    let Some(desk) = Desk::new("optional").await else { return };
    // There are no controllers: whoever waited would wait until the end.
    desk.converge(|stack| drop(stack.add("late", deployment(&desk, "late").optional()))).await;
    let define = |stack: &mut flashinfra::Stack| {
        stack.add("late", deployment(&desk, "late").optional());
        stack.add("named", deployment(&desk, "named").ready_when("Healthy", "True"));
    };
    let plan = desk.planned(define).await.plan;
    let healthy = async {
        while desk.get("apps/v1", "deployments/named").await.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let status = json!({"observedGeneration": 1, "conditions": [{"type": "Healthy", "status": "True"}]});
        desk.status("apps/v1", "deployments/named", status).await;
    };
    let (_, ()) = tokio::join!(desk.apply(plan), healthy);
    assert_eq!(desk.changes(define).await, [""; 0]);
    desk.destroy().await;
}
