//! Following: the containers that there are, and those that come with a rollout, a restart or a run of a job, until nothing more can come.
//!
//! The pods are listed again and again, since a watch tells no more than that and has to be begun anew all the time. What lives shorter than
//! the pause between two looks takes its log along, whoever looks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::{Class, Error, LogEntry, LogSink, Logs};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::Value as Json;
use tokio::time::{Instant, sleep};

use super::{Broken, Lines, PODS_MAX, Pods, Run, Runner};
use crate::object::{at, items, number, text};

/// The pause between two looks at the pods.
const LOOK: Duration = Duration::from_secs(1);

/// One life of a container: when it starts again, that is another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    pod: String,
    /// A pod of a StatefulSet comes again under its name.
    uid: String,
    container: String,
    restarts: i64,
}

/// How far following one has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Followed,
    /// The connection broke off while it went on.
    BrokeOff(Instant),
    Ended,
}

/// Follows all that there is, and all that comes.
pub(super) async fn told(runner: &Runner<'_>, wanted: &Logs, sink: LogSink<'_>) -> Result<(), Error> {
    let mut followed =
        Followed { wanted, sink, known: BTreeMap::new(), failed: None, is_first: true, was_unread: false };
    let mut streams = FuturesUnordered::new();
    loop {
        let pods = match runner.pods().await {
            Ok(pods) => pods,
            Err(error) if followed.is_first => return Err(error),
            Err(error) if matches!(runner.pods, Pods::Itself) && error.class == Class::NotFound => Vec::new(),
            Err(error) => {
                followed.unread(&error);
                sleep(LOOK).await;
                continue;
            }
        };
        for (life, from, lines) in followed.begun(&pods) {
            streams.push(async move {
                let ended = runner.lines(&life.pod, &life.container, lines, &from, sink).await;
                (life, from, ended)
            });
        }
        if streams.is_empty() && is_over(runner).await {
            return followed.failed.map_or(Ok(()), Err);
        }
        let pause = sleep(LOOK);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                Some((life, from, ended)) = streams.next() => followed.ended(life, &from, ended),
            }
        }
    }
}

/// What is followed.
struct Followed<'a> {
    wanted: &'a Logs,
    sink: LogSink<'a>,
    known: BTreeMap<Life, Standing>,
    /// The first that could not be read.
    failed: Option<Error>,
    is_first: bool,
    /// Whether the last look at the pods failed.
    was_unread: bool,
}

impl Followed<'_> {
    fn note(&self, from: &Name, text: String) {
        (self.sink)(LogEntry::Note { from: from.clone(), text });
    }

    /// The pods may be there again with the next look, so that is told once.
    fn unread(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.was_unread, true) {
            self.note(&Name::default(), error.to_string());
        }
    }

    /// What is to be followed from now on, of pods as they are, and which of its lines.
    fn begun(&mut self, pods: &[Json]) -> Vec<(Life, Name, Lines)> {
        self.was_unread = false;
        let all = |since_seconds| Lines { follow: true, run: Run::Present, tail: None, since_seconds };
        let Logs { tail, since_seconds, .. } = *self.wanted;
        let mut begun = Vec::new();
        for life in pods.iter().flat_map(lives) {
            let from = Name::from(format!("{}/{}", life.pod, life.container));
            let lines = match self.known.get(&life) {
                Some(Standing::Followed | Standing::Ended) => continue,
                None if self.pods() >= PODS_MAX => continue,
                None if self.is_first => Lines { follow: true, run: Run::Present, tail, since_seconds },
                None if life.restarts == 0 => {
                    self.note(&from, "started".to_owned());
                    all(None)
                }
                None => {
                    self.note(&from, format!("started again ({})", life.restarts));
                    all(None)
                }
                // A line twice is better than one that nobody saw.
                Some(Standing::BrokeOff(at)) => all(Some(at.elapsed().as_secs() + 1)),
            };
            self.known.insert(life.clone(), Standing::Followed);
            begun.push((life, from, lines));
        }
        self.is_first = false;
        begun
    }

    fn ended(&mut self, life: Life, from: &Name, ended: Result<(), Broken>) {
        let standing = match ended {
            Ok(()) => {
                self.note(from, "ended".to_owned());
                Standing::Ended
            }
            Err(Broken { error, was_read }) => {
                self.note(from, error.to_string());
                if was_read {
                    Standing::BrokeOff(Instant::now())
                } else {
                    // It keeps none of the others from being followed.
                    self.failed.get_or_insert(error);
                    Standing::Ended
                }
            }
        };
        self.known.insert(life, standing);
    }

    /// How many pods are followed just now.
    fn pods(&self) -> usize {
        let followed = self.known.iter().filter(|(_, standing)| **standing == Standing::Followed);
        followed.map(|(life, _)| &life.uid).collect::<BTreeSet<_>>().len()
    }
}

