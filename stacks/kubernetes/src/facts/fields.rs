//! Lists, and values that can be written in several ways: of parts that stand in objects of many kinds, and of kinds.
//!
//! Those of custom resources are from the API references of cert-manager, External Secrets, the Prometheus operator and the Gateway API; the
//! adapter finds those of others in their definitions.

use super::Fact::{Duration, IntOrString, Keyed, Quantity, Scaled, Set};
use super::Row;
use crate::manifest::GroupKind;

/// The metadata of an object or of a template of one.
pub(super) const METADATA: &[Row] = &[("finalizers", Set), ("ownerReferences", Keyed("uid"))];

/// A container of any sort.
pub(super) const CONTAINER: &[Row] = &[
    ("env", Keyed("name")),
    ("env[].valueFrom.resourceFieldRef.divisor", Quantity),
    ("lifecycle.postStart.httpGet.port", IntOrString),
    ("lifecycle.postStart.tcpSocket.port", IntOrString),
    ("lifecycle.preStop.httpGet.port", IntOrString),
    ("lifecycle.preStop.tcpSocket.port", IntOrString),
    ("livenessProbe.httpGet.port", IntOrString),
    ("livenessProbe.tcpSocket.port", IntOrString),
    ("ports", Keyed("containerPort protocol=TCP")),
    ("readinessProbe.httpGet.port", IntOrString),
    ("readinessProbe.tcpSocket.port", IntOrString),
    ("resources.claims", Keyed("name")),
    ("resources.limits.*", Quantity),
    ("resources.requests.*", Quantity),
    ("restartPolicyRules[].exitCodes.values", Set),
    ("startupProbe.httpGet.port", IntOrString),
    ("startupProbe.tcpSocket.port", IntOrString),
    ("volumeDevices", Keyed("devicePath")),
    ("volumeMounts", Keyed("mountPath")),
    ("volumeMounts[].bindMountOptions", Set),
];

/// The specification of a pod.
pub(super) const POD: &[Row] = &[
    ("containers", Keyed("name")),
    ("ephemeralContainers", Keyed("name")),
    ("evictionResponders", Keyed("name")),
    ("hostAliases", Keyed("ip")),
    ("imagePullSecrets", Keyed("name")),
    ("initContainers", Keyed("name")),
    ("overhead.*", Quantity),
    ("resourceClaims", Keyed("name")),
    ("resources.claims", Keyed("name")),
    ("resources.limits.*", Quantity),
    ("resources.requests.*", Quantity),
    ("schedulingGates", Keyed("name")),
    ("topologySpreadConstraints", Keyed("topologyKey whenUnsatisfiable")),
    ("volumes", Keyed("name")),
    ("volumes[].downwardAPI.items[].resourceFieldRef.divisor", Quantity),
    ("volumes[].emptyDir.sizeLimit", Quantity),
    ("volumes[].projected.sources[].downwardAPI.items[].resourceFieldRef.divisor", Quantity),
];

/// The specification of a claim for a volume.
pub(super) const CLAIM: &[Row] = &[("resources.limits.*", Quantity), ("resources.requests.*", Quantity)];

/// Kinds whose conditions are one value. All other built-in kinds' are told apart by their type.
pub const CONDITIONS_AS_ONE: &[(&str, &str)] = &[("batch", "Job")];

