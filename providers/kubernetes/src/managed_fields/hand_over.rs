//! Fields that other tools applied, handed over to us: what adopting an object takes beside its owner mark.
//!
//! Two managers may have one field. While the one that made the object still has it, taking the field out of our definition would leave it
//! in the object: server-side apply removes what nobody has any more. So the field has to change hands, and the API has no request for
//! that but to write `metadata.managedFields`, as client-go's `csaupgrade` does for `kubectl apply --server-side`. Values stay as they are.
//!
//! What is not declared stays with who has it: were it ours, the next apply would remove it, and no plan would have said so.

use serde_json::{Map, Value, json};

use super::{Entry, Writer, entry, step};
use crate::object::{items, text};
use crate::path::Path;

/// The managed fields of an object with those declared fields handed over to `us` that people's tools and other deployers wrote. None when
/// there is nothing to hand over.
pub fn handed_over(object: &Value, declared: &Value, us: &str) -> Option<Value> {
    let all = items(object, "metadata.managedFields");
    let is_applied_by_us = |value: &Value| text(value, "manager") == us && text(value, "operation") == "Apply";
    let ours = all.iter().find(|value| is_applied_by_us(value) && text(value, "subresource").is_empty());
    let from = |value: &&Value| is_deployer(&entry(value), us);
    // Whoever applies has one entry, in one version of the API: fields in the words of another one stay where they are.
    let version = ours.or_else(|| all.iter().find(from)).map(|value| text(value, "apiVersion"))?.to_owned();
    let mut taken = ours.and_then(|value| value.get("fieldsV1")).cloned().unwrap_or_else(|| json!({}));
    let (mut kept, mut has_taken) = (Vec::new(), false);
    for value in all.iter().filter(|value| ours != Some(*value)) {
        if !from(&value) || text(value, "apiVersion") != version {
            kept.push(value.clone());
            continue;
        }
        let (theirs, rest) = split(value.get("fieldsV1").unwrap_or(&Value::Null), declared);
        has_taken |= theirs.is_some();
        if let Some(theirs) = theirs {
            merge(&mut taken, theirs);
        }
        if let Some(rest) = rest {
            let mut value = value.clone();
            value["fieldsV1"] = rest;
            kept.push(value);
        }
    }
    if !has_taken {
        return None;
    }
    let mut ours = ours.cloned().unwrap_or_else(
        || json!({"manager": us, "operation": "Apply", "apiVersion": version, "fieldsType": "FieldsV1"}),
    );
    ours["fieldsV1"] = taken;
    kept.insert(0, ours);
    Some(kept.into())
}

/// Whether an entry is of a tool that people deploy with, which the stack is from now on. Controllers keep what is theirs.
fn is_deployer(entry: &Entry, us: &str) -> bool {
    entry.manager != us
        && entry.subresource.is_empty()
        && match entry.writer() {
            Writer::Person | Writer::Deployer => true,
            Writer::Controller | Writer::Unknown => false,
        }
}

/// Fields as two sets, in the API's own form: those that are declared, and the others.
fn split(fields: &Value, declared: &Value) -> (Option<Value>, Option<Value>) {
    let (mut ours, mut rest) = (Map::new(), Map::new());
    let mut own = None;
    for (key, inner) in fields.as_object().into_iter().flatten() {
        if key == "." {
            own = Some(inner.clone());
            continue;
        }
        let found = step(key).and_then(|step| Path(vec![step]).get(declared));
        let is_leaf = inner.as_object().is_none_or(Map::is_empty);
        let (theirs, left) = match found {
            None => (None, Some(inner.clone())),
            Some(_) if is_leaf => (Some(inner.clone()), None),
            Some(declared) => split(inner, declared),
        };
        ours.extend(theirs.map(|theirs| (key.clone(), theirs)));
        rest.extend(left.map(|left| (key.clone(), left)));
    }
    if let Some(own) = own {
        // The thing itself is declared, since this is inside of it: it changes hands with what is declared in it.
        if !ours.is_empty() || rest.is_empty() {
            ours.insert(".".into(), own.clone());
        }
        if !rest.is_empty() {
            rest.insert(".".into(), own);
        }
    }
    let some = |fields: Map<String, Value>| (!fields.is_empty()).then(|| fields.into());
    (some(ours), some(rest))
}

