//! What every module about objects asks of one: what it is, and what stands at a place in it.

use std::fmt;

use serde_json::Value;

/// What an object is, whatever the version of its API: `Deployment` of the group `apps`. The core group is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKind<'a> {
    /// The API group, without the version; empty for the core group.
    pub group: &'a str,
    /// The kind, in the singular, as in a manifest.
    pub kind: &'a str,
}

impl<'a> GroupKind<'a> {
    /// A kind of a group.
    pub const fn new(group: &'a str, kind: &'a str) -> Self {
        Self { group, kind }
    }

    /// What an object says that it is. Both parts are empty when it does not say.
    pub fn of(object: &'a Value) -> Self {
        Self { group: group_of(text(object, "apiVersion")), kind: text(object, "kind") }
    }

    /// Where objects of this kind hold the specification of pods; none for kinds that make no pods.
    pub fn pod_spec(self) -> Option<&'static str> {
        match (self.group, self.kind) {
            ("", "Pod") => Some("spec"),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("", "ReplicationController")
            | ("batch", "Job") => Some("spec.template.spec"),
            ("batch", "CronJob") => Some("spec.jobTemplate.spec.template.spec"),
            ("", "PodTemplate") => Some("template.spec"),
            _ => None,
        }
    }
}

/// As kubectl writes it: `Deployment.apps`, `Service`.
impl fmt::Display for GroupKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => f.write_str(self.kind),
            group => write!(f, "{}.{group}", self.kind),
        }
    }
}

/// The group of an `apiVersion`: `apps` of `apps/v1`, nothing of `v1`.
pub fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// What stands at a dotted path of plain field names; none as well where it is null.
pub fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// The text at a path; empty where there is none.
pub fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    at(object, path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a path.
pub fn number(object: &Value, path: &str) -> Option<i64> {
    at(object, path).and_then(Value::as_i64)
}

/// Whether true stands at a path.
pub fn is_true(object: &Value, path: &str) -> bool {
    at(object, path).and_then(Value::as_bool).unwrap_or_default()
}

/// The items of the list at a path; none where there is no list.
pub fn items<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    at(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of the map at a path.
pub fn entries<'a>(object: &'a Value, path: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    at(object, path).and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}
