//! What the containers of an object's pods write, as `kubectl logs` has it.

mod follow;
mod progress;

use flashinfra_plans::{Name, Value};
use flashinfra_providers::error::chain;
use flashinfra_providers::{Class, Error, LogEntry, LogSink, Logs, Question, operate};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::core::Request;
use kube::core::subresource::LogParams;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::discovery::Served;
use crate::object::{GroupKind, items, text};
use crate::pods::selector;
use crate::readiness::troubled_containers;

/// So many pods are read from, and so many followed at once.
const PODS_MAX: usize = 50;

/// So many containers in trouble are read from: the others have the same trouble.
const TROUBLED_MAX: usize = 2;

/// Gives the lines to the sink, container after container; or all at once when they are followed, with those of pods that come later.
pub(crate) async fn told(adapter: &Adapter, wanted: &Logs, sink: LogSink<'_>) -> Result<(), Error> {
    let Question { kind, id, attributes } = &wanted.question;
    let served = adapter.served(kind, attributes.get("api_version").and_then(Value::as_text)).await?;
    let (what, id) = (format!("{kind} {id}"), Id::parse(id));
    let object = adapter.object(&served, &id, &what).await?;
    let pods = match selector(&object) {
        Some(selector) => Pods::Selected(selector),
        None if GroupKind::of(&object).kind == "Pod" => Pods::Itself,
        None => return Err(operate::unsupported(kind, "logs")),
    };
    let runner = Runner { adapter, served, id, what, pods };
    if wanted.follow {
        return follow::told(&runner, wanted, sink).await;
    }
    let pods = match runner.pods {
        Pods::Itself => vec![object],
        Pods::Selected(_) => runner.pods().await?,
    };
    let containers: Vec<_> = pods.iter().take(PODS_MAX).flat_map(containers).collect();
    if containers.is_empty() {
        return Err(Error::new(Class::NotFound, format!("{} runs no pods", runner.what)).with_code("NoPods"));
    }
    let containers = containers.into_iter().map(|(pod, container)| (pod, params(wanted, container))).collect();
    one_by_one(adapter, runner.namespace(), containers, sink).await
}

/// Gives the last lines of those containers of pods that are in trouble to the sink, of the first pods first. What cannot be read is left
/// out: there is a reason without it.
pub(crate) async fn last_lines(adapter: &Adapter, namespace: &str, pods: &[Json], lines: u32, sink: LogSink<'_>) {
    let troubled = pods.iter().flat_map(|pod| {
        let name = text(pod, "metadata.name");
        troubled_containers(pod).map(move |(container, previous)| {
            let (container, tail_lines) = (Some(container.to_owned()), Some(lines.into()));
            (name.to_owned(), LogParams { container, previous, tail_lines, ..LogParams::default() })
        })
    });
    let _ = one_by_one(adapter, namespace, troubled.take(TROUBLED_MAX).collect(), sink).await;
}

/// Gives the lines of containers to the sink, each of them with the name of its pod.
async fn one_by_one(
    adapter: &Adapter,
    namespace: &str,
    containers: Vec<(String, LogParams)>,
    sink: LogSink<'_>,
) -> Result<(), Error> {
    let are_several = containers.len() > 1;
    let mut failed = None;
    for (pod, wanted) in containers {
        let container = wanted.container.as_deref().unwrap_or_default();
        let from = if are_several { Name::from(format!("{pod}/{container}")) } else { Name::default() };
        // A container that cannot be read keeps none of the others from it.
        let told = lines(adapter, namespace, &pod, &wanted, |text| sink(LogEntry::Line { from: from.clone(), text }));
        if let Err(broken) = told.await {
            failed = failed.or(Some(broken.error));
        }
    }
    failed.map_or(Ok(()), Err)
}

/// What is asked for of a container that runs.
fn params(wanted: &Logs, container: String) -> LogParams {
    LogParams {
        container: Some(container),
        tail_lines: wanted.tail.map(i64::from),
        since_seconds: wanted.since_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
        ..LogParams::default()
    }
}

/// An object that runs something.
struct Runner<'a> {
    adapter: &'a Adapter,
    served: Served,
    id: Id<'a>,
    /// The object, for people.
    what: String,
    pods: Pods,
}

/// Which pods are an object's.
enum Pods {
    /// It is one.
    Itself,
    /// Those with these labels.
    Selected(String),
}

/// That the lines of a container ended before their end.
struct Broken {
    error: Error,
    /// Whether some could be read before that.
    was_read: bool,
}

impl Runner<'_> {
    fn namespace(&self) -> &str {
        self.id.namespace.unwrap_or_default()
    }

    /// Where its pods are listed.
    fn path(&self) -> String {
        let path = format!("/api/v1/namespaces/{}/pods", self.namespace());
        match &self.pods {
            Pods::Selected(selector) => format!("{path}?labelSelector={selector}"),
            Pods::Itself => format!("{path}?fieldSelector=metadata.name%3D{}", self.id.name),
        }
    }

    /// Its pods as they are, in the order of the server.
    async fn pods(&self) -> Result<Vec<Json>, Error> {
        self.listed().await.map(|list| items(&list, "items").to_vec())
    }

    /// The list of its pods.
    async fn listed(&self) -> Result<Json, Error> {
        let list = self.adapter.api.get("list pods", &self.path(), "application/json").await;
        list.map_err(|failure| failure.of_read(&format!("the pods of {}", self.what)))
    }

    /// Gives the lines of one container, as they come.
    async fn lines(&self, pod: &str, wanted: &LogParams, each: impl FnMut(String)) -> Result<(), Broken> {
        lines(self.adapter, self.namespace(), pod, wanted, each).await
    }
}

/// Gives the lines of one container, as they come.
async fn lines(
    adapter: &Adapter,
    namespace: &str,
    pod: &str,
    wanted: &LogParams,
    mut each: impl FnMut(String),
) -> Result<(), Broken> {
    let container = wanted.container.as_deref().unwrap_or_default();
    let what = format!("the log of {container} in the pod {pod}");
    let broken = |error, was_read| Broken { error, was_read };
    let request = Request::new(format!("/api/v1/namespaces/{namespace}/pods")).logs(pod, wanted);
    let request = request.map_err(|error| broken(Error::new(Class::FixInput, format!("{what}: {error}")), false))?;
    let body = adapter.api.stream("get pods/log", Ok(request.map(Body::from))).await;
    let body = body.map_err(|failure| broken(failure.of_read(&what), false))?;
    cut(body, &mut each).await.map_err(|why| {
        // What was told is told; whoever wants more asks again.
        broken(Error::new(Class::AskPerson, format!("{what} broke off: {why}")), true)
    })
}

/// Each container of a pod, with the name of the pod.
fn containers(pod: &Json) -> Vec<(String, String)> {
    let name = text(pod, "metadata.name");
    let of_pod = items(pod, "spec.containers").iter();
    of_pod.map(|container| (name.to_owned(), text(container, "name").to_owned())).collect()
}

/// Cuts what comes in into lines.
async fn cut(mut body: Body, each: &mut impl FnMut(String)) -> Result<(), String> {
    let mut begun: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| chain(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        begun.extend_from_slice(data);
        while let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = begun.drain(..=end).collect();
            each(String::from_utf8_lossy(&line[..end]).into_owned());
        }
    }
    if !begun.is_empty() {
        each(String::from_utf8_lossy(&begun).into_owned());
    }
    Ok(())
}
