use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flashinfra_test_support::{damaged, for_seeds};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{SECRET_TYPE, Unreadable, current, marks, release};

/// A release as Helm writes it.
fn payload(revision: i64, status: &str) -> Value {
    json!({
        "name": "web", "namespace": "shop", "version": revision,
        "info": {"status": status, "description": "Upgrade complete", "last_deployed": "2026-11-27T10:00:00Z"},
        "chart": {"metadata": {"name": "web", "version": "1.2.3", "appVersion": "9"}, "templates": []},
        "config": {"password": "hunter2"},
        "manifest": "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: |\n    ---\n    y\n\
                     ---\n# Source: web/templates/empty.yaml\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  \
                     metadata: {name: s}\n  stringData: {password: hunter2}\n",
        "hooks": [{"name": "migrate", "kind": "Job", "path": "web/templates/job.yaml", "events": ["pre-upgrade"], "weight": -5,
            "delete_policies": ["before-hook-creation", "hook-succeeded"],
            "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n"}],
    })
}

fn packed(payload: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(payload.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn secret(data: &[u8]) -> Value {
    let data = STANDARD.encode(STANDARD.encode(data));
    json!({"apiVersion": "v1", "kind": "Secret", "type": SECRET_TYPE, "metadata": {"name": "sh.helm.release.v1.web.v3"},
        "data": {"release": data}})
}

#[test]
fn a_release_is_read_from_its_secret() {
    let read = release(&secret(&packed(&payload(3, "deployed")))).unwrap();
    assert_eq!((read.name.as_str(), read.namespace.as_str(), read.revision), ("web", "shop", 3));
    assert_eq!((read.status.as_str(), read.chart.as_str(), read.app_version.as_str()), ("deployed", "web-1.2.3", "9"));
    let kinds: Vec<_> = read.objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "Secret"], "a list is its items, and an empty document is none");
    assert_eq!(read.objects[0]["data"]["x"], "---\ny\n");
    assert_eq!(read.hooks.len(), 1);
    assert_eq!((read.hooks[0].events.as_slice(), read.hooks[0].weight), (["pre-upgrade".to_owned()].as_slice(), -5));
    assert_eq!(read.hooks[0].objects[0]["metadata"]["name"], "migrate");
    assert!(!format!("{read:?}{:?}", read.hooks).contains("hunter2"));
}

#[test]
fn a_release_may_be_in_a_config_map_or_not_compressed() {
    let plain = payload(1, "failed").to_string().into_bytes();
    assert_eq!(release(&secret(&plain)).unwrap().revision, 1);
    let data = STANDARD.encode(packed(&payload(2, "deployed")));
    let map = json!({"kind": "ConfigMap", "metadata": {"labels": {"owner": "helm"}}, "data": {"release": data}});
    assert_eq!(release(&map).unwrap().revision, 2);
}

#[test]
fn what_is_no_release_is_told_and_quoted_nowhere() {
    assert_eq!(
        release(&json!({"kind": "Secret", "type": "Opaque", "data": {"release": "eA=="}})),
        Err(Unreadable::NoRelease)
    );
    assert_eq!(release(&json!({"kind": "ConfigMap", "data": {"release": "eA=="}})), Err(Unreadable::NoRelease));
    let mut broken = secret(b"x");
    assert_eq!(release(&broken), Err(Unreadable::Damaged("it is no JSON")));
    broken["data"]["release"] = json!("hunter2!");
    let error = release(&broken).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let mut unversioned = payload(1, "deployed");
    unversioned["version"] = json!("1");
    assert_eq!(release(&secret(&packed(&unversioned))), Err(Unreadable::Damaged("it has no revision")));
    let mut no_yaml = payload(1, "deployed");
    no_yaml["manifest"] = json!("a: [hunter2");
    assert_eq!(release(&secret(&packed(&no_yaml))), Err(Unreadable::Manifest));
}

#[test]
fn whatever_happens_to_a_release_it_is_read_or_refused() {
    let whole = packed(&payload(3, "deployed"));
    for_seeds(300, |below| {
        let bytes = damaged(below, &whole);
        if let Ok(read) = release(&secret(&bytes)) {
            assert!(!format!("{read:?}").contains("hunter2"));
        }
    });
}

#[test]
fn the_revision_that_is_installed_is_the_newest_that_was_deployed() {
    let of = |all: &[(i64, &str)]| -> Vec<_> {
        all.iter().map(|(revision, status)| release(&secret(&packed(&payload(*revision, status)))).unwrap()).collect()
    };
    let revision = |all: &[(i64, &str)]| current(&of(all)).map(|release| release.revision);
    assert_eq!(revision(&[(9, "superseded"), (10, "deployed"), (11, "failed")]), Some(10));
    assert_eq!(revision(&[(1, "failed"), (2, "pending-upgrade")]), Some(2));
    assert_eq!(revision(&[]), None);
}

#[test]
fn helms_marks_are_found() {
    let object = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm", "app": "web"},
        "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}}});
    assert_eq!(
        marks(&object),
        [
            ("labels", "app.kubernetes.io/managed-by"),
            ("annotations", "meta.helm.sh/release-name"),
            ("annotations", "meta.helm.sh/release-namespace"),
        ]
    );
    assert_eq!(marks(&json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "flashinfra"}}})), []);
}
