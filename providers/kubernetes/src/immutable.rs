//! Which fields of which kinds never change, so that the plan says "replace" before anything is sent.
//!
//! The API has no machine-readable list of them: they stand in its validation code and in the strategies of its storage, and are
//! [data](flashinfra_stacks_kubernetes::facts::fixed), each row with its source. A custom resource says it by rules in its schema (`self == oldSelf`), which are read
//! by [`forces_replacement_by_schema`]. What neither knows is found by the server's dry-run ([`crate::trouble`]).

mod transition;

use flashinfra_stacks_kubernetes::facts::{Fixed, When, fixed};
use serde_json::Value;

use crate::object::{GroupKind, at, is_true, items, number, text};
use crate::path::{Path, prefix};
use crate::scalar::{is_same, quantity, scalar_at};

pub use transition::forces_replacement_by_schema;

/// Why a change takes a new object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The place that never changes.
    pub path: String,
    /// Why, as a sentence without a subject: `a Deployment finds its pods by it for life`.
    pub why: String,
    /// Where that is written: a function of Kubernetes' own code, or the rule of a schema.
    pub source: String,
}

/// Whether the change of the value at a place takes a new object. `before` and `after` are the whole objects: whether some fields
/// change depends on others.
pub fn forces_replacement(before: &Value, after: &Value, path: &Path) -> Option<Reason> {
    let kind = GroupKind::of(before);
    fixed(kind).find_map(|rule| broken(&rule, kind, before, after, path))
}

/// All changes between two objects that take a new one, whatever else there is between them. A place that `after` leaves out is not a
/// change: the server keeps what it has there.
pub fn replacements(before: &Value, after: &Value) -> Vec<Reason> {
    let mut reasons = Vec::new();
    differing(before, after, &Path::default(), &mut |path| {
        reasons.extend(forces_replacement(before, after, path));
    });
    reasons.dedup_by(|left, right| left.path == right.path);
    reasons
}

/// The places at which two objects have different values; lists as wholes.
fn differing(before: &Value, after: &Value, path: &Path, found: &mut impl FnMut(&Path)) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in after {
                let was = before.get(name).unwrap_or(&Value::Null);
                differing(was, value, &path.field(name), found);
            }
        }
        _ if before == after => {}
        _ => found(path),
    }
}

fn broken(rule: &Fixed, kind: GroupKind<'_>, before: &Value, after: &Value, path: &Path) -> Option<Reason> {
    let inside = prefix(&path.0, rule.path).is_some();
    if !inside && !Path::parse(rule.path).is_within(path)
        || rule.except.iter().any(|free| prefix(&path.0, free).is_some())
    {
        return None;
    }
    // A change of what is around the field counts when the field itself is another one.
    let place = if inside { path.clone() } else { Path::parse(rule.path) };
    let (was, is) = (place.get(before).unwrap_or(&Value::Null), place.get(after).unwrap_or(&Value::Null));
    let same = was == is || scalar_at(kind, &place).is_some_and(|scalar| is_same(scalar, was, is));
    if same || !applies(rule.when, before, after, was, is) {
        return None;
    }
    Some(Reason { path: place.to_string(), why: rule.why.to_owned(), source: rule.source.to_owned() })
}

fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Null) || value == ""
}

/// Whether a rule holds for this change.
fn applies(when: When, before: &Value, after: &Value, was: &Value, is: &Value) -> bool {
    match when {
        When::Always => true,
        When::OnceSet => !is_unset(was),
        When::Sealed => is_true(before, "immutable"),
        // An address that is kept while the Service has one; what was a name outside had none.
        When::Addressed => {
            let outside = |object| text(object, "spec.type") == "ExternalName";
            !is_unset(was) && !is_unset(is) && !outside(before) && !outside(after)
        }
        When::Balanced => !is_unset(was) && text(after, "spec.type") == "LoadBalancer",
        When::Started => !is_true(before, "spec.suspend") || at(before, "status.startTime").is_some(),
        When::NotElastic => !is_elastic(before, after),
        When::Shrinks => shrinks(before, was, is),
        When::First => was.get(0).is_some_and(|first| is.get(0).is_some_and(|now| first != now)),
    }
}

/// A claim may ask for less than it did, as long as that is more than its volume has: that is how one recovers from a growth that failed.
fn shrinks(claim: &Value, was: &Value, is: &Value) -> bool {
    let (Some(was), Some(is)) = (quantity(was), quantity(is)) else { return false };
    let has = at(claim, "status.capacity.storage").and_then(quantity);
    is < was && has.is_none_or(|has| is <= has)
}

/// An indexed Job may change its completions together with its parallelism.
fn is_elastic(before: &Value, after: &Value) -> bool {
    let indexed = text(before, "spec.completionMode") == "Indexed";
    let completions = number(after, "spec.completions");
    let parallelism = number(after, "spec.parallelism").or_else(|| number(before, "spec.parallelism"));
    indexed && completions.is_some() && completions == parallelism
}

/// What would be lost with an object, for kinds that guard data; none for all others. Such objects are protected unless told otherwise.
pub fn guards_data(object: &Value) -> Option<String> {
    let kind = GroupKind::of(object);
    Some(match (kind.group, kind.kind) {
        ("", "Namespace") => "all that is in it goes with it".to_owned(),
        ("", "PersistentVolumeClaim") => "its volume goes with it, unless its class retains volumes".to_owned(),
        ("", "PersistentVolume") => match text(object, "spec.persistentVolumeReclaimPolicy") {
            "Retain" => "what it says of the volume is lost; the volume itself is kept".to_owned(),
            _ => "the volume goes with it".to_owned(),
        },
        ("apps", "StatefulSet") if !items(object, "spec.volumeClaimTemplates").is_empty() => {
            match text(object, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted") {
                "Delete" => "its claims and their volumes go with it".to_owned(),
                _ => "its claims and their volumes stay, and only the same name finds them again".to_owned(),
            }
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            format!("every {} of the cluster goes with it", text(object, "spec.names.kind"))
        }
        ("snapshot.storage.k8s.io", "VolumeSnapshot" | "VolumeSnapshotContent") => {
            "the snapshot goes with it, unless its class retains snapshots".to_owned()
        }
        ("postgresql.cnpg.io", "Cluster") => "the database and its volumes go with it".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
