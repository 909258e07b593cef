//! In which order the objects of a set are made, and what in it needs what.
//!
//! Two things make an order. What an object names must be there before it: those are [edges], and they are exact. What it needs
//! and does not name (a quota counts pods, a role lets a program ask the API, a policy shuts a port) is the [rank] of kinds. Objects go
//! in the reverse order. Helm has the ranks alone, so a custom resource before its definition, or a Job before the one that it waits for,
//! is up to its user there.

mod references;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::manifest::{GroupKind, at, entries, items, text};

pub use references::{Reference, makes, refers_to};

/// Kinds by rank, from first to last. Those of one line are made together.
const RANKS: &[&[(&str, &str)]] = &[
    &[("", "Namespace"), ("scheduling.k8s.io", "PriorityClass"), ("node.k8s.io", "RuntimeClass")],
    &[("", "ResourceQuota"), ("", "LimitRange"), ("networking.k8s.io", "NetworkPolicy")],
    &[("apiextensions.k8s.io", "CustomResourceDefinition")],
    &[("", "ServiceAccount"), ("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "Role")],
    &[("rbac.authorization.k8s.io", "ClusterRoleBinding"), ("rbac.authorization.k8s.io", "RoleBinding")],
    &[("", "Secret"), ("", "ConfigMap")],
    &[("storage.k8s.io", "StorageClass"), ("storage.k8s.io", "VolumeAttributesClass"), ("storage.k8s.io", "CSIDriver")],
    &[("", "PersistentVolume")],
    &[("", "PersistentVolumeClaim")],
    &[("", "Service"), ("", "Endpoints"), ("discovery.k8s.io", "EndpointSlice"), ("networking.k8s.io", "IngressClass")],
    &[
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("batch", "Job"),
        ("", "Pod"),
        ("", "ReplicationController"),
    ],
    &[("batch", "CronJob"), ("autoscaling", "HorizontalPodAutoscaler"), ("policy", "PodDisruptionBudget")],
    &[("networking.k8s.io", "Ingress")],
    // Custom resources, and whatever kind is not listed.
    &[],
    &[("apiregistration.k8s.io", "APIService")],
    // From the moment that there is one, it is asked about every object that follows: so nothing follows.
    &[
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ],
    &[
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ],
];

/// Custom resources that workloads are made to use without naming them: they make secrets, and come before workloads.
const SUPPLIERS: &[&str] = &["bitnami.com", "external-secrets.io", "cert-manager.io", "secrets-store.csi.x-k8s.io"];

const RBAC: &str = "rbac.authorization.k8s.io";

/// When objects of a kind are made: the lower, the earlier. They are deleted in the reverse order.
pub fn rank(kind: GroupKind<'_>) -> usize {
    let others = RANKS.iter().position(|kinds| kinds.is_empty()).unwrap_or_default();
    let of = |kind: (&str, &str)| RANKS.iter().position(|kinds| kinds.contains(&kind));
    match of((kind.group, kind.kind)) {
        Some(rank) => rank,
        None if SUPPLIERS.contains(&kind.group) => of(("", "Secret")).unwrap_or(others),
        None => others,
    }
}

/// That one object of a set needs another one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The place in the set of the object that needs.
    pub from: usize,
    /// The place in the set of the object that is needed.
    pub to: usize,
    /// Where that stands: the path of the field, or a few words.
    pub because: String,
}

/// Why an object needs the definition of its kind.
pub(crate) const DEFINITION: &str = "its definition";

/// What in a set needs what. An object needs its namespace, its definition, what it names, and what makes what it names (an
/// ExternalSecret makes the Secret that a pod mounts). What makes pods also needs what is said of pods beforehand: the rights of their
/// account, the limits of their namespace, and who may reach them.
///
/// Names of what is not in the set are no edges. There is one edge at most between two objects.
pub fn edges(objects: &[Value]) -> Vec<Edge> {
    let index = Index::of(objects);
    let mut edges: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for (from, object) in objects.iter().enumerate() {
        let mut add = |to: usize, because: &str| {
            if to != from {
                edges.entry((from, to)).or_insert_with(|| because.to_owned());
            }
        };
        let kind = GroupKind::of(object);
        let namespace = text(object, "metadata.namespace");
        let in_namespace = Reference::new(("", "Namespace"), "", namespace, "metadata.namespace");
        index.find(&in_namespace).for_each(|to| add(to, "metadata.namespace"));
        index.definition(kind).iter().for_each(|to| add(*to, DEFINITION));
        for reference in refers_to(object) {
            for to in index.find(&reference) {
                add(to, &reference.path);
                // The server asks this Service itself, so what answers has to run.
                if reference.is_asked {
                    selected(objects, to).for_each(|workload| add(workload, &reference.path));
                }
            }
        }
        if kind.pod_spec().is_some() {
            said_before(objects, from).for_each(|(to, because)| add(to, because));
        }
        if (kind.group, kind.kind) == ("policy", "PodDisruptionBudget") {
            let labels = Labels::of(object, "spec.selector.matchLabels");
            labels.select(objects, namespace).for_each(|to| add(to, "spec.selector"));
        }
    }
    edges.into_iter().map(|((from, to), because)| Edge { from, to, because }).collect()
}

/// The places of a set in the order in which its objects are made: what is needed first, then by [rank], namespace and name, so that it is
/// the same each time. Where objects need each other in a circle, it is cut at the first of them.
pub fn sorted(objects: &[Value]) -> Vec<usize> {
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); objects.len()];
    for edge in edges(objects) {
        needs[edge.from].insert(edge.to);
    }
    let key = |place: &usize| {
        let object = &objects[*place];
        let kind = GroupKind::of(object);
        (rank(kind), kind, text(object, "metadata.namespace"), text(object, "metadata.name"), *place)
    };
    let mut left: Vec<usize> = (0..objects.len()).collect();
    left.sort_by(|a, b| key(a).cmp(&key(b)));
    let (mut order, mut made) = (Vec::with_capacity(left.len()), BTreeSet::new());
    while !left.is_empty() {
        let next = left.iter().position(|place| needs[*place].is_subset(&made)).unwrap_or_default();
        let next = left.remove(next);
        made.insert(next);
        order.push(next);
    }
    order
}

