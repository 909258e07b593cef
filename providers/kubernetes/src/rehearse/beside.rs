//! What a server would set beyond what it is sent: what a webhook adds or turns into something else, and what follows from a change.
//!
//! The defaults of what is new are no news, so of a new part only what nobody could have left to a default is told: a value that is
//! another one than the declared, an entry of a list, a label.

use std::collections::BTreeSet;

use flashinfra_plans::plan::AttributeChange;
use serde_json::Value as Json;

use crate::list_keys::{List, list_at};
use crate::object::GroupKind;
use crate::path::{Path, Step};
use crate::scalar::{is_same, scalar_at};
use crate::{convert, writers};

/// Compares the answer to a dry run with what is live and with what was sent.
pub(super) fn beside(kind: GroupKind<'_>, live: Option<&Json>, sent: &Json, answer: &Json) -> Vec<AttributeChange> {
    let mut walk = Walk { kind, found: Vec::new() };
    for (field, value) in answer.as_object().into_iter().flatten() {
        let path = Path::default().field(field);
        let side = |side: Option<&Json>| side.and_then(|side| side.get(field)).cloned();
        match field.as_str() {
            "apiVersion" | "kind" | "status" => {}
            // What it holds is nobody's to see.
            "data" | "stringData" if kind == GroupKind::new("", "Secret") => {}
            "metadata" => {
                for part in ["labels", "annotations", "finalizers"] {
                    let of = |side: Option<&Json>| side.and_then(|side| side.get("metadata")?.get(part)).cloned();
                    let empty =
                        if part == "finalizers" { Json::Array(Vec::new()) } else { Json::Object(Default::default()) };
                    let (live, sent) = (of(live), of(Some(sent)).unwrap_or_else(|| empty.clone()));
                    let answer = value.get(part).cloned().unwrap_or_else(|| empty.clone());
                    // Of metadata all that comes is told.
                    walk.value(&path.field(part), Some(&live.unwrap_or(empty)), Some(&sent), Some(&answer));
                }
            }
            _ => walk.top(&path, side(live).as_ref(), sent.get(field), value, live.is_some()),
        }
    }
    walk.found.retain(|change| !change.path.contains(".flashinfra/"));
    walk.found
}

struct Walk<'a> {
    kind: GroupKind<'a>,
    found: Vec<AttributeChange>,
}

impl Walk<'_> {
    fn top(&mut self, path: &Path, live: Option<&Json>, sent: Option<&Json>, answer: &Json, is_there: bool) {
        match sent {
            Some(_) => self.value(path, live, sent, Some(answer)),
            None if is_there => self.unsent(path, live, Some(answer)),
            None => {}
        }
    }

    fn value(&mut self, path: &Path, live: Option<&Json>, sent: Option<&Json>, answer: Option<&Json>) {
        match (sent, answer) {
            (Some(Json::Object(sent)), Some(Json::Object(answer))) => {
                let live = live.and_then(Json::as_object);
                let keys: BTreeSet<_> =
                    answer.keys().chain(sent.keys()).chain(live.into_iter().flat_map(|live| live.keys())).collect();
                for key in keys {
                    let inside = path.field(key);
                    let of_live = live.and_then(|live| live.get(key));
                    match sent.get(key) {
                        Some(sent) => self.value(&inside, of_live, Some(sent), answer.get(key)),
                        None if live.is_some() => self.unsent(&inside, of_live, answer.get(key)),
                        None => {}
                    }
                }
            }
            (Some(Json::Array(sent)), Some(Json::Array(answer))) => {
                let live = live.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
                match list_at(self.kind, path) {
                    List::Map(keys) => self.entries(path, &keys, live, sent, answer),
                    List::Set => self.members(path, live, sent, answer),
                    List::Atomic if sent.len() == answer.len() => {
                        let count = answer.len();
                        for (index, (sent, answer)) in sent.iter().zip(answer).enumerate() {
                            let live = live.get(index).filter(|_| live.len() == count);
                            self.value(&path.then(Step::Index(index)), live, Some(sent), Some(answer));
                        }
                    }
                    List::Atomic => self.tell(path, Some(&Json::from(sent.clone())), Some(&Json::from(answer.clone()))),
                }
            }
            (Some(sent), Some(answer)) => {
                let is_same_value = || scalar_at(self.kind, path).is_some_and(|scalar| is_same(scalar, sent, answer));
                if sent != answer && !(says_nothing(sent) && says_nothing(answer)) && !is_same_value() {
                    self.tell(path, Some(sent), Some(answer));
                }
            }
            (Some(sent), None) if !says_nothing(sent) => self.tell(path, Some(sent), None),
            (Some(_), None) | (None, _) => {}
        }
    }

    /// What nobody sent, in something that is there.
    fn unsent(&mut self, path: &Path, live: Option<&Json>, answer: Option<&Json>) {
        if live != answer {
            self.tell(path, live, answer);
        }
    }

    fn entries(&mut self, path: &Path, keys: &[String], live: &[Json], sent: &[Json], answer: &[Json]) {
        let name = |entry: &Json| -> Vec<(String, String)> {
            let value = |key: &String| match entry.get(key) {
                Some(value) => value.to_string(),
                None if key == "protocol" => "\"TCP\"".to_owned(),
                None => String::new(),
            };
            keys.iter().map(|key| (key.clone(), value(key))).collect()
        };
        let find = |entries: &'_ [Json], wanted: &Json| entries.iter().position(|entry| name(entry) == name(wanted));
        for entry in answer {
            let inside = path.then(Step::Keys(name(entry)));
            let of_live = find(live, entry).map(|place| &live[place]);
            match find(sent, entry) {
                Some(place) => self.value(&inside, of_live, Some(&sent[place]), Some(entry)),
                None => self.unsent(&inside, of_live, Some(entry)),
            }
        }
        for entry in live.iter().filter(|entry| find(answer, entry).is_none() && find(sent, entry).is_none()) {
            self.tell(&path.then(Step::Keys(name(entry))), Some(entry), None);
        }
    }

    fn members(&mut self, path: &Path, live: &[Json], sent: &[Json], answer: &[Json]) {
        for member in answer.iter().filter(|member| !live.contains(member) && !sent.contains(member)) {
            self.tell(&path.then(Step::Member(member.to_string())), None, Some(member));
        }
        for member in live.iter().filter(|member| !answer.contains(member) && !sent.contains(member)) {
            self.tell(&path.then(Step::Member(member.to_string())), Some(member), None);
        }
    }

    fn tell(&mut self, path: &Path, before: Option<&Json>, after: Option<&Json>) {
        let Some(path) = writers::told(path) else { return };
        let (before, after) = (before.map(convert::value), after.map(convert::value));
        self.found.push(AttributeChange { path, before, after, forces_replacement: false, note: None });
    }
}

