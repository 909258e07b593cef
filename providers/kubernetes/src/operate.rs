//! Scaling and restarting by hand, as `kubectl scale` and `kubectl rollout restart` do. Both are patches of exactly the object that was
//! read: its UID is a condition.

use flashinfra_plans::{Name, Value};
use flashinfra_providers::{Class, Error, Operable, Operate, Operation, operate};
use flashinfra_stacks_kubernetes::facts::{is_rolled_out, is_scaled, rolled_out_kinds, scaled_kinds};
use http::Method;
use serde_json::{Value as Json, json};

use crate::adapter::Adapter;
use crate::api::{Id, MANAGER};
use crate::discovery::Served;
use crate::object::{self, is_true, number};
use crate::read::AUTOSCALER;
use crate::{live, marks};

/// The annotation whose change starts pods anew: that of kubectl, so that the newest restart is known whoever made it.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
/// What runs so many pods when it does not say how many.
const REPLICAS_DEFAULT: i64 = 1;

/// The kinds whose pods' logs are read.
const LOGGED: [&str; 6] = [
    "kubernetes.daemon_set",
    "kubernetes.deployment",
    "kubernetes.job",
    "kubernetes.pod",
    "kubernetes.replica_set",
    "kubernetes.stateful_set",
];

/// The kinds that can do something.
pub(crate) fn able(act: &str) -> Vec<Name> {
    match act {
        "scale" => scaled_kinds().into_iter().map(Name::from).collect(),
        "restart" => rolled_out_kinds().into_iter().map(Name::from).collect(),
        "logs" => LOGGED.into_iter().map(Name::from).collect(),
        _ => Vec::new(),
    }
}

/// What it comes to, if the kind can do it and it is not in vain.
pub(crate) async fn operable(adapter: &Adapter, request: &Operate) -> Result<Operable, Error> {
    prepared(adapter, request).await.map(|prepared| prepared.operable)
}

/// Does it, under the same conditions.
pub(crate) async fn operated(adapter: &Adapter, request: &Operate) -> Result<(), Error> {
    let Prepared { served, what, live, spec, operable: _ } = prepared(adapter, request).await?;
    let id = Id::parse(&request.id);
    let uid = marks::metadata(&live, "uid").cloned().unwrap_or(Json::Null);
    let patch = json!({ "metadata": { "uid": uid }, "spec": spec });
    let path = format!("{}?fieldManager={MANAGER}", served.path(id.namespace, Some(id.name)));
    let verb = format!("{} {}", request.operation.name(), served.plural);
    let answer = adapter.api.change(&verb, Method::PATCH, &path, "application/merge-patch+json", &patch).await;
    answer.map(drop).map_err(|failure| failure.of_write(&what))
}

/// An operation, and the object as it is.
struct Prepared {
    served: Served,
    /// The object, for people.
    what: String,
    live: Json,
    /// What is patched of its `spec`.
    spec: Json,
    operable: Operable,
}

async fn prepared(adapter: &Adapter, request: &Operate) -> Result<Prepared, Error> {
    let Operate { kind, id, attributes, operation } = request;
    let is_able = match operation {
        Operation::Scale(_) => is_scaled(kind),
        Operation::Restart(_) => is_rolled_out(kind),
    };
    if !is_able {
        return Err(operate::unsupported(kind, operation.name()));
    }
    let served = adapter.served(kind, attributes.get("api_version").and_then(Value::as_text)).await?;
    let (what, id) = (format!("{kind} {id}"), Id::parse(id));
    let live = adapter.object(&served, &id, &what).await?;
    let (spec, changed, is_done) = match operation {
        Operation::Scale(replicas) => {
            let before = number(&live, "spec.replicas").unwrap_or(REPLICAS_DEFAULT);
            let changed = ("spec.replicas".into(), Some(Value::Integer(before)));
            (json!({ "replicas": replicas }), Some(changed), before == i64::from(*replicas))
        }
        Operation::Restart(at) => {
            let annotations = object::at(&live, "spec.template.metadata.annotations");
            let before = annotations.and_then(|annotations| annotations.get(RESTARTED_AT));
            let is_done = before.and_then(Json::as_str) == Some(at);
            (json!({ "template": { "metadata": { "annotations": { RESTARTED_AT: at.as_str() } } } }), None, is_done)
        }
    };
    match operation {
        Operation::Scale(_) if !is_done => autoscaled(adapter, &served, &id, &what).await?,
        Operation::Restart(_) if !is_done && is_true(&live, "spec.paused") => {
            let message = format!("{what} is paused: nothing of it is rolled out until that ends");
            return Err(Error::new(Class::FixInput, message));
        }
        Operation::Scale(_) | Operation::Restart(_) => {}
    }
    let operable = Operable { changed, is_done: Some(is_done) };
    Ok(Prepared { served, what, live, spec, operable })
}

/// Refuses to scale what an autoscaler would scale back within seconds.
async fn autoscaled(adapter: &Adapter, served: &Served, id: &Id<'_>, what: &str) -> Result<(), Error> {
    let discovery = adapter.discovery().await.map_err(|failure| failure.of_read("what the cluster serves"))?;
    let Some(autoscalers) = discovery.served(AUTOSCALER, None) else { return Ok(()) };
    // Who may not read them scales all the same.
    let found = adapter.api.list(autoscalers, id.namespace, None).await.unwrap_or_default();
    match live::autoscaler(&found, served, id) {
        Some(autoscaler) => {
            let message =
                format!("{what} is scaled by {autoscaler}: change the least and the most that it may run instead");
            Err(Error::new(Class::AskPerson, message).with_code("Autoscaled"))
        }
        None => Ok(()),
    }
}
