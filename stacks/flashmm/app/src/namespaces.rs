//! The namespaces: what pods may do there, and how much they may take.

use flashinfra::kubernetes::{self, ObjectHandle};
use flashinfra::{Lifecycle, Stack};
use serde_json::json;

use crate::Params;
use crate::names::{Names, PART_OF, metadata, namespace, object};

/// Declares them, with their quota.
pub(crate) fn namespaces(stack: &mut Stack, params: &Params) -> Names {
    let (backups, monitoring) = (params.backups.enabled, params.monitoring.enabled);
    let app = add(stack, params, "", "restricted");
    let monitoring = monitoring.then(|| add(stack, params, "monitoring", "baseline"));
    let system = backups.then(|| add(stack, params, "system", "restricted"));
    let names = Names { app, monitoring, system, environment: Names::environment_of(stack) };
    if !params.quota.is_empty() {
        let quota = json!({ "spec": { "hard": params.quota } });
        stack.add("quota", kubernetes::object(object("v1", "ResourceQuota", metadata(&names.app, "flashmm"), quota)));
        // Where limits are counted, a pod that names none is refused: these are for who forgets.
        let default = json!({ "cpu": "500m", "memory": "512Mi" });
        let request = json!({ "cpu": "100m", "memory": "128Mi" });
        let limits =
            json!({ "spec": { "limits": [{ "type": "Container", "default": default, "defaultRequest": request }] } });
        stack.add("limits", kubernetes::object(object("v1", "LimitRange", metadata(&names.app, "flashmm"), limits)));
    }
    names
}

/// A namespace, whose pods are held to a profile of the Pod Security Standards. PodSecurityPolicy is gone since Kubernetes 1.25.
fn add(stack: &mut Stack, params: &Params, role: &str, profile: &str) -> ObjectHandle {
    let name = namespace(&params.namespace, role);
    let labels = json!({
        "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": PART_OF,
        "pod-security.kubernetes.io/enforce": profile, "pod-security.kubernetes.io/warn": "restricted",
    });
    let annotations = json!({ "flashmm.com/contact": params.ingress.email });
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": name, "labels": labels, "annotations": annotations } });
    let address = if role.is_empty() { "app" } else { role };
    // With a namespace goes all that is in it. What is in development may.
    let is_protected = stack.environment() != "development";
    stack.add(address, kubernetes::object(namespace).lifecycle(Lifecycle::new().protect(is_protected)))
}
