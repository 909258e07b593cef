//! Schemas, indexed: attributes are looked up once per value, a million times in a large plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::{Attribute, Change, Element, Field, FieldRule, Schema};

use crate::compiled::CompiledStack;
use crate::ledger::Ledger;

/// The schemas of the kinds in use.
pub(super) struct Kinds<'a>(Vec<Kind<'a>>);

/// A kind's schema.
pub(super) struct Kind<'a> {
    pub(super) schema: &'a Arc<Schema>,
    /// Whether any attribute is a secret.
    pub(super) has_secret: bool,
    by_name: Vec<(&'a str, &'a Attribute)>,
}

impl<'a> Kinds<'a> {
    /// Those of the stack, and those that only the ledger has.
    pub(super) fn new(compiled: &'a CompiledStack, ledger: &'a Ledger) -> Self {
        let all: BTreeMap<_, _> = ledger.schemas.iter().chain(&compiled.schemas).collect();
        Self(all.into_values().map(Kind::new).collect())
    }

    /// The kind of a number that [`Self::number`] gave out.
    pub(super) fn get(&self, number: usize) -> Option<&Kind<'a>> {
        self.0.get(number)
    }

    /// The number of a kind.
    pub(super) fn number(&self, kind: &str) -> Option<usize> {
        self.0.iter().position(|known| known.schema.kind == kind)
    }
}

impl<'a> Kind<'a> {
    fn new(schema: &'a Arc<Schema>) -> Self {
        let mut by_name: Vec<_> =
            schema.attributes.iter().map(|attribute| (attribute.name.as_ref(), attribute)).collect();
        by_name.sort_by_key(|(name, _)| *name);
        Self { schema, has_secret: has_secret(&schema.attributes), by_name }
    }

    /// The attribute of a name, at the top level.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        let at = self.by_name.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        Some(self.by_name[at].1)
    }

    /// Looks attributes up in the order of their names: a walk beside a sorted map, instead of a search for each key.
    pub(super) fn in_order(&self) -> impl FnMut(&str) -> Option<&'a Attribute> {
        let mut rest = self.by_name.iter().peekable();
        move |name| {
            while rest.next_if(|(known, _)| *known < name).is_some() {}
            rest.next_if(|(known, _)| *known == name).map(|(_, attribute)| *attribute)
        }
    }

    /// The attributes, sorted by name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'a Attribute> {
        self.by_name.iter().map(|(_, attribute)| *attribute)
    }

    /// Whether a change at a path, `subnets.0.id`, takes a new object.
    pub(super) fn is_replaced_at(&self, path: &str) -> bool {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        self.attribute(name)
            .is_some_and(|attribute| attribute.change != Change::Update || is_replaced_in(attribute, rest))
    }
}

/// [`Kind::is_replaced_at`] below an attribute: indices and keys on the way to a part of a block are passed by.
fn is_replaced_in(attribute: &Attribute, path: &str) -> bool {
    let parts = match &attribute.shape.element {
        Element::Block(parts) => parts,
        Element::Document(fields) => return is_fixed_at(fields, path),
        Element::Bool | Element::Integer | Element::Text(_) | Element::Any => return false,
    };
    let mut segments = path.split('.');
    while let Some(segment) = segments.next() {
        if let Some(part) = parts.iter().find(|part| part.name == segment) {
            let rest: Vec<_> = segments.collect();
            return part.change != Change::Update || is_replaced_in(part, &rest.join("."));
        }
    }
    false
}

/// Whether a path of names and positions leads to or through a field that cannot be changed in place.
fn is_fixed_at(fields: &[Field], path: &str) -> bool {
    let names: Vec<_> = path.split('.').filter(|segment| segment.parse::<usize>().is_err()).collect();
    fields.iter().filter(|field| field.rule == FieldRule::Replace).any(|field| {
        let fixed: Vec<_> = field.path.split('.').map(|segment| segment.trim_end_matches("[]")).collect();
        let fits = |(name, fixed): (&&str, &&str)| *fixed == "*" || name == fixed;
        field.path.is_empty() || (names.len() >= fixed.len() && names.iter().zip(&fixed).all(fits))
    })
}

fn has_secret(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.secret || matches!(&attribute.shape.element, Element::Block(parts) if has_secret(parts))
    })
}
