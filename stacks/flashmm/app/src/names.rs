//! What objects of FlashMM have in common.

use flashinfra::Stack;
use flashinfra::kubernetes::{ObjectHandle, token};
use serde_json::{Value as Json, json};

/// The namespaces.
pub(crate) struct Names {
    /// Where FlashMM runs.
    pub(crate) app: ObjectHandle,
    /// Where it is watched from. None where there is neither rule nor alert.
    pub(crate) monitoring: Option<ObjectHandle>,
    /// Where its backups are made. None where there are none.
    pub(crate) system: Option<ObjectHandle>,
    /// The environment.
    pub(crate) environment: String,
}

/// The label that all of it has.
pub(crate) const PART_OF: &str = "flashmm-platform";
/// The name of the program, which its pods have as a label.
pub(crate) const APP: &str = "flashmm-app";

/// The name of a namespace of a role: `flashmm-monitoring`.
pub(crate) fn namespace(app: &str, role: &str) -> String {
    if role.is_empty() { app.to_owned() } else { format!("{app}-{role}") }
}

/// The metadata of an object in a namespace.
pub(crate) fn metadata(namespace: &ObjectHandle, name: &str) -> Json {
    json!({ "name": name, "namespace": token(namespace.name()), "labels": labels(name) })
}

/// The labels of an object.
pub(crate) fn labels(name: &str) -> Json {
    json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": PART_OF })
}

/// What pods are found by.
pub(crate) fn selector(name: &str) -> Json {
    json!({ "app.kubernetes.io/name": name })
}

/// An object in a namespace, with what it has beyond metadata.
pub(crate) fn object(api_version: &str, kind: &str, metadata: Json, beyond: Json) -> Json {
    let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata });
    if let (Json::Object(object), Json::Object(beyond)) = (&mut object, beyond) {
        object.extend(beyond);
    }
    object
}

/// What a pod may do: what the profile `restricted` asks for.
pub(crate) fn pod_security(user: u32) -> Json {
    json!({
        "runAsNonRoot": true, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
        "seccompProfile": { "type": "RuntimeDefault" },
    })
}

/// What a container may do.
pub(crate) fn container_security() -> Json {
    json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } })
}

impl Names {
    /// The environment of a stack.
    pub(crate) fn environment_of(stack: &Stack) -> String {
        stack.environment().to_owned()
    }
}
