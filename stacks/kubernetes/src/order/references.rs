//! What an object names, and what it makes.
//!
//! Sources: the fields of the Kubernetes API that hold names of other objects; of custom resources those of cert-manager, External Secrets,
//! Sealed Secrets and the Gateway API, from their API references.

use serde_json::Value;

use crate::manifest::{GroupKind, at, entries, group_of, is_true, items, text};

/// The name of another object, as it stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The API group of the other object.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for what is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The field that holds the name.
    pub path: String,
    /// Whether it need not be there (`optional: true`).
    pub is_optional: bool,
    /// Whether the API server itself calls it: a webhook, an aggregated API, a conversion.
    pub is_asked: bool,
}

impl Reference {
    pub(super) fn new((group, kind): (&str, &str), namespace: &str, name: &str, path: impl Into<String>) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            path: path.into(),
            is_optional: false,
            is_asked: false,
        }
    }
}

const SECRET: (&str, &str) = ("", "Secret");
const CONFIG_MAP: (&str, &str) = ("", "ConfigMap");
const CLAIM: (&str, &str) = ("", "PersistentVolumeClaim");
const SERVICE: (&str, &str) = ("", "Service");
const ACCOUNT: (&str, &str) = ("", "ServiceAccount");
const CLASS: (&str, &str) = ("storage.k8s.io", "StorageClass");
const RBAC: &str = "rbac.authorization.k8s.io";
const GATEWAY: &str = "gateway.networking.k8s.io";

/// The names of other objects in an object, in the order in which they stand there.
///
/// What an object names does not have to be in any set: `default` as a service account, a class that comes with the cluster.
pub fn refers_to(object: &Value) -> Vec<Reference> {
    let kind = GroupKind::of(object);
    let mut found = Found { object, namespace: text(object, "metadata.namespace"), references: Vec::new() };
    if let Some(spec) = kind.pod_spec() {
        pod(&mut found, spec);
    }
    match (kind.group, kind.kind) {
        ("apps", "StatefulSet") => {
            found.name(SERVICE, "spec.serviceName");
            for (number, template) in items(object, "spec.volumeClaimTemplates").iter().enumerate() {
                let path = format!("spec.volumeClaimTemplates[{number}].spec.storageClassName");
                found.in_no_namespace(CLASS, text(template, "spec.storageClassName"), path);
            }
        }
        ("", "PersistentVolumeClaim") => {
            found.in_no_namespace(CLASS, text(object, "spec.storageClassName"), "spec.storageClassName".to_owned());
            found.in_no_namespace(
                ("", "PersistentVolume"),
                text(object, "spec.volumeName"),
                "spec.volumeName".to_owned(),
            );
            for path in ["spec.dataSource", "spec.dataSourceRef"] {
                found.typed(path, "apiGroup");
            }
        }
        ("", "PersistentVolume") => {
            found.in_no_namespace(CLASS, text(object, "spec.storageClassName"), "spec.storageClassName".to_owned());
        }
        ("", "ServiceAccount") => {
            for (number, secret) in items(object, "imagePullSecrets").iter().enumerate() {
                found.push(SECRET, text(secret, "name"), format!("imagePullSecrets[{number}].name"));
            }
        }
        ("", "Secret") => {
            let path = "metadata.annotations";
            let of =
                at(object, path).and_then(|all| all.get("kubernetes.io/service-account.name")).and_then(Value::as_str);
            found.push(ACCOUNT, of.unwrap_or_default(), format!("{path}[\"kubernetes.io/service-account.name\"]"));
        }
        ("networking.k8s.io", "Ingress") => ingress(&mut found),
        (GATEWAY, _) => gateway(&mut found),
        ("autoscaling", "HorizontalPodAutoscaler") => found.target("spec.scaleTargetRef"),
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => binding(&mut found),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            for (number, webhook) in items(object, "webhooks").iter().enumerate() {
                found.asked(webhook, "clientConfig.service", &format!("webhooks[{number}]."));
            }
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            let policy = kind.kind.trim_end_matches("Binding");
            found.in_no_namespace((kind.group, policy), text(object, "spec.policyName"), "spec.policyName".to_owned());
        }
        ("apiregistration.k8s.io", "APIService") => found.asked(object, "spec.service", ""),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            found.asked(object, "spec.conversion.webhook.clientConfig.service", "");
        }
        ("cert-manager.io" | "external-secrets.io", _) => custom(&mut found, kind),
        _ => {}
    }
    found.references
}

/// What an object makes when its controller has seen it, under the name that others call it by.
pub fn makes(object: &Value) -> Vec<Reference> {
    let (namespace, own) = (text(object, "metadata.namespace"), text(object, "metadata.name"));
    let kind = GroupKind::of(object);
    let secret = |name: &str, path: &str| vec![Reference::new(SECRET, namespace, name, path)];
    match (kind.group, kind.kind) {
        ("cert-manager.io", "Certificate") => secret(text(object, "spec.secretName"), "spec.secretName"),
        ("external-secrets.io", "ExternalSecret") => match text(object, "spec.target.name") {
            "" => secret(own, "metadata.name"),
            name => secret(name, "spec.target.name"),
        },
        ("bitnami.com", "SealedSecret") => secret(own, "metadata.name"),
        _ => Vec::new(),
    }
}

