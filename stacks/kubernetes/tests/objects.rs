//! Objects as a stack's author writes them, and what they are compiled to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

extern crate flashinfra_stacks as flashinfra;

use flashinfra::schema::{Carrier, Change, SetBy};
use flashinfra::{IntoResource as _, Problem, Secret, Stack};
use flashinfra_stacks_kubernetes as kubernetes;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kubernetes::{object, token};
use serde_json::{Value, json};

fn compiled(define: impl FnOnce(&mut Stack)) -> Value {
    let mut stack = Stack::new("shop", "test");
    define(&mut stack);
    serde_json::from_str(&stack.compile().unwrap_or_else(|problems| panic!("{problems:?}"))).unwrap()
}

fn problems(define: impl FnOnce(&mut Stack)) -> Vec<Problem> {
    let mut stack = Stack::new("shop", "test");
    define(&mut stack);
    stack.compile().expect_err("it does not compile")
}

/// The attributes of a resource.
fn attributes<'a>(compiled: &'a Value, address: &str) -> &'a Value {
    let resources = compiled["resources"].as_array().unwrap();
    let found = resources.iter().find(|resource| resource["address"] == address);
    &found.unwrap_or_else(|| panic!("no {address} in {resources:?}"))["attributes"]
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.into()), namespace: Some("shop".into()), ..ObjectMeta::default() }
}

#[test]
fn typed_objects_are_compiled_with_what_comes_from_others() {
    let compiled = compiled(|stack| {
        let data = Some([("a.conf".to_owned(), "x=1\n".to_owned())].into());
        let config = stack.add("web", object(ConfigMap { metadata: named("web"), data, ..ConfigMap::default() }));
        let env = |name: &str, value: String| EnvVar { name: name.into(), value: Some(value), ..EnvVar::default() };
        let container = Container {
            name: "web".into(),
            env: Some(vec![
                env("CONFIG", token(config.name())),
                env("BOTH", format!("{}/{}", config.name_token(), token(config.uid()))),
            ]),
            ..Container::default()
        };
        let template = PodTemplateSpec {
            spec: Some(PodSpec { containers: vec![container], ..PodSpec::default() }),
            ..PodTemplateSpec::default()
        };
        let spec = Some(DeploymentSpec { template, replicas: Some(2), ..DeploymentSpec::default() });
        stack.add(
            "web",
            object(Deployment { metadata: named("web"), spec, ..Deployment::default() }).force(["spec.replicas"]),
        );
    });
    assert_eq!(
        attributes(&compiled, "kubernetes.config_map/web"),
        &json!({"api_version": "v1", "name": "web", "namespace": "shop", "data": {"a.conf": "x=1\n"}})
    );
    let name = json!({"$ref": ["kubernetes.config_map/web", "name"]});
    let both = json!({"$text": [name, "/", {"$ref": ["kubernetes.config_map/web", "uid"]}]});
    let deployment = attributes(&compiled, "kubernetes.deployment/web");
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["env"],
        json!([{"name": "CONFIG", "value": name}, {"name": "BOTH", "value": both}])
    );
    assert_eq!((&deployment["api_version"], &deployment["force"]), (&json!("apps/v1"), &json!(["spec.replicas"])));
}

#[test]
fn custom_resources_have_kinds_of_their_own() {
    let compiled = compiled(|stack| {
        stack.add("web", object(json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"dnsNames": ["shop.example"]}, "specs": [1.0],
        })));
    });
    let address = "kubernetes.certificate.cert-manager.io/web";
    assert_eq!(attributes(&compiled, address)["spec"], json!({"dnsNames": ["shop.example"]}));
    // What is beyond `spec` is compared as a whole.
    assert_eq!(attributes(&compiled, address)["specs"], json!([1]));
    assert_eq!(compiled["resources"][0]["raw"], json!(["specs"]));
    assert_eq!(compiled["resources"][0]["provider"], json!("kubernetes"));
}

