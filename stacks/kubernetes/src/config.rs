//! The configuration that pods start with: a program reads it once, so a change of it takes new pods.
//!
//! A workload that mounts a ConfigMap or a Secret of the same stack, or takes variables from it, gets a digest of it as an annotation
//! of its pods. So the controller makes them anew when it changes, and a plan shows that it will.
//!
//! What is in a Secret that an operator makes is in no stack. The digest is then one of what is declared of that: where each value comes
//! from, under which name and in which version. A value that is rotated where it is kept changes none of that.

use std::collections::BTreeSet;

use flashinfra::__private::{Address, Digest};
use flashinfra::Value;
use flashinfra::schema::Text;
use flashinfra::value::Reference;

/// A ConfigMap or a Secret that pods start with, or what a Secret is made of.
#[derive(Clone, Debug)]
pub(crate) struct Used(Address);

impl Used {
    /// The annotation.
    pub(crate) fn digest(self) -> Digest {
        let kind = CONFIG_MAPS.iter().chain(SECRETS).find(|kind| kind.name == self.0.kind());
        let (attributes, prefix) = kind.map_or((&[][..], "object"), |kind| (kind.attributes, kind.prefix));
        Digest { of: self.0, attributes, at: &["spec", "template", "metadata", "annotations"], prefix: prefix.into() }
    }
}

/// A kind whose objects hold what pods start with.
struct Kind {
    name: &'static str,
    /// The attributes by which pods know it: paths of names.
    named_by: &'static [&'static str],
    /// What of it is read, sorted.
    attributes: &'static [&'static str],
    /// What it is called in the key of an annotation.
    prefix: &'static str,
}

const CONFIG_MAPS: &[Kind] = &[Kind {
    name: "kubernetes.config_map",
    named_by: &["name"],
    attributes: &["binary_data", "data"],
    prefix: "config-map",
}];

/// Secrets, and what their operators make them of. How often that is looked at again is no part of what is in them.
const SECRETS: &[Kind] = &[
    Kind { name: "kubernetes.secret", named_by: &["name"], attributes: &["data"], prefix: "secret" },
    Kind {
        name: "kubernetes.external_secret.external-secrets.io",
        named_by: &["name", "spec.target.name"],
        attributes: &["spec.data", "spec.dataFrom", "spec.secretStoreRef", "spec.target"],
        prefix: "external-secret",
    },
    Kind {
        name: "kubernetes.sealed_secret.bitnami.com",
        named_by: &["name"],
        attributes: &["spec.encryptedData", "spec.template"],
        prefix: "sealed-secret",
    },
];

/// The ConfigMaps and Secrets of the stack that the pods of a workload start with, each once.
pub(crate) fn used(spec: Option<&Value>) -> Vec<Used> {
    let mut found = BTreeSet::new();
    let pod = spec.and_then(|spec| at(spec, &["template", "spec"]));
    for containers in ["containers", "initContainers"] {
        for container in entries(pod, containers) {
            for from in entries(Some(container), "envFrom") {
                named(from, &["configMapRef", "name"], CONFIG_MAPS, &mut found);
                named(from, &["secretRef", "name"], SECRETS, &mut found);
            }
            for variable in entries(Some(container), "env") {
                named(variable, &["valueFrom", "configMapKeyRef", "name"], CONFIG_MAPS, &mut found);
                named(variable, &["valueFrom", "secretKeyRef", "name"], SECRETS, &mut found);
            }
        }
    }
    for volume in entries(pod, "volumes") {
        named(volume, &["configMap", "name"], CONFIG_MAPS, &mut found);
        named(volume, &["secret", "secretName"], SECRETS, &mut found);
        for source in at(volume, &["projected"]).into_iter().flat_map(|projected| entries(Some(projected), "sources")) {
            named(source, &["configMap", "name"], CONFIG_MAPS, &mut found);
            named(source, &["secret", "name"], SECRETS, &mut found);
        }
    }
    found.into_iter().map(Used).collect()
}

/// Takes note of what a field names, where that is an object of the stack.
fn named(value: &Value, path: &[&str], kinds: &[Kind], found: &mut BTreeSet<Address>) {
    if let Some(Value::Reference(Reference { address, path })) = at(value, path)
        && kinds.iter().any(|kind| kind.name == address.kind() && kind.named_by.contains(&&**path))
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
