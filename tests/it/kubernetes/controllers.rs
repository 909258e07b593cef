//! What controllers would say, where there are none: of Deployments and of Jobs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::Desk;

/// How often a controller looks.
const LOOK: Duration = Duration::from_millis(50);
const NOW: &str = "2026-11-27T12:00:00Z";

/// Runs something while a controller is at work: `controls` is done again and again.
pub(super) fn beside<R>(controls: impl Fn() + Send + Sync, run: impl FnOnce() -> R) -> R {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                controls();
                std::thread::sleep(LOOK);
            }
        });
        let result = run();
        stop.store(true, Ordering::Relaxed);
        result
    })
}

/// Says this of the Deployment `web`, if its generation was not seen yet.
pub(super) fn roll_out(desk: &Desk, says: impl Fn(&Value) -> Value) {
    if let Some(found) = find(desk, "deployment", "web")
        && found["status"]["observedGeneration"] != found["metadata"]["generation"]
    {
        say(desk, "deployment", "web", &says(&found));
    }
}

/// What is said of a Deployment that rolls out.
pub(super) fn well(deployment: &Value) -> Value {
    let replicas = &deployment["spec"]["replicas"];
    json!({
        "observedGeneration": deployment["metadata"]["generation"], "replicas": replicas, "updatedReplicas": replicas,
        "readyReplicas": replicas, "availableReplicas": replicas,
        "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
    })
}

/// What is said of one that does not.
pub(super) fn late(deployment: &Value) -> Value {
    let why = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "web:2 cannot be pulled"});
    json!({"observedGeneration": deployment["metadata"]["generation"], "replicas": 3, "updatedReplicas": 1, "conditions": [why]})
}

/// Ends a Job that has not ended: well, or with a pod that exited with 3.
pub(super) fn end_job(desk: &Desk, name: &str, ends_well: bool) {
    let Some(job) = find(desk, "job", name).filter(|job| !job["status"]["conditions"].is_array()) else { return };
    if !ends_well {
        pod_that_failed(desk, name, &job);
    }
    let condition = |kind: &str, message: &str| {
        json!({"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": message,
            "lastProbeTime": NOW, "lastTransitionTime": NOW})
    };
    let status = match ends_well {
        true => json!({"succeeded": 1, "startTime": NOW, "completionTime": NOW,
            "conditions": [condition("SuccessCriteriaMet", ""), condition("Complete", "")]}),
        false => json!({"failed": 1, "startTime": NOW,
            "conditions": [condition("FailureTarget", "it failed"), condition("Failed", "Job has reached the specified backoff limit")]}),
    };
    say(desk, "job", name, &status);
}

fn pod_that_failed(desk: &Desk, name: &str, job: &Value) {
    let template = &job["spec"]["template"];
    let metadata = json!({"name": format!("{name}-1"), "labels": template["metadata"]["labels"]});
    let mut spec = template["spec"].clone();
    spec["restartPolicy"] = "Never".into();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    desk.shell.write("pod.json", &pod.to_string());
    drop(desk.program("kubectl").args(["-n", &desk.namespace, "apply", "-f", "pod.json"]).output());
    let ended = json!({"terminated": {"exitCode": 3, "reason": "Error"}});
    let container =
        json!({"name": name, "image": "curl:1", "imageID": "", "ready": false, "restartCount": 0, "state": ended});
    say(desk, "pod", &format!("{name}-1"), &json!({"phase": "Failed", "containerStatuses": [container]}));
}

fn find(desk: &Desk, kind: &str, name: &str) -> Option<Value> {
    let output =
        desk.program("kubectl").args(["-n", &desk.namespace, "get", kind, name, "-o", "json"]).output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

/// It may have been replaced by now.
fn say(desk: &Desk, kind: &str, name: &str, status: &Value) {
    let patch = json!({ "status": status }).to_string();
    let arguments = ["-n", &desk.namespace, "patch", kind, name, "--subresource=status", "--type=merge", "-p", &patch];
    drop(desk.program("kubectl").args(arguments).output());
}
