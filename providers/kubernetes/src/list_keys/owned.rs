//! The smallest part of an object that server-side apply owns as one value.

use super::{List, builtin::list_at};
use crate::builtin::{Part, part_of};
use crate::object::GroupKind;
use crate::path::{Path, Step};

/// Fields of built-in kinds whose value is an object that is owned as a whole (`+structType=atomic`, `+mapType=atomic`): selectors and
/// references.
const ATOMIC: &[&str] = &[
    "configMapKeyRef",
    "controllerExpandSecretRef",
    "controllerPublishSecretRef",
    "dataSource",
    "fieldRef",
    "fileKeyRef",
    "labelSelector",
    "matchConstraints",
    "matchResources",
    "namespaceSelector",
    "nodeExpandSecretRef",
    "nodePublishSecretRef",
    "nodeSelector",
    "nodeStageSecretRef",
    "objectSelector",
    "paramKind",
    "paramRef",
    "podSelector",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "resourceFieldRef",
    "roleRef",
    "scopeSelector",
    "secretKeyRef",
    "secretRef",
    "selector",
];

/// The same, in one kind only.
const ATOMIC_IN: &[(&str, &str, &str)] = &[
    ("", "PersistentVolume", "spec.nodeAffinity.required"),
    ("networking.k8s.io", "Ingress", "spec.defaultBackend.resource"),
    ("networking.k8s.io", "Ingress", "spec.defaultBackend.service.port"),
    ("storage.k8s.io", "CSIStorageCapacity", "nodeTopology"),
];

/// Lists with keys whose items are owned as wholes.
const ATOMIC_ITEMS: &[&str] = &["evictionResponders", "imagePullSecrets", "ownerReferences", "secrets", "variables"];

/// The smallest place around this one, in an object of a built-in kind, that one manager owns as a whole: the place itself, or the list
/// or the selector that it is in.
pub fn owned_at(kind: GroupKind<'_>, path: &Path) -> Path {
    for depth in 0..path.0.len() {
        let above = Path(path.0[..depth].to_vec());
        let is_whole = match (&path.0[depth], above.0.last()) {
            (Step::Keys(_) | Step::Member(_) | Step::Index(_), _) => list_at(kind, &above) == List::Atomic,
            (Step::Field(_), Some(Step::Field(name))) => is_whole(kind, &above, name),
            (Step::Field(_), Some(Step::Keys(_) | Step::Member(_) | Step::Index(_))) => {
                let list = depth.checked_sub(2).map(|list| &path.0[list]);
                matches!(list, Some(Step::Field(name)) if ATOMIC_ITEMS.contains(&name.as_str()))
            }
            (Step::Field(_), None) => false,
        };
        if is_whole {
            return above;
        }
    }
    path.clone()
}

/// Whether the object in this field is owned as a whole. A label may have any of these names.
fn is_whole(kind: GroupKind<'_>, path: &Path, name: &str) -> bool {
    let (part, _) = part_of(kind, &path.0);
    let of_kind = |row: &(&str, &str, &str)| (row.0, row.1) == (kind.group, kind.kind) && path.matches(row.2);
    part != Part::Metadata && ATOMIC.contains(&name) || ATOMIC_IN.iter().any(of_kind)
}
