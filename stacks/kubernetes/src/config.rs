//! The configuration that pods start with: a program reads it once, so a change of it takes new pods.
//!
//! A workload that mounts a ConfigMap or a Secret of the same stack, or takes variables from it, gets a digest of it as an annotation
//! of its pods. So the controller makes them anew when it changes, and a plan shows that it will.

use std::collections::BTreeSet;

use flashinfra::__private::{Address, Digest};
use flashinfra::Value;
use flashinfra::schema::Text;
use flashinfra::value::Reference;

/// A ConfigMap or a Secret that pods start with.
#[derive(Clone, Debug)]
pub(crate) struct Used(Address);

impl Used {
    /// The annotation.
    pub(crate) fn digest(self) -> Digest {
        let (attributes, prefix): (&[&str], _) = match self.0.kind() {
            CONFIG_MAP => (&["binary_data", "data"], "config-map"),
            _ => (&["data"], "secret"),
        };
        Digest { of: self.0, attributes, at: &["spec", "template", "metadata", "annotations"], prefix: prefix.into() }
    }
}

const CONFIG_MAP: &str = "kubernetes.config_map";
const SECRET: &str = "kubernetes.secret";

/// The ConfigMaps and Secrets of the stack that the pods of a workload start with, each once.
pub(crate) fn used(spec: Option<&Value>) -> Vec<Used> {
    let mut found = BTreeSet::new();
    let pod = spec.and_then(|spec| at(spec, &["template", "spec"]));
    for containers in ["containers", "initContainers"] {
        for container in entries(pod, containers) {
            for from in entries(Some(container), "envFrom") {
                named(from, &["configMapRef", "name"], CONFIG_MAP, &mut found);
                named(from, &["secretRef", "name"], SECRET, &mut found);
            }
            for variable in entries(Some(container), "env") {
                named(variable, &["valueFrom", "configMapKeyRef", "name"], CONFIG_MAP, &mut found);
                named(variable, &["valueFrom", "secretKeyRef", "name"], SECRET, &mut found);
            }
        }
    }
    for volume in entries(pod, "volumes") {
        named(volume, &["configMap", "name"], CONFIG_MAP, &mut found);
        named(volume, &["secret", "secretName"], SECRET, &mut found);
        for source in at(volume, &["projected"]).into_iter().flat_map(|projected| entries(Some(projected), "sources")) {
            named(source, &["configMap", "name"], CONFIG_MAP, &mut found);
            named(source, &["secret", "name"], SECRET, &mut found);
        }
    }
    found.into_iter().map(Used).collect()
}

/// Takes note of what a field names, where that is an object of the stack.
fn named(value: &Value, path: &[&str], kind: &str, found: &mut BTreeSet<Address>) {
    if let Some(Value::Reference(Reference { address, path })) = at(value, path)
        && address.kind() == kind
        && path == "name"
    {
        found.insert(address.clone());
    }
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Map(entries) => entries.get(&Text::from((*key).to_owned())),
        _ => None,
    })
}

fn entries<'v>(value: Option<&'v Value>, key: &str) -> &'v [Value] {
    match value.and_then(|value| at(value, &[key])) {
        Some(Value::List(items)) => items,
        Some(_) | None => &[],
    }
}
