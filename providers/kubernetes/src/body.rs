//! What is sent for an object: all of its declared fields, since server-side apply takes away what it is not sent.

use flashinfra_plans::resolve::base64;
use flashinfra_plans::{Map, Name, OwnerMark, Value};
use flashinfra_providers::{Class, Error, Inputs};
use flashinfra_stacks_kubernetes::{DEFINED_BY, OPTIONAL, READY_WHEN, field_name};
use serde_json::{Value as Json, json};

use crate::convert;
use crate::discovery::Served;
use crate::marks::{self, OWNER, STACK};

/// Attributes that are no fields of the object.
const NO_FIELDS: [&str; 13] = [
    "annotations",
    "api_version",
    DEFINED_BY,
    "finalizers",
    "force",
    "labels",
    "name",
    "namespace",
    OPTIONAL,
    READY_WHEN,
    "scaled_by",
    "uid",
    "written_by",
];

/// The field of an object's version.
const VERSION: &str = "resourceVersion";

/// The object to apply. `live` is the object as it is, for what is to stay as it is there.
pub(crate) fn of(served: &Served, inputs: &Inputs, mark: &OwnerMark, live: Option<&Json>) -> Result<Json, Error> {
    let mut metadata = serde_json::Map::new();
    for key in ["name", "namespace"] {
        if let Some(text) = inputs.text(key) {
            metadata.insert(key.into(), text.into());
        }
    }
    for (key, ours, value) in [("labels", STACK, mark.stack.to_string()), ("annotations", OWNER, mark.to_text())] {
        let declared = inputs.get(key).map(|entries| known(key, entries)).transpose()?;
        let mut entries = declared.and_then(|json| json.as_object().cloned()).unwrap_or_default();
        entries.insert(ours.into(), value.into());
        metadata.insert(key.into(), Json::Object(entries));
    }
    if let Some(finalizers) = inputs.get("finalizers") {
        metadata.insert("finalizers".into(), known("finalizers", finalizers)?);
    }
    // The same name under another uid is another object.
    if let Some(uid) = live.and_then(|live| marks::metadata(live, "uid")) {
        metadata.insert("uid".into(), uid.clone());
    }
    let mut object = serde_json::Map::new();
    object.insert(
        "apiVersion".into(),
        inputs.text("api_version").map_or_else(|| served.api_version(), Into::into).into(),
    );
    object.insert("kind".into(), served.kind.clone().into());
    object.insert("metadata".into(), Json::Object(metadata));
    for (name, value) in fields(&inputs.attributes) {
        let json = match (served.group.as_str(), served.kind.as_str(), name.as_str()) {
            ("", "Secret", "data") => secret_data(value, inputs, live)?,
            _ => known(name, value)?,
        };
        object.insert(field_name(name), json);
    }
    Ok(Json::Object(object))
}

/// The object as far as it says which places are declared: what stands there only later is null.
pub(crate) fn places(declared: &Map) -> Json {
    let mut metadata = serde_json::Map::new();
    for key in ["labels", "annotations", "finalizers"] {
        metadata.extend(declared.get(key).map(|value| (key.to_owned(), convert::known_part(value))));
    }
    let mut object: serde_json::Map<_, _> =
        fields(declared).map(|(name, value)| (field_name(name), convert::known_part(value))).collect();
    object.insert("metadata".into(), metadata.into());
    object.into()
}

/// The attributes that are fields at the top of the object.
pub(crate) fn fields(attributes: &Map) -> impl Iterator<Item = (&Name, &Value)> {
    let fields = attributes.iter().filter(|(name, _)| !NO_FIELDS.contains(&name.as_str()));
    fields.map(|(name, value)| (name, value))
}

/// What a Secret holds. A value that was not sent along does not change, and is sent as it is in the cluster: what is left out
/// would be taken away.
fn secret_data(declared: &Value, inputs: &Inputs, live: Option<&Json>) -> Result<Json, Error> {
    let mut data = serde_json::Map::new();
    for (key, _) in declared.as_map().into_iter().flatten() {
        let kept = || live?.get("data")?.get(key.as_str()).cloned();
        let value = match inputs.secret(&format!("data.{key}")) {
            Some(secret) => Some(Json::from(base64(secret.reveal().as_bytes()))),
            None => kept(),
        };
        let Some(value) = value else {
            let message = format!("`data.{key}` is not among the secrets of this call, and not in the cluster either");
            return Err(Error::new(Class::FixInput, message));
        };
        data.insert(key.to_string(), value);
    }
    Ok(Json::Object(data))
}

/// A value as JSON, unless it holds a secret.
pub(crate) fn known(name: &str, value: &Value) -> Result<Json, Error> {
    convert::json(value).ok_or_else(|| {
        let message = format!(
            "`{name}` holds a secret, which would stand there in clear: put it into a Secret, and refer to that"
        );
        Error::new(Class::FixInput, message)
    })
}

