//! Helm's releases, as Helm keeps them in the cluster: read without Helm, so that what it installed can be adopted.
//!
//! A release is a Secret of the type `helm.sh/release.v1` for each of its revisions (or a ConfigMap, with `HELM_DRIVER=configmap`). Its data
//! is JSON, compressed, in Base64; the API puts a Secret's data into Base64 once more.
//!
//! Source: `helm/helm`, `pkg/storage/driver/secrets.go`, `util.go` (`encodeRelease`) and `pkg/release`; the same in Helm 3 and 4.

use std::fmt;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::object::{items, number, text};
use crate::order::flattened;

/// The type of Helm's Secrets.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";

/// What Helm says of itself on an object: label or annotation, and its name.
const MARKS: [(&str, &str); 3] = [
    ("labels", "app.kubernetes.io/managed-by"),
    ("annotations", "meta.helm.sh/release-name"),
    ("annotations", "meta.helm.sh/release-namespace"),
];

/// A release may be 1 MiB, compressed; text shrinks to a tenth. More than this is an attack or a mistake.
const RELEASE_BYTES_MAX: u64 = 64 << 20;

/// A revision of a release.
///
/// Its objects may hold secrets, so `Debug` counts them only.
#[derive(Clone, PartialEq)]
pub struct Release {
    /// The release.
    pub name: String,
    /// The namespace it was installed in.
    pub namespace: String,
    /// The revision; the first is 1.
    pub revision: u64,
    /// `deployed`, `superseded`, `failed`, `pending-upgrade`, `uninstalled` …
    pub status: String,
    /// What Helm last did: `Upgrade complete`.
    pub description: String,
    /// Name and version of the chart: `ingress-nginx-4.11.3`.
    pub chart: String,
    /// The version of what the chart installs; empty when it says none.
    pub app_version: String,
    /// The objects that it made, in the order in which the chart has them.
    pub objects: Vec<Value>,
    /// What it runs before and after.
    pub hooks: Vec<Hook>,
}

/// An object that Helm makes before or after it does something. Helm forgets it: it is part of no manifest.
#[derive(Clone, PartialEq)]
pub struct Hook {
    /// `pre-install`, `post-upgrade`, `test` …
    pub events: Vec<String>,
    /// The lower, the earlier.
    pub weight: i64,
    /// `before-hook-creation`, `hook-succeeded`, `hook-failed`; none means the first.
    pub delete_policies: Vec<String>,
    /// The objects of its file; more than one is a mistake of the chart that Helm makes too.
    pub objects: Vec<Value>,
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, namespace, revision, status, description: _, chart, app_version, objects, hooks } = self;
        write!(f, "Release {namespace}/{name} {revision} ({status}) of {chart} ({app_version}): ")?;
        write!(f, "{} objects, {} hooks", objects.len(), hooks.len())
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, weight, delete_policies, objects } = self;
        write!(f, "Hook {events:?} {weight} {delete_policies:?}: {} objects", objects.len())
    }
}

/// Why a release cannot be read. It quotes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is another Secret.
    #[error("it is no release of Helm")]
    NoRelease,
    /// The data is not what Helm writes.
    #[error("the release cannot be read: {0}")]
    Damaged(&'static str),
    /// The objects are not YAML.
    #[error("the manifest of the release is no YAML")]
    Manifest,
}

/// Whether an object is a revision of a release.
pub fn is_release(object: &Value) -> bool {
    match text(object, "kind") {
        "ConfigMap" => text(object, "metadata.labels.owner") == "helm" && !text(object, "data.release").is_empty(),
        _ => text(object, "type") == SECRET_TYPE,
    }
}

