//! Volumes and the claims for them.

use serde_json::Value;

use super::{Readiness, condition, has, said};
use crate::object::{at, entries, text};
use crate::scalar::quantity;

/// How ready a claim is, when its class is known (`None` when it is not).
///
/// With a class that binds on first use (`volumeBindingMode: WaitForFirstConsumer`, what the clouds' own classes do) a claim stays pending
/// until a pod uses it: waiting for it before the pod is made would never end.
pub fn claim_readiness(claim: &Value, class: Option<&Value>) -> Readiness {
    match text(claim, "status.phase") {
        "Bound" => bound(claim),
        "Lost" => Readiness::failed("has lost the volume that it was bound to"),
        _ => match class {
            Some(class) if text(class, "volumeBindingMode") != "WaitForFirstConsumer" => {
                Readiness::waiting("is not bound to a volume yet")
            }
            Some(_) => Readiness::resting("binds when the first pod uses it"),
            None => Readiness::resting("is not bound yet; it may bind when the first pod uses it"),
        },
    }
}

/// A claim that is bound may still grow, or take another class of attributes.
fn bound(claim: &Value) -> Readiness {
    if text(claim, "status.modifyVolumeStatus.status") == "Infeasible" {
        return Readiness::failed(format!(
            "its volume cannot take the class {}",
            text(claim, "status.modifyVolumeStatus.targetVolumeAttributesClassName")
        ));
    }
    if entries(claim, "status.allocatedResourceStatuses")
        .any(|(_, state)| state.as_str().is_some_and(|s| s.ends_with("Infeasible")))
    {
        return Readiness::failed("its volume cannot grow so far");
    }
    // The volume has grown; the file system on it does when the node sees it.
    if has(condition(claim, "FileSystemResizePending"), "True") {
        return Readiness::resting("its volume has grown, and its file system does when a pod mounts it");
    }
    for trouble in ["ControllerResizeError", "NodeResizeError", "ModifyVolumeError"] {
        if let Some(condition) = condition(claim, trouble).filter(|condition| has(Some(condition), "True")) {
            return Readiness::waiting(said(condition));
        }
    }
    let amount = |path| at(claim, path).and_then(quantity);
    match (amount("spec.resources.requests.storage"), amount("status.capacity.storage")) {
        (Some(asked), Some(there)) if there < asked => Readiness::waiting(format!(
            "is being grown from {} to {}",
            text(claim, "status.capacity.storage"),
            text(claim, "spec.resources.requests.storage")
        )),
        _ if has(condition(claim, "ModifyingVolume"), "True") => Readiness::waiting("its volume is being modified"),
        _ => Readiness::Ready,
    }
}

/// A volume is ready when it can be, or is, claimed.
pub(super) fn volume(object: &Value) -> Readiness {
    match text(object, "status.phase") {
        "Available" | "Bound" => Readiness::Ready,
        "Released" => Readiness::resting("its claim is gone, and its data is kept"),
        "Failed" => Readiness::failed(match text(object, "status.message") {
            "" => "could not be reclaimed",
            message => message,
        }),
        _ => Readiness::waiting("is not available yet"),
    }
}