/// The lives of a pod's containers that have begun: one that never started has nothing to tell yet.
fn lives(pod: &Json) -> Vec<Life> {
    let statuses = items(pod, "status.containerStatuses");
    let life = |container: &Json| {
        let name = text(container, "name");
        let status = statuses.iter().find(|status| text(status, "name") == name);
        let restarts = status.and_then(|status| number(status, "restartCount")).unwrap_or_default();
        let is_waiting = status.is_none_or(|status| at(status, "state.waiting").is_some());
        (restarts > 0 || !is_waiting).then(|| Life {
            pod: text(pod, "metadata.name").to_owned(),
            uid: text(pod, "metadata.uid").to_owned(),
            container: name.to_owned(),
            restarts,
        })
    };
    items(pod, "spec.containers").iter().filter_map(life).collect()
}

/// Whether nothing more can come: the object is gone, or it is one that ends and has.
async fn is_over(runner: &Runner<'_>) -> bool {
    match runner.adapter.object(&runner.served, &runner.id, &runner.what).await {
        Ok(object) => has_ended(&object),
        Err(error) => error.class == Class::NotFound,
    }
}

fn has_ended(object: &Json) -> bool {
    let has_phase = matches!(text(object, "status.phase"), "Succeeded" | "Failed");
    let is_last = |condition: &Json| {
        matches!(text(condition, "type"), "Complete" | "Failed") && text(condition, "status") == "True"
    };
    has_phase || items(object, "status.conditions").iter().any(is_last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_lives_from_its_start_and_each_time_anew() {
        let pod = |statuses: Json| {
            let containers = json!([{"name": "app"}, {"name": "side"}]);
            json!({"metadata": {"name": "web-1", "uid": "u"}, "spec": {"containers": containers}, "status": {"containerStatuses": statuses}})
        };
        let status = |name: &str, restarts: i64, state: &str| json!({"name": name, "restartCount": restarts, "state": {state: {}}});
        let told = |statuses: Json| -> Vec<String> {
            lives(&pod(statuses)).iter().map(|life| format!("{}:{}", life.container, life.restarts)).collect()
        };
        assert_eq!(told(json!([])), [""; 0], "nothing has started");
        assert_eq!(told(json!([status("app", 0, "running"), status("side", 0, "waiting")])), ["app:0"]);
        assert_eq!(told(json!([status("app", 0, "terminated"), status("side", 0, "running")])), ["app:0", "side:0"]);
        // It waits to be started once more: what it wrote before can be read.
        assert_eq!(told(json!([status("app", 3, "waiting")])), ["app:3"]);
    }

    #[test]
    fn what_runs_for_ever_never_ends_and_jobs_do() {
        let conditions =
            |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status}]}});
        for (object, expect) in [
            (json!({"spec": {"replicas": 0}}), false),
            (conditions("Available", "False"), false),
            (conditions("Complete", "True"), true),
            (conditions("Failed", "True"), true),
            (conditions("Failed", "False"), false),
            (json!({"status": {"phase": "Running"}}), false),
            (json!({"status": {"phase": "Succeeded"}}), true),
        ] {
            assert_eq!(has_ended(&object), expect, "{object}");
        }
    }
}
