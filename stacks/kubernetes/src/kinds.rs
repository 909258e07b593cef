//! Kubernetes' own kinds, a line each, and the schemas that follow from that. All others, custom resources, have one made of what
//! is true of any object.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use flashinfra::Schema;
use flashinfra::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Items, Mode, Seconds,
    SetBy, Shape, Stability, Text, Unset,
};

use crate::convert::{attribute_name, snake};
use crate::facts;
use crate::manifest::GroupKind;

/// A kind of Kubernetes' own.
pub(crate) struct Kind {
    /// Its API group; empty for the first one.
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_namespaced: bool,
    /// Its fields at the top, beside metadata and status.
    fields: &'static [&'static str],
    holds_data: bool,
    ends: bool,
    seconds: [u32; 2],
}

/// A kind whose objects are there at once.
const fn plain(group: &'static str, name: &'static str, fields: &'static [&'static str]) -> Kind {
    Kind { group, name, is_namespaced: true, fields, holds_data: false, ends: false, seconds: [1, 120] }
}

impl Kind {
    const fn cluster_wide(self) -> Self {
        Self { is_namespaced: false, ..self }
    }

    const fn data(self) -> Self {
        Self { holds_data: true, ..self }
    }

    /// Once it has failed it stays so: no controller goes on from there.
    const fn ends(self) -> Self {
        Self { ends: true, ..self }
    }

    /// How long it usually takes until it is ready, and when to give up.
    const fn takes(self, typical: u32, most: u32) -> Self {
        Self { seconds: [typical, most], ..self }
    }
}

const SPEC: &[&str] = &["spec"];
const APPS: &str = "apps";
const RBAC: &str = "rbac.authorization.k8s.io";

/// Kubernetes' own kinds.
pub(crate) const KINDS: &[Kind] = &[
    plain("", "Namespace", SPEC).cluster_wide().data().takes(1, 120),
    plain("", "ConfigMap", &["data", "binaryData", "immutable"]),
    plain("", "Service", SPEC).takes(2, 600),
    plain("", "ServiceAccount", &["secrets", "imagePullSecrets", "automountServiceAccountToken"]),
    plain("", "PersistentVolumeClaim", SPEC).data().takes(10, 600),
    plain("", "PersistentVolume", SPEC).cluster_wide().data(),
    plain("", "Pod", SPEC).takes(20, 600),
    plain("", "Endpoints", &["subsets"]),
    plain("", "ResourceQuota", SPEC),
    plain("", "LimitRange", SPEC),
    plain(APPS, "Deployment", SPEC).takes(30, 900),
    plain(APPS, "StatefulSet", SPEC).takes(60, 1800),
    plain(APPS, "DaemonSet", SPEC).takes(30, 1800),
    plain(APPS, "ReplicaSet", SPEC).takes(30, 900),
    plain("batch", "Job", SPEC).ends().takes(60, 3600),
    plain("batch", "CronJob", SPEC),
    plain("networking.k8s.io", "Ingress", SPEC).takes(10, 900),
    plain("networking.k8s.io", "IngressClass", SPEC).cluster_wide(),
    plain("networking.k8s.io", "NetworkPolicy", SPEC),
    plain("policy", "PodDisruptionBudget", SPEC),
    plain("autoscaling", "HorizontalPodAutoscaler", SPEC).takes(30, 300),
    plain(RBAC, "Role", &["rules"]),
    plain(RBAC, "RoleBinding", &["roleRef", "subjects"]),
    plain(RBAC, "ClusterRole", &["rules", "aggregationRule"]).cluster_wide(),
    plain(RBAC, "ClusterRoleBinding", &["roleRef", "subjects"]).cluster_wide(),
    plain("scheduling.k8s.io", "PriorityClass", &["value", "globalDefault", "description", "preemptionPolicy"])
        .cluster_wide(),
    plain(
        "storage.k8s.io",
        "StorageClass",
        &[
            "allowVolumeExpansion",
            "allowedTopologies",
            "mountOptions",
            "parameters",
            "provisioner",
            "reclaimPolicy",
            "volumeBindingMode",
        ],
    )
    .cluster_wide(),
    plain("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", &["webhooks"]).cluster_wide(),
    plain("admissionregistration.k8s.io", "MutatingWebhookConfiguration", &["webhooks"]).cluster_wide(),
    plain("apiextensions.k8s.io", "CustomResourceDefinition", SPEC).cluster_wide().data().takes(2, 120),
    plain("apiregistration.k8s.io", "APIService", SPEC).cluster_wide().takes(2, 120),
];

/// What a kind is called: `kubernetes.config_map`, and `kubernetes.certificate.cert-manager.io` for one that is not Kubernetes' own.
pub fn kind_of(group: &str, kind: &str) -> String {
    match is_own(group, kind) {
        true => format!("kubernetes.{}", snake(kind)),
        false => format!("kubernetes.{}.{group}", snake(kind)),
    }
}

