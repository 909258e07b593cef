//! What a stack program says about its stacks and their parameters.

use flashinfra_stacks::params::path::Step;
use serde::{Deserialize, Deserializer, Serialize};

/// The stacks of a program.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Description {
    /// Each of them, in the order of the program.
    pub(crate) stacks: Vec<StackDescription>,
}

/// A stack and what can be set in it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct StackDescription {
    /// Its name.
    pub(crate) name: String,
    /// Its documentation, in Markdown; may be empty.
    #[serde(default)]
    pub(crate) doc: String,
    /// Its parameters, in the order of the struct.
    pub(crate) parameters: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Parameter {
    /// Its name, one key of the parameters.
    pub(crate) name: String,
    /// Its documentation, in Markdown; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) doc: String,
    /// What values it takes.
    #[serde(flatten)]
    pub(crate) shape: Shape,
    /// Its value when none is given; `null` for an optional one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<serde_json::Value>,
    /// The smallest number, or the fewest characters, items or entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<i64>,
    /// The largest number, or the most characters, items or entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<i64>,
}

/// What values a parameter takes.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Shape {
    /// Its type.
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// The Rust type where that says more than the kind: `Cidr`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) format: String,
    /// For text: the only values it takes; empty when any text will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    /// For lists and maps: what is inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Box<Shape>>,
    /// For blocks: the parameters inside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Parameter>,
    /// Whether it may be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) optional: bool,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
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

impl Parameter {
    /// Whether every environment has to set it, or something in it.
    pub(crate) fn is_required(&self) -> bool {
        match self.shape.kind {
            Kind::Block => self.default.is_none() && self.shape.fields.iter().any(Self::is_required),
            Kind::Text | Kind::Integer | Kind::Bool | Kind::List | Kind::Map | Kind::Secret => self.default.is_none(),
        }
    }
}

impl StackDescription {
    /// The shape of the whole set of parameters.
    pub(crate) fn shape(&self) -> Shape {
        Shape { fields: self.parameters.clone(), ..Shape::of(Kind::Block) }
    }
}

impl Shape {
    /// The shape of a single value of this kind.
    pub(crate) fn of(kind: Kind) -> Self {
        Self { kind, format: String::new(), values: Vec::new(), items: None, fields: Vec::new(), optional: false }
    }

    /// The shape of what is one step further in; none when there is no such thing.
    pub(crate) fn inside(&self, step: &Step) -> Option<Self> {
        match (self.kind, step) {
            (Kind::Block, Step::Key(key)) => {
                self.fields.iter().find(|field| field.name == *key).map(|field| field.shape.clone())
            }
            (Kind::Map, Step::Key(_)) | (Kind::List, Step::Index(_)) => self.items.as_deref().cloned(),
            (Kind::Secret, Step::Key(key)) => match key.as_str() {
                "env" | "file" => Some(Self::of(Kind::Text)),
                "version" => Some(Self::of(Kind::Integer)),
                _ => None,
            },
            (Kind::Text | Kind::Integer | Kind::Bool, _)
            | (Kind::List, Step::Key(_))
            | (Kind::Map | Kind::Block | Kind::Secret, Step::Index(_)) => None,
        }
    }
}

/// A value that is there, `null` included: serde alone takes `null` for a field that is missing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}
