//! The fields that never change, kind by kind. What custom resources say in their schemas is not in it.

use crate::manifest::GroupKind;

/// When a field cannot change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Never.
    Always,
    /// Once it has a value.
    OnceSet,
    /// While the object says `immutable: true`.
    Sealed,
    /// While a Service has an address within the cluster.
    Addressed,
    /// While a Service stays a load balancer.
    Balanced,
    /// Once a Job has started; before that it is suspended.
    Started,
    /// Unless an indexed Job changes its parallelism in the same way.
    NotElastic,
    /// When it becomes less than what there is.
    Shrinks,
    /// When the first of a list changes; others come and go.
    First,
}

/// One field, or a part of an object but for some of its fields, that never changes.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    group: &'static str,
    kind: &'static str,
    /// The place, and all that is inside of it.
    pub path: &'static str,
    /// Places inside of it that change.
    pub except: &'static [&'static str],
    /// Under which condition.
    pub when: When,
    /// Whether the schema of the kind says so of every object. Otherwise an adapter finds it by the live one.
    pub(super) is_for_all: bool,
    /// Why, as a sentence without a subject: `it finds its pods by its selector for life`.
    pub why: &'static str,
    /// Where that is written in `kubernetes/kubernetes`.
    pub source: &'static str,
}

/// What never changes of a kind.
pub fn fixed<'k>(kind: GroupKind<'k>) -> impl Iterator<Item = Fixed> + use<'k> {
    RULES.iter().copied().filter(move |rule| (rule.group, rule.kind) == (kind.group, kind.kind))
}

const fn rule(of: (&'static str, &'static str), path: &'static str, why: &'static str, source: &'static str) -> Fixed {
    Fixed { group: of.0, kind: of.1, path, except: &[], when: When::Always, is_for_all: true, why, source }
}

impl Fixed {
    const fn when(self, when: When) -> Self {
        Self { when, is_for_all: false, ..self }
    }

    /// Where nearly every object meets the condition, and one that does not loses nothing by being made again.
    const fn nearly_always(self) -> Self {
        Self { is_for_all: true, ..self }
    }

    const fn except(self, except: &'static [&'static str]) -> Self {
        Self { except, is_for_all: false, ..self }
    }
}

const APPS: &str = "apps";
const FINDS_PODS: &str = "it finds its pods by its selector for life";
const SEALED: &str = "it is declared immutable";
const KEEPS_VOLUME: &str = "a claim keeps the volume that it was given";

/// What of a pod's template may change while its Job is suspended and has not started: the scheduling directives.
const SCHEDULING: &[&str] = &[
    "spec.template.metadata.annotations",
    "spec.template.metadata.labels",
    "spec.template.spec.affinity.nodeAffinity",
    "spec.template.spec.nodeSelector",
    "spec.template.spec.schedulingGates",
    "spec.template.spec.tolerations",
];

