//! Hooks: what they depend on, what depends on them, and what makes them run again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

extern crate flashinfra_stacks as flashinfra;

use std::collections::BTreeMap;

use flashinfra::Stack;
use flashinfra_stacks_kubernetes as kubernetes;
use kubernetes::{Hook, config_map, object, token};
use serde_json::{Value as Json, json};

fn job(name: &str) -> Json {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": name, "image": "web:1"}]}}},
    })
}

/// A Deployment that reads a ConfigMap, and another one beside it.
fn stack(
    image: &str,
    level: &str,
    hooks: impl FnOnce(&mut Stack, &kubernetes::ObjectHandle),
) -> BTreeMap<String, Json> {
    let mut stack = Stack::new("shop", "test");
    let metadata = |name: &str| json!({"name": name, "namespace": "shop"});
    let config = config_map(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("web"), "data": {"LEVEL": level}}),
    );
    let config = stack.add("web", config);
    let deployment = |name: &str, image: &str, config: &str| {
        object(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(name),
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [
                {"name": name, "image": image, "envFrom": [{"configMapRef": {"name": config}}]},
            ]}}},
        }))
    };
    let web = stack.add("web", deployment("web", image, &token(config.name())));
    stack.add("beside", deployment("beside", image, "other"));
    hooks(&mut stack, &web);
    let compiled: Json = serde_json::from_str(&stack.compile().unwrap()).unwrap();
    let resources = compiled["resources"].as_array().unwrap();
    resources.iter().map(|resource| (resource["address"].as_str().unwrap().to_owned(), resource.clone())).collect()
}

fn depends_on(resources: &BTreeMap<String, Json>, address: &str) -> Vec<String> {
    let all = resources[address]["depends_on"].as_array().cloned().unwrap_or_default();
    all.iter().map(|address| address.as_str().unwrap().to_owned()).collect()
}

/// What a hook's pods carry.
fn annotations(resources: &BTreeMap<String, Json>, address: &str) -> Json {
    resources[address]["attributes"]["spec"]["template"]["metadata"]["annotations"].clone()
}

#[test]
fn hooks_stand_around_what_they_belong_to_in_the_order_of_their_weights() {
    let resources = stack("web:1", "info", |stack, web| {
        stack.add("second", Hook::before(web, job("second")).weight(5));
        stack.add("first", Hook::before(web, job("first")).weight(-5));
        stack.add("smoke", Hook::after(web, job("smoke")));
        stack.add("last", Hook::after(web, job("last")).weight(1));
    });
    let jobs = |names: &[&str]| names.iter().map(|name| format!("kubernetes.job/{name}")).collect::<Vec<_>>();
    assert_eq!(depends_on(&resources, "kubernetes.deployment/web"), jobs(&["first", "second"]));
    assert_eq!(depends_on(&resources, "kubernetes.job/second"), jobs(&["first"]));
    assert!(depends_on(&resources, "kubernetes.job/first").is_empty());
    assert_eq!(depends_on(&resources, "kubernetes.job/smoke"), ["kubernetes.deployment/web"]);
    assert_eq!(depends_on(&resources, "kubernetes.job/last"), ["kubernetes.deployment/web", "kubernetes.job/smoke"]);
    assert!(depends_on(&resources, "kubernetes.deployment/beside").is_empty());
}

#[test]
fn a_hook_runs_again_when_what_it_belongs_to_is_declared_differently() {
    let of = |image: &str, level: &str| {
        let resources = stack(image, level, |stack, web| drop(stack.add("migrate", Hook::before(web, job("migrate")))));
        annotations(&resources, "kubernetes.job/migrate")
    };
    let first = of("web:1", "info");
    assert!(
        first["deployment.flashinfra/web"].is_object() || first["deployment.flashinfra/web"].is_string(),
        "{first}"
    );
    assert_eq!(first, of("web:1", "info"), "the same release runs nothing");
    assert_ne!(first, of("web:2", "info"));
    // A configuration that makes its pods anew is a part of what it declares.
    assert_ne!(first, of("web:1", "debug"));
}

#[test]
fn a_hook_may_belong_to_several_objects() {
    let resources = stack("web:1", "info", |stack, web| {
        let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"hard": {"pods": "10"}}});
        let quota = stack.add("web", object(quota));
        let claim = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"limits": []}});
        let claim = stack.add("web", object(claim));
        stack.add("check", Hook::after(web, job("check")).and(&quota).again_with(&claim));
    });
    assert_eq!(
        depends_on(&resources, "kubernetes.job/check"),
        ["kubernetes.deployment/web", "kubernetes.resource_quota/web"]
    );
    let annotations = annotations(&resources, "kubernetes.job/check");
    let keys: Vec<_> = annotations.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["deployment.flashinfra/web", "limit-range.flashinfra/web", "resource-quota.flashinfra/web"]);
}

#[test]
fn what_is_no_job_and_what_would_be_forgotten_is_told() {
    let problems = |job: Json| {
        let mut stack = Stack::new("shop", "test");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        let namespace = stack.add("shop", object(namespace));
        stack.add("hook", Hook::after(&namespace, job));
        let problems = stack.compile().unwrap_err();
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
    };
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "shop"}, "spec": {"containers": []}});
    assert!(problems(pod).contains("it is a Pod, and a hook is a Job"));
    let mut gone = job("gone");
    gone["spec"]["ttlSecondsAfterFinished"] = 60.into();
    assert!(problems(gone).contains("say `.delete_after_success()`"));
}
