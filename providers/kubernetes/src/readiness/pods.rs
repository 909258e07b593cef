//! Pods, and what is the matter with one.

use serde_json::Value;

use super::{Readiness, condition, has, said};
use crate::object::{at, items, number, text};

/// Reasons for which a container does not start, and will not start later either: only another specification helps.
const FINAL: &[&str] = &["InvalidImageName", "ErrImageNeverPull"];

/// Reasons that say only that a container is on its way.
const ON_ITS_WAY: &[&str] = &["", "ContainerCreating", "PodInitializing"];

pub(super) fn pod(object: &Value) -> Readiness {
    match text(object, "status.phase") {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::failed(pod_trouble(object).unwrap_or_else(|| "has failed".to_owned())),
        "Running" if has(condition(object, "Ready"), "True") => Readiness::Ready,
        phase => {
            let trouble = pod_trouble(object);
            if statuses(object).any(|status| FINAL.contains(&text(status, "state.waiting.reason"))) {
                return Readiness::failed(trouble.unwrap_or_default());
            }
            Readiness::waiting(trouble.unwrap_or_else(|| match phase {
                "" => "has not been seen by the scheduler yet".to_owned(),
                "Running" => "is running and not ready".to_owned(),
                other => format!("is {}", other.to_lowercase()),
            }))
        }
    }
}

/// What keeps a pod from being ready, in the words of the scheduler, the kubelet and its containers; none when nothing is the matter.
///
/// It is a line for a report of why a workload did not become ready: `web: CrashLoopBackOff: back-off 40s …; exited with 1 before,
/// 4 restarts`.
pub fn pod_trouble(object: &Value) -> Option<String> {
    let mut lines = Vec::new();
    // A pod that was evicted or could not be admitted says so itself.
    match (text(object, "status.reason"), text(object, "status.message")) {
        ("", "") => {}
        (reason, "") => lines.push(reason.to_owned()),
        ("", message) => lines.push(message.to_owned()),
        (reason, message) => lines.push(format!("{reason}: {message}")),
    }
    lines.extend(condition(object, "PodScheduled").filter(|scheduled| has(Some(scheduled), "False")).map(said));
    lines.extend(statuses(object).filter_map(container_trouble));
    lines.dedup();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// The containers of a pod that are in trouble and have written something, and whether it was their run before that failed.
pub fn troubled_containers(object: &Value) -> impl Iterator<Item = (&str, bool)> {
    let troubled = statuses(object).filter(|status| container_trouble(status).is_some());
    troubled.filter_map(|status| {
        let is = |path| at(status, path).is_some();
        let is_previous = is("lastState.terminated") && !is("state.terminated");
        let has_run = is_previous || is("state.terminated") || is("state.running");
        has_run.then(|| (text(status, "name"), is_previous))
    })
}

/// The states of all containers, those that go first, first.
fn statuses(object: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["status.initContainerStatuses", "status.containerStatuses"];
    lists.into_iter().flat_map(|list| items(object, list))
}

fn container_trouble(status: &Value) -> Option<String> {
    let name = text(status, "name");
    let waiting = text(status, "state.waiting.reason");
    if !ON_ITS_WAY.contains(&waiting) {
        let message = text(status, "state.waiting.message");
        let colon = if message.is_empty() { "" } else { ": " };
        return Some(format!("{name}: {waiting}{colon}{message}{}", before(status)));
    }
    if let Some(ended) = at(status, "state.terminated") {
        return exit(ended).map(|exit| format!("{name}: {exit}"));
    }
    let running = at(status, "state.running").is_some() && at(status, "ready") == Some(&Value::Bool(false));
    let last = at(status, "lastState.terminated").and_then(exit);
    match (running, last) {
        (true, Some(exit)) => Some(format!("{name}: runs again and is not ready; {exit} before")),
        (true, None) => Some(format!("{name}: runs and is not ready")),
        (false, _) => None,
    }
}

/// How a container ended before, and how often it was started again.
fn before(status: &Value) -> String {
    let Some(exit) = at(status, "lastState.terminated").and_then(exit) else { return String::new() };
    let restarts = number(status, "restartCount").unwrap_or_default();
    format!("; {exit} before, {restarts} restarts")
}

/// How a container ended; none when it ended as it should.
fn exit(ended: &Value) -> Option<String> {
    let code = number(ended, "exitCode").unwrap_or_default();
    match text(ended, "reason") {
        _ if code == 0 => None,
        "" | "Error" => Some(format!("exited with {code}")),
        reason => Some(format!("{reason}, exited with {code}")),
    }
}