/// Keeps the replicas that are live, where they are ours and not declared any more: to apply an object without them sets them back to
/// one.
pub(crate) fn keep_replicas(body: &mut Json, live: &Json) {
    let replicas = |object: &Json| object.get("spec").and_then(|spec| spec.get("replicas")).cloned();
    if let (None, Some(now)) = (replicas(body), replicas(live))
        && crate::writers::is_ours(live, "spec.replicas")
        && let Some(spec) = body.get_mut("spec").and_then(Json::as_object_mut)
    {
        spec.insert("replicas".into(), now);
    }
}

/// Makes a request for the version that was read, and for no other.
pub(crate) fn for_version_of(body: &mut Json, live: &Json) {
    let metadata = body.get_mut("metadata").and_then(Json::as_object_mut);
    if let (Some(metadata), Some(version)) = (metadata, marks::metadata(live, VERSION)) {
        metadata.insert(VERSION.into(), version.clone());
    }
}

/// What is sent to delete exactly this object, with what its controllers made of it; perhaps only in this version.
pub(crate) fn deletion(live: &Json, in_this_version: bool) -> Json {
    let known = ["uid", VERSION].into_iter().filter(|key| in_this_version || *key != VERSION);
    let known = known.filter_map(|key| Some((key.to_owned(), marks::metadata(live, key)?.clone())));
    let preconditions: serde_json::Map<_, _> = known.collect();
    json!({ "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", "preconditions": preconditions })
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::value::Secret;
    use flashinfra_plans::{Address, map};
    use flashinfra_providers::Sensitive;

    use super::*;

    fn mark() -> OwnerMark {
        OwnerMark { stack: "s-1".into(), address: Address::parse("kubernetes.secret/a").unwrap(), generation: 2 }
    }

    fn served(group: &str, kind: &str) -> Served {
        let plural = format!("{}s", kind.to_lowercase());
        Served { group: group.into(), version: "v1".into(), kind: kind.into(), plural, is_namespaced: true }
    }

    #[test]
    fn an_object_is_put_together() {
        let inputs = Inputs {
            attributes: map! {
                "api_version" => "rbac.authorization.k8s.io/v1", "name" => "a", "namespace" => "n",
                "labels" => map! { "app" => "x" }, "force" => vec![Value::from("spec")],
                "role_ref" => map! { "name" => "r" },
            },
            ..Inputs::default()
        };
        let live = json!({"metadata": {"uid": "u-1"}});
        let body = of(&served("rbac.authorization.k8s.io", "RoleBinding"), &inputs, &mark(), Some(&live)).unwrap();
        assert_eq!(
            body,
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {
                    "name": "a", "namespace": "n", "uid": "u-1", "labels": {"app": "x", "flashinfra/stack": "s-1"},
                    "annotations": {"flashinfra/owner": "s-1/2/kubernetes.secret/a"}},
                "roleRef": {"name": "r"}})
        );
    }

    #[test]
    fn secrets_are_sent_or_kept_and_stand_nowhere_else() {
        let secret = || Value::Secret(Box::new(Secret::Env { name: "X".into(), version: 1 }));
        let mut inputs = Inputs {
            attributes: map! { "name" => "a", "data" => map! { "tls.crt" => secret(), "old" => secret() } },
            ..Inputs::default()
        };
        inputs.secrets.insert("data.tls.crt".into(), Sensitive::new("clear".into()));
        let live = json!({"data": {"old": "b2xk", "theirs": "eA=="}});
        let body = of(&served("", "Secret"), &inputs, &mark(), Some(&live)).unwrap();
        assert_eq!(body["data"], json!({"tls.crt": "Y2xlYXI=", "old": "b2xk"}));
        assert_eq!(of(&served("", "Secret"), &inputs, &mark(), None).unwrap_err().class, Class::FixInput);
        let inputs = Inputs { attributes: map! { "spec" => map! { "x" => secret() } }, ..Inputs::default() };
        assert!(of(&served("", "Pod"), &inputs, &mark(), None).unwrap_err().message.contains("in clear"));
    }

    #[test]
    fn replicas_that_nobody_declares_any_more_stay_while_they_are_ours() {
        let live = |manager: &str| {
            json!({"spec": {"replicas": 7}, "metadata": {"managedFields": [
                {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}})
        };
        let kept = |live: &Json, body: Json| {
            let mut body = body;
            keep_replicas(&mut body, live);
            body["spec"]["replicas"].clone()
        };
        assert_eq!(kept(&live("flashinfra"), json!({"spec": {}})), json!(7));
        assert_eq!(kept(&live("kube-controller-manager"), json!({"spec": {}})), Json::Null);
        assert_eq!(kept(&live("flashinfra"), json!({"spec": {"replicas": 2}})), json!(2));
    }
}
