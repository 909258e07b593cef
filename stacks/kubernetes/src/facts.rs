//! What is true of fields of Kubernetes' own kinds: lists that are merged by key, amounts, what cannot be changed.
//!
//! Keys and sets are those of the API's OpenAPI (`x-kubernetes-list-map-keys`, `x-kubernetes-list-type`), with which the adapter's tests
//! compare them. What cannot be changed is what the API reference and the servers' own validation say.

use flashinfra::schema::{Compare, Field, FieldRule, Items, Text};

/// The attribute that says who else writes fields.
pub(crate) const WRITTEN_BY: &str = "written_by";
/// The attribute that says which autoscalers write replicas.
pub(crate) const SCALED_BY: &str = "scaled_by";
/// The attribute that lists the fields that are taken from others.
pub(crate) const FORCE: &str = "force";

/// Where a kind has a pod, from the top of `spec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodAt {
    Nowhere,
    /// `spec` is the pod's.
    Spec,
    /// `spec.template.spec` is.
    Template,
    /// `spec.jobTemplate.spec.template.spec` is.
    JobTemplate,
}

/// What is true of the document at the top field `field` of a kind.
pub(crate) fn of(field: &str, facts: &[(&'static str, Fact)], pod: PodAt) -> Vec<Field> {
    let mut fields = vec![
        rule("", FieldRule::WrittenBy(Text::Borrowed(WRITTEN_BY))),
        rule("", FieldRule::ForcedBy(Text::Borrowed(FORCE))),
    ];
    for (path, fact) in facts {
        let inside = match path.strip_prefix(field) {
            Some("") => "",
            Some(rest) if rest.starts_with('.') => &rest[1..],
            Some(rest) if rest.starts_with('[') => rest,
            Some(_) | None => continue,
        };
        fields.push(rule(inside, fact.rule()));
    }
    if field == "spec" {
        fields.extend(pod_fields(pod));
    }
    fields
}

/// What is true of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact {
    /// Entries are named by these parts, with spaces between.
    Keyed(&'static str),
    /// An amount.
    Quantity,
    /// It cannot be changed in place.
    Fixed,
    /// An autoscaler may write it.
    Scaled,
}

impl Fact {
    fn rule(self) -> FieldRule {
        match self {
            Self::Keyed(keys) => FieldRule::KeyedBy(keys.split(' ').map(Text::Borrowed).collect()),
            Self::Quantity => FieldRule::Compare(Compare::Quantity),
            Self::Fixed => FieldRule::Replace,
            Self::Scaled => FieldRule::YieldTo(Text::Borrowed(SCALED_BY)),
        }
    }
}

fn rule(path: impl Into<Text>, rule: FieldRule) -> Field {
    Field { path: path.into(), rule }
}

/// Fields of a pod.
const POD: &[(&str, Fact)] = &[
    ("hostAliases", Fact::Keyed("ip")),
    ("imagePullSecrets", Fact::Keyed("name")),
    ("overhead.*", Fact::Quantity),
    ("resourceClaims", Fact::Keyed("name")),
    ("resources.claims", Fact::Keyed("name")),
    ("resources.limits.*", Fact::Quantity),
    ("resources.requests.*", Fact::Quantity),
    ("schedulingGates", Fact::Keyed("name")),
    ("topologySpreadConstraints", Fact::Keyed("topologyKey whenUnsatisfiable")),
    ("volumes", Fact::Keyed("name")),
    ("volumes[].emptyDir.sizeLimit", Fact::Quantity),
    ("volumes[].ephemeral.volumeClaimTemplate.spec.resources.requests.*", Fact::Quantity),
];

/// Fields of each container of a pod.
const CONTAINER: &[(&str, Fact)] = &[
    ("env", Fact::Keyed("name")),
    ("env[].valueFrom.resourceFieldRef.divisor", Fact::Quantity),
    ("ports", Fact::Keyed("containerPort protocol=TCP")),
    ("resources.claims", Fact::Keyed("name")),
    ("resources.limits.*", Fact::Quantity),
    ("resources.requests.*", Fact::Quantity),
    ("volumeDevices", Fact::Keyed("devicePath")),
    ("volumeMounts", Fact::Keyed("mountPath")),
];

fn pod_fields(pod: PodAt) -> Vec<Field> {
    let prefix = match pod {
        PodAt::Nowhere => return Vec::new(),
        PodAt::Spec => "",
        PodAt::Template => "template.spec.",
        PodAt::JobTemplate => "jobTemplate.spec.template.spec.",
    };
    let mut fields: Vec<Field> = POD.iter().map(|(path, fact)| rule(format!("{prefix}{path}"), fact.rule())).collect();
    for containers in ["containers", "initContainers", "ephemeralContainers"] {
        fields.push(rule(format!("{prefix}{containers}"), Fact::Keyed("name").rule()));
        let of_each = CONTAINER.iter();
        fields.extend(of_each.map(|(path, fact)| rule(format!("{prefix}{containers}[].{path}"), fact.rule())));
    }
    fields
}

/// As a list of a schema.
pub(crate) fn items(fields: Vec<Field>) -> Items<Field> {
    Items::Owned(fields)
}
