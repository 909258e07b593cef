//! A batch of questions in as few calls as there can be: one list for the objects of a kind in a namespace, or one read where only one
//! is asked about.

use std::collections::BTreeMap;

use flashinfra_plans::{Live, Name, Value};
use flashinfra_providers::{Answers, Question};
use flashinfra_stacks_kubernetes::facts::is_scaled;
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::{Failure, Id};
use crate::discovery::{Discovery, Served};
use crate::{live, marks};

/// Questions about objects of one kind, in one version, in one namespace.
type Group<'q> = (&'q str, Option<&'q str>, Option<&'q str>);

/// What many may not read, and nobody has to: a Secret is compared by the versions of its sources.
const SECRET: &str = "kubernetes.secret";
/// The kind of autoscalers.
pub(crate) const AUTOSCALER: &str = "kubernetes.horizontal_pod_autoscaler";

/// Answers all questions.
pub(crate) async fn all(adapter: &Adapter, questions: &[Question]) -> Answers {
    let mut answers: Answers = vec![Live::Absent; questions.len()];
    let mut groups: BTreeMap<Group<'_>, Vec<usize>> = BTreeMap::new();
    for (index, question) in questions.iter().enumerate() {
        let id = Id::parse(&question.id);
        if id.is_well_formed() {
            let version = question.attributes.get("api_version").and_then(Value::as_text);
            groups.entry((&question.kind, version, id.namespace)).or_default().push(index);
        }
    }
    let fits = |discovery: &Discovery| {
        let fits = |(kind, version, namespace): &Group<'_>| {
            discovery.served(kind, *version).is_none_or(|served| served.has(*namespace))
        };
        groups.keys().all(fits)
    };
    let discovery = match adapter.discovery_that(fits).await {
        Ok(discovery) => discovery,
        Err(failure) => {
            let reason = Name::from(failure.of_read("what the cluster serves").to_string());
            answers.iter_mut().for_each(|answer| *answer = Live::Unreadable { reason: reason.clone() });
            return answers;
        }
    };
    let autoscalers = autoscalers(adapter, &discovery, questions, &groups).await;
    let reads = groups.iter().map(|(group, indices)| {
        let asked = indices.iter().map(|&index| &questions[index]).collect();
        let autoscalers = group.2.and_then(|namespace| autoscalers.get(namespace)).map_or(&[][..], Vec::as_slice);
        read(adapter, &discovery, *group, asked, autoscalers)
    });
    for (indices, group) in groups.values().zip(join_all(reads).await) {
        for (&index, answer) in indices.iter().zip(group) {
            answers[index] = answer;
        }
    }
    answers
}

/// The autoscalers of the namespaces in which somebody declares replicas. Who may not read them scales by hand.
async fn autoscalers<'q>(
    adapter: &Adapter,
    discovery: &Discovery,
    questions: &[Question],
    groups: &BTreeMap<Group<'q>, Vec<usize>>,
) -> BTreeMap<&'q str, Vec<Json>> {
    let declares = |index: &usize| questions[*index].attributes.at("spec.replicas").is_some();
    let scaled = groups.iter().filter(|((kind, ..), indices)| is_scaled(kind) && indices.iter().any(declares));
    let mut namespaces: Vec<_> = scaled.filter_map(|((_, _, namespace), _)| *namespace).collect();
    namespaces.dedup();
    namespaces.sort_unstable();
    namespaces.dedup();
    let Some(served) = discovery.served(AUTOSCALER, None) else { return BTreeMap::new() };
    let lists = namespaces.iter().map(|namespace| adapter.api.list(served, Some(namespace), None));
    let found = join_all(lists).await;
    namespaces.into_iter().zip(found).filter_map(|(namespace, found)| Some((namespace, found.ok()?))).collect()
}

async fn read(
    adapter: &Adapter,
    discovery: &Discovery,
    (kind, version, namespace): Group<'_>,
    asked: Vec<&Question>,
    autoscalers: &[Json],
) -> Answers {
    let Some(served) = discovery.served(kind, version) else {
        // What is not served cannot be there, unless nobody knows what is served.
        let reason = "an aggregated API of the cluster does not answer, so that nobody knows what it serves";
        let unknown = Live::Unreadable { reason: reason.into() };
        let answer = if discovery.is_stale() { unknown } else { Live::Absent };
        return vec![answer; asked.len()];
    };
    // Of a kind that is in namespaces nothing is outside of them, and the other way round.
    if !served.has(namespace) {
        return vec![Live::Absent; asked.len()];
    }
    let told = |json: &Json, question: &Question| {
        let scaled_by = live::autoscaler(autoscalers, served, &Id::parse(&question.id));
        Live::Present(live::object(served, kind, json, &question.attributes, scaled_by.as_deref()))
    };
    if asked.len() > 1 {
        match adapter.api.list(served, namespace, None).await {
            Ok(found) => {
                let by_name: BTreeMap<&str, &Json> =
                    found.iter().filter_map(|json| Some((marks::metadata(json, "name")?.as_str()?, json))).collect();
                let answer = |question: &&Question| match by_name.get(Id::parse(&question.id).name) {
                    Some(json) => told(&with_kind(json, served), question),
                    None => Live::Absent,
                };
                return asked.iter().map(answer).collect();
            }
            // Who may not list may still read by name.
            Err(failure) if failure.is(StatusCode::FORBIDDEN) => {}
            Err(failure) => return vec![unreadable(&failure, served, namespace); asked.len()],
        }
    }
    let reads = asked.iter().map(|question| async {
        match adapter.api.object(served, &Id::parse(&question.id)).await {
            Ok(Some(json)) => told(&json, question),
            Ok(None) => Live::Absent,
            Err(failure) if kind == SECRET && failure.is(StatusCode::FORBIDDEN) => live::unseen(kind, question),
            Err(failure) => unreadable(&failure, served, namespace),
        }
    });
    join_all(reads).await
}

/// An entry of a list says neither what it is nor of which version.
fn with_kind(json: &Json, served: &Served) -> Json {
    let mut json = json.clone();
    if let Some(entries) = json.as_object_mut() {
        entries.insert("apiVersion".into(), served.api_version().into());
        entries.insert("kind".into(), served.kind.clone().into());
    }
    json
}

fn unreadable(failure: &Failure, served: &Served, namespace: Option<&str>) -> Live {
    let place = namespace.map(|namespace| format!(" in the namespace {namespace}")).unwrap_or_default();
    Live::Unreadable { reason: failure.of_read(&format!("{}{place}", served.plural)).to_string().into() }
}
