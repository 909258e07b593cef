//! Following: the containers that there are, and those that come with a rollout, a restart or a run of a job, until nothing more can come.
//!
//! Their lines come in a stream for each. The server says when one of the pods changes, and then they are listed, not oftener than
//! once in a pause; where it may not be asked to say so, they are listed at each pause. What lives shorter than that takes its log along,
//! whoever looks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::{Class, Error, LogEntry, LogSink, Logs};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::core::subresource::LogParams;
use serde_json::Value as Json;
use tokio::time::sleep;

use super::progress::Progress;
use super::{Broken, PODS_MAX, Runner, params};
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
#[derive(Clone, Debug)]
enum Standing {
    Followed,
    /// Its stream ended, or broke off. Whether it did as well, its pod says.
    Stopped {
        progress: Progress,
        broke_off: bool,
    },
    Ended,
}

/// What is to be followed from now on.
struct Begun {
    life: Life,
    from: Name,
    lines: LogParams,
    progress: Progress,
}

/// Follows all that there is, and all that comes.
pub(super) async fn told(runner: &Runner<'_>, wanted: &Logs, sink: LogSink<'_>) -> Result<(), Error> {
    let mut followed = Followed::new(wanted, sink);
    let mut streams = FuturesUnordered::new();
    let mut may_watch = true;
    loop {
        let list = match runner.listed().await {
            Ok(list) => list,
            Err(error) if followed.is_first => return Err(error),
            Err(error) => {
                followed.not_listed(&error);
                sleep(LOOK).await;
                continue;
            }
        };
        for Begun { life, from, lines, mut progress } in followed.begun(items(&list, "items")) {
            streams.push(async move {
                let each = |line| {
                    if let Some(text) = progress.fresh(line) {
                        sink(LogEntry::Line { from: from.clone(), text });
                    }
                };
                let ended = runner.lines(&life.pod, &lines, each).await;
                (life, from, progress, ended)
            });
        }
        if streams.is_empty() && is_over(runner).await {
            return followed.result();
        }
        let (pause, changed) = (sleep(LOOK), changed(runner, text(&list, "metadata.resourceVersion")));
        tokio::pin!(pause, changed);
        // Where nobody says that something changed, each pause ends with a look: after an end, too, of which a pod says late.
        let (mut is_early, mut is_quiet) = (true, may_watch && !streams.is_empty());
        while is_early || is_quiet {
            tokio::select! {
                () = &mut pause, if is_early => is_early = false,
                can_watch = &mut changed, if is_quiet => (may_watch, is_quiet) = (can_watch, false),
                Some((life, from, progress, ended)) = streams.next() => {
                    followed.stopped(life, &from, progress, ended);
                    is_quiet = false;
                }
            }
        }
    }
}

