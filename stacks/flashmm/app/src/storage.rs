//! The classes that disks are of.

use flashinfra::Stack;
use flashinfra::kubernetes;
use serde_json::{Value as Json, json};

use crate::Params;
use crate::names::labels;

/// The names of the classes, for claims; the cluster's default where there is none.
pub(crate) struct Classes {
    /// For what is to last: the disk stays when its claim goes.
    pub(crate) lasting: Option<String>,
    /// For what goes with its pod, and so does the disk.
    pub(crate) passing: Option<String>,
}

/// Declares the classes, where the environment says who makes their disks.
pub(crate) fn classes(stack: &mut Stack, params: &Params) -> Classes {
    let storage = &params.storage;
    let (Some(class), Some(provisioner)) = (&storage.class, &storage.provisioner) else {
        return Classes { lasting: storage.class.clone(), passing: storage.class.clone() };
    };
    let mut add = |address: &str, name: String, reclaim: &str| {
        let object = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": { "name": name, "labels": labels(&name) },
            "provisioner": provisioner,
            "parameters": { "type": "gp3", "encrypted": "true", "csi.storage.k8s.io/fstype": "ext4" },
            "reclaimPolicy": reclaim, "allowVolumeExpansion": true, "volumeBindingMode": "WaitForFirstConsumer",
        });
        Some(stack.add(address, kubernetes::object(object)).name_token())
    };
    let lasting = add("lasting", class.clone(), "Retain");
    Classes { lasting, passing: add("passing", format!("{class}-scratch"), "Delete") }
}

/// A claim of so much on one node, of a class.
pub(crate) fn claim(size: &str, class: Option<&String>) -> Json {
    let mut spec = json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": size } } });
    if let Some(class) = class {
        spec["storageClassName"] = class.as_str().into();
    }
    spec
}
