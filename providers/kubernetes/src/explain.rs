//! Why an object is not ready: what its controller says, what is the matter with its pods, and what was told as events.
//!
//! It is asked for once, when a step gives up waiting: a read and at most two lists, of which each may fail without harm. The last lines
//! of a container are no part of it, since nobody knows what a program writes there, and this stands in reports; they are told beside it.

use flashinfra_plans::Value;
use flashinfra_providers::{LogSink, Question};
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::object::{GroupKind, items, number, text};
use crate::pods::{self, newest_first, selector};
use crate::readiness::{Readiness, pod_trouble, readiness};
use crate::{live, logs};

/// So many pods are told of: the others have the same trouble.
const PODS_MAX: usize = 2;
/// So many pods are looked at.
const PODS_READ_MAX: u32 = 50;
/// So many events are told, the last ones.
const EVENTS_MAX: usize = 2;
/// Longer than this no part is: some messages quote a whole configuration.
const PART_MAX: usize = 300;

/// Why the object of a question is as it is.
pub(crate) async fn why(adapter: &Adapter, question: &Question) -> Option<String> {
    Looked::at(adapter, question).await?.told(adapter).await
}

/// The same of one that a step waited for in vain; what its programs in trouble wrote last goes to the sink. Both are of one look.
pub(crate) async fn failure(
    adapter: &Adapter,
    question: &Question,
    last_lines: u32,
    sink: LogSink<'_>,
) -> Option<String> {
    let looked = Looked::at(adapter, question).await?;
    if let Some(namespace) = looked.id.namespace {
        logs::last_lines(adapter, namespace, &looked.pods, last_lines, sink).await;
    }
    looked.told(adapter).await
}

/// An object, with its pods as far as they may be read, the newest first. A pod is its own.
struct Looked<'q> {
    id: Id<'q>,
    object: Json,
    /// Why it is not ready, as far as it says so itself.
    why: Option<String>,
    pods: Vec<Json>,
}

impl<'q> Looked<'q> {
    async fn at(adapter: &Adapter, question: &'q Question) -> Option<Self> {
        let id = Id::parse(&question.id);
        let discovery = adapter.discovery().await.ok()?;
        let version = question.attributes.get("api_version").and_then(Value::as_text);
        let served = discovery.served(&question.kind, version)?;
        let object = adapter.api.object(served, &id).await.ok()??;
        let mut pods = match (id.namespace, selector(&object)) {
            (Some(namespace), Some(selector)) => {
                pods::selected(&adapter.api, namespace, &selector, PODS_READ_MAX).await.unwrap_or_default()
            }
            _ if GroupKind::of(&object).kind == "Pod" => vec![object.clone()],
            _ => Vec::new(),
        };
        newest_first(&mut pods);
        let why = live::ready(&object, &question.attributes).why().map(str::to_owned);
        Some(Self { id, object, why, pods })
    }

    async fn told(&self, adapter: &Adapter) -> Option<String> {
        let mut events = Vec::new();
        if let Some(namespace) = self.id.namespace {
            let path = format!("/api/v1/namespaces/{namespace}/events?limit=500&fieldSelector=type%3DWarning");
            let list = adapter.api.get("list events", &path, "application/json").await;
            events = list.map(|list| items(&list, "items").to_vec()).unwrap_or_default();
        }
        let are_others = GroupKind::of(&self.object).kind != "Pod";
        let pods: Vec<_> = self.pods.iter().filter(|_| are_others).collect();
        told(&self.object, self.why.clone(), &pods, &events)
    }
}