struct Found<'a> {
    object: &'a Value,
    namespace: &'a str,
    references: Vec<Reference>,
}

impl Found<'_> {
    /// A name in the object's own namespace.
    fn push(&mut self, kind: (&str, &str), name: &str, path: String) {
        if !name.is_empty() {
            self.references.push(Reference::new(kind, self.namespace, name, path));
        }
    }

    fn optional(&mut self, kind: (&str, &str), name: &str, path: String, is_optional: bool) {
        if !name.is_empty() {
            let reference = Reference::new(kind, self.namespace, name, path);
            self.references.push(Reference { is_optional, ..reference });
        }
    }

    fn in_no_namespace(&mut self, kind: (&str, &str), name: &str, path: String) {
        if !name.is_empty() {
            self.references.push(Reference::new(kind, "", name, path));
        }
    }

    /// The name at a path of the object.
    fn name(&mut self, kind: (&str, &str), path: &str) {
        self.push(kind, text(self.object, path), path.to_owned());
    }

    /// A target with an `apiVersion`, in the object's own namespace.
    fn target(&mut self, path: &str) {
        let Some(target) = at(self.object, path) else { return };
        let kind = (group_of(text(target, "apiVersion")), text(target, "kind"));
        self.push(kind, text(target, "name"), path.to_owned());
    }

    /// A target with a group under this name, in the object's own namespace.
    fn typed(&mut self, path: &str, group: &str) {
        let Some(target) = at(self.object, path) else { return };
        let kind = (text(target, group), text(target, "kind"));
        self.push(kind, text(target, "name"), path.to_owned());
    }

    /// A Service that the server calls.
    fn asked(&mut self, of: &Value, path: &str, before: &str) {
        let Some(service) = at(of, path) else { return };
        let name = text(service, "name");
        if !name.is_empty() {
            let reference = Reference::new(SERVICE, text(service, "namespace"), name, format!("{before}{path}"));
            self.references.push(Reference { is_asked: true, ..reference });
        }
    }
}

fn pod(found: &mut Found<'_>, spec_path: &str) {
    let Some(spec) = at(found.object, spec_path) else { return };
    found.push(ACCOUNT, text(spec, "serviceAccountName"), format!("{spec_path}.serviceAccountName"));
    found.in_no_namespace(
        ("scheduling.k8s.io", "PriorityClass"),
        text(spec, "priorityClassName"),
        format!("{spec_path}.priorityClassName"),
    );
    found.in_no_namespace(
        ("node.k8s.io", "RuntimeClass"),
        text(spec, "runtimeClassName"),
        format!("{spec_path}.runtimeClassName"),
    );
    for (number, secret) in items(spec, "imagePullSecrets").iter().enumerate() {
        found.push(SECRET, text(secret, "name"), format!("{spec_path}.imagePullSecrets[{number}].name"));
    }
    for volume in items(spec, "volumes") {
        let path = format!("{spec_path}.volumes[name={}]", volume.get("name").unwrap_or(&Value::Null));
        mounted(found, volume, &path);
        for (number, source) in items(volume, "projected.sources").iter().enumerate() {
            let path = format!("{path}.projected.sources[{number}]");
            configured(found, source, ("configMap", "name"), ("secret", "name"), &path);
        }
    }
    for list in ["initContainers", "containers"] {
        for container in items(spec, list) {
            let path = format!("{spec_path}.{list}[name={}]", container.get("name").unwrap_or(&Value::Null));
            for source in items(container, "env") {
                let path = format!("{path}.env[name={}].valueFrom", source.get("name").unwrap_or(&Value::Null));
                let from = at(source, "valueFrom").unwrap_or(&Value::Null);
                configured(found, from, ("configMapKeyRef", "name"), ("secretKeyRef", "name"), &path);
            }
            for (number, source) in items(container, "envFrom").iter().enumerate() {
                let path = format!("{path}.envFrom[{number}]");
                configured(found, source, ("configMapRef", "name"), ("secretRef", "name"), &path);
            }
        }
    }
}

fn mounted(found: &mut Found<'_>, volume: &Value, path: &str) {
    configured(found, volume, ("configMap", "name"), ("secret", "secretName"), path);
    let claim = text(volume, "persistentVolumeClaim.claimName");
    found.push(CLAIM, claim, format!("{path}.persistentVolumeClaim.claimName"));
    let class = text(volume, "ephemeral.volumeClaimTemplate.spec.storageClassName");
    found.in_no_namespace(CLASS, class, format!("{path}.ephemeral.volumeClaimTemplate.spec.storageClassName"));
    let published = text(volume, "csi.nodePublishSecretRef.name");
    found.push(SECRET, published, format!("{path}.csi.nodePublishSecretRef.name"));
}

