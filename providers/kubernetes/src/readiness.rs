//! When an object is ready, from what its controller says of it: pure, of the object alone.
//!
//! Nothing is believed before the controller has seen what was sent: where a kind has `status.observedGeneration`, it is compared with
//! `metadata.generation` first, and a condition that has an `observedGeneration` of its own is compared as well. Without that a
//! Deployment is "ready" in the moment after its update, because its status still tells of the revision before.
//!
//! # Where others decide otherwise
//!
//! kstatus (`sigs.k8s.io/cli-utils`) is what Helm 4 waits by; Argo CD has its rules in `gitops-engine`, kubedog is werf's.
//!
//! - *A container that crashes again and again*: waits, and says so; many a program crashes until its database is there, and the timeout
//!   ends it. kstatus: failed. Argo CD: degraded.
//! - *A pod that fits on no node*: waits, with the scheduler's words; an autoscaler of nodes needs minutes. kstatus: failed after 15 s.
//! - *A Job*: ready when it has completed, as for Argo CD. kstatus: when it has started (Helm has `--wait-for-jobs`).
//! - *A Service with a load balancer*: ready with an address, as for Argo CD. kstatus: with an address within the cluster.
//! - *An Ingress*: ready with an address, as for Argo CD. kstatus: always.
//! - *`OnDelete`*: [`Readiness::Resting`] once the pods there are ready; that some are old is told. kstatus: ready at once. `kubectl
//!   rollout status` refuses it.
//! - *A claim for a volume that binds on first use*: not waited for. kstatus and Argo CD wait for it.
//! - *A claim that grows*: waits until it has grown. For kstatus and Argo CD it is ready while it is bound.
//! - *An autoscaler without metrics*: waits, there are none in the first minute. Argo CD: degraded. kstatus has no rule.
//! - *`Ready=False` of a custom resource*: waits, its controller tries again. kubedog: failed for some kinds.
//! - *A definition whose names others have*: failed, as for kstatus. For Helm 3 it was ready.
//! - *A condition that tells of an older generation*: not believed. None of them looks.
//!
//! What cannot succeed any more is [`Readiness::Failed`]: whoever waits can stop at once.

mod conditions;
mod network;
mod pods;
mod storage;
mod workloads;

use serde_json::Value;

use crate::object::{GroupKind, at, is_true, items, number, text};

pub use conditions::readiness_by;
pub use pods::{pod_trouble, troubled_containers};
pub use storage::claim_readiness;

/// How ready an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// As ready as it was declared to be.
    Ready,
    /// Not ready, and it will not change before somebody does something: suspended, paused, waiting to be used. It is not waited for, and
    /// the reason is told.
    Resting {
        /// Why, as a sentence without a subject: `is paused`.
        why: String,
    },
    /// On its way.
    Waiting {
        /// What is missing: `2 of 3 replicas are updated`.
        why: String,
        /// How much of how much there is, where that can be counted.
        progress: Option<Progress>,
    },
    /// It will not become ready.
    Failed {
        /// Why, in the words of its controller.
        why: String,
    },
    /// It is being deleted.
    Leaving {
        /// What it waits for.
        why: String,
    },
}

/// How much of how much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// So many there are.
    pub done: i64,
    /// So many there should be.
    pub of: i64,
}

impl Readiness {
    /// Whether there is nothing to wait for: it is ready, or nothing will change by itself.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Ready | Self::Resting { .. })
    }

    /// What there is to say of it; nothing of what is ready.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Ready => None,
            Self::Resting { why } | Self::Waiting { why, .. } | Self::Failed { why } | Self::Leaving { why } => {
                Some(why)
            }
        }
    }

    fn resting(why: impl Into<String>) -> Self {
        Self::Resting { why: why.into() }
    }

    fn waiting(why: impl Into<String>) -> Self {
        Self::Waiting { why: why.into(), progress: None }
    }

    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }

    /// `2 of 3 replicas are updated`
    fn counted(done: i64, of: i64, what: &str) -> Self {
        Self::Waiting { why: format!("{done} of {of} {what}"), progress: Some(Progress { done, of }) }
    }
}