/// What has to be said of the pods of a workload before there are any, with the words for it.
fn said_before(objects: &[Value], workload: usize) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    let object = &objects[workload];
    let namespace = text(object, "metadata.namespace");
    let account = GroupKind::of(object).pod_spec().map_or("", |spec| match at(object, spec) {
        Some(spec) => text(spec, "serviceAccountName"),
        None => "",
    });
    let account = if account.is_empty() { "default" } else { account };
    let because = move |other: &Value| {
        let kind = GroupKind::of(other);
        let is_here = text(other, "metadata.namespace") == namespace;
        match (kind.group, kind.kind) {
            ("", "LimitRange" | "ResourceQuota") if is_here => Some("the limits of its namespace"),
            ("networking.k8s.io", "NetworkPolicy") if is_here => {
                let selector = Labels::of(other, "spec.podSelector.matchLabels");
                (selector.is_empty() || selector.has(object)).then_some("who may reach it")
            }
            (RBAC, "RoleBinding" | "ClusterRoleBinding") => {
                let is_bound = |subject: &Value| {
                    let of = match text(subject, "namespace") {
                        "" => text(other, "metadata.namespace"),
                        of => of,
                    };
                    text(subject, "kind") == "ServiceAccount" && of == namespace && text(subject, "name") == account
                };
                items(other, "subjects").iter().any(is_bound).then_some("the rights of its account")
            }
            _ => None,
        }
    };
    objects.iter().enumerate().filter_map(move |(place, other)| Some((place, because(other)?)))
}

/// The objects of a set by what they are called, and by what they make.
struct Index<'a> {
    named: BTreeMap<(&'a str, &'a str, &'a str, &'a str), Vec<usize>>,
    made: BTreeMap<(String, String, String, String), Vec<usize>>,
    definitions: BTreeMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(objects: &'a [Value]) -> Self {
        let mut index = Self { named: BTreeMap::new(), made: BTreeMap::new(), definitions: BTreeMap::new() };
        for (place, object) in objects.iter().enumerate() {
            let GroupKind { group, kind } = GroupKind::of(object);
            let (namespace, name) = (text(object, "metadata.namespace"), text(object, "metadata.name"));
            index.named.entry((group, kind, namespace, name)).or_default().push(place);
            for made in makes(object) {
                index.made.entry((made.group, made.kind, made.namespace, made.name)).or_default().push(place);
            }
            if kind == "CustomResourceDefinition" {
                let defines = (text(object, "spec.group"), text(object, "spec.names.kind"));
                index.definitions.entry(defines).or_default().push(place);
            }
        }
        index
    }

    fn find<'s>(&'s self, wanted: &'s Reference) -> impl Iterator<Item = usize> + 's {
        let key = (&wanted.group[..], &wanted.kind[..], &wanted.namespace[..], &wanted.name[..]);
        let made = (wanted.group.clone(), wanted.kind.clone(), wanted.namespace.clone(), wanted.name.clone());
        self.named.get(&key).into_iter().chain(self.made.get(&made)).flatten().copied()
    }

    fn definition<'s>(&'s self, kind: GroupKind<'s>) -> &'s [usize] {
        self.definitions.get(&(kind.group, kind.kind)).map_or(&[], Vec::as_slice)
    }
}

/// The workloads that a Service of the set selects.
fn selected(objects: &[Value], service: usize) -> impl Iterator<Item = usize> + '_ {
    let object = &objects[service];
    Labels::of(object, "spec.selector").select(objects, text(object, "metadata.namespace"))
}

/// Labels that a pod has to have.
struct Labels<'a>(Vec<(&'a str, &'a Value)>);

impl<'a> Labels<'a> {
    fn of(object: &'a Value, path: &str) -> Self {
        Self(entries(object, path).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object makes pods that have all the labels.
    fn has(&self, object: &Value) -> bool {
        let Some(spec) = GroupKind::of(object).pod_spec() else { return false };
        let template = spec.strip_suffix("spec").unwrap_or_default();
        let labels = at(object, &format!("{template}metadata.labels"));
        self.0.iter().all(|(name, value)| labels.and_then(|labels| labels.get(*name)) == Some(*value))
    }

    /// The workloads of the set, in the namespace, whose pods have all the labels. No labels select nothing.
    fn select(self, objects: &'a [Value], namespace: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_selected = move |object: &Value| {
            !self.is_empty() && text(object, "metadata.namespace") == namespace && self.has(object)
        };
        objects.iter().enumerate().filter(move |(_, object)| is_selected(object)).map(|(place, _)| place)
    }
}

/// The objects that a list is made of; an object that is none is itself.
pub fn flattened(object: Value) -> Vec<Value> {
    let is_list = text(&object, "kind").ends_with("List") && at(&object, "items").is_some_and(Value::is_array);
    if is_list { items(&object, "items").to_vec() } else { vec![object] }
}

#[cfg(test)]
mod tests;