/// Waits until one of the pods changes, as far as the server says so; and whether it may be asked to.
async fn changed(runner: &Runner<'_>, version: &str) -> bool {
    let path = format!("{}&watch=true&resourceVersion={version}", runner.path());
    match runner.adapter.api.stream("watch pods", Request::get(path).body(Body::empty())).await {
        Ok(mut body) => {
            // What changed is found by looking, also where this broke off.
            let _ = body.frame().await;
            true
        }
        Err(failure) => !(failure.is(StatusCode::FORBIDDEN) || failure.is(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// What is followed.
struct Followed<'a> {
    wanted: &'a Logs,
    sink: LogSink<'a>,
    known: BTreeMap<Life, Standing>,
    /// The first that could not be read.
    failed: Option<Error>,
    /// What cannot be read just now, and why.
    unread: BTreeMap<Life, Error>,
    is_first: bool,
    /// Whether the last look at the pods failed.
    was_unread: bool,
}

impl<'a> Followed<'a> {
    fn new(wanted: &'a Logs, sink: LogSink<'a>) -> Self {
        let (known, unread) = (BTreeMap::new(), BTreeMap::new());
        Self { wanted, sink, known, failed: None, unread, is_first: true, was_unread: false }
    }

    /// How following it all has ended.
    fn result(self) -> Result<(), Error> {
        self.failed.or(self.unread.into_values().next()).map_or(Ok(()), Err)
    }

    fn note(&self, from: &Name, text: String) {
        (self.sink)(LogEntry::Note { from: from.clone(), text });
    }

    /// The pods may be there again with the next look, so that is told once.
    fn not_listed(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.was_unread, true) {
            self.note(&Name::default(), error.to_string());
        }
    }

    /// What is to be followed from now on, of pods as they are, and which of its lines.
    fn begun(&mut self, pods: &[Json]) -> Vec<Begun> {
        self.was_unread = false;
        let lives: BTreeMap<Life, bool> = pods.iter().flat_map(lives).collect();
        self.ended(&lives);
        let mut begun = Vec::new();
        for life in lives.into_keys() {
            let from = from(&life);
            let all = LogParams { container: Some(life.container.clone()), ..LogParams::default() };
            let first = params(self.wanted, life.container.clone());
            let (lines, progress) = match self.known.get(&life) {
                Some(Standing::Followed | Standing::Ended) => continue,
                None if self.pods() >= PODS_MAX => continue,
                None if self.is_first => (first, Progress::default()),
                None if life.restarts == 0 => {
                    self.note(&from, "started".to_owned());
                    (all, Progress::default())
                }
                None => {
                    self.note(&from, format!("started again ({})", life.restarts));
                    (all, Progress::default())
                }
                Some(Standing::Stopped { progress, .. }) => {
                    let mut progress = progress.clone();
                    match progress.go_on() {
                        Some(since) => (LogParams { since_time: Some(since), ..all }, progress),
                        None => (first, progress),
                    }
                }
            };
            self.known.insert(life.clone(), Standing::Followed);
            let lines = LogParams { follow: true, timestamps: true, ..lines };
            begun.push(Begun { life, from, lines, progress });
        }
        self.is_first = false;
        begun
    }

    /// Tells of what has ended: its stream has, and its pod says so as well, or is gone. What broke off is read to its end.
    fn ended(&mut self, lives: &BTreeMap<Life, bool>) {
        let is_over = |life: &Life, standing: &Standing| match (standing, lives.get(life)) {
            (Standing::Stopped { .. }, None) => true,
            (Standing::Stopped { broke_off, .. }, Some(runs)) => !broke_off && !runs,
            (Standing::Followed | Standing::Ended, _) => false,
        };
        let over: Vec<Life> = self
            .known
            .iter()
            .filter(|(life, standing)| is_over(life, standing))
            .map(|(life, _)| life.clone())
            .collect();
        for life in over {
            self.note(&from(&life), "ended".to_owned());
            self.known.insert(life, Standing::Ended);
        }
    }

    fn stopped(&mut self, life: Life, from: &Name, progress: Progress, ended: Result<(), Broken>) {
        let standing = match ended {
            Ok(()) => Standing::Stopped { progress, broke_off: false },
            Err(Broken { error, was_read: true }) => {
                self.note(from, error.to_string());
                Standing::Stopped { progress, broke_off: true }
            }
            Err(Broken { error, was_read: false }) if error.class == Class::Retry => {
                let why = error.to_string();
                // As long as it cannot be read for the same reason, that is told once.
                if self.unread.insert(life.clone(), error).is_none_or(|before| before.to_string() != why) {
                    self.note(from, why);
                }
                self.known.insert(life, Standing::Stopped { progress, broke_off: true });
                return;
            }
            Err(Broken { error, was_read: false }) => {
                self.note(from, error.to_string());
                // It keeps none of the others from being followed.
                self.failed.get_or_insert(error);
                Standing::Ended
            }
        };
        self.unread.remove(&life);
        self.known.insert(life, standing);
    }

    /// How many pods are followed just now.
    fn pods(&self) -> usize {
        let followed = self.known.iter().filter(|(_, standing)| matches!(standing, Standing::Followed));
        followed.map(|(life, _)| &life.uid).collect::<BTreeSet<_>>().len()
    }
}

/// How a container is called.
fn from(life: &Life) -> Name {
    Name::from(format!("{}/{}", life.pod, life.container))
}

/// The lives of a pod's containers that have begun, and whether each goes on: one that never started has nothing to tell yet.
fn lives(pod: &Json) -> Vec<(Life, bool)> {
    let statuses = items(pod, "status.containerStatuses");
    let life = |container: &Json| {
        let name = text(container, "name");
        let status = statuses.iter().find(|status| text(status, "name") == name);
        let restarts = status.and_then(|status| number(status, "restartCount")).unwrap_or_default();
        let is_in = |state: &str| status.is_some_and(|status| at(status, state).is_some());
        let is_waiting = status.is_none() || is_in("state.waiting");
        let life = Life {
            pod: text(pod, "metadata.name").to_owned(),
            uid: text(pod, "metadata.uid").to_owned(),
            container: name.to_owned(),
            restarts,
        };
        (restarts > 0 || !is_waiting).then(|| (life, is_in("state.running")))
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
            let told = |(life, runs): &(Life, bool)| {
                format!("{}:{}{}", life.container, life.restarts, if *runs { "" } else { " over" })
            };
            lives(&pod(statuses)).iter().map(told).collect()
        };
        assert_eq!(told(json!([])), [""; 0], "nothing has started");
        assert_eq!(told(json!([status("app", 0, "running"), status("side", 0, "waiting")])), ["app:0"]);
        assert_eq!(
            told(json!([status("app", 0, "terminated"), status("side", 0, "running")])),
            ["app:0 over", "side:0"]
        );
        // It waits to be started once more: what it wrote before can be read.
        assert_eq!(told(json!([status("app", 3, "waiting")])), ["app:3 over"]);
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