/// What the API calls the objects of a schema's kind: `HTTPRoute` of `kubernetes.http_route.gateway.networking.k8s.io`. A custom
/// resource's is nowhere but in the words of its schema; none where these do not have it.
pub fn name_of(schema: &Schema) -> Option<&str> {
    let kind = schema.kind.strip_prefix("kubernetes.")?;
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    if group.is_empty() {
        let own = KINDS.iter().map(|own| own.name).chain(["Secret"]);
        return own.into_iter().find(|name| snake(name) == kind);
    }
    let mut words = schema.doc.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find(|word| word.starts_with(|first: char| first.is_ascii_uppercase()) && snake(word) == kind)
}

fn is_own(group: &str, kind: &str) -> bool {
    KINDS.iter().any(|own| own.group == group && own.name == kind) || (group.is_empty() && kind == "Secret")
}

/// The schemas of Kubernetes' own kinds.
pub fn schemas() -> Vec<&'static Schema> {
    static OWN: LazyLock<Vec<Schema>> = LazyLock::new(|| {
        let own = KINDS.iter().map(schema_of);
        own.chain([crate::secret::schema()]).collect()
    });
    OWN.iter().collect()
}

/// The schema of a kind.
pub(crate) fn schema(group: &str, kind: &str) -> &'static Schema {
    /// The schemas of custom resources, each made once in a process.
    static CUSTOM: Mutex<BTreeMap<String, &'static Schema>> = Mutex::new(BTreeMap::new());
    let name = kind_of(group, kind);
    if let Some(own) = schemas().into_iter().find(|schema| schema.kind == name) {
        return own;
    }
    let mut custom = CUSTOM.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || &*Box::leak(Box::new(custom_schema(name.clone(), group, kind)));
    custom.entry(name.clone()).or_insert_with(make)
}

pub(crate) fn of_kind(group: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|own| own.group == group && own.name == kind)
}

fn schema_of(kind: &Kind) -> Schema {
    let documents = kind.fields.iter().map(|field| document(field, GroupKind::new(kind.group, kind.name)));
    let [typical, most] = kind.seconds;
    Schema {
        doc: format!("A {} of Kubernetes{}.", kind.name, in_group(kind.group)).into(),
        stateful: kind.holds_data,
        reconciled: !kind.ends,
        ends: kind.ends,
        timeouts: Seconds { create: most, update: most, delete: 600 },
        typical: Seconds { create: typical, update: typical, delete: 2 },
        ..any(kind_of(kind.group, kind.name), documents)
    }
}

/// The attribute that names the condition by which an object is ready, with its status: `Healthy=True`.
pub const READY_WHEN: &str = "ready_when";
/// The attribute that says that nothing waits until an object is ready.
pub const OPTIONAL: &str = "optional";

/// The attribute of a custom resource that names the definition of its kind.
pub const DEFINED_BY: &str = "defined_by";

fn custom_schema(name: String, group: &str, kind: &str) -> Schema {
    let defined_by = Attribute {
        set_by: SetBy::Either,
        change: Change::Once,
        ..text(
            DEFINED_BY,
            "The definition of its kind, where that is in the stack. What is replaced takes its objects along.",
        )
    };
    let spec = document("spec", GroupKind::new(group, kind));
    Schema {
        doc: format!("A {kind}{}, a custom resource.", in_group(group)).into(),
        timeouts: Seconds { create: 600, update: 600, delete: 600 },
        typical: Seconds { create: 5, update: 5, delete: 5 },
        ..any(name, [spec, defined_by].into_iter())
    }
}

/// What is true of any object of a kind that is not Kubernetes' own, `kubernetes.certificate.cert-manager.io`, by its name alone: its
/// definition says the rest. None for what is no such name.
pub fn explained(kind: &str) -> Option<Schema> {
    let (name, group) = kind.strip_prefix("kubernetes.")?.split_once('.')?;
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_word(name) || !group.contains('.') || !group.split('.').all(is_word) {
        return None;
    }
    let doc = format!(
        "Any object of this kind of {group}. What its `spec` may hold is in the definition of the kind: `kubectl explain {}.spec` shows it \
         where that is installed, and `kubernetes::Definitions` checks it while a stack is compiled.",
        name.replace('_', "")
    );
    Some(Schema { doc: doc.into(), ..custom_schema(kind.to_owned(), group, name) })
}

fn in_group(group: &str) -> String {
    if group.is_empty() { String::new() } else { format!(" ({group})") }
}