const RULES: &[Fixed] = &[
    // Workloads.
    rule((APPS, "Deployment"), "spec.selector", FINDS_PODS, "pkg/registry/apps/deployment/strategy.go ValidateUpdate"),
    rule((APPS, "DaemonSet"), "spec.selector", FINDS_PODS, "pkg/registry/apps/daemonset/strategy.go ValidateUpdate"),
    rule((APPS, "ReplicaSet"), "spec.selector", FINDS_PODS, "pkg/registry/apps/replicaset/strategy.go ValidateUpdate"),
    rule(STATEFUL_SET, "spec.selector", FINDS_PODS, STATEFUL_SOURCE),
    rule(STATEFUL_SET, "spec.serviceName", "its pods have their names from it", STATEFUL_SOURCE),
    rule(STATEFUL_SET, "spec.podManagementPolicy", "its pods come and go in one way", STATEFUL_SOURCE),
    rule(STATEFUL_SET, "spec.volumeClaimTemplates", "its claims were made of them", STATEFUL_SOURCE),
    rule(
        STATEFUL_SET,
        "spec",
        "of a StatefulSet only replicas, ordinals, template, update strategy, history limit, retention policy and minimum of seconds change",
        STATEFUL_SOURCE,
    )
    .except(&[
        "spec.minReadySeconds",
        "spec.ordinals",
        "spec.persistentVolumeClaimRetentionPolicy",
        "spec.replicas",
        "spec.revisionHistoryLimit",
        "spec.template",
        "spec.updateStrategy",
    ]),
    rule((APPS, "ControllerRevision"), "data", "it is a record", "pkg/apis/apps/validation ValidateControllerRevisionUpdate"),
    rule(JOB, "spec.template", "its pods run once", JOB_SOURCE).except(SCHEDULING),
    rule(JOB, "spec.template", "its pods run once", JOB_SOURCE).when(When::Started).nearly_always(),
    rule(JOB, "spec.selector", FINDS_PODS, JOB_SOURCE),
    rule(JOB, "spec.completions", "it counts to it from its start", JOB_SOURCE).when(When::NotElastic).nearly_always(),
    rule(JOB, "spec.completionMode", "it counts in one way", JOB_SOURCE),
    rule(JOB, "spec.podFailurePolicy", "its pods are judged by one policy", JOB_SOURCE),
    rule(JOB, "spec.successPolicy", "its pods are judged by one policy", JOB_SOURCE),
    rule(JOB, "spec.backoffLimitPerIndex", "its tries are counted in one way", JOB_SOURCE),
    rule(JOB, "spec.managedBy", "one controller has it for life", JOB_SOURCE),
    rule(POD, "spec", "a pod's specification is that of running processes", "pkg/apis/core/validation ValidatePodUpdate").except(&[
        "spec.activeDeadlineSeconds",
        "spec.containers[].image",
        "spec.ephemeralContainers",
        "spec.initContainers[].image",
        "spec.schedulingGates",
        "spec.tolerations",
    ]),
    // Configuration.
    rule(("", "Secret"), "type", "what reads a Secret relies on its type", SECRET_SOURCE),
    rule(("", "Secret"), "data", SEALED, SECRET_SOURCE).when(When::Sealed),
    rule(("", "Secret"), "stringData", SEALED, SECRET_SOURCE).when(When::Sealed),
    rule(("", "Secret"), "immutable", SEALED, SECRET_SOURCE).when(When::Sealed),
    rule(("", "ConfigMap"), "data", SEALED, CONFIG_SOURCE).when(When::Sealed),
    rule(("", "ConfigMap"), "binaryData", SEALED, CONFIG_SOURCE).when(When::Sealed),
    rule(("", "ConfigMap"), "immutable", SEALED, CONFIG_SOURCE).when(When::Sealed),
    rule(
        ("", "ResourceQuota"),
        "spec.scopes",
        "what it counts is fixed",
        "pkg/apis/core/validation ValidateResourceQuotaUpdate",
    ),
    // Storage.
    rule(CLAIM, "spec.accessModes", KEEPS_VOLUME, CLAIM_SOURCE),
    rule(CLAIM, "spec.dataSource", KEEPS_VOLUME, CLAIM_SOURCE),
    rule(CLAIM, "spec.dataSourceRef", KEEPS_VOLUME, CLAIM_SOURCE),
    rule(CLAIM, "spec.selector", KEEPS_VOLUME, CLAIM_SOURCE),
    rule(CLAIM, "spec.volumeMode", KEEPS_VOLUME, CLAIM_SOURCE),
    rule(CLAIM, "spec", KEEPS_VOLUME, CLAIM_SOURCE).except(&[
        "spec.resources.requests",
        "spec.storageClassName",
        "spec.volumeAttributesClassName",
        "spec.volumeName",
    ]),
    rule(CLAIM, "spec.resources.requests.storage", "a volume does not shrink", CLAIM_SOURCE).when(When::Shrinks),
    rule(CLAIM, "spec.storageClassName", "a claim keeps its class", CLAIM_SOURCE).when(When::OnceSet),
    rule(CLAIM, "spec.volumeName", KEEPS_VOLUME, CLAIM_SOURCE).when(When::OnceSet).nearly_always(),
    // Of a volume's source all types but these fields are mutually exclusive, so the rest of it is the source.
    rule(
        VOLUME,
        "spec",
        "it stands for one volume",
        VOLUME_SOURCE,
    )
    .except(&[
        "spec.accessModes",
        "spec.capacity",
        "spec.claimRef",
        "spec.mountOptions",
        "spec.nodeAffinity",
        "spec.persistentVolumeReclaimPolicy",
        "spec.storageClassName",
        "spec.volumeAttributesClassName",
    ]),
    rule(
        VOLUME,
        "spec.nodeAffinity",
        "a volume is where it is",
        VOLUME_SOURCE,
    )
    .when(When::OnceSet),
    rule(CLASS, "parameters", "volumes were made by it", CLASS_SOURCE),
    rule(CLASS, "provisioner", "volumes were made by it", CLASS_SOURCE),
    rule(CLASS, "reclaimPolicy", "volumes were made by it", CLASS_SOURCE),
    rule(CLASS, "volumeBindingMode", "volumes were made by it", CLASS_SOURCE),
    rule((STORAGE, "VolumeAttributesClass"), "driverName", "volumes have it", ATTRIBUTES_SOURCE),
    rule((STORAGE, "VolumeAttributesClass"), "parameters", "volumes have it", ATTRIBUTES_SOURCE),
    rule((STORAGE, "CSIDriver"), "spec.attachRequired", "volumes are attached by it", DRIVER_SOURCE),
    rule((STORAGE, "CSIDriver"), "spec.volumeLifecycleModes", "volumes are attached by it", DRIVER_SOURCE),
    // Network.
    rule(SERVICE, "spec.clusterIP", "others know the address", SERVICE_SOURCE).when(When::Addressed),
    rule(SERVICE, "spec.clusterIPs", "others know the address", SERVICE_SOURCE).when(When::First),
    rule(SERVICE, "spec.ipFamilies", "its first address is of it", SERVICE_SOURCE).when(When::First),
    rule(SERVICE, "spec.loadBalancerClass", "one controller has its load balancer", SERVICE_SOURCE).when(When::Balanced),
    rule(SERVICE, "spec.healthCheckNodePort", "the load balancer asks it", SERVICE_SOURCE).when(When::Balanced),
    rule(
        ("discovery.k8s.io", "EndpointSlice"),
        "addressType",
        "its addresses are of one type",
        "pkg/apis/discovery/validation ValidateEndpointSliceUpdate",
    ),
    rule(
        ("networking.k8s.io", "IngressClass"),
        "spec.controller",
        "Ingresses rely on it",
        "pkg/apis/networking/validation ValidateIngressClassUpdate",
    ),
    rule(
        ("networking.k8s.io", "IPAddress"),
        "spec.parentRef",
        "an address is somebody's",
        "pkg/apis/networking/validation ValidateIPAddressUpdate",
    ),
    // Access.
    rule((RBAC, "RoleBinding"), "roleRef", "who may bind a role was asked once", RBAC_SOURCE),
    rule((RBAC, "ClusterRoleBinding"), "roleRef", "who may bind a role was asked once", RBAC_SOURCE),
    rule(
        ("certificates.k8s.io", "CertificateSigningRequest"),
        "spec",
        "what was asked for is approved as it was",
        "pkg/registry/certificates/certificates/strategy.go PrepareForUpdate",
    ),
    // The cluster.
    rule(
        ("scheduling.k8s.io", "PriorityClass"),
        "value",
        "pods were given it",
        "pkg/apis/scheduling/validation ValidatePriorityClassUpdate",
    ),
    rule(
        ("scheduling.k8s.io", "PriorityClass"),
        "preemptionPolicy",
        "pods were given it",
        "pkg/apis/scheduling/validation ValidatePriorityClassUpdate",
    ),
    rule(
        ("node.k8s.io", "RuntimeClass"),
        "handler",
        "pods run by it",
        "pkg/apis/node/validation ValidateRuntimeClassUpdate",
    ),
    rule(CRD, "spec.group", "its objects are stored under it", CRD_SOURCE),
    rule(CRD, "spec.scope", "its objects are stored under it", CRD_SOURCE),
    rule(CRD, "spec.names.plural", "its objects are stored under it", CRD_SOURCE),
    rule(CRD, "spec.names.kind", "its objects are stored under it", CRD_SOURCE),
    rule(
        ("resource.k8s.io", "ResourceClaim"),
        "spec",
        "devices were given for it",
        "pkg/apis/resource/validation ValidateResourceClaimUpdate",
    ),
    rule(
        ("resource.k8s.io", "ResourceClaimTemplate"),
        "spec",
        "claims were made of it",
        "pkg/apis/resource/validation ValidateResourceClaimTemplateUpdate",
    ),
    // Custom resources whose servers say it by other means than their schema.
    rule(
        ("snapshot.storage.k8s.io", "VolumeSnapshot"),
        "spec.source",
        "it is of one volume",
        "kubernetes-csi/external-snapshotter client/config/crd",
    ),
    rule(
        ("cert-manager.io", "CertificateRequest"),
        "spec",
        "what was asked for is approved as it was",
        "cert-manager internal/apis/certmanager/validation ValidateUpdateCertificateRequest",
    ),
];

