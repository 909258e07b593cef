//! Numbers that people watch: how much of a workload is ready, whether a Service has anybody behind it, how long a certificate is good.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use flashinfra_plans::{Name, Value};
use flashinfra_providers::{Measure, Metric, Question};
use futures_util::future::join_all;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::certificates::{self, OF_CERT_MANAGER, SecretOf};
use crate::discovery::Discovery;
use crate::object::{at, items, number, text};

const REPLICAS_WANTED: Metric = Metric { name: "replicas_wanted", help: "How many pods a workload is to run." };
const REPLICAS_READY: Metric = Metric { name: "replicas_ready", help: "How many pods of a workload are ready." };
const ENDPOINTS: Metric = Metric { name: "endpoints_ready", help: "How many pods answer behind a Service." };

const SERVICE: &str = "kubernetes.service";
const ENDPOINT_SLICES: &str = "kubernetes.endpoint_slice.discovery.k8s.io";
/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What is measured of each object; nothing of kinds that nobody watches, and of what cannot be read.
pub(crate) async fn all(adapter: &Adapter, questions: &[Question]) -> Vec<Vec<Measure>> {
    let Ok(discovery) = adapter.discovery().await else { return vec![Vec::new(); questions.len()] };
    let slices = slices(adapter, &discovery, questions).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs().cast_signed());
    let objects = join_all(questions.iter().map(|question| object(adapter, &discovery, question))).await;
    let named: Vec<Vec<SecretOf>> = questions
        .iter()
        .zip(&objects)
        .map(|(question, object)| {
            let named = |object| certificates::named(object, &question.kind, &Id::parse(&question.id));
            object.as_ref().map(named).unwrap_or_default()
        })
        .collect();
    let secrets: BTreeSet<SecretOf> = named.iter().flatten().cloned().collect();
    let held = certificates::held(adapter, &discovery, secrets).await;
    let each = questions.iter().zip(objects).zip(named).map(|((question, object), named)| {
        let id = Id::parse(&question.id);
        if question.kind == SERVICE {
            let in_namespace = id.namespace.and_then(|namespace| slices.get(namespace));
            return in_namespace.map(|slices| endpoints(slices, id.name)).unwrap_or_default();
        }
        let of_itself = object.map(|object| of(&object, &question.kind, now)).unwrap_or_default();
        of_itself.into_iter().chain(certificates::measure(&named, &held, now)).collect()
    });
    each.collect()
}

/// An object that is measured by what it says or names, as far as it can be read.
async fn object(adapter: &Adapter, discovery: &Discovery, question: &Question) -> Option<Json> {
    if !is_measured(&question.kind) {
        return None;
    }
    let id = Id::parse(&question.id);
    let version = question.attributes.get("api_version").and_then(Value::as_text);
    adapter.api.object(discovery.served(&question.kind, version)?, &id).await.ok()?
}

fn is_measured(kind: &str) -> bool {
    certificates::are_of(kind)
        || matches!(
            kind,
            "kubernetes.deployment"
                | "kubernetes.stateful_set"
                | "kubernetes.replica_set"
                | "kubernetes.daemon_set"
                | OF_CERT_MANAGER
        )
}

/// What is measured of an object by what it says itself.
fn of(object: &Json, kind: &str, now: i64) -> Vec<Measure> {
    match kind {
        OF_CERT_MANAGER => certificates::of_cert_manager(object, now).into_iter().collect(),
        kind if certificates::are_of(kind) => Vec::new(),
        "kubernetes.daemon_set" => {
            let count = |path| number(object, path).unwrap_or_default();
            replicas(count("status.desiredNumberScheduled"), count("status.numberReady"))
        }
        _ => {
            let wanted = number(object, "spec.replicas").unwrap_or(1);
            replicas(wanted, number(object, "status.readyReplicas").unwrap_or_default())
        }
    }
}

fn replicas(wanted: i64, ready: i64) -> Vec<Measure> {
    // Whether that is too little is for the rollout to say: while one goes on, some are not ready.
    let told = format!("{ready} of {wanted} replicas ready");
    vec![
        Measure { metric: REPLICAS_WANTED, value: Some(wanted), told: String::new(), trouble: None },
        Measure { metric: REPLICAS_READY, value: Some(ready), told, trouble: None },
    ]
}

