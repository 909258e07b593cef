//! Kinds that say by a condition how they are: definitions of custom resources, and all that other people's controllers keep.

use flashinfra_plans::compare::amount::duration;
use serde_json::Value;

use super::{Readiness, condition, has, said};
use crate::object::{GroupKind, at, is_true, number, text};

/// The condition that says of a kind that it is ready, where it has another name than `Ready`, or where an object without any is not
/// ready: its controller has not looked at it. Taken from each project's API reference.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("bitnami.com", "SealedSecret", "Synced"),
    ("cert-manager.io", "Certificate", "Ready"),
    ("cert-manager.io", "CertificateRequest", "Ready"),
    ("cert-manager.io", "ClusterIssuer", "Ready"),
    ("cert-manager.io", "Issuer", "Ready"),
    ("external-secrets.io", "ClusterExternalSecret", "Ready"),
    ("external-secrets.io", "ClusterSecretStore", "Ready"),
    ("external-secrets.io", "ExternalSecret", "Ready"),
    ("external-secrets.io", "PushSecret", "Ready"),
    ("external-secrets.io", "SecretStore", "Ready"),
    ("gateway.networking.k8s.io", "Gateway", "Programmed"),
    ("gateway.networking.k8s.io", "GatewayClass", "Accepted"),
    ("keda.sh", "ScaledObject", "Ready"),
    ("monitoring.coreos.com", "Alertmanager", "Available"),
    ("monitoring.coreos.com", "Prometheus", "Available"),
    ("postgresql.cnpg.io", "Cluster", "Ready"),
];

/// Conditions that end it when they are true, whatever else there is.
const FATAL: &[(&str, &str, &str)] =
    &[("cert-manager.io", "CertificateRequest", "Denied"), ("cert-manager.io", "CertificateRequest", "InvalidRequest")];

/// How ready an object is by a condition of its own: whatever the kind, when somebody says which condition has to have which status
/// (`True` when they say nothing else).
pub fn readiness_by(object: &Value, kind: &str, status: &str) -> Readiness {
    if at(object, "metadata.deletionTimestamp").is_some() {
        return super::leaving(object);
    }
    super::unobserved(object).unwrap_or_else(|| by(object, kind, status))
}

fn by(object: &Value, kind: &str, status: &str) -> Readiness {
    match condition(object, kind) {
        None => Readiness::waiting(format!("says nothing of {kind} yet")),
        Some(condition) if has(Some(condition), status) => Readiness::Ready,
        Some(condition) => Readiness::waiting(said(condition)),
    }
}

/// A kind that nothing else is known of.
///
/// `Stalled` and `Reconciling` are what kstatus asks of controllers; `Ready` is what most of them have. What has neither, and is not known
/// to get a condition, is ready when it is there: rules, policies, settings.
pub(super) fn any(object: &Value) -> Readiness {
    let GroupKind { group, kind } = GroupKind::of(object);
    if (group, kind) == ("external-secrets.io", "ExternalSecret") && !is_synced(object) {
        return Readiness::waiting("its controller has not read these values yet");
    }
    let of_kind = |row: &&(&str, &str, &str)| (row.0, row.1) == (group, kind);
    let fatal = FATAL.iter().filter(of_kind).map(|row| row.2).chain(["Stalled"]);
    if let Some(condition) = fatal.filter_map(|name| condition(object, name)).find(|found| has(Some(found), "True")) {
        return Readiness::failed(said(condition));
    }
    if let Some(condition) = condition(object, "Reconciling").filter(|found| has(Some(found), "True")) {
        return Readiness::waiting(said(condition));
    }
    match CONDITIONS.iter().find(of_kind) {
        Some((_, _, name)) => by(object, name, "True"),
        // A condition that tells of an older generation is there, and says that this one is not ready.
        None if crate::object::items(object, "status.conditions").iter().any(|c| text(c, "type") == "Ready") => {
            by(object, "Ready", "True")
        }
        None => Readiness::Ready,
    }
}

/// Whether an ExternalSecret that was changed has been read anew: its condition stays that of the values before until then. One that is
/// read once, or that is not looked at again, is not.
///
/// Source: external-secrets, `pkg/controllers/externalsecret`, `shouldRefresh` (`syncedResourceVersion` begins with the generation).
fn is_synced(object: &Value) -> bool {
    let is_kept = text(object, "spec.refreshPolicy") == "CreatedOnce"
        || is_true(object, "spec.target.immutable")
        || duration(text(object, "spec.refreshInterval")).is_some_and(|nanoseconds| nanoseconds <= 0);
    let synced = text(object, "status.syncedResourceVersion").split_once('-').map(|(generation, _)| generation);
    let generation = number(object, "metadata.generation").map(|generation| generation.to_string());
    is_kept || synced.is_none_or(|synced| Some(synced) == generation.as_deref())
}

/// A definition of custom resources can be used once it is established. Names that others have are never accepted.
pub(super) fn definition(object: &Value) -> Readiness {
    for name in ["NamesAccepted", "KubernetesAPIApprovalPolicyConformant"] {
        if let Some(refused) = condition(object, name).filter(|found| has(Some(found), "False")) {
            return Readiness::failed(said(refused));
        }
    }
    match condition(object, "Established") {
        Some(condition) if has(Some(condition), "True") => Readiness::Ready,
        Some(_) | None => Readiness::waiting("its kind is not established yet"),
    }
}

/// An API that another server answers is there when that server does.
pub(super) fn api_service(object: &Value) -> Readiness {
    match condition(object, "Available") {
        Some(condition) if has(Some(condition), "True") => Readiness::Ready,
        Some(condition) => Readiness::waiting(said(condition)),
        None => Readiness::waiting("nobody has asked its server yet"),
    }
}
