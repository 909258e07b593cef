//! Secrets stand as references to their source, wherever values stand.

use flashinfra_stacks::schema::{Attribute, Element, Schema};

use super::{Found, Rule};
use crate::plan::Plan;
use crate::value::{Map, Value};

/// Whether any value under a secret attribute is written out.
pub(super) fn secrets(plan: &Plan, found: &mut Found) {
    for step in &plan.steps {
        let Some(schema) = plan.schemas.get(step.address.kind()) else { continue };
        for map in [&step.inputs, &step.before] {
            if let Some(path) = written_out(&schema.attributes, map) {
                found.at(Rule::Secrets, step, format!("{path} is a secret and stands in the plan"));
            }
        }
    }
    for change in &plan.changes {
        let Some(schema) = plan.schemas.get(change.address.kind()) else { continue };
        for attribute in &change.attributes {
            let sides = [&attribute.before, &attribute.after];
            if sides.into_iter().flatten().any(|value| shows(schema, &attribute.path, value)) {
                let message = format!("{} is a secret and stands in the plan", attribute.path);
                found.about(Rule::Secrets, &change.address, message);
            }
        }
    }
    for drift in &plan.drift {
        let Some(schema) = plan.schemas.get(drift.address.kind()) else { continue };
        for attribute in &drift.attributes {
            let sides = [&attribute.before, &attribute.after];
            if sides.into_iter().flatten().any(|value| shows(schema, &attribute.path, value)) {
                let message = format!("{} is a secret and stands in the plan", attribute.path);
                found.about(Rule::Secrets, &drift.address, message);
            }
        }
    }
}

/// Whether the value at a path shows a secret: the path leads through a secret attribute, or one is inside.
fn shows(schema: &Schema, path: &str, value: &Value) -> bool {
    let mut attributes: &[Attribute] = &schema.attributes;
    for part in path.split(['.', '[']).filter(|part| !part.ends_with(']')) {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.name == part) else { continue };
        if attribute.secret {
            return has_literal(value);
        }
        attributes = match &attribute.shape.element {
            Element::Block(inner) => inner,
            Element::Bool | Element::Integer | Element::Text(_) | Element::Any | Element::Document(_) => &[],
        };
    }
    inside(attributes, "", value).is_some()
}

/// The first path of a secret attribute with a written-out value.
fn written_out(attributes: &[Attribute], map: &Map) -> Option<String> {
    map.iter().find_map(|(name, value)| {
        let attribute = attributes.iter().find(|attribute| attribute.name == name.as_str())?;
        if attribute.secret {
            return has_literal(value).then(|| name.to_string());
        }
        match &attribute.shape.element {
            Element::Block(inner) => inside(inner, name, value),
            Element::Bool | Element::Integer | Element::Text(_) | Element::Any | Element::Document(_) => None,
        }
    })
}

/// The same inside a block, or inside lists and maps of blocks.
fn inside(attributes: &[Attribute], path: &str, value: &Value) -> Option<String> {
    match value {
        Value::List(entries) => entries.iter().find_map(|entry| inside(attributes, path, entry)),
        Value::Map(map) => {
            let within = |inner: String| if path.is_empty() { inner } else { format!("{path}.{inner}") };
            // A map of blocks has keys of its own; a block has its attributes' names.
            written_out(attributes, map)
                .or_else(|| {
                    let other = |name: &str| !attributes.iter().any(|attribute| attribute.name == name);
                    map.iter().filter(|(name, _)| other(name)).find_map(|(name, value)| inside(attributes, name, value))
                })
                .map(within)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Expression(_)
        | Value::Secret(_)
        | Value::Unknown => None,
    }
}

/// Whether anything in a value is written out.
fn has_literal(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Integer(_) => true,
        Value::Text(text) => !text.is_empty(),
        Value::List(entries) => entries.iter().any(has_literal),
        Value::Map(map) => map.iter().any(|(_, value)| has_literal(value)),
        Value::Null | Value::Expression(_) | Value::Secret(_) | Value::Unknown => false,
    }
}