/// The EndpointSlices of each namespace in which a Service is asked about: one list for each.
async fn slices<'q>(
    adapter: &Adapter,
    discovery: &Discovery,
    questions: &'q [Question],
) -> BTreeMap<&'q str, Vec<Json>> {
    let Some(served) = discovery.served(ENDPOINT_SLICES, None) else { return BTreeMap::new() };
    let services = questions.iter().filter(|question| question.kind == SERVICE);
    let mut namespaces: Vec<&str> = services.filter_map(|question| Id::parse(&question.id).namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let lists = namespaces
        .into_iter()
        .map(|namespace| async move { Some((namespace, adapter.api.list(served, Some(namespace), None).await.ok()?)) });
    join_all(lists).await.into_iter().flatten().collect()
}

/// Who answers behind a Service. One without slices has none of its own: it is another's name, or nobody selects for it.
fn endpoints(slices: &[Json], service: &str) -> Vec<Measure> {
    let labels = |slice: &Json| at(slice, "metadata.labels").and_then(|labels| labels.get(SERVICE_NAME)).cloned();
    let of_service: Vec<&Json> = slices.iter().filter(|slice| labels(slice) == Some(Json::from(service))).collect();
    if of_service.is_empty() {
        return Vec::new();
    }
    // What does not say whether it is ready is.
    let is_ready = |endpoint: &&Json| at(endpoint, "conditions.ready") != Some(&Json::Bool(false));
    let pods = of_service.into_iter().flat_map(|slice| items(slice, "endpoints")).filter(is_ready);
    // A pod with two families of addresses stands in two slices.
    let mut names: Vec<Name> = pods.map(name_of).collect();
    names.sort();
    names.dedup();
    let value = i64::try_from(names.len()).unwrap_or(i64::MAX);
    let (told, trouble) = match value {
        0 => (String::new(), Some("nobody answers behind it: no endpoint is ready".to_owned())),
        1 => ("1 endpoint ready".to_owned(), None),
        _ => (format!("{value} endpoints ready"), None),
    };
    vec![Measure { metric: ENDPOINTS, value: Some(value), told, trouble }]
}

/// What an endpoint is: its pod, or else its first address.
fn name_of(endpoint: &Json) -> Name {
    match text(endpoint, "targetRef.uid") {
        "" => items(endpoint, "addresses").first().and_then(Json::as_str).unwrap_or_default().into(),
        uid => uid.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(measures: &[Measure]) -> Vec<(&str, Option<i64>, &str, &str)> {
        let one = |measure: &Measure| (measure.metric.name, measure.value);
        let words =
            measures.iter().map(|measure| (measure.told.as_str(), measure.trouble.as_deref().unwrap_or_default()));
        measures
            .iter()
            .map(one)
            .zip(words)
            .map(|((name, value), (told, trouble))| (name, value, told, trouble))
            .collect()
    }

    #[test]
    fn workloads_tell_how_much_of_them_is_ready() {
        let deployment = json!({"spec": {"replicas": 3}, "status": {"readyReplicas": 2}});
        assert_eq!(
            told(&of(&deployment, "kubernetes.deployment", 0)),
            [("replicas_wanted", Some(3), "", ""), ("replicas_ready", Some(2), "2 of 3 replicas ready", "")]
        );
        let nothing_yet = of(&json!({"spec": {}}), "kubernetes.stateful_set", 0);
        assert_eq!((nothing_yet[0].value, nothing_yet[1].value), (Some(1), Some(0)));
        let daemons = json!({"status": {"desiredNumberScheduled": 5, "numberReady": 5}});
        assert_eq!(of(&daemons, "kubernetes.daemon_set", 0)[1].told, "5 of 5 replicas ready");
    }

    #[test]
    fn a_service_has_somebody_behind_it_or_not() {
        let slice = |service: &str, endpoints: Json| json!({"metadata": {"labels": {SERVICE_NAME: service}}, "endpoints": endpoints});
        let pod = |uid: &str, ready: bool| json!({"targetRef": {"uid": uid}, "conditions": {"ready": ready}});
        let slices = [
            slice("web", json!([pod("a", true), pod("b", false), {"addresses": ["10.0.0.9"]}])),
            // The same pod by its other address.
            slice("web", json!([pod("a", true)])),
            slice("down", json!([pod("c", false)])),
        ];
        assert_eq!(told(&endpoints(&slices, "web")), [("endpoints_ready", Some(2), "2 endpoints ready", "")]);
        let nobody = endpoints(&slices, "down");
        assert_eq!(told(&nobody), [("endpoints_ready", Some(0), "", "nobody answers behind it: no endpoint is ready")]);
        assert_eq!(endpoints(&slices, "external"), []);
    }
}
