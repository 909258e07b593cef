//! What makes pods, and what scales and guards them.
//!
//! Sources: the status of each kind in the Kubernetes API reference, and `kubectl rollout status` for how its counts are read.

use serde_json::Value;

use super::{Readiness, condition, has, said};
use crate::object::{is_true, number, text};

fn count(object: &Value, path: &str) -> i64 {
    number(object, path).unwrap_or_default()
}

/// How many replicas there should be. The API's default is one.
fn wanted(object: &Value) -> i64 {
    number(object, "spec.replicas").unwrap_or(1)
}

/// A Deployment's own deadline, `spec.progressDeadlineSeconds`, is what makes it fail: its controller has a clock.
pub(super) fn deployment(object: &Value) -> Readiness {
    let progressing = condition(object, "Progressing");
    if let Some(condition) = progressing.filter(|condition| text(condition, "reason") == "ProgressDeadlineExceeded") {
        return Readiness::failed(said(condition));
    }
    let (wanted, updated) = (wanted(object), count(object, "status.updatedReplicas"));
    let (all, available) = (count(object, "status.replicas"), count(object, "status.availableReplicas"));
    if is_true(object, "spec.paused") && updated < wanted {
        return Readiness::resting(format!("is paused with {updated} of {wanted} replicas updated"));
    }
    // A quota or an admission webhook refuses its pods. Somebody may still make room, until the deadline.
    if let Some(failure) = condition(object, "ReplicaFailure").filter(|failure| has(Some(failure), "True")) {
        return Readiness::waiting(said(failure));
    }
    if updated < wanted {
        Readiness::counted(updated, wanted, "replicas are updated")
    } else if all > updated {
        Readiness::waiting(format!("{} old replicas are still to go", all - updated))
    } else if available < updated {
        Readiness::counted(available, updated, "replicas are available")
    } else {
        Readiness::Ready
    }
}

/// A StatefulSet updates pods from the highest ordinal down to its partition, and with `OnDelete` none of itself.
///
/// It has no deadline and never says that it failed.
pub(super) fn stateful_set(object: &Value) -> Readiness {
    let (wanted, updated) = (wanted(object), count(object, "status.updatedReplicas"));
    let ready = count(object, "status.readyReplicas");
    // What is ready for `minReadySeconds`; older servers do not say it.
    let available = number(object, "status.availableReplicas").unwrap_or(ready).min(ready);
    let all = count(object, "status.replicas");
    let on_delete = text(object, "spec.updateStrategy.type") == "OnDelete";
    let partition = number(object, "spec.updateStrategy.rollingUpdate.partition").unwrap_or_default();
    let to_update = (wanted - partition).clamp(0, wanted.max(0));
    if !on_delete && updated < to_update {
        Readiness::counted(updated, to_update, "replicas are updated")
    } else if available < wanted {
        Readiness::counted(available, wanted, "replicas are ready")
    } else if all > wanted {
        Readiness::waiting(format!("{} replicas too many are still to go", all - wanted))
    } else if on_delete && updated < wanted {
        Readiness::resting(format!(
            "{} pods are of an older revision until they are deleted (OnDelete)",
            wanted - updated
        ))
    } else {
        Readiness::Ready
    }
}

/// A DaemonSet wants a pod on each node that it selects, which may be none.
pub(super) fn daemon_set(object: &Value) -> Readiness {
    let wanted = count(object, "status.desiredNumberScheduled");
    let updated = count(object, "status.updatedNumberScheduled");
    let available = count(object, "status.numberAvailable");
    let on_delete = text(object, "spec.updateStrategy.type") == "OnDelete";
    if !on_delete && updated < wanted {
        Readiness::counted(updated, wanted, "nodes have the updated pod")
    } else if available < wanted {
        Readiness::counted(available, wanted, "nodes have an available pod")
    } else if updated < wanted {
        Readiness::resting(format!(
            "{} pods are of an older revision until they are deleted (OnDelete)",
            wanted - updated
        ))
    } else {
        Readiness::Ready
    }
}

/// A ReplicaSet or a ReplicationController, which do not update their pods.
pub(super) fn replica_set(object: &Value) -> Readiness {
    let (wanted, all) = (wanted(object), count(object, "status.replicas"));
    let available = count(object, "status.availableReplicas");
    if let Some(failure) = condition(object, "ReplicaFailure").filter(|failure| has(Some(failure), "True")) {
        Readiness::waiting(said(failure))
    } else if available < wanted {
        Readiness::counted(available, wanted, "replicas are available")
    } else if all > wanted {
        Readiness::waiting(format!("{} replicas too many are still to go", all - wanted))
    } else {
        Readiness::Ready
    }
}

/// A Job is ready when it has completed. Its status has no generation: only its pods' template can be wrong, and that never changes.
pub(super) fn job(object: &Value) -> Readiness {
    // `FailureTarget` says the same as `Failed`, as long as its pods are still ending.
    for failure in ["Failed", "FailureTarget"] {
        if let Some(condition) = condition(object, failure).filter(|condition| has(Some(condition), "True")) {
            return Readiness::failed(said(condition));
        }
    }
    if has(condition(object, "Complete"), "True") {
        return Readiness::Ready;
    }
    if is_true(object, "spec.suspend") {
        return Readiness::resting("is suspended");
    }
    // Without a number of completions one success ends a queue of work.
    let wanted = number(object, "spec.completions").unwrap_or(1);
    let (succeeded, failed) = (count(object, "status.succeeded"), count(object, "status.failed"));
    let mut waiting = Readiness::counted(succeeded, wanted, "pods have completed");
    if let (Readiness::Waiting { why, .. }, 1..) = (&mut waiting, failed) {
        // The API's default of the limit.
        let limit = number(object, "spec.backoffLimit").unwrap_or(6);
        why.push_str(&format!(", {failed} failed (it gives up after {})", limit.saturating_add(1)));
    }
    waiting
}

/// An autoscaler is ready when it can read its metrics and set its target's replicas.
pub(super) fn autoscaler(object: &Value) -> Readiness {
    // Conditions came with autoscaling/v2; through v1 they are not seen.
    if text(object, "apiVersion") == "autoscaling/v1" {
        return Readiness::Ready;
    }
    for kind in ["AbleToScale", "ScalingActive"] {
        let Some(condition) = condition(object, kind) else {
            return Readiness::waiting("its controller has not looked at it yet");
        };
        match (text(condition, "status"), text(condition, "reason")) {
            ("True", _) => {}
            (_, "ScalingDisabled") => return Readiness::resting("its target has no replicas, so it scales nothing"),
            (_, "InvalidSelector" | "AmbiguousSelector" | "InvalidMetricSourceType") => {
                return Readiness::failed(said(condition));
            }
            _ => return Readiness::waiting(said(condition)),
        }
    }
    Readiness::Ready
}

/// A budget does its work even when it allows no disruption; it does not while its pods cannot be counted.
pub(super) fn budget(object: &Value) -> Readiness {
    match condition(object, "DisruptionAllowed").filter(|condition| text(condition, "reason") == "SyncFailed") {
        Some(condition) => Readiness::waiting(said(condition)),
        None => Readiness::Ready,
    }
}