/// A config map and a secret, each in a field with its name in a field of that.
fn configured(found: &mut Found<'_>, of: &Value, config_map: (&str, &str), secret: (&str, &str), path: &str) {
    for (kind, (field, name)) in [(CONFIG_MAP, config_map), (SECRET, secret)] {
        let Some(source) = at(of, field) else { continue };
        found.optional(kind, text(source, name), format!("{path}.{field}.{name}"), is_true(source, "optional"));
    }
}

fn ingress(found: &mut Found<'_>) {
    let object = found.object;
    let class = text(object, "spec.ingressClassName");
    found.in_no_namespace(("networking.k8s.io", "IngressClass"), class, "spec.ingressClassName".to_owned());
    found.name(SERVICE, "spec.defaultBackend.service.name");
    for (number, rule) in items(object, "spec.rules").iter().enumerate() {
        for (path, backend) in items(rule, "http.paths").iter().enumerate() {
            let place = format!("spec.rules[{number}].http.paths[{path}].backend.service.name");
            found.push(SERVICE, text(backend, "backend.service.name"), place);
        }
    }
    let mut is_issued = false;
    for (annotation, issuer) in entries(object, "metadata.annotations") {
        let place = format!("metadata.annotations[\"{annotation}\"]");
        let issuer = issuer.as_str().unwrap_or_default();
        match annotation {
            "cert-manager.io/cluster-issuer" => {
                is_issued = true;
                found.in_no_namespace(("cert-manager.io", "ClusterIssuer"), issuer, place);
            }
            "cert-manager.io/issuer" => {
                is_issued = true;
                found.push(("cert-manager.io", "Issuer"), issuer, place);
            }
            _ => {}
        }
    }
    // With an issuer the secret is made for this very Ingress: it needs none before.
    for (number, tls) in items(object, "spec.tls").iter().enumerate().filter(|_| !is_issued) {
        found.push(SECRET, text(tls, "secretName"), format!("spec.tls[{number}].secretName"));
    }
}

/// Gateways and routes name their class, their gateways, services and certificates, with a namespace where it is another one.
fn gateway(found: &mut Found<'_>) {
    let object = found.object;
    let class = text(object, "spec.gatewayClassName");
    found.in_no_namespace((GATEWAY, "GatewayClass"), class, "spec.gatewayClassName".to_owned());
    let mut elsewhere = |kind: (&str, &str), reference: &Value, path: String| {
        let namespace = match text(reference, "namespace") {
            "" => found.namespace,
            namespace => namespace,
        };
        let name = text(reference, "name");
        if !name.is_empty() {
            found.references.push(Reference::new(kind, namespace, name, path));
        }
    };
    for (number, parent) in items(object, "spec.parentRefs").iter().enumerate() {
        elsewhere((GATEWAY, "Gateway"), parent, format!("spec.parentRefs[{number}]"));
    }
    for (number, rule) in items(object, "spec.rules").iter().enumerate() {
        for (backend, reference) in items(rule, "backendRefs").iter().enumerate() {
            elsewhere(SERVICE, reference, format!("spec.rules[{number}].backendRefs[{backend}]"));
        }
    }
    for (number, listener) in items(object, "spec.listeners").iter().enumerate() {
        for (certificate, reference) in items(listener, "tls.certificateRefs").iter().enumerate() {
            elsewhere(SECRET, reference, format!("spec.listeners[{number}].tls.certificateRefs[{certificate}]"));
        }
    }
}

fn binding(found: &mut Found<'_>) {
    let object = found.object;
    let name = text(object, "roleRef.name");
    match text(object, "roleRef.kind") {
        "ClusterRole" => found.in_no_namespace((RBAC, "ClusterRole"), name, "roleRef".to_owned()),
        _ => found.push((RBAC, "Role"), name, "roleRef".to_owned()),
    }
    for (number, subject) in items(object, "subjects").iter().enumerate() {
        if text(subject, "kind") == "ServiceAccount" && !text(subject, "name").is_empty() {
            let namespace = match text(subject, "namespace") {
                "" => found.namespace,
                namespace => namespace,
            };
            let path = format!("subjects[{number}]");
            found.references.push(Reference::new(ACCOUNT, namespace, text(subject, "name"), path));
        }
    }
}

/// cert-manager's issuers and External Secrets' stores. One that is of the cluster has a kind of its own.
fn custom(found: &mut Found<'_>, kind: GroupKind<'_>) {
    let object = found.object;
    let (path, usual) = match kind.group {
        "cert-manager.io" => ("spec.issuerRef", "Issuer"),
        _ => ("spec.secretStoreRef", "SecretStore"),
    };
    if let Some(reference) = at(object, path) {
        let named = match text(reference, "kind") {
            "" => usual,
            named => named,
        };
        let group = match text(reference, "group") {
            "" => kind.group,
            group => group,
        };
        let name = text(reference, "name");
        if named.starts_with("Cluster") {
            found.in_no_namespace((group, named), name, path.to_owned());
        } else {
            found.push((group, named), name, path.to_owned());
        }
    }
}