/// What there is to say, in one sentence.
fn told(object: &Json, why: Option<String>, pods: &[&Json], events: &[Json]) -> Option<String> {
    let mut parts: Vec<String> = why.into_iter().collect();
    let troubled = pods.iter().filter(|pod| !matches!(readiness(pod), Readiness::Ready));
    let mut involved = vec![text(object, "metadata.name")];
    let mut told = troubled.filter_map(|pod| Some((*pod, pod_trouble(pod)?)));
    for (pod, trouble) in told.by_ref().take(PODS_MAX) {
        let (namespace, name) = (text(pod, "metadata.namespace"), text(pod, "metadata.name"));
        involved.push(name);
        let logs =
            ended(pod).map(|container| format!(" (kubectl logs -n {namespace} {name} -c {container} --previous)"));
        parts.push(format!("pod {name}: {}{}", short(&trouble), logs.unwrap_or_default()));
    }
    let rest = told.count();
    if rest > 0 {
        parts.push(format!("{rest} more pods are not ready"));
    }
    let mut about: Vec<_> = events.iter().filter(|event| is_about(event, &involved)).collect();
    about.sort_by_key(|event| time(event));
    for event in about.iter().rev().take(EVENTS_MAX).rev() {
        let line = format!("{}: {}", text(event, "reason"), short(text(event, "message")));
        // A pod's trouble is often an event, too.
        if !parts.iter().any(|part| part.contains(&line) || part.contains(short(text(event, "message")))) {
            let times = number(event, "count").filter(|count| *count > 1);
            let times = times.map(|count| format!(" ({count} times)")).unwrap_or_default();
            parts.push(format!("{line}{times}"));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The container of a pod that ended before.
fn ended(pod: &Json) -> Option<&str> {
    let lists = ["status.initContainerStatuses", "status.containerStatuses"];
    let mut statuses = lists.into_iter().flat_map(|list| items(pod, list));
    statuses
        .find(|status| crate::object::at(status, "lastState.terminated").is_some())
        .map(|status| text(status, "name"))
}

fn is_about(event: &Json, involved: &[&str]) -> bool {
    text(event, "type") == "Warning" && involved.contains(&text(event, "involvedObject.name"))
}

/// When an event was last told. Events that are told once have another field than those that are counted.
fn time(event: &Json) -> &str {
    let times = ["lastTimestamp", "eventTime", "metadata.creationTimestamp"];
    times.into_iter().map(|path| text(event, path)).find(|time| !time.is_empty()).unwrap_or_default()
}

/// The beginning of a text, on one line.
fn short(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let end = line.char_indices().nth(PART_MAX).map_or(line.len(), |(end, _)| end);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::told;
    use crate::pods::newest_first;

    fn deployment() -> Json {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "generation": 2},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app.kubernetes.io/name": "web", "tier": "front"}}},
            "status": {"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 0}})
    }

    fn looping(name: &str, created: &str) -> Json {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "creationTimestamp": created},
            "status": {"phase": "Running", "containerStatuses": [{"name": "web", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}})
    }

    fn event(about: &str, time: &str, message: &str) -> Json {
        json!({"type": "Warning", "reason": "Failed", "message": message, "count": 4, "lastTimestamp": time, "involvedObject": {"name": about}})
    }

    #[test]
    fn the_newest_pods_the_last_events_and_the_way_to_the_log_are_told() {
        let mut pods = [
            looping("web-1", "2026-11-27T10:00:00Z"),
            looping("web-3", "2026-11-27T10:02:00Z"),
            looping("web-2", "2026-11-27T10:01:00Z"),
        ];
        let events = [
            event("web-3", "2026-11-27T10:03:00Z", "second\nline"),
            event("web-3", "2026-11-27T10:02:00Z", "first"),
            event("other", "2026-11-27T10:09:00Z", "of another"),
            event("web-3", "2026-11-27T10:04:00Z", "back-off 40s"),
        ];
        let expected = "0 of 3 replicas are available; \
            pod web-3: web: CrashLoopBackOff: back-off 40s; exited with 1 before, 3 restarts (kubectl logs -n shop web-3 -c web --previous); \
            pod web-2: web: CrashLoopBackOff: back-off 40s; exited with 1 before, 3 restarts (kubectl logs -n shop web-2 -c web --previous); \
            1 more pods are not ready; Failed: second (4 times)";
        newest_first(&mut pods);
        assert_eq!(
            told(&deployment(), Some("0 of 3 replicas are available".into()), &pods.each_ref(), &events).unwrap(),
            expected
        );
    }

    #[test]
    fn what_is_ready_has_nothing_to_explain() {
        let ready = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        assert_eq!(told(&ready, None, &[], &[]), None);
    }

    #[test]
    fn long_messages_are_cut() {
        let events = [event("web", "t", &"ü".repeat(1_000))];
        assert!(told(&deployment(), None, &[], &events).unwrap().chars().count() < 400);
    }
}
