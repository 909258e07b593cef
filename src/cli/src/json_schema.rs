//! A stack's parameters as a JSON Schema (draft 2020-12), which editors complete and check `environments/*.yaml` and `*.toml` by.

use serde_json::{Map, Value as Json, json};

use crate::program::{Kind, Parameter, Shape, StackDescription};

/// The schema of a file that sets parameters. Nothing but what has no default is required.
pub(crate) fn of(stack: &StackDescription) -> Json {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), format!("Parameters of the stack {}", stack.name).into());
    if !stack.doc.is_empty() {
        schema.insert("description".to_owned(), stack.doc.clone().into());
    }
    block(&stack.parameters, &mut schema);
    Json::Object(schema)
}

/// A block: its fields, and no others.
fn block(fields: &[Parameter], schema: &mut Map<String, Json>) {
    let properties: Map<String, Json> = fields.iter().map(|field| (field.name.clone(), parameter(field))).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.is_required()).map(|field| field.name.as_str()).collect();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
}

fn parameter(parameter: &Parameter) -> Json {
    let Parameter { name: _, doc, shape, default, min, max } = parameter;
    let mut schema = value(shape);
    let [least, most] = match shape.kind {
        Kind::Integer => ["minimum", "maximum"],
        Kind::Text | Kind::Secret => ["minLength", "maxLength"],
        Kind::List => ["minItems", "maxItems"],
        Kind::Map => ["minProperties", "maxProperties"],
        // Neither has a length.
        Kind::Bool | Kind::Block => ["", ""],
    };
    for (name, limit) in [(least, min), (most, max)] {
        if let (false, Some(limit)) = (name.is_empty(), limit) {
            schema.insert(name.to_owned(), (*limit).into());
        }
    }
    if !doc.is_empty() {
        schema.insert("description".to_owned(), doc.clone().into());
    }
    if let Some(default) = default.as_ref().filter(|default| !default.is_null()) {
        schema.insert("default".to_owned(), default.clone());
    }
    // Its limits hold for a value only, so they stand beside the `null`.
    if shape.optional { json!({ "anyOf": [schema, { "type": "null" }] }) } else { schema.into() }
}

fn value(shape: &Shape) -> Map<String, Json> {
    let mut schema = Map::new();
    let inside = || shape.items.as_ref().map_or(Json::Bool(true), |items| value(items).into());
    match shape.kind {
        Kind::Text => {
            schema.insert("type".to_owned(), "string".into());
            if !shape.values.is_empty() {
                schema.insert("enum".to_owned(), shape.values.clone().into());
            }
        }
        Kind::Integer => drop(schema.insert("type".to_owned(), "integer".into())),
        Kind::Bool => drop(schema.insert("type".to_owned(), "boolean".into())),
        Kind::List => {
            schema.insert("type".to_owned(), "array".into());
            schema.insert("items".to_owned(), inside());
        }
        Kind::Map => {
            schema.insert("type".to_owned(), "object".into());
            schema.insert("additionalProperties".to_owned(), inside());
        }
        Kind::Block => block(&shape.fields, &mut schema),
        Kind::Secret => secret(&mut schema),
    }
    schema
}

/// Where a secret is kept: never the secret.
fn secret(schema: &mut Map<String, Json>) {
    let Json::Object(source) = json!({
        "type": "object",
        "properties": {
            "env": { "type": "string", "description": "The environment variable of the process that applies" },
            "file": { "type": "string", "description": "The file on the machine that applies" },
            "version": { "type": "integer", "minimum": 1, "description": "Raised when the value has changed" },
        },
        "oneOf": [{ "required": ["env"] }, { "required": ["file"] }],
        "additionalProperties": false,
    }) else {
        return;
    };
    schema.extend(source);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_says_what_its_parameters_take() {
        let described = json!({
            "name": "shop", "doc": "A shop.", "parameters": [
                { "name": "owner", "type": "text" },
                { "name": "zones", "type": "integer", "doc": "How many.", "default": 2, "min": 1, "max": 3 },
                { "name": "account", "type": "text", "optional": true, "default": null, "min": 12 },
                { "name": "size", "type": "text", "values": ["small", "large"], "default": "small" },
                { "name": "hosts", "type": "list", "items": { "type": "text" }, "min": 1 },
                { "name": "tags", "type": "map", "items": { "type": "text" }, "default": {} },
                { "name": "password", "type": "secret", "default": { "env": "PASSWORD" } },
                { "name": "nodes", "type": "block", "fields": [{ "name": "spot", "type": "bool", "default": false }] },
            ],
        });
        let schema = of(&serde_json::from_value(described).unwrap());
        assert_eq!(schema["required"], json!(["owner", "hosts"]));
        assert_eq!(schema["additionalProperties"], false);
        let of = |name: &str| &schema["properties"][name];
        let zones = json!({ "type": "integer", "description": "How many.", "default": 2, "minimum": 1, "maximum": 3 });
        assert_eq!(of("zones"), &zones);
        assert_eq!(of("account"), &json!({ "anyOf": [{ "type": "string", "minLength": 12 }, { "type": "null" }] }));
        assert_eq!(of("size")["enum"], json!(["small", "large"]));
        assert_eq!(of("hosts"), &json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }));
        assert_eq!(of("tags")["additionalProperties"], json!({ "type": "string" }));
        assert_eq!(of("password")["oneOf"], json!([{ "required": ["env"] }, { "required": ["file"] }]));
        let nodes = of("nodes");
        assert_eq!(nodes["properties"]["spot"], json!({ "type": "boolean", "default": false }));
        assert_eq!((&nodes["additionalProperties"], &nodes["required"]), (&json!(false), &Json::Null));
    }
}