/// Reads a revision of a release from the object that Helm keeps it in.
///
/// # Errors
///
/// When it is none, or cannot be read.
pub fn release(object: &Value) -> Result<Release, Unreadable> {
    if !is_release(object) {
        return Err(Unreadable::NoRelease);
    }
    let damaged = Unreadable::Damaged;
    let mut data = text(object, "data.release").as_bytes().to_vec();
    if text(object, "kind") != "ConfigMap" {
        data = STANDARD.decode(data).map_err(|_| damaged("the Secret's data is no Base64"))?;
    }
    let data = STANDARD.decode(data).map_err(|_| damaged("it is no Base64"))?;
    let json: Value = serde_json::from_slice(&unpacked(data)?).map_err(|_| damaged("it is no JSON"))?;
    let hooks = items(&json, "hooks").iter().map(hook).collect::<Result<_, _>>()?;
    let revision = number(&json, "version").and_then(|revision| u64::try_from(revision).ok());
    Ok(Release {
        name: text(&json, "name").to_owned(),
        namespace: text(&json, "namespace").to_owned(),
        revision: revision.ok_or(damaged("it has no revision"))?,
        status: text(&json, "info.status").to_owned(),
        description: text(&json, "info.description").to_owned(),
        chart: format!("{}-{}", text(&json, "chart.metadata.name"), text(&json, "chart.metadata.version")),
        app_version: text(&json, "chart.metadata.appVersion").to_owned(),
        objects: objects(text(&json, "manifest"))?,
        hooks,
    })
}

/// Old releases were not compressed.
fn unpacked(data: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    if !data.starts_with(GZIP) {
        return Ok(data);
    }
    let mut json = Vec::new();
    let read = GzDecoder::new(&data[..]).take(RELEASE_BYTES_MAX + 1).read_to_end(&mut json);
    match read {
        Ok(_) if json.len() as u64 <= RELEASE_BYTES_MAX => Ok(json),
        Ok(_) => Err(Unreadable::Damaged("it is larger than any release")),
        Err(_) => Err(Unreadable::Damaged("it is not compressed as Helm does")),
    }
}

fn hook(json: &Value) -> Result<Hook, Unreadable> {
    let texts = |path| items(json, path).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Hook {
        events: texts("events"),
        weight: number(json, "weight").unwrap_or_default(),
        delete_policies: texts("delete_policies"),
        objects: objects(text(json, "manifest"))?,
    })
}

/// The objects of a manifest; documents without any are left out, as Helm does.
fn objects(manifest: &str) -> Result<Vec<Value>, Unreadable> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifest).map_err(|_| Unreadable::Manifest)?;
    Ok(documents.into_iter().filter(|document| !text(document, "kind").is_empty()).flat_map(flattened).collect())
}

/// Of the revisions of one release the one that is installed: the newest that was deployed, or else the newest of all, as after an upgrade
/// that failed or was cut off.
pub fn current(revisions: &[Release]) -> Option<&Release> {
    let deployed = revisions.iter().filter(|revision| revision.status == "deployed");
    deployed
        .max_by_key(|revision| revision.revision)
        .or_else(|| revisions.iter().max_by_key(|revision| revision.revision))
}

/// What Helm says of itself on an object that it made: in `labels` or `annotations`, and under which name. It stays when the object is
/// adopted.
pub fn marks(object: &Value) -> Vec<(&'static str, &'static str)> {
    let is_helms = |(place, name): &(&str, &str)| {
        let value = object.pointer(&format!("/metadata/{place}")).and_then(|all| all.get(*name));
        value.is_some_and(|value| *place == "annotations" || value == "Helm")
    };
    MARKS.into_iter().filter(is_helms).collect()
}

/// Whether Helm says of an object that a release has it.
pub(crate) fn is_of(object: &Value, namespace: &str, release: &str) -> bool {
    let annotation = |name: &str| object.pointer("/metadata/annotations").and_then(|all| all.get(name)?.as_str());
    annotation("meta.helm.sh/release-name") == Some(release)
        && annotation("meta.helm.sh/release-namespace") == Some(namespace)
}

#[cfg(test)]
mod tests;
