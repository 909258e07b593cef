//! Values as a definition knows them: literals, references to what is known only after apply, and the few operations on
//! references that the engine can carry out later.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::address::Address;
use crate::schema::Text;

/// The value of an attribute or of an output.
///
/// The operations are a small closed set, so that a compiled stack is data and not a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// JSON's `null`: only in values that are not modelled.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(Text),
    /// A list or a set.
    List(Vec<Value>),
    /// A map or a block.
    Map(BTreeMap<Text, Value>),
    /// The value that an attribute of a resource has after its apply.
    Reference(Reference),
    /// Parts, one after the other, as one text. See [`output!`](crate::output).
    Concatenation(Vec<Value>),
    /// The entries of a list as one text. See [`join`](crate::join).
    Join(Text, Box<Value>),
    /// A text in base64. See [`base64`](crate::base64).
    Base64(Box<Value>),
    /// A value as the text of a JSON document. See [`json!`](crate::json!).
    Json(Box<Value>),
    /// A part of a value. See [`pick`](crate::pick).
    Pick(Box<Value>, Text),
    /// A secret: where it comes from, never what it is.
    Secret(Source),
    /// What could not be computed, and why. The stack tells so where it is used, and does not compile.
    Invalid(String),
}

/// An attribute of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The resource.
    pub address: Address,
    /// The attribute, or dots and names into it.
    pub path: Text,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment variable of the process that applies.
    Environment {
        /// Its name.
        name: Text,
        /// Raised by the user when the value has changed.
        version: u32,
    },
    /// A file on the machine that applies.
    File {
        /// Its path.
        path: Text,
        /// Raised by the user when the value has changed.
        version: u32,
    },
    /// An attribute that a provider sets and that is secret.
    Reference(Reference),
    /// A text with a secret in it.
    Concatenation(Vec<Value>),
    /// A secret in base64.
    Base64(Box<Value>),
    /// A value with a secret in it, as the text of a JSON document.
    Json(Box<Value>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// Calls `visit` with every reference in the value, secrets included.
    pub(crate) fn each_reference<'a>(&'a self, visit: &mut dyn FnMut(&'a Reference)) {
        match self {
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Text(_) | Self::Invalid(_) => {}
            Self::List(items) | Self::Concatenation(items) => {
                items.iter().for_each(|item| item.each_reference(visit));
            }
            Self::Map(entries) => entries.values().for_each(|item| item.each_reference(visit)),
            Self::Reference(reference) => visit(reference),
            Self::Join(_, inner) | Self::Base64(inner) | Self::Json(inner) | Self::Pick(inner, _) => {
                inner.each_reference(visit);
            }
            Self::Secret(source) => match source {
                Source::Environment { .. } | Source::File { .. } => {}
                Source::Reference(reference) => visit(reference),
                Source::Concatenation(parts) => parts.iter().for_each(|part| part.each_reference(visit)),
                Source::Base64(inner) | Source::Json(inner) => inner.each_reference(visit),
            },
        }
    }
}

impl Source {
    /// Sets the version of this source, or of all sources in this text.
    pub(crate) fn set_version(&mut self, number: u32) {
        match self {
            Self::Environment { version, .. } | Self::File { version, .. } => *version = number,
            // The provider knows its version.
            Self::Reference(_) => {}
            Self::Concatenation(parts) => parts.iter_mut().for_each(|part| part.set_version(number)),
            Self::Base64(inner) | Self::Json(inner) => inner.set_version(number),
        }
    }
}

impl Value {
    fn set_version(&mut self, number: u32) {
        match self {
            Self::Secret(source) => source.set_version(number),
            Self::List(items) | Self::Concatenation(items) => {
                items.iter_mut().for_each(|item| item.set_version(number));
            }
            Self::Map(entries) => entries.values_mut().for_each(|item| item.set_version(number)),
            Self::Join(_, inner) | Self::Base64(inner) | Self::Json(inner) | Self::Pick(inner, _) => {
                inner.set_version(number);
            }
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Text(_) | Self::Reference(_) | Self::Invalid(_) => {}
        }
    }
}

/// A literal that makes a whole text by itself, for folding the parts of a text that are known while compiling.
pub(crate) fn literal(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        _ => None,
    }
}