#[test]
fn a_custom_resource_refers_to_its_definition_where_that_is_in_the_stack() {
    let widget = |stack: &mut Stack| {
        let widget =
            json!({"apiVersion": "a.example/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "shop"}});
        drop(stack.add("w", object(widget)));
    };
    let address = "kubernetes.widget.a.example/w";
    let alone = compiled(widget);
    assert_eq!(attributes(&alone, address).get("defined_by"), None);
    let both = compiled(|stack| {
        widget(stack);
        stack.add("widgets", object(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.a.example"},
            "spec": {"group": "a.example", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"}, "versions": []},
        })));
    });
    let definition = json!({"$ref": ["kubernetes.custom_resource_definition/widgets", "name"]});
    assert_eq!(attributes(&both, address)["defined_by"], definition);
    // A replaced definition takes it along: that is what a reference in an attribute for life says.
    let widget = object(json!({"apiVersion": "a.example/v1", "kind": "Widget", "metadata": {"name": "w"}}));
    let defined_by = widget.schema().attribute(kubernetes::DEFINED_BY).unwrap();
    assert_eq!(defined_by.change, Change::Once);
}

#[test]
fn a_secret_holds_sources_only() {
    let compiled = compiled(|stack| {
        let login =
            kubernetes::Secret::named("login").namespace("shop").value("password", Secret::env("PASSWORD").version(3));
        stack.add("login", login.secret_type("Opaque").labels([("app", "web")]));
    });
    assert_eq!(
        attributes(&compiled, "kubernetes.secret/login"),
        &json!({
            "api_version": "v1", "name": "login", "namespace": "shop", "type": "Opaque", "labels": {"app": "web"},
            "data": {"password": {"$secret": {"env": "PASSWORD", "version": 3}}}})
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let cases = [
        (json!({"kind": "Pod", "metadata": {"name": "a"}}), "it has no `apiVersion`"),
        (json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}), "it needs `metadata.namespace`"),
        (
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "namespace": "b"}}),
            "in no namespace",
        ),
        (json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {}}), "it has no `metadata.name`"),
        (json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "a-"}}), "a name of its own"),
        (
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}}),
            "`kubernetes::Secret::named",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "status": {"phase": "x"}}),
            "the cluster's to say",
        ),
        (
            json!({"apiVersion": "a.b/v1", "kind": "X", "metadata": {"name": "a"}, "spec": {"share": 0.5}}),
            "0.5 is not a whole number",
        ),
        (json!("text"), "it is no object"),
    ];
    for (json, expect) in cases {
        let found = problems(|stack| drop(stack.add("a", object(&json))));
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{json}: {found:?}");
        assert!(
            found.iter().all(|problem| problem.at.as_ref().is_some_and(|at| at.contains("objects.rs"))),
            "{found:?}"
        );
    }
}

#[test]
fn a_token_is_used_whole() {
    let found =
        problems(|stack| {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
            let namespace = stack.add("shop", object(namespace));
            let mut cut = token(namespace.name());
            cut.pop();
            let key = token(namespace.name());
            stack.add("a", object(json!({
            "apiVersion": "a.b/v1", "kind": "X", "metadata": {"name": "a"}, "spec": {"cut": cut, "map": {key: 1}},
        })));
        });
    for expect in ["a part of a token", "known only later"] {
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{found:?}");
    }
}

#[test]
fn every_kind_is_documented_and_carries_the_mark() {
    let schemas = kubernetes::schemas();
    assert!(schemas.len() > 25, "{}", schemas.len());
    for schema in schemas {
        assert!(!schema.doc.is_empty(), "{}", schema.kind);
        // Of all that Kubernetes has, only a Job has an end.
        let is_job = schema.kind == "kubernetes.job";
        assert_eq!((schema.reconciled, schema.ends), (!is_job, is_job), "{}", schema.kind);
        assert_eq!(schema.carrier, Carrier::Label, "{}", schema.kind);
        for attribute in schema.attributes.iter() {
            assert!(!attribute.doc.is_empty(), "{}.{}", schema.kind, attribute.name);
            let names_it = ["name", "namespace"].contains(&&*attribute.name);
            assert!(!names_it || attribute.change == Change::Replace, "{}.{}", schema.kind, attribute.name);
            assert!(attribute.set_by != SetBy::Provider || !attribute.secret);
        }
    }
}

#[test]
fn what_is_named_is_an_edge_without_a_token() {
    let metadata = |name: &str| json!({"name": name, "namespace": "shop"});
    let define = |is_turned: bool| {
        move |stack: &mut Stack| {
            let widget = object(json!({"apiVersion": "x.io/v1", "kind": "XWidget", "metadata": metadata("a")}));
            stack.add("a", widget);
            let config = object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("settings")}));
            let pod = json!({"containers": [{"name": "web", "envFrom": [{"configMapRef": {"name": "settings"}}]}]});
            let pod = object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata("web"), "spec": pod}));
            if is_turned {
                let pod = stack.add("web", pod);
                stack.add("settings", config.depends_on(&pod));
            } else {
                stack.add("web", pod);
                stack.add("settings", config);
            }
            stack.add("shop", object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})));
            stack.add(
                "widgets",
                object(json!({
                    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                    "metadata": {"name": "xwidgets.x.io"}, "spec": {"group": "x.io", "names": {"kind": "XWidget"}},
                })),
            );
        }
    };
    let depends_on = |compiled: &Value, address: &str| {
        let resources = compiled["resources"].as_array().unwrap();
        resources.iter().find(|resource| resource["address"] == address).unwrap()["depends_on"].clone()
    };
    let found = compiled(define(false));
    let definition = json!({"$ref": ["kubernetes.custom_resource_definition/widgets", "name"]});
    assert_eq!(attributes(&found, "kubernetes.x_widget.x.io/a")["defined_by"], definition);
    assert_eq!(depends_on(&found, "kubernetes.pod/web"), json!(["kubernetes.config_map/settings"]));
    // Its namespace is what it is in: with that one it is lost.
    let namespace = json!({"$ref": ["kubernetes.namespace/shop", "name"]});
    assert_eq!(attributes(&found, "kubernetes.pod/web")["namespace"], namespace);
    // What a person says goes before what stands there.
    let turned = compiled(define(true));
    assert_eq!(depends_on(&turned, "kubernetes.pod/web"), Value::Null);
    assert_eq!(depends_on(&turned, "kubernetes.config_map/settings"), json!(["kubernetes.pod/web"]));
}
