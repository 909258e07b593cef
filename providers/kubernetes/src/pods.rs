//! The pods of an object: which are its own, and in what order they are told of.

use serde_json::Value as Json;

use crate::api::{Api, Failure};
use crate::object::{GroupKind, entries, items, text};

/// The selector of the pods that an object makes, for a query. Labels need no escaping but for their slashes.
pub(crate) fn selector(object: &Json) -> Option<String> {
    let kind = GroupKind::of(object);
    if kind.kind == "Pod" {
        return None;
    }
    kind.pod_spec()?;
    let path = if kind.kind == "ReplicationController" { "spec.selector" } else { "spec.selector.matchLabels" };
    let labels: Vec<_> = entries(object, path)
        .filter_map(|(name, value)| Some(format!("{}%3D{}", name.replace('/', "%2F"), value.as_str()?)))
        .collect();
    (!labels.is_empty()).then(|| labels.join("%2C"))
}

/// The pods with these labels, so many at most, in the order of the server.
pub(crate) async fn selected(api: &Api, namespace: &str, selector: &str, limit: u32) -> Result<Vec<Json>, Failure> {
    let path = format!("/api/v1/namespaces/{namespace}/pods?limit={limit}&labelSelector={selector}");
    let list = api.get("list pods", &path, "application/json").await?;
    let mut pods = items(&list, "items").to_vec();
    // The items of a list do not say what they are.
    for pod in &mut pods {
        pod["apiVersion"] = "v1".into();
        pod["kind"] = "Pod".into();
    }
    Ok(pods)
}

/// Puts the newest first: those are of the change that was waited for.
pub(crate) fn newest_first(pods: &mut [Json]) {
    pods.sort_by(|a, b| text(b, "metadata.creationTimestamp").cmp(text(a, "metadata.creationTimestamp")));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_are_found_by_the_selector() {
        let labels = json!({"app.kubernetes.io/name": "web", "tier": "front"});
        let deployment =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"selector": {"matchLabels": labels}}});
        assert_eq!(selector(&deployment).unwrap(), "app.kubernetes.io%2Fname%3Dweb%2Ctier%3Dfront");
        assert_eq!(selector(&json!({"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"a": "b"}}})), None);
    }

    #[test]
    fn the_newest_pod_is_told_of_first() {
        let pod = |name: &str, made: &str| json!({"metadata": {"name": name, "creationTimestamp": made}});
        let mut pods = [
            pod("old", "2026-11-27T10:00:00Z"),
            pod("new", "2026-11-27T10:02:00Z"),
            pod("between", "2026-11-27T10:01:00Z"),
        ];
        newest_first(&mut pods);
        assert_eq!(pods.each_ref().map(|pod| text(pod, "metadata.name")), ["new", "between", "old"]);
    }
}
