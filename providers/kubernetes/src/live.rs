//! An object of the cluster in the terms of our kinds.

use flashinfra_plans::{Live, Map, Name, Object, Phase, Value};
use flashinfra_providers::{Question, WHY_NOT_READY};
use flashinfra_stacks_kubernetes::{DEFINED_BY, OPTIONAL, READY_WHEN, attribute_name, schemas};
use serde_json::Value as Json;

use crate::api::Id;
use crate::discovery::Served;
use crate::readiness::{Readiness, readiness, readiness_by};
use crate::{convert, dropped, marks, writers};

/// The annotation in which `kubectl apply` keeps a copy of the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object as it was read. `asked` is what is declared or was last applied: of fields beyond the kind's schema only those are
/// told, and only who else writes any of them. `scaled_by` is the autoscaler that writes its replicas.
pub(crate) fn object(served: &Served, kind: &str, json: &Json, asked: &Map, scaled_by: Option<&str>) -> Object {
    let text = |key| marks::metadata(json, key).and_then(Json::as_str).unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    let id = if namespace.is_empty() { Name::from(name) } else { format!("{namespace}/{name}").into() };
    let mut attributes =
        vec![("api_version".into(), Value::from(served.api_version())), ("name".into(), Value::from(name))];
    let mut add = |name: &str, value: Value| attributes.push((Name::from(name), value));
    for (key, text) in [("namespace", namespace), ("uid", text("uid"))] {
        if !text.is_empty() {
            add(key, Value::from(text));
        }
    }
    for (key, ours) in [("labels", marks::STACK), ("annotations", marks::OWNER)] {
        let entries = marks::metadata(json, key).and_then(Json::as_object).map(convert::map).unwrap_or_default();
        let entries = entries.without(ours);
        // It holds all that kubectl applied last, of a Secret what is in that, too: no plan tells of it.
        let entries =
            if asked.at(&format!("{key}.{LAST_APPLIED}")).is_none() { entries.without(LAST_APPLIED) } else { entries };
        if !entries.is_empty() {
            add(key, Value::Map(entries));
        }
    }
    if let Some(Value::List(finalizers)) = marks::metadata(json, "finalizers").map(convert::value) {
        let mut finalizers = finalizers.to_vec();
        finalizers.sort();
        add("finalizers", Value::from(finalizers));
    }
    let is_custom = !schemas().iter().any(|schema| schema.kind == kind);
    if is_custom {
        add(DEFINED_BY, Value::from(served.definition()));
    }
    let kept = dropped::told(json, asked);
    for (field, json) in kept.as_object().into_iter().flatten() {
        let name = attribute_name(field);
        let is_known = match is_custom {
            true => name == "spec",
            false => schemas().iter().any(|schema| schema.kind == kind && schema.attribute(&name).is_some()),
        };
        // What a Secret holds stays in the cluster.
        let is_secret = kind == "kubernetes.secret" && matches!(name.as_str(), "data" | "stringData" | "string_data");
        let is_told = !matches!(field.as_str(), "apiVersion" | "kind" | "metadata" | "status") && !is_secret;
        if is_told && (is_known || (asked.get(&name).is_some() && !json.is_null())) {
            add(&name, convert::value(json));
        }
    }
    let others = writers::others(json, asked);
    if !others.is_empty() {
        add("written_by", Value::Map(others));
    }
    if let Some(autoscaler) = scaled_by {
        add("scaled_by", Value::Map([("spec.replicas".into(), Value::from(autoscaler))].into_iter().collect()));
    }
    let readiness = ready(json, asked);
    if let Some(why) = readiness.why().filter(|_| !readiness.is_settled()) {
        add(WHY_NOT_READY, Value::from(why));
    }
    // What nobody waits for is ready for whoever asks whether to go on.
    let is_optional = asked.get(OPTIONAL) == Some(&Value::Bool(true));
    let readiness = match readiness {
        Readiness::Waiting { why, .. } | Readiness::Failed { why } if is_optional => Readiness::Resting { why },
        other => other,
    };
    let attributes = attributes.into_iter().collect();
    let (phase, owner, managed_by) = (phase(json, &readiness), marks::of(json), marks::managed_by(json));
    Object { id, phase, attributes, unverified: Vec::new(), owner, managed_by }
}

/// How ready an object is: by the condition that the stack names, where it does.
pub(crate) fn ready(object: &Json, asked: &Map) -> Readiness {
    match asked.get(READY_WHEN).and_then(Value::as_text).and_then(|by| by.split_once('=')) {
        Some((condition, status)) => readiness_by(object, condition, status),
        None => readiness(object),
    }
}

/// An object that may not be read and need not be: what is known of it is what was last applied.
pub(crate) fn unseen(kind: &str, question: &Question) -> Live {
    let schemas = schemas();
    let schema = schemas.iter().find(|schema| schema.kind == kind);
    let names = schema.into_iter().flat_map(|schema| schema.attributes.iter());
    let told = |name: &Name| question.attributes.get(name).is_some();
    let unverified = names.map(|attribute| Name::new(&attribute.name)).filter(told).collect();
    let (id, phase, attributes) = (question.id.clone(), Phase::Ready, Map::default());
    Live::Present(Object { id, phase, attributes, unverified, owner: None, managed_by: None })
}

