//! What gets an address, and routes to it.

use serde_json::Value;

use super::{Readiness, has, said};
use crate::object::{items, number, text};

/// A Service that asks for a load balancer is ready when that has an address; all others are at once.
pub(super) fn service(object: &Value) -> Readiness {
    if text(object, "spec.type") == "LoadBalancer" { addressed(object, "its load balancer") } else { Readiness::Ready }
}

/// An Ingress is ready when its controller has published an address. One that publishes none is declared as not to be waited for.
pub(super) fn ingress(object: &Value) -> Readiness {
    addressed(object, "it")
}

fn addressed(object: &Value, what: &str) -> Readiness {
    let ingress = items(object, "status.loadBalancer.ingress");
    let ports = ingress.iter().flat_map(|point| items(point, "ports"));
    if let Some(port) = ports.into_iter().find(|port| !text(port, "error").is_empty()) {
        let number = number(port, "port").unwrap_or_default();
        return Readiness::waiting(format!("port {number} of {what}: {}", text(port, "error")));
    }
    let is_address = |point: &Value| !text(point, "ip").is_empty() || !text(point, "hostname").is_empty();
    if ingress.iter().any(is_address) {
        Readiness::Ready
    } else {
        Readiness::waiting(format!("{what} has no address yet"))
    }
}

/// A route of the Gateway API has conditions for each gateway that it is attached to.
pub(super) fn route(object: &Value) -> Readiness {
    let generation = number(object, "metadata.generation").unwrap_or_default();
    let parents = items(object, "status.parents");
    if parents.len() < items(object, "spec.parentRefs").len() {
        return Readiness::waiting("not every gateway that it names has seen it yet");
    }
    for parent in parents {
        for kind in ["Accepted", "ResolvedRefs"] {
            let found = items(parent, "conditions").iter().find(|condition| text(condition, "type") == kind);
            let is_current = |c: &&Value| number(c, "observedGeneration").is_none_or(|observed| observed >= generation);
            let gateway = text(parent, "parentRef.name");
            match found.filter(is_current) {
                None => return Readiness::waiting(format!("gateway {gateway} has not seen this change yet")),
                Some(condition) if !has(Some(condition), "True") => {
                    return Readiness::waiting(format!("gateway {gateway}: {}", said(condition)));
                }
                Some(_) => {}
            }
        }
    }
    Readiness::Ready
}
