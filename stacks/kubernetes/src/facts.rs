//! What is true of fields of Kubernetes' own kinds, as data: which lists merge by which keys, which values can be written in several
//! ways, what is owned as a whole, what never changes.
//!
//! It has one home, this folder: the schemas that a stack is compiled with are made of it, and the adapter reads it for what a schema
//! cannot say. Sources: the types of the Kubernetes API (`k8s.io/api`: `+listType`, `+listMapKey`, `+structType`, `+mapType`, fields of the
//! types `resource.Quantity` and `intstr.IntOrString`), with which the adapter's tests compare it as a server describes itself; what never
//! changes is from the validation code of the servers.

mod fields;
mod fixed;
mod whole;

use flashinfra::schema::{Compare, Field, FieldRule, Items, Text};

use crate::kinds::kind_of;
use crate::manifest::GroupKind;
use fields::{CLAIM, CONTAINER, METADATA, POD, of_kind, scaled};

pub use fields::CONDITIONS_AS_ONE;
pub use fixed::{Fixed, When, fixed};
pub use whole::{ATOMIC, ATOMIC_IN, ATOMIC_ITEMS};

/// The attribute that says who else writes fields.
pub(crate) const WRITTEN_BY: &str = "written_by";
/// The attribute that says which autoscalers write replicas.
pub(crate) const SCALED_BY: &str = "scaled_by";
/// The attribute that lists the fields that are taken from others.
pub(crate) const FORCE: &str = "force";

/// What is true of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A list whose entries are told apart by these parts, with spaces between. `protocol=TCP` is a part with a default.
    Keyed(&'static str),
    /// A list whose members are owned one by one; their order means nothing.
    Set,
    /// An amount: `500m` is `0.5`.
    Quantity,
    /// `60m` is `1h0m0s`.
    Duration,
    /// `80` is `"80"`.
    IntOrString,
    /// An autoscaler may write it.
    Scaled,
}

