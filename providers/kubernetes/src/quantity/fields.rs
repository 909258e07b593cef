//! Which fields hold quantities, durations, and numbers that may be text.
//!
//! Source: the types of the Kubernetes API (`k8s.io/api`, fields of the types `resource.Quantity` and `intstr.IntOrString`); no built-in kind
//! has a duration as text. Those of custom resources are from the API references of cert-manager, External Secrets, the Prometheus
//! operator and the Gateway API; others are found by [`crate::list_keys`] in their own schema.

use crate::builtin::{Part, part_of};
use crate::object::GroupKind;
use crate::path::{Path, matches};

/// How a value means something that can be written in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `500m` is `0.5`.
    Quantity,
    /// `60m` is `1h0m0s`.
    Duration,
    /// `80` is `"80"`.
    IntOrString,
}

use Scalar::{Duration, IntOrString, Quantity};

/// In a container.
const CONTAINER: &[(&str, Scalar)] = &[
    ("resources.limits.*", Quantity),
    ("resources.requests.*", Quantity),
    ("env[].valueFrom.resourceFieldRef.divisor", Quantity),
    ("livenessProbe.httpGet.port", IntOrString),
    ("livenessProbe.tcpSocket.port", IntOrString),
    ("readinessProbe.httpGet.port", IntOrString),
    ("readinessProbe.tcpSocket.port", IntOrString),
    ("startupProbe.httpGet.port", IntOrString),
    ("startupProbe.tcpSocket.port", IntOrString),
    ("lifecycle.postStart.httpGet.port", IntOrString),
    ("lifecycle.postStart.tcpSocket.port", IntOrString),
    ("lifecycle.preStop.httpGet.port", IntOrString),
    ("lifecycle.preStop.tcpSocket.port", IntOrString),
];

/// In the specification of a pod.
const POD: &[(&str, Scalar)] = &[
    ("overhead.*", Quantity),
    ("resources.limits.*", Quantity),
    ("resources.requests.*", Quantity),
    ("volumes[].emptyDir.sizeLimit", Quantity),
    ("volumes[].downwardAPI.items[].resourceFieldRef.divisor", Quantity),
    ("volumes[].projected.sources[].downwardAPI.items[].resourceFieldRef.divisor", Quantity),
];

/// In the specification of a claim.
const CLAIM: &[(&str, Scalar)] = &[("resources.limits.*", Quantity), ("resources.requests.*", Quantity)];

/// In an object of a kind: group, kind, place.
const KINDS: &[(&str, &str, &str, Scalar)] = &[
    ("", "LimitRange", "spec.limits[].default.*", Quantity),
    ("", "LimitRange", "spec.limits[].defaultRequest.*", Quantity),
    ("", "LimitRange", "spec.limits[].max.*", Quantity),
    ("", "LimitRange", "spec.limits[].maxLimitRequestRatio.*", Quantity),
    ("", "LimitRange", "spec.limits[].min.*", Quantity),
    ("", "PersistentVolume", "spec.capacity.*", Quantity),
    ("", "ResourceQuota", "spec.hard.*", Quantity),
    ("", "Service", "spec.ports[].targetPort", IntOrString),
    ("apps", "DaemonSet", "spec.updateStrategy.rollingUpdate.maxSurge", IntOrString),
    ("apps", "DaemonSet", "spec.updateStrategy.rollingUpdate.maxUnavailable", IntOrString),
    ("apps", "Deployment", "spec.strategy.rollingUpdate.maxSurge", IntOrString),
    ("apps", "Deployment", "spec.strategy.rollingUpdate.maxUnavailable", IntOrString),
    ("apps", "StatefulSet", "spec.updateStrategy.rollingUpdate.maxUnavailable", IntOrString),
    ("autoscaling", "HorizontalPodAutoscaler", "spec.behavior.scaleDown.tolerance", Quantity),
    ("autoscaling", "HorizontalPodAutoscaler", "spec.behavior.scaleUp.tolerance", Quantity),
    ("autoscaling", "HorizontalPodAutoscaler", "spec.metrics[].*.target.averageValue", Quantity),
    ("autoscaling", "HorizontalPodAutoscaler", "spec.metrics[].*.target.value", Quantity),
    ("cert-manager.io", "Certificate", "spec.duration", Duration),
    ("cert-manager.io", "Certificate", "spec.renewBefore", Duration),
    ("external-secrets.io", "ExternalSecret", "spec.refreshInterval", Duration),
    ("external-secrets.io", "PushSecret", "spec.refreshInterval", Duration),
    ("gateway.networking.k8s.io", "HTTPRoute", "spec.rules[].timeouts.backendRequest", Duration),
    ("gateway.networking.k8s.io", "HTTPRoute", "spec.rules[].timeouts.request", Duration),
    ("monitoring.coreos.com", "PodMonitor", "spec.podMetricsEndpoints[].interval", Duration),
    ("monitoring.coreos.com", "PodMonitor", "spec.podMetricsEndpoints[].scrapeTimeout", Duration),
    ("monitoring.coreos.com", "PrometheusRule", "spec.groups[].interval", Duration),
    ("monitoring.coreos.com", "PrometheusRule", "spec.groups[].rules[].for", Duration),
    ("monitoring.coreos.com", "PrometheusRule", "spec.groups[].rules[].keep_firing_for", Duration),
    ("monitoring.coreos.com", "ServiceMonitor", "spec.endpoints[].interval", Duration),
    ("monitoring.coreos.com", "ServiceMonitor", "spec.endpoints[].scrapeTimeout", Duration),
    ("networking.k8s.io", "NetworkPolicy", "spec.egress[].ports[].port", IntOrString),
    ("networking.k8s.io", "NetworkPolicy", "spec.ingress[].ports[].port", IntOrString),
    ("node.k8s.io", "RuntimeClass", "overhead.podFixed.*", Quantity),
    ("policy", "PodDisruptionBudget", "spec.maxUnavailable", IntOrString),
    ("policy", "PodDisruptionBudget", "spec.minAvailable", IntOrString),
    ("storage.k8s.io", "CSIStorageCapacity", "capacity", Quantity),
    ("storage.k8s.io", "CSIStorageCapacity", "maximumVolumeSize", Quantity),
];

/// How the value at a place of an object means something, where it can be written in several ways. Status is not in it: nobody declares
/// one.
pub fn scalar_at(kind: GroupKind<'_>, path: &Path) -> Option<Scalar> {
    let (part, rest) = part_of(kind, &path.0);
    let table = match part {
        Part::Container => CONTAINER,
        Part::Pod => POD,
        Part::Claim => CLAIM,
        Part::Metadata => &[],
        Part::Kind => {
            let of_kind = |row: &&(&str, &str, &str, Scalar)| (row.0, row.1) == (kind.group, kind.kind);
            return KINDS.iter().filter(of_kind).find(|row| matches(rest, row.2)).map(|row| row.3);
        }
    };
    table.iter().find(|row| matches(rest, row.0)).map(|row| row.1)
}
