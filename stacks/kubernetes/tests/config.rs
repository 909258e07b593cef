//! Configuration that pods start with: what a workload names of the stack, and what its annotations become.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate flashinfra_stacks as flashinfra;

use flashinfra::{Computed, Input, Resource, Secret, Stack, output};
use flashinfra_stacks_kubernetes as kubernetes;
use kubernetes::{Variables, Volume, config_map, object, token};
use serde_json::{Value as Json, json};

/// A database, whose address is known once it is there.
#[derive(Resource)]
#[resource(kind = "acme.database", identity = Named("name"))]
struct Database {
    #[attr(replace)]
    name: Input<String>,
    address: Computed<String>,
}

/// What a test says about the release.
#[derive(Clone, Copy)]
struct Shop {
    level: &'static str,
    label: &'static str,
    version: u32,
    rolls: bool,
}

const SHOP: Shop = Shop { level: "info", label: "a", version: 1, rolls: true };

impl Shop {
    /// The annotations of the pods of a Deployment that mounts one ConfigMap, and takes variables from another and from a Secret.
    fn annotations(self) -> Json {
        let mut stack = Stack::new("shop", "test");
        let database = stack.add("main", Database::builder().name("main"));
        let config = |name: &str, data: Json| {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata":
            {"name": name, "namespace": "shop", "labels": {"a": self.label}}, "data": data})
        };
        let files = stack.add("files", config_map(config("web-files", json!({"a.conf": self.level}))));
        let host = config("hosts", json!({"HOST": token(database.address()), "LEVEL": self.level}));
        let hosts = stack.add("hosts", config_map(host));
        let password = Secret::env("PASSWORD").version(self.version);
        let address = database.address();
        let url = output!("postgres://app:{password}@{address}/shop");
        let login = stack.add("login", kubernetes::Secret::named("login").namespace("shop").value("URL", url));
        let pod = json!({
            "volumes": [files.volume("files"), {"name": "others", "configMap": {"name": "somebody-elses"}}],
            "containers": [{"name": "web", "image": "web:1", "envFrom": [hosts.env_from()], "env": [login.env("URL", "URL")]}],
        });
        let workload = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod}}});
        stack.add("web", object(workload).rolls_with_config(self.rolls));
        let compiled: Json = serde_json::from_str(&stack.compile().unwrap()).unwrap();
        let resources = compiled["resources"].as_array().unwrap();
        let web = resources.iter().find(|resource| resource["address"] == "kubernetes.deployment/web").unwrap();
        web["attributes"]["spec"]["template"]["metadata"]["annotations"].clone()
    }
}

#[test]
fn pods_carry_a_digest_of_what_they_start_with() {
    let annotations = SHOP.annotations();
    let keys: Vec<_> = annotations.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["config-map.flashinfra/hosts", "config-map.flashinfra/web-files", "secret.flashinfra/login"]);
    assert_eq!(annotations, SHOP.annotations(), "the same bytes each time");
    // What comes from an output is as unknown here as there.
    let hosts = &annotations["config-map.flashinfra/hosts"]["$text"];
    assert_eq!(hosts[1], json!({"$ref": ["acme.database/main", "address"]}));
    let login = &annotations["secret.flashinfra/login"]["$text"];
    assert_eq!(login[1], json!({"$ref": ["acme.database/main", "address"]}));
    assert!(annotations["config-map.flashinfra/web-files"].is_string());
}

#[test]
fn a_digest_changes_with_what_is_read_and_with_nothing_else() {
    let changed = |shop: Shop| {
        let (before, after) = (SHOP.annotations(), shop.annotations());
        let differs = |(key, value): (&String, &Json)| (before[key] != *value).then(|| key.clone());
        after.as_object().unwrap().iter().filter_map(differs).collect::<Vec<_>>()
    };
    assert_eq!(
        changed(Shop { level: "debug", ..SHOP }),
        ["config-map.flashinfra/hosts", "config-map.flashinfra/web-files"]
    );
    assert_eq!(changed(Shop { version: 2, ..SHOP }), ["secret.flashinfra/login"]);
    assert_eq!(changed(Shop { label: "b", ..SHOP }), [""; 0], "a label is read by nobody");
}

/// The annotations of the pods of a Deployment that mounts what an operator makes of this object.
fn annotations_of(object_of: Json) -> Json {
    let mut stack = Stack::new("shop", "test");
    let made = stack.add("login", object(object_of));
    let pod = json!({"containers": [{"name": "web", "image": "web:1", "envFrom": [{"secretRef": {"name": made.name_token()}}]}]});
    let workload = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod}}});
    stack.add("web", object(workload));
    let compiled: Json = serde_json::from_str(&stack.compile().unwrap()).unwrap();
    let resources = compiled["resources"].as_array().unwrap();
    let web = resources.iter().find(|resource| resource["address"] == "kubernetes.deployment/web").unwrap();
    web["attributes"]["spec"]["template"]["metadata"]["annotations"].clone()
}

#[test]
fn of_an_external_secret_the_digest_is_one_of_where_its_values_come_from() {
    let external = |key: &str, refresh: &str| {
        let remote = json!({"key": key, "property": "password"});
        annotations_of(json!({
            "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "login", "namespace": "shop"},
            "spec": {"refreshInterval": refresh, "secretStoreRef": {"kind": "SecretStore", "name": "vault"},
                     "target": {"name": "login"}, "data": [{"secretKey": "password", "remoteRef": remote}]},
        }))
    };
    let before = external("shop/login", "1h");
    let keys: Vec<_> = before.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["external-secret.flashinfra/login"]);
    assert_ne!(before, external("shop/other", "1h"), "a value from elsewhere makes the pods anew");
    assert_eq!(before, external("shop/login", "5m"), "how often it is looked at changes no value");
}

#[test]
fn of_a_sealed_secret_the_digest_is_one_of_what_is_sealed() {
    let sealed = |password: &str| {
        annotations_of(json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
            "metadata": {"name": "login", "namespace": "shop"}, "spec": {"encryptedData": {"password": password}}}))
    };
    assert!(sealed("AgBy").get("sealed-secret.flashinfra/login").is_some());
    assert_ne!(sealed("AgBy"), sealed("AgCz"));
}

#[test]
fn who_notices_by_itself_is_left_alone() {
    assert_eq!(Shop { rolls: false, ..SHOP }.annotations(), Json::Null);
}

#[test]
fn a_job_runs_once_and_is_not_run_again_for_a_changed_config() {
    let mut stack = Stack::new("shop", "test");
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": {"A": "1"}});
    let config = stack.add("a", config_map(config));
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1", "envFrom": [config.env_from()]}]});
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "namespace": "shop"}, "spec": {"template": {"spec": pod}}});
    stack.add("a", object(job));
    assert!(!stack.compile().unwrap().contains("config-map.flashinfra"));
}

#[test]
fn what_is_declared_as_a_kind_is_of_that_kind() {
    let mut stack = Stack::new("shop", "test");
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "shop"}});
    drop(stack.add("a", config_map(service)));
    let problems = stack.compile().unwrap_err();
    let told = problems[0].to_string();
    assert!(told.contains("it is a Service of v1, and `kubernetes::config_map` takes a ConfigMap"), "{told}");
    assert!(told.contains("config.rs"), "{told}");
}
