//! Parts of objects that server-side apply owns as one value.

/// Fields of built-in kinds whose value is an object that is owned as a whole (`+structType=atomic`, `+mapType=atomic`): selectors and
/// references.
pub const ATOMIC: &[&str] = &[
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

/// The same, in one kind only: group, kind, path.
pub const ATOMIC_IN: &[(&str, &str, &str)] = &[
    ("", "PersistentVolume", "spec.nodeAffinity.required"),
    ("networking.k8s.io", "Ingress", "spec.defaultBackend.resource"),
    ("networking.k8s.io", "Ingress", "spec.defaultBackend.service.port"),
    ("storage.k8s.io", "CSIStorageCapacity", "nodeTopology"),
];

/// Lists with keys whose items are owned as wholes.
pub const ATOMIC_ITEMS: &[&str] =
    &["evictionResponders", "imagePullSecrets", "ownerReferences", "secrets", "variables"];