/// What is true of the fields of a kind beside those parts, from the top of its objects.
pub(super) fn of_kind(kind: GroupKind<'_>) -> &'static [Row] {
    KINDS.iter().find(|(group, name, _)| (*group, *name) == (kind.group, kind.kind)).map_or(&[], |(_, _, rows)| rows)
}

/// The kinds whose replicas an autoscaler may write.
pub(super) fn scaled() -> impl Iterator<Item = GroupKind<'static>> {
    let is_scaled = |rows: &[Row]| rows.iter().any(|(_, fact)| *fact == Scaled);
    KINDS.iter().filter(move |(.., rows)| is_scaled(rows)).map(|(group, name, _)| GroupKind::new(group, name))
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const PROMETHEUS: &str = "monitoring.coreos.com";
const STORAGE: &str = "storage.k8s.io";

const WEBHOOKS: &[Row] = &[("webhooks", Keyed("name")), ("webhooks[].matchConditions", Keyed("name"))];
const REFRESHED: &[Row] = &[("spec.refreshInterval", Duration)];
const DISRUPTION: &[Row] = &[("spec.maxUnavailable", IntOrString), ("spec.minAvailable", IntOrString)];

/// Group, kind, fields.
const KINDS: &[(&str, &str, &[Row])] = &[
    (
        "",
        "LimitRange",
        &[
            ("spec.limits[].default.*", Quantity),
            ("spec.limits[].defaultRequest.*", Quantity),
            ("spec.limits[].max.*", Quantity),
            ("spec.limits[].maxLimitRequestRatio.*", Quantity),
            ("spec.limits[].min.*", Quantity),
        ],
    ),
    (
        "",
        "Node",
        &[
            ("spec.podCIDRs", Set),
            ("spec.podPreemptionPolicy.disableResizePreemption", Set),
            ("status.addresses", Keyed("type")),
        ],
    ),
    ("", "PersistentVolume", &[("spec.capacity.*", Quantity)]),
    ("", "Pod", &[("status.podIPs", Keyed("ip")), ("status.resourceClaimStatuses", Keyed("name"))]),
    ("", "ResourceQuota", &[("spec.hard.*", Quantity)]),
    ("", "Service", &[("spec.ports", Keyed("port protocol=TCP")), ("spec.ports[].targetPort", IntOrString)]),
    ("", "ServiceAccount", &[("secrets", Keyed("name"))]),
    (ADMISSION, "MutatingAdmissionPolicy", &[("spec.matchConditions", Keyed("name"))]),
    (ADMISSION, "MutatingWebhookConfiguration", WEBHOOKS),
    (
        ADMISSION,
        "ValidatingAdmissionPolicy",
        &[("spec.matchConditions", Keyed("name")), ("spec.variables", Keyed("name"))],
    ),
    (ADMISSION, "ValidatingAdmissionPolicyBinding", &[("spec.validationActions", Set)]),
    (ADMISSION, "ValidatingWebhookConfiguration", WEBHOOKS),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &[("status.conditions", Keyed("type"))]),
    (
        "apps",
        "DaemonSet",
        &[
            ("spec.updateStrategy.rollingUpdate.maxSurge", IntOrString),
            ("spec.updateStrategy.rollingUpdate.maxUnavailable", IntOrString),
        ],
    ),
    (
        "apps",
        "Deployment",
        &[
            ("spec.replicas", Scaled),
            ("spec.strategy.rollingUpdate.maxSurge", IntOrString),
            ("spec.strategy.rollingUpdate.maxUnavailable", IntOrString),
        ],
    ),
    ("apps", "ReplicaSet", &[("spec.replicas", Scaled)]),
    (
        "apps",
        "StatefulSet",
        &[("spec.replicas", Scaled), ("spec.updateStrategy.rollingUpdate.maxUnavailable", IntOrString)],
    ),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        &[
            ("spec.behavior.scaleDown.tolerance", Quantity),
            ("spec.behavior.scaleUp.tolerance", Quantity),
            ("spec.metrics[].*.target.averageValue", Quantity),
            ("spec.metrics[].*.target.value", Quantity),
        ],
    ),
    (
        "batch",
        "CronJob",
        &[
            ("spec.jobTemplate.spec.podFailurePolicy.rules[].onExitCodes.values", Set),
            ("spec.jobTemplate.spec.scheduling.resourceClaims", Keyed("name")),
        ],
    ),
    (
        "batch",
        "Job",
        &[
            ("spec.podFailurePolicy.rules[].onExitCodes.values", Set),
            ("spec.scheduling.resourceClaims", Keyed("name")),
            ("status.uncountedTerminatedPods.failed", Set),
            ("status.uncountedTerminatedPods.succeeded", Set),
        ],
    ),
    ("cert-manager.io", "Certificate", &[("spec.duration", Duration), ("spec.renewBefore", Duration)]),
    ("discovery.k8s.io", "EndpointSlice", &[("endpoints[].addresses", Set)]),
    ("external-secrets.io", "ExternalSecret", REFRESHED),
    ("external-secrets.io", "PushSecret", REFRESHED),
    (
        "flowcontrol.apiserver.k8s.io",
        "FlowSchema",
        &[
            ("spec.rules[].nonResourceRules[].nonResourceURLs", Set),
            ("spec.rules[].nonResourceRules[].verbs", Set),
            ("spec.rules[].resourceRules[].apiGroups", Set),
            ("spec.rules[].resourceRules[].namespaces", Set),
            ("spec.rules[].resourceRules[].resources", Set),
            ("spec.rules[].resourceRules[].verbs", Set),
        ],
    ),
    (
        "gateway.networking.k8s.io",
        "HTTPRoute",
        &[("spec.rules[].timeouts.backendRequest", Duration), ("spec.rules[].timeouts.request", Duration)],
    ),
    (
        PROMETHEUS,
        "PodMonitor",
        &[("spec.podMetricsEndpoints[].interval", Duration), ("spec.podMetricsEndpoints[].scrapeTimeout", Duration)],
    ),
    (
        PROMETHEUS,
        "PrometheusRule",
        &[
            ("spec.groups[].interval", Duration),
            ("spec.groups[].rules[].for", Duration),
            ("spec.groups[].rules[].keep_firing_for", Duration),
        ],
    ),
    (
        PROMETHEUS,
        "ServiceMonitor",
        &[("spec.endpoints[].interval", Duration), ("spec.endpoints[].scrapeTimeout", Duration)],
    ),
    (
        "networking.k8s.io",
        "NetworkPolicy",
        &[("spec.egress[].ports[].port", IntOrString), ("spec.ingress[].ports[].port", IntOrString)],
    ),
    ("node.k8s.io", "RuntimeClass", &[("overhead.podFixed.*", Quantity)]),
    ("policy", "PodDisruptionBudget", DISRUPTION),
    (STORAGE, "CSIDriver", &[("spec.volumeLifecycleModes", Set)]),
    (STORAGE, "CSINode", &[("spec.drivers", Keyed("name"))]),
    (STORAGE, "CSIStorageCapacity", &[("capacity", Quantity), ("maximumVolumeSize", Quantity)]),
];