const STATEFUL_SET: (&str, &str) = (APPS, "StatefulSet");
const JOB: (&str, &str) = ("batch", "Job");
const POD: (&str, &str) = ("", "Pod");
const VOLUME: (&str, &str) = ("", "PersistentVolume");
const CLAIM: (&str, &str) = ("", "PersistentVolumeClaim");
const SERVICE: (&str, &str) = ("", "Service");
const STORAGE: &str = "storage.k8s.io";
const CLASS: (&str, &str) = (STORAGE, "StorageClass");
const RBAC: &str = "rbac.authorization.k8s.io";
const CRD: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

const STATEFUL_SOURCE: &str = "pkg/apis/apps/validation ValidateStatefulSetUpdate";
const JOB_SOURCE: &str = "pkg/apis/batch/validation ValidateJobSpecUpdate";
const SECRET_SOURCE: &str = "pkg/apis/core/validation ValidateSecretUpdate";
const CONFIG_SOURCE: &str = "pkg/apis/core/validation ValidateConfigMapUpdate";
const VOLUME_SOURCE: &str = "pkg/apis/core/validation ValidatePersistentVolumeUpdate";
const CLAIM_SOURCE: &str = "pkg/apis/core/validation ValidatePersistentVolumeClaimUpdate";
const CLASS_SOURCE: &str = "pkg/apis/storage/validation ValidateStorageClassUpdate";
const ATTRIBUTES_SOURCE: &str = "pkg/apis/storage/validation ValidateVolumeAttributesClassUpdate";
const DRIVER_SOURCE: &str = "pkg/apis/storage/validation ValidateCSIDriverUpdate";
const SERVICE_SOURCE: &str = "pkg/apis/core/validation ValidateServiceUpdate";
const RBAC_SOURCE: &str = "pkg/apis/rbac/validation ValidateRoleBindingUpdate, ValidateClusterRoleBindingUpdate";
const CRD_SOURCE: &str =
    "apiextensions-apiserver pkg/apis/apiextensions/validation ValidateCustomResourceDefinitionUpdate";