/// Puts fields into a set of fields.
fn merge(into: &mut Value, fields: Value) {
    let (Some(into), Value::Object(fields)) = (into.as_object_mut(), fields) else { return };
    for (key, inner) in fields {
        merge(into.entry(key).or_insert_with(|| json!({})), inner);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn managed(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
            "time": "2026-11-27T10:00:00Z", "fieldsV1": fields})
    }

    fn object(entries: &[Value]) -> Value {
        json!({"metadata": {"managedFields": entries}})
    }

    fn declared() -> Value {
        json!({"metadata": {"name": "web", "labels": {"app": "web"}}, "spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}], "args": ["a"]}]}}}})
    }

    #[test]
    fn what_is_declared_changes_hands_and_the_rest_stays() {
        let port = r#"k:{"containerPort":80,"protocol":"TCP"}"#;
        let container = json!({".": {}, "f:name": {}, "f:image": {}, "f:args": {}, "f:tty": {},
            "f:ports": {port: {".": {}, "f:containerPort": {}}}});
        let helm = managed(
            "helm",
            "Apply",
            &json!({
                "f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}, "f:labels": {"f:app": {}, "f:chart": {}}},
                "f:spec": {"f:replicas": {}, "f:paused": {}, "f:template": {"f:spec": {"f:containers": {
                    r#"k:{"name":"web"}"#: container, r#"k:{"name":"sidecar"}"#: {".": {}, "f:name": {}}}}}},
            }),
        );
        let controller = managed("kube-controller-manager", "Update", &json!({"f:spec": {"f:replicas": {}}}));
        let marks = managed("flashinfra", "Update", &json!({"f:metadata": {"f:labels": {"f:flashinfra/stack": {}}}}));
        let handed =
            handed_over(&object(&[helm.clone(), controller.clone(), marks.clone()]), &declared(), "flashinfra")
                .unwrap();
        let ours = json!({
            "f:metadata": {"f:labels": {"f:app": {}}},
            "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {r#"k:{"name":"web"}"#: {
                ".": {}, "f:name": {}, "f:image": {}, "f:args": {}, "f:ports": {port: {".": {}, "f:containerPort": {}}}}}}}},
        });
        assert_eq!(handed[0]["fieldsV1"], ours, "{handed:#}");
        assert_eq!((&handed[0]["manager"], &handed[0]["operation"]), (&json!("flashinfra"), &json!("Apply")));
        let rest = json!({
            "f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}, "f:labels": {"f:chart": {}}},
            "f:spec": {"f:paused": {}, "f:template": {"f:spec": {"f:containers": {
                r#"k:{"name":"web"}"#: {".": {}, "f:tty": {}}, r#"k:{"name":"sidecar"}"#: {".": {}, "f:name": {}}}}}},
        });
        assert_eq!((&handed[1]["manager"], &handed[1]["fieldsV1"]), (&json!("helm"), &rest));
        assert_eq!((&handed[2], &handed[3]), (&controller, &marks));
        assert_eq!(handed_over(&object(handed.as_array().unwrap()), &declared(), "flashinfra"), None, "once is enough");
    }

    #[test]
    fn fields_join_those_that_we_have_already() {
        let ours = managed("flashinfra", "Apply", &json!({"f:spec": {"f:replicas": {}}}));
        let theirs =
            managed("kubectl-client-side-apply", "Update", &json!({"f:metadata": {"f:labels": {"f:app": {}}}}));
        let handed = handed_over(&object(&[ours, theirs]), &declared(), "flashinfra").unwrap();
        assert_eq!(handed.as_array().unwrap().len(), 1, "an entry without fields is none: {handed}");
        assert_eq!(
            handed[0]["fieldsV1"],
            json!({"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:replicas": {}}})
        );
    }

    #[test]
    fn what_is_of_another_version_or_subresource_or_of_a_controller_stays() {
        let fields = json!({"f:spec": {"f:replicas": {}}});
        let ours = managed("flashinfra", "Apply", &json!({}));
        let mut older = managed("helm", "Apply", &fields);
        older["apiVersion"] = json!("apps/v1beta1");
        let mut scaled = managed("kubectl", "Update", &fields);
        scaled["subresource"] = json!("scale");
        for entry in [older, scaled, managed("keda", "Update", &fields), managed("somebody", "Apply", &fields)] {
            assert_eq!(handed_over(&object(&[ours.clone(), entry]), &declared(), "flashinfra"), None);
        }
        assert_eq!(handed_over(&object(&[]), &declared(), "flashinfra"), None);
    }
}
