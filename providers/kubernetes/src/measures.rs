//! Numbers that people watch: how much of a workload is ready, whether a Service has anybody behind it, how long a certificate is good.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use flashinfra_plans::{Name, Value};
use flashinfra_providers::{Measure, Metric, Question};
use futures_util::future::join_all;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::discovery::Discovery;
use crate::object::{at, items, number, text};

const REPLICAS_WANTED: Metric = Metric { name: "replicas_wanted", help: "How many pods a workload is to run." };
const REPLICAS_READY: Metric = Metric { name: "replicas_ready", help: "How many pods of a workload are ready." };
const ENDPOINTS: Metric = Metric { name: "endpoints_ready", help: "How many pods answer behind a Service." };
const CERTIFICATE: Metric = Metric {
    name: "certificate_days_left",
    help: "For how many whole days a certificate is good; less than zero once it is not.",
};

const SERVICE: &str = "kubernetes.service";
const CERTIFICATES: &str = "kubernetes.certificate.cert-manager.io";
const ENDPOINT_SLICES: &str = "kubernetes.endpoint_slice.discovery.k8s.io";
/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const SECONDS_OF_DAY: i64 = 86_400;

/// What is measured of each object; nothing of kinds that nobody watches, and of what cannot be read.
pub(crate) async fn all(adapter: &Adapter, questions: &[Question]) -> Vec<Vec<Measure>> {
    let Ok(discovery) = adapter.discovery().await else { return vec![Vec::new(); questions.len()] };
    let slices = slices(adapter, &discovery, questions).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs().cast_signed());
    let each = questions.iter().map(|question| async {
        let id = Id::parse(&question.id);
        if question.kind == SERVICE {
            let in_namespace = id.namespace.and_then(|namespace| slices.get(namespace));
            return in_namespace.map(|slices| endpoints(slices, id.name)).unwrap_or_default();
        }
        if !is_measured(&question.kind) {
            return Vec::new();
        }
        let version = question.attributes.get("api_version").and_then(Value::as_text);
        let Some(served) = discovery.served(&question.kind, version) else { return Vec::new() };
        match adapter.api.object(served, &id).await {
            Ok(Some(object)) => of(&object, &question.kind, now),
            Ok(None) | Err(_) => Vec::new(),
        }
    });
    join_all(each).await
}

fn is_measured(kind: &str) -> bool {
    matches!(
        kind,
        "kubernetes.deployment"
            | "kubernetes.stateful_set"
            | "kubernetes.replica_set"
            | "kubernetes.daemon_set"
            | CERTIFICATES
    )
}

/// What is measured of an object by what it says itself.
fn of(object: &Json, kind: &str, now: i64) -> Vec<Measure> {
    match kind {
        CERTIFICATES => certificate(object, now).into_iter().collect(),
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
        Measure { metric: REPLICAS_WANTED, value: wanted, told: String::new(), trouble: None },
        Measure { metric: REPLICAS_READY, value: ready, told, trouble: None },
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
    vec![Measure { metric: ENDPOINTS, value, told, trouble }]
}

/// What an endpoint is: its pod, or else its first address.
fn name_of(endpoint: &Json) -> Name {
    match text(endpoint, "targetRef.uid") {
        "" => items(endpoint, "addresses").first().and_then(Json::as_str).unwrap_or_default().into(),
        uid => uid.into(),
    }
}

/// How long a certificate of cert-manager is good.
fn certificate(object: &Json, now: i64) -> Option<Measure> {
    let seconds = |path| text(object, path).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let until = seconds("status.notAfter")?;
    let value = (until - now).div_euclid(SECONDS_OF_DAY);
    let day = text(object, "status.notAfter");
    let told = format!("certificate good for {value} days, until {day}");
    let renewal = seconds("status.renewalTime").filter(|renewal| renewal + SECONDS_OF_DAY < now);
    let (told, trouble) = match renewal {
        _ if until <= now => (String::new(), Some(format!("its certificate is not good since {day}"))),
        Some(_) => (told, Some(format!("it was to be renewed at {}, and was not", text(object, "status.renewalTime")))),
        None => (told, None),
    };
    Some(Measure { metric: CERTIFICATE, value, told, trouble })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(measures: &[Measure]) -> Vec<(&str, i64, &str, &str)> {
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
            [("replicas_wanted", 3, "", ""), ("replicas_ready", 2, "2 of 3 replicas ready", "")]
        );
        let nothing_yet = of(&json!({"spec": {}}), "kubernetes.stateful_set", 0);
        assert_eq!((nothing_yet[0].value, nothing_yet[1].value), (1, 0));
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
        assert_eq!(told(&endpoints(&slices, "web")), [("endpoints_ready", 2, "2 endpoints ready", "")]);
        let nobody = endpoints(&slices, "down");
        assert_eq!(told(&nobody), [("endpoints_ready", 0, "", "nobody answers behind it: no endpoint is ready")]);
        assert_eq!(endpoints(&slices, "external"), []);
    }

    #[test]
    fn a_certificate_tells_its_days_and_when_nobody_renews_it() {
        let now = "2026-11-27T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        let of = |until: &str, renewal: &str| {
            certificate(&json!({"status": {"notAfter": until, "renewalTime": renewal}}), now)
                .into_iter()
                .collect::<Vec<_>>()
        };
        let good = of("2027-01-09T09:00:00Z", "2026-12-10T00:00:00Z");
        assert_eq!(
            told(&good),
            [("certificate_days_left", 42, "certificate good for 42 days, until 2027-01-09T09:00:00Z", "")]
        );
        let late = of("2026-12-01T10:00:00Z", "2026-11-20T00:00:00Z");
        assert_eq!(late[0].trouble.as_deref(), Some("it was to be renewed at 2026-11-20T00:00:00Z, and was not"));
        let over = of("2026-11-27T09:00:00Z", "");
        assert_eq!((over[0].value, over[0].told.as_str()), (-1, ""));
        assert_eq!(certificate(&json!({"status": {}}), now), None);
    }
}
