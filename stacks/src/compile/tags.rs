//! Default tags: what a provider instance says for everything in it becomes part of each resource.
//!
//! They are merged here and not by the adapter, so that a plan shows them and a changed default is a change of each resource.

use std::collections::BTreeMap;

use crate::schema::{Container, Schema, Text};
use crate::stack::Stack;
use crate::value::Value;

/// The setting of a provider, and the attribute of its resources.
const DEFAULTS: &str = "default_tags";
const TAGS: &str = "tags";

/// Adds the default tags of its provider instance to each resource that takes tags. A tag of its own wins; tags that are the
/// output of another resource are left as they are, since their keys are not known.
pub(super) fn merge(stack: &mut Stack) {
    for resource in &mut stack.resources {
        let provider = stack.providers.get(&resource.provider);
        let Some(Value::Map(defaults)) = provider.and_then(|provider| provider.config.get(DEFAULTS)) else { continue };
        if !takes_tags(resource.schema) {
            continue;
        }
        let tags = resource.attributes.entry(Text::Borrowed(TAGS)).or_insert_with(|| Value::Map(BTreeMap::new()));
        if let Value::Map(tags) = tags {
            for (key, value) in defaults {
                tags.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

fn takes_tags(schema: &Schema) -> bool {
    schema.attribute(TAGS).is_some_and(|attribute| attribute.shape.container == Container::Map)
}