/// A field, and what is true of it. In a path `[]` is any entry of a list and `*` any entry of a map.
pub type Row = (&'static str, Fact);

/// The kinds whose pods are made anew by a change of their template. That of a Job cannot change, the next Job of a CronJob reads what is
/// there then, and a ReplicaSet leaves the pods that it has.
const ROLLED_OUT: [GroupKind<'_>; 3] =
    [GroupKind::new("apps", "DaemonSet"), GroupKind::new("apps", "Deployment"), GroupKind::new("apps", "StatefulSet")];

/// Whether a change of the pod template of a kind, `kubernetes.deployment` say, makes its pods anew.
pub fn is_rolled_out(kind: &str) -> bool {
    ROLLED_OUT.iter().any(|of| kind_of(of.group, of.kind) == kind)
}

/// The kinds of which [`is_rolled_out`] is true, sorted.
pub fn rolled_out_kinds() -> Vec<String> {
    sorted(ROLLED_OUT.into_iter())
}

/// Whether an autoscaler may write the replicas of a kind, `kubernetes.deployment` say.
pub fn is_scaled(kind: &str) -> bool {
    scaled().any(|of| kind_of(of.group, of.kind) == kind)
}

/// The kinds of which [`is_scaled`] is true, sorted.
pub fn scaled_kinds() -> Vec<String> {
    sorted(scaled())
}

fn sorted<'k>(kinds: impl Iterator<Item = GroupKind<'k>>) -> Vec<String> {
    let mut names: Vec<String> = kinds.map(|of| kind_of(of.group, of.kind)).collect();
    names.sort();
    names
}

/// The tables that hold for a kind, each with where in its objects: nothing for the top.
pub fn tables(kind: GroupKind<'_>) -> Vec<(String, &'static [Row])> {
    let mut tables = vec![(String::new(), of_kind(kind))];
    tables.extend(metadata_of(kind).into_iter().map(|at| (at, METADATA)));
    tables.extend(claims_of(kind).into_iter().map(|at| (at, CLAIM)));
    if let Some(pod) = kind.pod_spec() {
        tables.push((pod.to_owned(), POD));
        let containers = ["containers", "initContainers", "ephemeralContainers"];
        tables.extend(containers.map(|list| (format!("{pod}.{list}[]"), CONTAINER)));
    }
    tables
}

/// Where objects of a kind have metadata: their own and that of the templates in them.
pub fn metadata_of(kind: GroupKind<'_>) -> Vec<String> {
    let mut found = vec!["metadata".to_owned()];
    let templates = kind.pod_spec().and_then(|pod| pod.strip_suffix("spec")).filter(|template| !template.is_empty());
    found.extend(templates.map(|template| format!("{template}metadata")));
    if (kind.group, kind.kind) == ("batch", "CronJob") {
        found.push("spec.jobTemplate.metadata".to_owned());
    }
    let claims = claims_of(kind);
    found.extend(claims.iter().filter_map(|claim| Some(format!("{}.metadata", claim.strip_suffix(".spec")?))));
    found
}

/// Where objects of a kind have the specification of a claim for a volume.
fn claims_of(kind: GroupKind<'_>) -> Vec<String> {
    let own = match (kind.group, kind.kind) {
        ("", "PersistentVolumeClaim") => Some("spec"),
        ("apps", "StatefulSet") => Some("spec.volumeClaimTemplates[].spec"),
        _ => None,
    };
    let of_pods = kind.pod_spec().map(|pod| format!("{pod}.volumes[].ephemeral.volumeClaimTemplate.spec"));
    own.map(str::to_owned).into_iter().chain(of_pods).collect()
}

/// What a schema says of the document at the top field `field` of a kind.
pub(crate) fn of(kind: GroupKind<'_>, field: &str) -> Vec<Field> {
    let mut fields = of_writers();
    for (at, rows) in tables(kind) {
        for (path, fact) in rows {
            let path = if at.is_empty() { (*path).to_owned() } else { format!("{at}.{path}") };
            let said = inside(field, &path).zip(fact.rule());
            fields.extend(said.map(|(path, said)| rule(path.to_owned(), said)));
        }
    }
    let fixed = fixed(kind).filter(|fixed| fixed.is_for_all).filter_map(|fixed| inside(field, fixed.path));
    fields.extend(fixed.map(|path| rule(path, FieldRule::Replace)));
    fields
}

/// What a schema says of anything that others may write parts of.
pub(crate) fn of_writers() -> Vec<Field> {
    vec![
        rule("", FieldRule::WrittenBy(Text::Borrowed(WRITTEN_BY))),
        rule("", FieldRule::ForcedBy(Text::Borrowed(FORCE))),
    ]
}

/// A path from the top of an object as one from the top of a field of it.
fn inside<'p>(field: &str, path: &'p str) -> Option<&'p str> {
    match path.strip_prefix(field)? {
        "" => Some(""),
        rest if rest.starts_with('[') => Some(rest),
        rest => rest.strip_prefix('.'),
    }
}

impl Fact {
    /// As a schema says it; none for what a plan compares as it stands.
    fn rule(self) -> Option<FieldRule> {
        Some(match self {
            Self::Keyed(keys) => FieldRule::KeyedBy(keys.split(' ').map(Text::Borrowed).collect()),
            Self::Set => FieldRule::Set,
            Self::Quantity => FieldRule::Compare(Compare::Quantity),
            Self::Duration => FieldRule::Compare(Compare::Duration),
            // The API keeps the form that it was sent.
            Self::IntOrString => return None,
            Self::Scaled => FieldRule::YieldTo(Text::Borrowed(SCALED_BY)),
        })
    }
}

fn rule(path: impl Into<Text>, rule: FieldRule) -> Field {
    Field { path: path.into(), rule }
}

/// As a list of a schema.
pub(crate) fn items(fields: Vec<Field>) -> Items<Field> {
    Items::Owned(fields)
}
