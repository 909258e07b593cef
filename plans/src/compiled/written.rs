//! A compiled stack as bytes again, in plan files and in the revisions of a ledger: what is applied later, or once more, needs
//! no program that declares it.
//!
//! Schemas are written without their documentation, which nothing but `explain` needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::file::{Document, InstanceRef, format};
use super::{CompiledStack, Declared, DeclaredLookup, DeclaredOutput, Lifecycle};
use crate::schema_file;
use crate::value::{Address, Map, Name, Value};

/// Writes a compiled stack, one resource a line.
pub fn write(stack: &CompiledStack) -> String {
    let CompiledStack { stack: name, environment, flashinfra, providers, schemas, lookups, resources, outputs } = stack;
    let format = format(stack);
    let providers: BTreeMap<_, _> = providers.iter().map(|(name, instance)| (name, InstanceRef(instance))).collect();
    let head = [
        ("format", json(&format)),
        ("stack", json(name)),
        ("environment", json(environment)),
        ("flashinfra", json(flashinfra)),
        ("providers", json(&providers)),
    ];
    let mut text = String::from("{");
    for (key, value) in head {
        text += &format!("\"{key}\":{value},");
    }
    let schemas: Vec<_> = schemas.values().map(|schema| schema_file::without_documentation(schema)).collect();
    list(&mut text, "schemas", schemas.iter().map(schema_file::Written));
    if !lookups.is_empty() {
        text.push(',');
        list(&mut text, "lookups", lookups.iter().map(LookupRef::from));
    }
    text.push(',');
    list(&mut text, "resources", resources.iter().map(ResourceRef::from));
    text.push(',');
    list(&mut text, "outputs", outputs.iter().map(OutputRef::from));
    text.push('}');
    text
}

fn list(text: &mut String, key: &str, items: impl Iterator<Item = impl Serialize>) {
    *text += &format!("\n\"{key}\":[");
    let mut separator = "\n";
    for item in items {
        *text += separator;
        *text += &json(&item);
        separator = ",\n";
    }
    text.push(']');
}

fn json(value: &impl Serialize) -> String {
    // Writing to memory cannot fail, and no map here has a key that is not text.
    serde_json::to_string(value).unwrap_or_default()
}

/// A compiled stack that stands in another document.
pub(crate) struct Embedded(pub(crate) CompiledStack);

impl<'de> Deserialize<'de> for Embedded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Document::deserialize(deserializer)?.stack().map(Self).map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize)]
struct ResourceRef<'a> {
    address: &'a Address,
    provider: &'a Name,
    attributes: &'a Map,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle: Option<LifecycleRef<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    depends_on: &'a [Address],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    raw: &'a [Name],
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a Name>,
}

impl<'a> From<&'a Declared> for ResourceRef<'a> {
    fn from(declared: &'a Declared) -> Self {
        let Declared { address, provider, attributes, lifecycle, depends_on, raw, at } = declared;
        let lifecycle = (*lifecycle != Lifecycle::default()).then(|| LifecycleRef::from(lifecycle));
        Self { address, provider, attributes, lifecycle, depends_on, raw, at: at.as_ref() }
    }
}

#[derive(Serialize)]
struct LifecycleRef<'a> {
    protect: Option<bool>,
    retain: bool,
    ignore: &'a [Name],
    create_before_delete: bool,
    moved_from: &'a [Address],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_after_success: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_after_failure: bool,
}

impl<'a> From<&'a Lifecycle> for LifecycleRef<'a> {
    fn from(lifecycle: &'a Lifecycle) -> Self {
        let Lifecycle { protect, retain, ignore, create_before_delete, moved_from, .. } = lifecycle;
        let Lifecycle { test, delete_after_success, delete_after_failure, .. } = lifecycle;
        Self {
            protect: *protect,
            retain: *retain,
            ignore,
            create_before_delete: *create_before_delete,
            moved_from,
            test: *test,
            delete_after_success: *delete_after_success,
            delete_after_failure: *delete_after_failure,
        }
    }
}

#[derive(Serialize)]
struct LookupRef<'a> {
    address: &'a Address,
    provider: &'a Name,
    attributes: &'a Map,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a Name>,
}

impl<'a> From<&'a DeclaredLookup> for LookupRef<'a> {
    fn from(lookup: &'a DeclaredLookup) -> Self {
        let DeclaredLookup { address, provider, asked, at } = lookup;
        Self { address, provider, attributes: asked, at: at.as_ref() }
    }
}

#[derive(Serialize)]
struct OutputRef<'a> {
    name: &'a Name,
    value: &'a Value,
    doc: &'a Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a Name>,
}

impl<'a> From<&'a DeclaredOutput> for OutputRef<'a> {
    fn from(output: &'a DeclaredOutput) -> Self {
        let DeclaredOutput { name, value, doc, at } = output;
        Self { name, value, doc, at: at.as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::write;
    use crate::compiled;
    use crate::schema_file::without_documentation;

    #[test]
    fn what_was_written_reads_as_it_was() {
        let golden = include_str!("../../../stacks/tests/golden/everything.json");
        let mut stack = compiled::read(golden.as_bytes()).unwrap();
        let text = write(&stack);
        for schema in stack.schemas.values_mut() {
            *schema = Arc::new(without_documentation(schema));
        }
        let again = compiled::read(text.as_bytes()).unwrap();
        assert_eq!(again, stack);
        assert_eq!(write(&again), text, "the same stack gives the same bytes");
        assert!(text.lines().count() > stack.resources.len(), "one resource a line");
    }
}
