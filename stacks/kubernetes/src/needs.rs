//! What the objects of a stack need of each other, by the names that stand in them.

use std::collections::BTreeMap;

use flashinfra::__private::{Need, Together};
use flashinfra::Value;
use flashinfra::schema::{Schema, Text};
use serde_json::{Map, Value as Json};

use crate::convert::field_name;
use crate::kinds::DEFINED_BY;
use crate::{kinds, order};

/// An object that is in a namespace of the stack refers to that one's name, and with it is lost what is in it.
const NAMESPACE: (&str, &str) = ("namespace", "name");
/// So does a custom resource to its definition: the cluster deletes all objects of a kind together with it.
const DEFINITION: (&str, &str) = (DEFINED_BY, "name");

/// What the objects of one cluster need of each other.
pub(crate) fn needs(declared: &[Together<'_>]) -> Vec<Need> {
    let objects: Vec<_> = declared.iter().map(|one| manifest(one.schema, &one.attributes)).collect();
    let need = |edge: order::Edge| {
        let within = match edge.because.as_str() {
            "metadata.namespace" => Some(NAMESPACE),
            order::DEFINITION => Some(DEFINITION),
            _ => None,
        };
        Need { from: edge.from, to: edge.to, within }
    };
    order::edges(&objects).into_iter().map(need).collect()
}

/// The object of a resource, as far as it is known while compiling: what comes later, and what is secret, is left out.
pub(crate) fn manifest(schema: &Schema, attributes: &BTreeMap<Text, Value>) -> Json {
    let (mut object, mut metadata) = (Map::new(), Map::new());
    for (name, value) in attributes {
        let Some(json) = json(value) else { continue };
        match &**name {
            "name" | "namespace" | "labels" | "annotations" | "finalizers" => metadata.insert(name.to_string(), json),
            "api_version" => object.insert("apiVersion".into(), json),
            "force" | DEFINED_BY => None,
            name => object.insert(field_name(name), json),
        };
    }
    object.insert("kind".into(), kinds::name_of(schema).unwrap_or_default().into());
    object.insert("metadata".into(), metadata.into());
    object.into()
}

fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::from(&**text),
        // What is not known keeps its place, so that the others keep theirs.
        Value::List(items) => items.iter().map(|item| json(item).unwrap_or_default()).collect(),
        Value::Map(entries) => {
            let known = entries.iter().filter_map(|(key, value)| Some((key.to_string(), json(value)?)));
            Json::Object(known.collect())
        }
        Value::Reference(_) | Value::Concatenation(_) | Value::Join(..) | Value::Base64(_) => return None,
        Value::Json(_) | Value::Pick(..) | Value::Secret(_) | Value::Invalid(_) => return None,
    })
}
