//! Lists and values of custom resources, from the OpenAPI schema in their definition.

use serde_json::Value;

use super::List;
use crate::object::{items, text};
use crate::path::{Path, Step};
use crate::scalar::Scalar;

/// The schema of a kind: of a version in a definition (`spec.versions[].schema.openAPIV3Schema`), or of the server's own OpenAPI with the
/// definitions that it refers to.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    root: &'a Value,
    /// By name, what `$ref` refers to: `definitions` of OpenAPI v2, `components.schemas` of v3.
    definitions: Option<&'a Value>,
}

/// What a schema says of the value at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaKind {
    /// A list, and how it merges.
    List(List),
    /// An object whose fields are owned all or nothing.
    AtomicMap,
    /// An object whose fields are owned one by one.
    Map,
    /// A value that can be written in several ways.
    Scalar(Scalar),
    /// Any other value.
    Value,
}

impl<'a> Schema<'a> {
    /// The schema of a version in a definition of custom resources; none when the definition has no such version.
    pub fn of_definition(definition: &'a Value, version: &str) -> Option<Self> {
        let versions = items(definition, "spec.versions");
        let found = versions.iter().find(|candidate| text(candidate, "name") == version)?;
        let root = found.pointer("/schema/openAPIV3Schema")?;
        Some(Self { root, definitions: None })
    }

    /// A schema among the server's own, with what its references lead to.
    pub fn among(definitions: &'a Value, name: &str) -> Option<Self> {
        Some(Self { root: definitions.get(name)?, definitions: Some(definitions) })
    }

    /// What stands at a place; none when the schema does not know the place.
    pub fn at(self, path: &Path) -> Option<SchemaKind> {
        Some(kind_of(self.find(path)?))
    }

    /// How the list at a place merges. A list that the schema does not know is one value.
    pub fn list_at(self, path: &Path) -> List {
        match self.at(path) {
            Some(SchemaKind::List(list)) => list,
            Some(SchemaKind::AtomicMap | SchemaKind::Map | SchemaKind::Scalar(_) | SchemaKind::Value) | None => {
                List::Atomic
            }
        }
    }

    /// How the value at a place means something, where it can be written in several ways.
    pub fn scalar_at(self, path: &Path) -> Option<Scalar> {
        match self.at(path)? {
            SchemaKind::Scalar(scalar) => Some(scalar),
            SchemaKind::List(_) | SchemaKind::AtomicMap | SchemaKind::Map | SchemaKind::Value => None,
        }
    }

    fn find(self, path: &Path) -> Option<Found<'a>> {
        let mut found = self.resolved(Found { schema: self.root, map_type: None, quantity: false });
        for step in &path.0 {
            let next = match step {
                Step::Field(name) => found
                    .schema
                    .get("properties")
                    .and_then(|properties| properties.get(name))
                    .or_else(|| found.schema.get("additionalProperties"))?,
                Step::Keys(_) | Step::Member(_) | Step::Index(_) => found.schema.get("items")?,
            };
            found = self.resolved(Found { schema: next, map_type: None, quantity: false });
        }
        Some(found)
    }

    /// Follows references. What stands beside a reference counts more than what it leads to (`x-kubernetes-map-type` of a field).
    fn resolved(self, mut found: Found<'a>) -> Found<'a> {
        // References of one value never go deeper than this; one that leads to itself ends here.
        const DEPTH: usize = 8;
        for _ in 0..DEPTH {
            found.map_type =
                found.map_type.or_else(|| found.schema.get("x-kubernetes-map-type").and_then(Value::as_str));
            let inner = found.schema.get("allOf").and_then(Value::as_array).and_then(|all| all.first());
            let referred = inner.unwrap_or(found.schema).get("$ref").and_then(Value::as_str);
            let Some(name) = referred.and_then(|reference| reference.rsplit('/').next()) else { break };
            found.quantity |= name.ends_with(".resource.Quantity");
            let Some(schema) = self.definitions.and_then(|definitions| definitions.get(name)) else { break };
            found.schema = schema;
        }
        found
    }
}

/// A schema on the way down, with what was said of it before its reference was followed.
#[derive(Clone, Copy)]
struct Found<'a> {
    schema: &'a Value,
    map_type: Option<&'a str>,
    quantity: bool,
}

fn kind_of(found: Found<'_>) -> SchemaKind {
    let schema = found.schema;
    let flag = |name: &str| schema.get(name).and_then(Value::as_bool).unwrap_or_default();
    let format = text(schema, "format");
    let int_or_string = flag("x-kubernetes-int-or-string") || format == "int-or-string";
    // A quantity in a generated definition is a number or text that has to look like one.
    if found.quantity || int_or_string && text(schema, "pattern").contains("[KMGTPE]i") {
        return SchemaKind::Scalar(Scalar::Quantity);
    }
    if int_or_string {
        return SchemaKind::Scalar(Scalar::IntOrString);
    }
    if format == "duration" {
        return SchemaKind::Scalar(Scalar::Duration);
    }
    match text(schema, "type") {
        "array" => SchemaKind::List(match text(schema, "x-kubernetes-list-type") {
            "set" => List::Set,
            "map" => {
                let keys = items(schema, "x-kubernetes-list-map-keys").iter().filter_map(Value::as_str);
                List::Map(keys.map(str::to_owned).collect())
            }
            _ => List::Atomic,
        }),
        "object" if found.map_type == Some("atomic") => SchemaKind::AtomicMap,
        "object" => SchemaKind::Map,
        _ => SchemaKind::Value,
    }
}
