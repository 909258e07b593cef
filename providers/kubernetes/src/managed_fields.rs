//! Who else writes a field: `metadata.managedFields`, read.
//!
//! The server keeps for each manager the set of fields that it wrote last, as nested JSON (`FieldsV1`): `f:spec` is a field,
//! `k:{"name":"web"}` an item of a list by its keys, `v:"a"` the member of a set, `i:0` an item by its number, and `.` the thing itself.
//!
//! Source: `sigs.k8s.io/structured-merge-diff`, `fieldpath/serialize.go` and `serialize-pe.go`.

mod hand_over;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::object::{items, text};
use crate::path::{Path, Step};

pub use hand_over::handed_over;

/// One manager's entry: what it wrote last, in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who: `flashinfra`, `kubectl-edit`, `kube-controller-manager`.
    pub manager: String,
    /// `Apply` or `Update`. The same manager has an entry for each.
    pub operation: String,
    /// `status` or `scale`, when it wrote through that; empty otherwise.
    pub subresource: String,
    /// When it last changed, as the server wrote it; empty when it did not.
    pub time: String,
    /// Which version of the API the places are of.
    pub api_version: String,
    /// The places.
    pub paths: BTreeSet<Path>,
}

/// The entries of an object; none of one whose managed fields were left out. An entry that cannot be read has no places.
pub fn managed_fields(object: &Value) -> Vec<Entry> {
    items(object, "metadata.managedFields").iter().map(entry).collect()
}

fn entry(entry: &Value) -> Entry {
    let mut paths = BTreeSet::new();
    collect(entry.get("fieldsV1").unwrap_or(&Value::Null), &Path::default(), &mut paths);
    Entry {
        manager: text(entry, "manager").to_owned(),
        operation: text(entry, "operation").to_owned(),
        subresource: text(entry, "subresource").to_owned(),
        time: text(entry, "time").to_owned(),
        api_version: text(entry, "apiVersion").to_owned(),
        paths,
    }
}

fn collect(fields: &Value, path: &Path, paths: &mut BTreeSet<Path>) {
    let Some(fields) = fields.as_object() else { return };
    for (key, inner) in fields {
        if key == "." {
            paths.insert(path.clone());
            continue;
        }
        let Some(step) = step(key) else { continue };
        let place = path.then(step);
        if inner.as_object().is_none_or(serde_json::Map::is_empty) {
            paths.insert(place);
        } else {
            collect(inner, &place, paths);
        }
    }
}

fn step(key: &str) -> Option<Step> {
    let (kind, rest) = key.split_once(':')?;
    Some(match kind {
        "f" => Step::Field(rest.to_owned()),
        "v" => Step::Member(serde_json::from_str::<Value>(rest).ok()?.to_string()),
        "i" => Step::Index(rest.parse().ok()?),
        "k" => {
            let keys: Value = serde_json::from_str(rest).ok()?;
            Step::Keys(keys.as_object()?.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
        }
        _ => return None,
    })
}

impl Entry {
    /// Whether the entry owns a place: it has the place itself, something inside of it, or the whole of something that it is in.
    pub fn owns(&self, path: &Path) -> bool {
        let above = (1..=path.0.len()).map(|depth| Path(path.0[..depth].to_vec()));
        self.has_inside(path) || above.into_iter().any(|above| self.paths.contains(&above) && !self.has_below(&above))
    }

    /// Whether the entry has the place or something inside of it.
    fn has_inside(&self, path: &Path) -> bool {
        // In the order of paths, what is inside of a place follows it at once.
        self.paths.range(path..).next().is_some_and(|first| first.is_within(path))
    }

    /// Whether the entry has something inside of the place, so that it owns the place as a container only.
    fn has_below(&self, path: &Path) -> bool {
        self.paths.range(path..).take(2).any(|place| place != path && place.is_within(path))
    }

    /// The places that the entry has nothing inside of: what is owned as a whole, and values.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().filter(|path| !self.has_below(path))
    }

    /// What kind of writer this is, by the names that Kubernetes' own tools use.
    pub fn writer(&self) -> Writer {
        match self.manager.as_str() {
            "kubectl-edit"
            | "kubectl-patch"
            | "kubectl-label"
            | "kubectl-annotate"
            | "kubectl-set"
            | "kubectl-rollout"
            | "kubectl-replace"
            | "kubectl-create"
            | "kubectl-client-side-apply"
            | "kubectl"
            | "k9s"
            | "Lens" => Writer::Person,
            "helm"
            | "Helm"
            | "argocd-controller"
            | "argocd-application-controller"
            | "kustomize-controller"
            | "helm-controller"
            | "terraform"
            | "Terraform"
            | "pulumi-kubernetes" => Writer::Deployer,
            manager if manager.ends_with("-controller") || manager.ends_with("-operator") => Writer::Controller,
            "kube-controller-manager"
            | "kubelet"
            | "kube-scheduler"
            | "cloud-controller-manager"
            | "vpa-recommender"
            | "keda"
            | "vpa-updater"
            | "vpa-admission-controller" => Writer::Controller,
            _ => Writer::Unknown,
        }
    }
}

/// What kind of writer a manager is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A person with a tool.
    Person,
    /// Another tool that deploys.
    Deployer,
    /// A controller of the cluster.
    Controller,
    /// The name says nothing.
    Unknown,
}

/// For people: `kubectl-edit (Update, 2026-11-27T10:00:00Z)`.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let through =
            if self.subresource.is_empty() { String::new() } else { format!(" through {}", self.subresource) };
        let time = if self.time.is_empty() { String::new() } else { format!(", {}", self.time) };
        write!(f, "{} ({}{through}{time})", self.manager, self.operation)
    }
}

/// The entries of an object, besides those of this manager, that own a place. There may be several: whoever applies the same value shares
/// it.
pub fn others_who_own<'e>(entries: &'e [Entry], us: &str, path: &Path) -> Vec<&'e Entry> {
    entries.iter().filter(|entry| entry.manager != us && entry.owns(path)).collect()
}

/// The places that this manager applied: what would be taken away if it applied nothing.
pub fn applied_by<'e>(entries: &'e [Entry], manager: &str) -> BTreeSet<&'e Path> {
    let ours = entries
        .iter()
        .filter(|entry| entry.manager == manager && entry.operation == "Apply" && entry.subresource.is_empty());
    ours.flat_map(|entry| &entry.paths).collect()
}

#[cfg(test)]
mod tests;
