//! Lists of the built-in kinds.

use super::List;
use crate::builtin::{Part, part_of};
use crate::object::GroupKind;
use crate::path::{Path, matches};

/// A set, in the tables below.
const SET: &str = "";

const METADATA: &[(&str, &str)] = &[("finalizers", SET), ("ownerReferences", "uid")];

const CONTAINER: &[(&str, &str)] = &[
    ("env", "name"),
    ("ports", "containerPort,protocol"),
    ("resources.claims", "name"),
    ("restartPolicyRules[].exitCodes.values", SET),
    ("volumeDevices", "devicePath"),
    ("volumeMounts", "mountPath"),
    ("volumeMounts[].bindMountOptions", SET),
];

const POD: &[(&str, &str)] = &[
    ("containers", "name"),
    ("ephemeralContainers", "name"),
    ("evictionResponders", "name"),
    ("hostAliases", "ip"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("resourceClaims", "name"),
    ("resources.claims", "name"),
    ("schedulingGates", "name"),
    ("topologySpreadConstraints", "topologyKey,whenUnsatisfiable"),
    ("volumes", "name"),
];

/// Group, kind, place, keys.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("", "Node", "spec.podCIDRs", SET),
    ("", "Node", "spec.podPreemptionPolicy.disableResizePreemption", SET),
    ("", "Node", "status.addresses", "type"),
    ("", "Pod", "status.podIPs", "ip"),
    ("", "Pod", "status.resourceClaimStatuses", "name"),
    ("", "Service", "spec.ports", "port,protocol"),
    ("", "ServiceAccount", "secrets", "name"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy", "spec.matchConditions", "name"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "webhooks", "name"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "webhooks[].matchConditions", "name"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "spec.matchConditions", "name"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "spec.variables", "name"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "spec.validationActions", SET),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "webhooks", "name"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "webhooks[].matchConditions", "name"),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "status.conditions", "type"),
    ("batch", "CronJob", "spec.jobTemplate.spec.podFailurePolicy.rules[].onExitCodes.values", SET),
    ("batch", "CronJob", "spec.jobTemplate.spec.scheduling.resourceClaims", "name"),
    ("batch", "Job", "spec.scheduling.resourceClaims", "name"),
    ("batch", "Job", "spec.podFailurePolicy.rules[].onExitCodes.values", SET),
    ("batch", "Job", "status.uncountedTerminatedPods.failed", SET),
    ("batch", "Job", "status.uncountedTerminatedPods.succeeded", SET),
    ("discovery.k8s.io", "EndpointSlice", "endpoints[].addresses", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].nonResourceRules[].nonResourceURLs", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].nonResourceRules[].verbs", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].resourceRules[].apiGroups", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].resourceRules[].namespaces", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].resourceRules[].resources", SET),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "spec.rules[].resourceRules[].verbs", SET),
    ("storage.k8s.io", "CSIDriver", "spec.volumeLifecycleModes", SET),
    ("storage.k8s.io", "CSINode", "spec.drivers", "name"),
];

/// Kinds whose conditions are one value. All other built-in kinds' are told apart by their type.
const ATOMIC_CONDITIONS: &[(&str, &str)] = &[("batch", "Job")];

/// How the list at a place of an object of a built-in kind merges. What is not known to be a set or to have keys is one value, as it is
/// for the server.
pub fn list_at(kind: GroupKind<'_>, path: &Path) -> List {
    let (part, rest) = part_of(kind, &path.0);
    let table = match part {
        Part::Metadata => METADATA,
        Part::Container => CONTAINER,
        Part::Pod => POD,
        Part::Claim => &[],
        Part::Kind => {
            let of_kind = |row: &&(&str, &str, &str, &str)| (row.0, row.1) == (kind.group, kind.kind);
            if let Some(row) = KINDS.iter().filter(of_kind).find(|row| matches(rest, row.2)) {
                return read(row.3);
            }
            let keyed = path.matches("status.conditions") && !ATOMIC_CONDITIONS.contains(&(kind.group, kind.kind));
            return if keyed { read("type") } else { List::Atomic };
        }
    };
    table.iter().find(|row| matches(rest, row.0)).map_or(List::Atomic, |row| read(row.1))
}

fn read(keys: &str) -> List {
    if keys == SET { List::Set } else { List::Map(keys.split(',').map(str::to_owned).collect()) }
}