/// How ready an object is, as it was read.
///
/// Of a claim for a volume that is pending the object does not tell whether it binds before it is used: it is [`Readiness::Resting`]
/// here, because waiting for one that binds on first use would last until the timeout. [`claim_readiness`] knows with its class.
pub fn readiness(object: &Value) -> Readiness {
    if at(object, "metadata.deletionTimestamp").is_some() {
        return leaving(object);
    }
    let kind = GroupKind::of(object);
    match (kind.group, kind.kind) {
        ("apps", "Deployment") => observed(object).unwrap_or_else(|| workloads::deployment(object)),
        ("apps", "StatefulSet") => observed(object).unwrap_or_else(|| workloads::stateful_set(object)),
        ("apps", "DaemonSet") => observed(object).unwrap_or_else(|| workloads::daemon_set(object)),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => {
            observed(object).unwrap_or_else(|| workloads::replica_set(object))
        }
        ("batch", "Job") => workloads::job(object),
        ("batch", "CronJob") if is_true(object, "spec.suspend") => Readiness::resting("is suspended"),
        ("", "Pod") => pods::pod(object),
        ("", "PersistentVolumeClaim") => claim_readiness(object, None),
        ("", "PersistentVolume") => storage::volume(object),
        ("", "Service") => network::service(object),
        ("networking.k8s.io", "Ingress") => network::ingress(object),
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute") => {
            network::route(object)
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            unobserved(object).unwrap_or_else(|| workloads::autoscaler(object))
        }
        ("policy", "PodDisruptionBudget") => observed(object).unwrap_or_else(|| workloads::budget(object)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => conditions::definition(object),
        ("apiregistration.k8s.io", "APIService") => conditions::api_service(object),
        _ => unobserved(object).unwrap_or_else(|| conditions::any(object)),
    }
}

/// What is being deleted, and by what it is held: finalizers, and of a namespace what is still in it.
fn leaving(object: &Value) -> Readiness {
    const HELD: &[&str] = &[
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    ];
    let held = items(object, "status.conditions")
        .iter()
        .filter(|condition| HELD.contains(&text(condition, "type")) && text(condition, "status") == "True");
    let mut why: Vec<String> = held.map(|condition| text(condition, "message").to_owned()).collect();
    if why.is_empty() {
        // A namespace has its own in `spec`.
        let finalizers = ["metadata.finalizers", "spec.finalizers"].into_iter().flat_map(|path| items(object, path));
        let finalizers: Vec<_> = finalizers.filter_map(Value::as_str).collect();
        if !finalizers.is_empty() {
            why.push(format!("waits for {}", finalizers.join(", ")));
        }
    }
    why.retain(|line| !line.is_empty());
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    Readiness::Leaving { why: format!("is being deleted{why}") }
}

/// For kinds whose controller always says which generation it has seen: what is not said is not seen.
fn observed(object: &Value) -> Option<Readiness> {
    let generation = number(object, "metadata.generation")?;
    let observed = number(object, "status.observedGeneration").unwrap_or_default();
    (observed < generation).then(|| Readiness::waiting("its controller has not seen this change yet"))
}

/// For kinds of which some say which generation their controller has seen.
fn unobserved(object: &Value) -> Option<Readiness> {
    at(object, "status.observedGeneration").and_then(|_| observed(object))
}

/// The condition of a type, unless it tells of an older generation.
fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let generation = number(object, "metadata.generation").unwrap_or_default();
    let is_current =
        |condition: &&Value| number(condition, "observedGeneration").is_none_or(|observed| observed >= generation);
    items(object, "status.conditions").iter().find(|condition| text(condition, "type") == kind).filter(is_current)
}

/// Whether a condition has this status: `True`, `False` or `Unknown`.
fn has(condition: Option<&Value>, status: &str) -> bool {
    condition.is_some_and(|condition| text(condition, "status") == status)
}

/// What a condition says: its message with its reason, or what there is of both.
fn said(condition: &Value) -> String {
    match (text(condition, "reason"), text(condition, "message")) {
        ("", "") => format!("{} is {}", text(condition, "type"), text(condition, "status")),
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

#[cfg(test)]
mod tests;
