//! Puts what was set with `.raw(path, json)` among the attributes.

use std::collections::BTreeMap;

use crate::any;
use crate::problem::Problem;
use crate::schema::{Attribute, Container, Element, Schema, SetBy, Text};
use crate::stack::Stack;
use crate::value::Value;

/// Inserts the raw values of all resources; what cannot be inserted is a problem.
pub(super) fn insert(stack: &mut Stack) {
    for resource in &mut stack.resources {
        let Some(options) = &mut resource.options else { continue };
        options.raw.sort();
        for (path, json) in &options.raw {
            let Some(json) = json else { continue };
            let inserted = any::read(json)
                .and_then(|value| allowed(resource.schema, path).map(|()| value))
                .and_then(|value| insert_at(&mut resource.attributes, path, value));
            if let Err(reason) = inserted {
                let message = format!("raw `{path}` of {}: {reason}", resource.address);
                stack.problems.push(Problem::new(message).at(resource.location));
            }
        }
    }
}

/// Refuses what may not be set behind the back of the schema: secrets in clear, and what only the provider sets.
fn allowed(schema: &Schema, path: &str) -> Result<(), String> {
    if path.split('.').any(str::is_empty) {
        return Err(
            "a path is made of names and numbers with dots between, as in `metadata_options.http_tokens`".into()
        );
    }
    let mut attributes: &[Attribute] = &schema.attributes;
    let mut segments = path.split('.');
    while let Some(segment) = segments.next() {
        // Nothing is known of what is inside an attribute that is not modelled.
        let Some(attribute) = attributes.iter().find(|attribute| attribute.name == segment) else { return Ok(()) };
        if attribute.secret {
            return Err(format!("`{segment}` is a secret, which only its setter takes"));
        }
        if attribute.set_by == SetBy::Provider {
            return Err(format!("only the provider sets `{segment}`"));
        }
        let Element::Block(inner) = &attribute.shape.element else { return Ok(()) };
        attributes = inner;
        if attribute.shape.container != Container::One {
            // Which entry it is.
            segments.next();
        }
    }
    Ok(())
}

fn insert_at(attributes: &mut BTreeMap<Text, Value>, path: &str, value: Value) -> Result<(), String> {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let Some(rest) = rest else {
        return match attributes.insert(Text::from(segment.to_owned()), value) {
            None => Ok(()),
            Some(_) => Err("it is set already; keep one of the two".into()),
        };
    };
    let inner = attributes.entry(Text::from(segment.to_owned())).or_insert_with(|| Value::Map(BTreeMap::new()));
    insert_within(inner, segment, rest, value)
}

fn insert_within(within: &mut Value, name: &str, path: &str, value: Value) -> Result<(), String> {
    match within {
        Value::Map(entries) => insert_at(entries, path, value),
        Value::List(items) => {
            let (index, rest) = path.split_once('.').map_or((path, None), |(index, rest)| (index, Some(rest)));
            let count = items.len();
            let item = index.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            match (item, rest) {
                (Some(item), Some(rest)) => insert_within(item, index, rest, value),
                (Some(_), None) => Err("it is set already; keep one of the two".into()),
                (None, _) => Err(format!("`{name}` is a list of {count}, and `{index}` is none of its entries")),
            }
        }
        _ => Err(format!("`{name}` is neither a block nor a map, so there is nothing inside it")),
    }
}