/// What is zero, false or empty says the same as its absence.
fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(image: &str, more: &[Json]) -> Json {
        let mut containers = vec![json!({"name": "web", "image": image})];
        containers.extend(more.iter().cloned());
        json!({"template": {"spec": {"containers": containers}}})
    }

    /// What is told of a Deployment, by path, with the value after.
    #[track_caller]
    fn check(live: Option<&Json>, sent: &Json, answer: &Json, expected: &[(&str, Json)]) {
        let of = |spec: &Json| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec});
        let live = live.map(of);
        let found = beside(GroupKind::new("apps", "Deployment"), live.as_ref(), &of(sent), &of(answer));
        let found: Vec<_> = found
            .iter()
            .map(|change| (change.path.as_str(), change.after.as_ref().and_then(convert::json).unwrap_or_default()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_webhook_adds_is_told_and_defaults_are_not() {
        let sidecar = json!({"name": "proxy", "image": "proxy:1"});
        let path = "spec.template.spec.containers[name=proxy]";
        let mut answer = pod("web:1", std::slice::from_ref(&sidecar));
        answer["revisionHistoryLimit"] = json!(10);
        answer["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
        check(None, &pod("web:1", &[]), &answer, &[(path, sidecar.clone())]);
        // What is there already is no news.
        check(Some(&answer), &pod("web:1", &[]), &answer, &[]);
        // What changes with what is declared is.
        let mut live = answer.clone();
        live["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("IfNotPresent");
        let expected = ("spec.template.spec.containers[name=web].imagePullPolicy", json!("Always"));
        check(Some(&live), &pod("web:1", &[]), &answer, &[expected]);
    }

    #[test]
    fn what_becomes_of_what_is_declared_is_told() {
        let turned = pod("mirror/web:1", &[]);
        let path = "spec.template.spec.containers[name=web].image";
        check(None, &pod("web:1", &[]), &turned, &[(path, json!("mirror/web:1"))]);
        let with = |cpu: &str| json!({"template": {"spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": cpu}}}]}}});
        check(None, &with("0.5"), &with("500m"), &[]);
        check(None, &json!({"paused": true, "minReadySeconds": 0}), &json!({}), &[("spec.paused", Json::Null)]);
    }

    #[test]
    fn labels_that_come_are_told_and_marks_are_not() {
        let of = |labels: Json| json!({"kind": "ConfigMap", "metadata": {"name": "a", "labels": labels, "uid": "u"}});
        let answer = of(json!({"injected": "x", "flashinfra/stack": "s", "app": "web"}));
        let found = beside(GroupKind::new("", "ConfigMap"), None, &of(json!({"app": "web"})), &answer);
        assert_eq!(found.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["labels.injected"]);
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let of = |data: &str| json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {"k": data}});
        assert_eq!(beside(GroupKind::new("", "Secret"), Some(&of("a")), &of("b"), &of("c")), []);
    }
}
