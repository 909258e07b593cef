//! Which part of an object a place is in: what is known of pods, containers, claims and metadata is known wherever they stand.

use crate::object::GroupKind;
use crate::path::{Step, prefix};

/// A part of an object that stands in objects of many kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// In no such part: the place is that in the object.
    Kind,
    /// The metadata of an object or of a template of one.
    Metadata,
    /// The specification of a pod.
    Pod,
    /// A container of any sort.
    Container,
    /// The specification of a claim for a volume.
    Claim,
}

/// The lists of a pod that hold containers.
const CONTAINERS: [&str; 3] = ["containers[]", "initContainers[]", "ephemeralContainers[]"];

/// The innermost part that a place is in, and the place within that part.
pub(crate) fn part_of<'s>(kind: GroupKind<'_>, steps: &'s [Step]) -> (Part, &'s [Step]) {
    let below = |outer: &'s [Step], pattern: &str| prefix(outer, pattern).map(|taken| &outer[taken..]);
    if let Some(rest) = below(steps, "metadata") {
        return (Part::Metadata, rest);
    }
    if (kind.group, kind.kind) == ("", "PersistentVolumeClaim") {
        return below(steps, "spec").map_or((Part::Kind, steps), |rest| (Part::Claim, rest));
    }
    if (kind.group, kind.kind) == ("apps", "StatefulSet") {
        if let Some(rest) = below(steps, "spec.volumeClaimTemplates[].spec") {
            return (Part::Claim, rest);
        }
        if let Some(rest) = below(steps, "spec.volumeClaimTemplates[].metadata") {
            return (Part::Metadata, rest);
        }
    }
    if (kind.group, kind.kind) == ("batch", "CronJob")
        && let Some(rest) = below(steps, "spec.jobTemplate.metadata")
    {
        return (Part::Metadata, rest);
    }
    let Some(pod_spec) = kind.pod_spec() else { return (Part::Kind, steps) };
    let template = pod_spec.strip_suffix("spec").unwrap_or_default();
    if !template.is_empty()
        && let Some(rest) = below(steps, &format!("{template}metadata"))
    {
        return (Part::Metadata, rest);
    }
    let Some(pod) = below(steps, pod_spec) else { return (Part::Kind, steps) };
    if let Some(rest) = below(pod, "volumes[].ephemeral.volumeClaimTemplate.spec") {
        return (Part::Claim, rest);
    }
    if let Some(rest) = below(pod, "volumes[].ephemeral.volumeClaimTemplate.metadata") {
        return (Part::Metadata, rest);
    }
    match CONTAINERS.into_iter().find_map(|list| below(pod, list)) {
        Some(rest) => (Part::Container, rest),
        None => (Part::Pod, pod),
    }
}
