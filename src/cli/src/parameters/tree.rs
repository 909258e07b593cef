//! Parameters as they are merged: values that know where they were set.

use std::collections::BTreeMap;
use std::ops::Range;

use flashinfra_stacks::json::Json;
use flashinfra_stacks::params::path::{ParameterPath, Step};

/// A value and where it was set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) tree: Tree,
    pub(crate) origin: Origin,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// Anything but a list or a table.
    Scalar(Json),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the environment file: the bytes of its key, if it has one, and those of the value.
    File { key: Option<Range<usize>>, value: Range<usize> },
    /// On the command line: the argument up to its value, `--set nodes.max`.
    Argument(String),
    /// In the stack program, as a default.
    Default,
}

impl Node {
    /// An empty table that nobody wrote.
    pub(crate) fn empty() -> Self {
        Self { tree: Tree::Table(BTreeMap::new()), origin: Origin::Default }
    }

    /// A value from JSON, all of the same origin.
    pub(crate) fn from_json(json: Json, origin: &Origin) -> Self {
        let tree = match json {
            Json::List(items) => Tree::List(items.into_iter().map(|item| Self::from_json(item, origin)).collect()),
            Json::Object(entries) => {
                Tree::Table(entries.into_iter().map(|(key, value)| (key, Self::from_json(value, origin))).collect())
            }
            scalar @ (Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Number(_) | Json::Text(_)) => {
                Tree::Scalar(scalar)
            }
        };
        Self { tree, origin: origin.clone() }
    }

    /// The value as JSON, without where it was set.
    pub(crate) fn to_json(&self) -> Json {
        match &self.tree {
            Tree::Scalar(json) => json.clone(),
            Tree::List(items) => Json::List(items.iter().map(Self::to_json).collect()),
            Tree::Table(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// The value one step further in.
    pub(crate) fn inside(&self, step: &Step) -> Option<&Self> {
        match (&self.tree, step) {
            (Tree::Table(entries), Step::Key(key)) => entries.get(key),
            (Tree::List(items), Step::Index(index)) => items.get(*index),
            (Tree::Scalar(_) | Tree::List(_), Step::Key(_)) | (Tree::Scalar(_) | Tree::Table(_), Step::Index(_)) => {
                None
            }
        }
    }

    /// The value at a path, or else the last one on the way to it; with whether it is the whole way.
    pub(crate) fn nearest(&self, path: &ParameterPath) -> (&Self, bool) {
        let mut node = self;
        for step in &path.steps {
            match node.inside(step) {
                Some(inner) => node = inner,
                None => return (node, false),
            }
        }
        (node, true)
    }
}