/// What an object is doing. Of one whose spec is the first that it had nobody knows whether it ever was ready: it is being created.
fn phase(object: &Json, readiness: &Readiness) -> Phase {
    let is_first =
        marks::metadata(object, "generation").and_then(Json::as_i64).is_some_and(|generation| generation <= 1);
    match readiness {
        Readiness::Ready | Readiness::Resting { .. } => Phase::Ready,
        Readiness::Waiting { .. } if is_first => Phase::Creating,
        Readiness::Waiting { .. } => Phase::Updating,
        Readiness::Failed { .. } => Phase::Failed,
        Readiness::Leaving { .. } => Phase::Deleting,
    }
}

/// The autoscaler among these that writes the replicas of an object.
pub(crate) fn autoscaler(autoscalers: &[Json], served: &Served, id: &Id<'_>) -> Option<String> {
    let targets = |autoscaler: &&Json| {
        let Some(target) = autoscaler.get("spec").and_then(|spec| spec.get("scaleTargetRef")) else { return false };
        let text = |key| target.get(key).and_then(Json::as_str).unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        (group, text("kind"), text("name")) == (&served.group, &served.kind, id.name)
    };
    let found = autoscalers.iter().find(targets)?;
    Some(format!("HorizontalPodAutoscaler {}", marks::metadata(found, "name").and_then(Json::as_str)?))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;
    use serde_json::json;

    use super::*;

    fn deployments() -> Served {
        let text = |text: &str| text.to_owned();
        let (group, version) = (text("apps"), text("v1"));
        Served { group, version, kind: text("Deployment"), plural: text("deployments"), is_namespaced: true }
    }

    #[test]
    fn an_object_is_told_in_the_words_of_its_schema() {
        let json = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 1,
                "labels": {"flashinfra/stack": "s", "app": "web"},
                "annotations": {"flashinfra/owner": "s/1/kubernetes.deployment/web"},
                "finalizers": ["b", "a"],
                "ownerReferences": [{"kind": "App", "name": "x", "controller": true}]},
            "spec": {"replicas": 1}, "status": {"replicas": 1}, "extra": 1, "asked": 2});
        let found = object(&deployments(), "kubernetes.deployment", &json, &map! { "asked" => 2 }, Some("hpa"));
        assert!(found.attributes.get(WHY_NOT_READY).is_some());
        assert_eq!(
            found.attributes.clone().without(WHY_NOT_READY).to_json(),
            r#"{"api_version":"apps/v1","asked":2,"finalizers":["a","b"],"labels":{"app":"web"},"name":"web","namespace":"shop","scaled_by":{"spec.replicas":"hpa"},"spec":{"replicas":1},"uid":"u"}"#
        );
        assert_eq!((found.id.as_str(), found.managed_by.as_deref()), ("shop/web", Some("App x")));
        assert_eq!(found.owner.unwrap().to_text(), "s/1/kubernetes.deployment/web");
        assert_eq!(found.phase, Phase::Creating);
    }

    #[test]
    fn who_declares_an_object_says_when_it_is_ready_and_whether_anybody_waits() {
        let json = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "generation": 2},
            "status": {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}, {"type": "Healthy", "status": "True"}],
                "observedGeneration": 2}});
        let told = |asked: Map| {
            let found = object(&deployments(), "kubernetes.deployment", &json, &asked, None);
            (found.phase, found.attributes.get(WHY_NOT_READY).is_some())
        };
        assert_eq!(told(map! {}), (Phase::Failed, true));
        assert_eq!(told(map! { OPTIONAL => true }), (Phase::Ready, true));
        assert_eq!(told(map! { READY_WHEN => "Healthy=True" }), (Phase::Ready, false));
        assert_eq!(told(map! { READY_WHEN => "Healthy=False" }), (Phase::Updating, true));
        assert_eq!(told(map! { READY_WHEN => "Other=True", OPTIONAL => true }), (Phase::Ready, true));
    }

    #[test]
    fn what_kubectl_keeps_of_a_secret_is_not_told() {
        let annotations = json!({LAST_APPLIED: "{\"data\":{\"k\":\"c2VjcmV0\"}}", "a": "b"});
        let json = json!({"metadata": {"name": "a", "annotations": annotations}});
        let secrets = Served { group: String::new(), kind: "Secret".into(), plural: "secrets".into(), ..deployments() };
        let found = object(&secrets, "kubernetes.secret", &json, &Map::default(), None);
        assert_eq!(found.attributes.get("annotations").unwrap().to_json(), r#"{"a":"b"}"#);
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let json =
            json!({"metadata": {"name": "a"}, "type": "Opaque", "data": {"k": "c2VjcmV0"}, "stringData": {"k": "s"}});
        let secrets = Served { group: String::new(), kind: "Secret".into(), plural: "secrets".into(), ..deployments() };
        let found = object(
            &secrets,
            "kubernetes.secret",
            &json,
            &map! { "data" => map! { "k" => 1 }, "stringData" => 1 },
            None,
        );
        assert_eq!(found.attributes.to_json(), r#"{"api_version":"v1","name":"a","type":"Opaque"}"#);
    }

    #[test]
    fn the_autoscaler_of_an_object_is_found() {
        let targets = |group: &str, name: &str| {
            json!({"metadata": {"name": format!("of-{name}")},
                   "spec": {"scaleTargetRef": {"apiVersion": format!("{group}/v1"), "kind": "Deployment", "name": name}}})
        };
        let all = [targets("other", "web"), targets("apps", "web"), targets("apps", "api")];
        let of = |id| autoscaler(&all, &deployments(), &Id::parse(id));
        assert_eq!(of("shop/web").as_deref(), Some("HorizontalPodAutoscaler of-web"));
        assert_eq!(of("shop/db"), None);
    }
}
