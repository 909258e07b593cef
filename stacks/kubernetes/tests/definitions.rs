//! Custom resources that are checked against their definitions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate flashinfra_stacks as flashinfra;

use flashinfra::Stack;
use flashinfra_stacks_kubernetes as kubernetes;
use kubernetes::{Definitions, object, token};
use serde_json::{Value as Json, json};

fn definition() -> Json {
    let spec = json!({
        "type": "object",
        "required": ["names", "mode", "defaulted"],
        "properties": {
            "names": {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 8}},
            "mode": {"type": "string", "enum": ["small", "large"]},
            "defaulted": {"type": "string", "default": "x"},
            "count": {"type": "integer", "minimum": 1, "maximum": 3},
            "port": {"x-kubernetes-int-or-string": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "enabled": {"type": "boolean"},
            "template": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
        },
    });
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    let version = |name: &str, served: bool| json!({"name": name, "served": served, "storage": served, "schema": {"openAPIV3Schema": schema}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
                 "versions": [version("v1alpha1", false), version("v1", true)]},
    })
}

fn widget(spec: Json) -> Json {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a", "namespace": "shop"}, "spec": spec})
}

/// What is told of a custom resource; empty when nothing is wrong with it.
fn told(definitions: &Definitions, custom: &Json) -> String {
    let mut stack = Stack::new("shop", "test");
    drop(stack.add("a", definitions.object(custom)));
    match stack.compile() {
        Ok(_) => String::new(),
        Err(problems) => {
            assert!(problems.iter().all(|problem| problem.at.as_ref().unwrap().contains("definitions.rs")));
            problems.iter().map(ToString::to_string).collect()
        }
    }
}

#[test]
fn what_the_schema_takes_is_taken() {
    let definitions = Definitions::of([definition()]);
    let spec = json!({
        "names": ["a", null], "mode": "small", "count": 3, "port": "http", "labels": {"a": "b"}, "anything": {"at": {"all": [1]}},
        "enabled": false, "template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {}},
    });
    assert_eq!(told(&definitions, &widget(spec)), "");
    assert_eq!(told(&definitions, &widget(json!({"names": ["a"], "mode": "large", "port": 80}))), "");
}

#[test]
fn what_it_does_not_take_is_told_with_its_path() {
    let definitions = Definitions::of([definition()]);
    let with = |field: &str, value: Json| {
        let mut spec = json!({"names": ["a"], "mode": "small"});
        spec[field] = value;
        told(&definitions, &widget(spec))
    };
    for (field, value, expect) in [
        ("conut", json!(1), "`spec.conut` is no field that there is; did you mean `count`?"),
        ("count", json!("1"), "`spec.count` is \"1\", and takes a whole number"),
        ("count", json!(4), "`spec.count` is 4, and is 3 at most"),
        ("count", json!(0), "`spec.count` is 0, and is 1 at least"),
        ("names", json!([]), "`spec.names` has 0 entries, and needs 1 at least"),
        ("names", json!(["a", 2]), "`spec.names[1]` is 2, and takes a text"),
        ("names", json!("a"), "`spec.names` is \"a\", and takes a list"),
        ("names", json!(["much-too-long"]), "`spec.names[0]` has 13 characters, and takes 8 at most"),
        ("mode", json!("tiny"), "`spec.mode` is \"tiny\", and takes \"small\", \"large\" only"),
        ("mode", Json::Null, "`spec.mode` is missing"),
        ("labels", json!({"a": 1}), "`spec.labels.a` is 1, and takes a text"),
        ("enabled", json!("yes"), "`spec.enabled` is \"yes\", and takes true or false"),
        ("port", json!(true), "`spec.port` is true, and takes a whole number or a text"),
        ("template", json!({"sepc": {}}), "`spec.template.sepc` is no field that there is; did you mean `spec`?"),
    ] {
        let told = with(field, value);
        assert!(told.contains(expect), "{field}: {told}");
    }
    let everything = told(&definitions, &widget(json!({"count": "x", "mod": "small"})));
    for expect in ["spec.count", "spec.mod`", "`spec.mode` is missing", "`spec.names` is missing"] {
        assert!(everything.contains(expect), "all at once: {everything}");
    }
    assert!(!everything.contains("defaulted"), "{everything}");
}

#[test]
fn what_is_known_only_later_is_left_open() {
    let mut stack = Stack::new("shop", "test");
    let other = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    let other = stack.add("other", object(other));
    let definitions = Definitions::of([definition()]);
    let spec = json!({"names": [format!("long-{}", token(other.uid()))], "mode": token(other.uid()), "count": token(other.uid())});
    drop(stack.add("a", definitions.object(widget(spec))));
    let spec = json!({"names": ["a"], "mode": "small", "count": format!("a-{}", token(other.uid()))});
    drop(stack.add("b", definitions.object(widget(spec))));
    let problems = stack.compile().unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("`spec.count` is a text, and takes a whole number"), "{problems:?}");
}

#[test]
fn kinds_versions_and_places_are_those_of_the_definition() {
    let definitions = Definitions::of([definition()]);
    let with = |field: &str, value: &str| {
        let mut custom = widget(json!({"names": ["a"], "mode": "small"}));
        custom[field] = value.into();
        told(&definitions, &custom)
    };
    assert!(
        with("kind", "Gadget").contains("a Gadget of example.com is none of what is defined: Widget of example.com")
    );
    assert!(with("apiVersion", "example.com/v1alpha1").contains("Widget has no version v1alpha1, only v1"));
    let mut nowhere = widget(json!({"names": ["a"], "mode": "small"}));
    nowhere["metadata"] = json!({"name": "a"});
    assert!(told(&definitions, &nowhere).contains("it needs `metadata.namespace`"));
}

#[test]
fn definitions_come_as_files_and_go_into_the_stack() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [definition(), {"kind": "Namespace"}]}).to_string();
    let definitions = Definitions::from_json(&list);
    assert!(told(&definitions, &widget(json!({}))).contains("`spec.mode` is missing"));
    let names: Vec<String> = definitions.objects().map(|(name, _)| name).collect();
    assert_eq!(names, ["widget"]);
    assert!(told(&Definitions::from_json("{"), &widget(json!({}))).contains("its definition cannot be read: EOF"));
    assert!(told(&Definitions::from_json("{}"), &widget(json!({}))).contains("no CustomResourceDefinition"));
}

#[cfg(feature = "yaml")]
#[test]
fn definitions_are_read_from_the_yaml_of_operators() {
    let yaml = "\
apiVersion: v1
kind: Namespace
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer } } }
";
    let definitions = Definitions::from_yaml(yaml);
    assert_eq!(told(&definitions, &widget(json!({"size": 3}))), "");
    assert!(told(&definitions, &widget(json!({"size": "3"}))).contains("`spec.size` is \"3\""));
}
