//! What a set of parameters says about itself: names, documentation, types, defaults and limits.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::params::Param;

/// A parameter as `explain` and `validate` show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, one key of the parameters.
    pub name: &'static str,
    /// Its documentation, in Markdown.
    pub doc: &'static str,
    /// What values it takes.
    pub shape: Shape,
    /// Its value when none is given. A parameter without one is required, unless it is a block.
    pub default: Option<Json>,
    /// The smallest number, or the fewest characters, items or entries.
    pub min: Option<i64>,
    /// The largest number, or the most characters, items or entries.
    pub max: Option<i64>,
}

/// What values a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its type.
    pub kind: Kind,
    /// The Rust type where that says more than the kind: `Cidr`; empty otherwise.
    pub format: &'static str,
    /// For text: the only values it takes; empty when any text will do.
    pub values: Vec<&'static str>,
    /// For lists and maps: what is inside.
    pub items: Option<Box<Shape>>,
    /// For blocks: the parameters inside.
    pub fields: Vec<Parameter>,
    /// Whether it may be left out or null, which is not the same as any value.
    pub optional: bool,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Bool,
    /// A list.
    List,
    /// A map from text that the user chooses.
    Map,
    /// A block with fields that the stack chooses.
    Block,
    /// A reference to where a secret is kept.
    Secret,
}

impl Kind {
    /// The name in the program's protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Bool => "bool",
            Self::List => "list",
            Self::Map => "map",
            Self::Block => "block",
            Self::Secret => "secret",
        }
    }
}

impl Shape {
    /// The shape of a single value of this kind.
    pub fn of(kind: Kind) -> Self {
        Self { kind, format: "", values: Vec::new(), items: None, fields: Vec::new(), optional: false }
    }

    /// The shape of a list or map of these.
    pub fn collection(kind: Kind, items: Shape) -> Self {
        Self { items: Some(Box::new(items)), ..Self::of(kind) }
    }

    fn json_entries(&self) -> BTreeMap<String, Json> {
        let mut entries = BTreeMap::from([("type".to_owned(), Json::from(self.kind.name()))]);
        if !self.format.is_empty() {
            entries.insert("format".to_owned(), Json::from(self.format));
        }
        if !self.values.is_empty() {
            let values = self.values.iter().map(|value| Json::from(*value)).collect();
            entries.insert("values".to_owned(), Json::List(values));
        }
        if let Some(items) = &self.items {
            entries.insert("items".to_owned(), Json::Object(items.json_entries()));
        }
        if !self.fields.is_empty() {
            let fields = self.fields.iter().map(Parameter::to_json).collect();
            entries.insert("fields".to_owned(), Json::List(fields));
        }
        if self.optional {
            entries.insert("optional".to_owned(), Json::Bool(true));
        }
        entries
    }
}

impl Parameter {
    /// Describes a parameter of type `T`.
    pub fn of<T: Param>(name: &'static str, doc: &'static str, default: Option<T>) -> Self {
        let mut shape = T::shape();
        let mut default = default.map(|value| value.to_json());
        if default.is_none() && shape.optional {
            default = Some(Json::Null);
        }
        if let (Kind::Block, Some(Json::Object(values))) = (shape.kind, &default) {
            shape.fields = shape.fields.into_iter().map(|field| field.overridden(values)).collect();
        }
        Self { name, doc, shape, default, min: None, max: None }
    }

    /// The same with limits.
    #[must_use]
    pub fn limited(self, min: Option<i64>, max: Option<i64>) -> Self {
        Self { min, max, ..self }
    }

    /// As the program's protocol writes it.
    pub fn to_json(&self) -> Json {
        let mut entries = self.shape.json_entries();
        entries.insert("name".to_owned(), Json::from(self.name));
        if !self.doc.is_empty() {
            entries.insert("doc".to_owned(), Json::from(self.doc));
        }
        let limits = [("min", self.min), ("max", self.max)];
        entries.extend(limits.into_iter().filter_map(|(key, limit)| Some((key.to_owned(), Json::Integer(limit?)))));
        if let Some(default) = &self.default {
            entries.insert("default".to_owned(), default.clone());
        }
        Json::Object(entries)
    }

    /// The same with the default that the block around it gives.
    fn overridden(mut self, values: &BTreeMap<String, Json>) -> Self {
        let Some(value) = values.get(self.name) else { return self };
        if let (Kind::Block, Json::Object(inner)) = (self.shape.kind, value) {
            self.shape.fields = self.shape.fields.into_iter().map(|field| field.overridden(inner)).collect();
        }
        self.default = Some(value.clone());
        self
    }
}
