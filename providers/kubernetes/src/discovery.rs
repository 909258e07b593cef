//! Which kinds a cluster serves, asked once in a run, and again when something is not among them.

use std::collections::BTreeMap;

use flashinfra_stacks_kubernetes::kind_of;
use serde_json::Value as Json;

use crate::api::{Api, Failure};

/// The forms in which the API tells all that it serves in one answer (aggregated discovery, since Kubernetes 1.30).
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A kind in a version that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    /// What it is called in paths: `deployments`.
    pub(crate) plural: String,
    pub(crate) is_namespaced: bool,
}

impl Served {
    /// `apps/v1`, `v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether an object can be called so: in a namespace, or in none.
    pub(crate) fn has(&self, namespace: Option<&str>) -> bool {
        self.is_namespaced == namespace.is_some()
    }

    /// What is wrong with where an object is declared to be; nothing when its kind is there.
    pub(crate) fn misplaced(&self, namespace: Option<&str>) -> Option<String> {
        let kind = &self.kind;
        match namespace {
            _ if self.has(namespace) => None,
            None => Some(format!("a {kind} is in a namespace: it needs `metadata.namespace`")),
            Some(_) => Some(format!("a {kind} is in no namespace: leave `metadata.namespace` out")),
        }
    }

    /// What the definition of the kind is called, where it is a custom one.
    pub(crate) fn definition(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }

    /// The path of an object, or of all of them.
    pub(crate) fn path(&self, namespace: Option<&str>, name: Option<&str>) -> String {
        let mut path = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        if let Some(namespace) = namespace.filter(|_| self.is_namespaced) {
            path.push_str(&format!("/namespaces/{namespace}"));
        }
        path.push_str(&format!("/{}", self.plural));
        if let Some(name) = name {
            path.push_str(&format!("/{name}"));
        }
        path
    }
}

/// All that a cluster serves, by our names of the kinds: of each its versions, the preferred one first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Discovery {
    kinds: BTreeMap<String, Vec<Served>>,
    /// Whether an aggregated API did not say what it serves: then nobody knows that a kind is not there.
    is_stale: bool,
}

impl Discovery {
    /// Asks a cluster.
    pub(crate) async fn ask(api: &Api) -> Result<Self, Failure> {
        let mut discovery = Self::default();
        for path in ["/api", "/apis"] {
            discovery.add(&api.get("discover", path, ACCEPT).await?);
        }
        Ok(discovery)
    }

    fn add(&mut self, answer: &Json) {
        for group in items(answer, "items") {
            let name = group.get("metadata").map_or("", |metadata| text(metadata, "name"));
            for version in items(group, "versions") {
                self.is_stale |= text(version, "freshness") == "Stale";
                for resource in items(version, "resources") {
                    let kind = resource.get("responseKind").map_or("", |kind| text(kind, "kind"));
                    let served = Served {
                        group: name.to_owned(),
                        version: text(version, "version").to_owned(),
                        kind: kind.to_owned(),
                        plural: text(resource, "resource").to_owned(),
                        is_namespaced: text(resource, "scope") == "Namespaced",
                    };
                    if !kind.is_empty() && items(resource, "verbs").any(|verb| verb == "get") {
                        self.kinds.entry(kind_of(name, kind)).or_default().push(served);
                    }
                }
            }
        }
    }

    /// A kind in the version that is asked for, or in the preferred one when that is not served.
    pub(crate) fn served(&self, kind: &str, api_version: Option<&str>) -> Option<&Served> {
        let versions = self.kinds.get(kind)?;
        let asked = versions.iter().find(|served| Some(served.api_version().as_str()) == api_version);
        asked.or_else(|| versions.first())
    }

    /// Whether what is not among the kinds may be served all the same.
    pub(crate) fn is_stale(&self) -> bool {
        self.is_stale
    }
}

fn items<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    json.get(key).and_then(Json::as_array).into_iter().flatten()
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_found_by_name_and_version() {
        let resource = |kind: &str, plural: &str, scope: &str| json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["get", "list"]});
        let mut discovery = Discovery::default();
        discovery.add(&json!({"items": [
            {"metadata": {}, "versions": [{"version": "v1", "resources": [
                resource("Namespace", "namespaces", "Cluster"), resource("ConfigMap", "configmaps", "Namespaced"),
                {"resource": "bindings", "responseKind": {"kind": "Binding"}, "verbs": ["create"]}]}]},
            {"metadata": {"name": "example.com"}, "versions": [
                {"version": "v2", "resources": [resource("Widget", "widgets", "Namespaced")]},
                {"version": "v1", "freshness": "Stale", "resources": [resource("Widget", "widgets", "Namespaced")]}]}]}));
        let path = |kind: &str, version: Option<&str>, namespace| {
            discovery.served(kind, version).map(|served| served.path(namespace, Some("x")))
        };
        let found = |text: &str| Some(text.to_owned());
        assert_eq!(path("kubernetes.namespace", Some("v1"), None), found("/api/v1/namespaces/x"));
        assert_eq!(path("kubernetes.config_map", None, Some("n")), found("/api/v1/namespaces/n/configmaps/x"));
        let widget = "kubernetes.widget.example.com";
        assert_eq!(path(widget, None, Some("n")), found("/apis/example.com/v2/namespaces/n/widgets/x"));
        assert_eq!(
            path(widget, Some("example.com/v1"), Some("n")),
            found("/apis/example.com/v1/namespaces/n/widgets/x")
        );
        assert_eq!(
            path(widget, Some("example.com/v0"), Some("n")),
            found("/apis/example.com/v2/namespaces/n/widgets/x")
        );
        assert_eq!(path("kubernetes.binding", None, None), None);
        assert!(discovery.is_stale());
    }
}
