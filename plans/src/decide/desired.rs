//! What a resource is to be: its declared attributes, with what is known of other resources put in.

use crate::resolve::resolve;
use crate::value::{Map, Name, Reference, Value};

/// The declared attributes, and over them those that were computed. Most attributes are literals and stay where they are.
#[derive(Clone, Debug)]
pub(super) struct Desired<'a> {
    declared: &'a Map,
    computed: Map,
}

impl<'a> Desired<'a> {
    pub(super) fn new(declared: &'a Map, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Self {
        let computed = declared.iter().filter(|(_, value)| !value.is_literal());
        Self { declared, computed: computed.map(|(name, value)| (name.clone(), resolve(value, lookup))).collect() }
    }

    /// Values that refer to nothing: those of a ledger row.
    pub(super) fn literal(declared: &'a Map) -> Self {
        Self { declared, computed: Map::default() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        if self.computed.is_empty() {
            self.declared.get(name)
        } else {
            self.computed.get(name).or_else(|| self.declared.get(name))
        }
    }

    /// The value at a dotted path.
    pub(super) fn at(&self, path: &str) -> Option<&Value> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        self.get(name)?.at(rest)
    }

    /// The attributes, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &Value)> {
        let mut computed = self.computed.iter().peekable();
        self.declared.iter().map(move |(name, value)| match computed.next_if(|(computed, _)| computed == name) {
            Some((_, value)) => (name, value),
            None => (name, value),
        })
    }

    /// The attributes that were computed, as they were declared and as far as they are known.
    pub(super) fn computed(&self) -> impl Iterator<Item = (&Name, &'a Value, &Value)> {
        self.computed.iter().filter_map(|(name, value)| Some((name, self.declared.get(name)?, value)))
    }

    /// Puts the value in that an attribute is left with, instead of the declared one.
    pub(super) fn leave(&mut self, path: &str, value: Option<&Value>) {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let left = match (self.get(name), rest) {
            (Some(Value::Map(map)), rest) if !rest.is_empty() => Value::Map(map.clone().with_at(rest, value.cloned())),
            _ => value.cloned().unwrap_or(Value::Null),
        };
        self.computed = std::mem::take(&mut self.computed).with(name, left);
    }

    /// All of them as one map.
    pub(super) fn to_map(&self) -> Map {
        if self.computed.is_empty() {
            return self.declared.clone();
        }
        self.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
