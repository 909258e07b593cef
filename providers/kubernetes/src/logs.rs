//! What the containers of an object's pods write, as `kubectl logs` has it.

use flashinfra_plans::{Name, Value};
use flashinfra_providers::error::chain;
use flashinfra_providers::{Class, Error, LogLine, LogSink, Logs, Question, operate};
use futures_util::future::join_all;
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::explain::selector;
use crate::object::{GroupKind, items, text};

/// So many pods are read from.
const PODS_MAX: u32 = 50;

/// Gives the lines to the sink: container after container, or all at once when they are followed. Pods that come later are not among them.
pub(crate) async fn told(adapter: &Adapter, wanted: &Logs, sink: LogSink<'_>) -> Result<(), Error> {
    let Question { kind, id, attributes } = &wanted.question;
    let served = adapter.served(kind, attributes.get("api_version").and_then(Value::as_text)).await?;
    let (what, id) = (format!("{kind} {id}"), Id::parse(id));
    let object = adapter.object(&served, &id, &what).await?;
    let namespace = id.namespace.unwrap_or_default();
    let containers = match selector(&object) {
        Some(selector) => {
            let path = format!("/api/v1/namespaces/{namespace}/pods?limit={PODS_MAX}&labelSelector={selector}");
            let list = adapter.api.get("list pods", &path, "application/json").await;
            let list = list.map_err(|failure| failure.of_read(&format!("the pods of {what}")))?;
            items(&list, "items").iter().flat_map(containers).collect()
        }
        None if GroupKind::of(&object).kind == "Pod" => containers(&object),
        None => return Err(operate::unsupported(kind, "logs")),
    };
    if containers.is_empty() {
        return Err(Error::new(Class::NotFound, format!("{what} runs no pods")).with_code("NoPods"));
    }
    let are_several = containers.len() > 1;
    let streams = containers.iter().map(|(pod, container)| {
        let from = if are_several { Name::from(format!("{pod}/{container}")) } else { Name::default() };
        one(adapter, namespace, pod, container, wanted, from, sink)
    });
    let mut ended = Vec::new();
    if wanted.follow {
        ended = join_all(streams).await;
    } else {
        for stream in streams {
            ended.push(stream.await);
        }
    }
    // A container that cannot be read keeps none of the others from it.
    ended.into_iter().find(Result::is_err).unwrap_or(Ok(()))
}

/// Each container of a pod, with the name of the pod.
fn containers(pod: &Json) -> Vec<(String, String)> {
    let name = text(pod, "metadata.name");
    let of_pod = items(pod, "spec.containers").iter();
    of_pod.map(|container| (name.to_owned(), text(container, "name").to_owned())).collect()
}

async fn one(
    adapter: &Adapter,
    namespace: &str,
    pod: &str,
    container: &str,
    wanted: &Logs,
    from: Name,
    sink: LogSink<'_>,
) -> Result<(), Error> {
    let mut path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}");
    let options = [
        wanted.follow.then(|| "&follow=true".to_owned()),
        wanted.tail.map(|lines| format!("&tailLines={lines}")),
        wanted.since_seconds.map(|seconds| format!("&sinceSeconds={seconds}")),
    ];
    path.extend(options.into_iter().flatten());
    let what = format!("the log of {container} in the pod {pod}");
    let body = adapter.api.stream("get pods/log", &path).await.map_err(|failure| failure.of_read(&what))?;
    lines(body, &|text| sink(LogLine { from: from.clone(), text })).await.map_err(|why| {
        // What was told is told; whoever wants more asks again.
        Error::new(Class::AskPerson, format!("{what} broke off: {why}"))
    })
}

/// Cuts what comes in into lines.
async fn lines(mut body: Body, each: &(dyn Fn(String) + Send + Sync)) -> Result<(), String> {
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