/// What is true of any object, whatever its kind.
pub(crate) const ANY: Schema = Schema {
    kind: Text::Borrowed("kubernetes.object"),
    version: 1,
    doc: Text::Borrowed(""),
    identity: Identity::Assigned,
    carrier: Carrier::Label,
    create_once: CreateOnce::UniqueName,
    stateful: false,
    reconciled: true,
    ends: false,
    settle_seconds: 0,
    timeouts: Seconds { create: 120, update: 120, delete: 600 },
    typical: Seconds { create: 1, update: 1, delete: 1 },
    wait_codes: Items::Borrowed(&[]),
    upgrades: Items::Borrowed(&[]),
    attributes: Items::Borrowed(&[]),
};

/// The schema of a kind, with the attributes that it has beyond metadata.
pub(crate) fn any(kind: String, beyond: impl Iterator<Item = Attribute>) -> Schema {
    let mut attributes = vec![
        Attribute { set_by: SetBy::Required, ..text("api_version", "The API's group and version: `apps/v1`.") },
        Attribute {
            change: Change::Replace,
            ..text("namespace", "The namespace; none for what is of the whole cluster.")
        },
        Attribute {
            set_by: SetBy::Required,
            change: Change::Replace,
            ..text("name", "The name, unique in its kind and namespace.")
        },
        entries("labels", "Labels. Those that others put there are left alone."),
        entries("annotations", "Annotations. Those that others put there are left alone."),
        keyed("finalizers", Container::Set, "Who has to agree before it is gone. Those of others are left alone."),
        Attribute {
            mode: Mode::WriteOnly,
            ..keyed(
                "force",
                Container::Set,
                "Paths of fields that are taken from whoever writes them: `spec.replicas`.",
            )
        },
    ];
    attributes.extend([
        waiting(READY_WHEN, "The condition that says that it is ready, and its status: `Healthy=True`."),
        optional(),
    ]);
    attributes.extend(beyond);
    attributes.extend([
        Attribute { set_by: SetBy::Provider, ..text("uid", "What no other object ever has.") },
        Attribute {
            set_by: SetBy::Provider,
            ..text("why_not_ready", "Why it is not ready, as its controller has it.")
        },
        provided_map(facts::WRITTEN_BY, "Who else writes fields that are declared, by path."),
        provided_map(facts::SCALED_BY, "Which autoscaler writes the replicas, by path."),
    ]);
    Schema {
        kind: kind.into(),
        identity: Identity::Composed(Items::Owned(vec!["namespace".into(), "name".into()])),
        attributes: attributes.into(),
        ..ANY
    }
}

pub(crate) fn text(name: &'static str, doc: &'static str) -> Attribute {
    Attribute {
        name: name.into(),
        doc: doc.into(),
        shape: Shape { container: Container::One, element: Element::Text(Text::Borrowed("")) },
        set_by: SetBy::Optional,
        mode: Mode::Enforce,
        compare: Compare::Exact,
        change: Change::Update,
        collection: Collection::Exclusive,
        unset: Unset::Release,
        secret: false,
        delete_argument: false,
        delete_guard: false,
        stability: Stability::Fixed,
    }
}

pub(crate) fn keyed(name: &'static str, container: Container, doc: &'static str) -> Attribute {
    let shape = Shape { container, element: Element::Text(Text::Borrowed("")) };
    Attribute { shape, collection: Collection::Keyed, unset: Unset::Clear, ..text(name, doc) }
}

/// What is said of waiting for an object, which is no part of it.
fn waiting(name: &'static str, doc: &'static str) -> Attribute {
    Attribute { mode: Mode::WriteOnly, ..text(name, doc) }
}

fn optional() -> Attribute {
    let shape = Shape { container: Container::One, element: Element::Bool };
    Attribute { shape, ..waiting(OPTIONAL, "Whether nothing waits until it is ready.") }
}

/// A map of which others write entries, too: whose they are stands beside them.
pub(crate) fn entries(name: &'static str, doc: &'static str) -> Attribute {
    let shape = Shape { container: Container::Map, element: Element::Document(facts::items(facts::of_writers())) };
    Attribute { shape, ..keyed(name, Container::Map, doc) }
}

fn provided_map(name: &'static str, doc: &'static str) -> Attribute {
    let shape = Shape { container: Container::Map, element: Element::Text(Text::Borrowed("")) };
    Attribute { shape, set_by: SetBy::Provider, ..text(name, doc) }
}

fn document(field: &'static str, kind: GroupKind<'_>) -> Attribute {
    let element = Element::Document(facts::items(facts::of(kind, field)));
    Attribute {
        name: attribute_name(field).into(),
        doc: format!("`{field}`, as the API has it. Fields that are not declared are left to the cluster.").into(),
        shape: Shape { container: Container::One, element },
        unset: Unset::Clear,
        ..text("", "")
    }
}
