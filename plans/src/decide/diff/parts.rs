//! Which parts of a live value are ours, and which a fingerprint covers.

use flashinfra_stacks::schema::{Attribute, Collection, Container, Element, Mode, SetBy};

use super::super::desired::Desired;
use super::super::kinds::Kind;
use crate::compare::{document, element_satisfies, is_left_alone};
use crate::value::{Map, Name, Value};

/// A live value without what is neither declared nor was last applied: entries of keyed collections, parts of single blocks.
pub(in crate::decide) fn owned_part(
    attribute: &Attribute,
    want: Option<&Value>,
    have: &Value,
    applied: Option<&Value>,
) -> Value {
    let is_keyed = attribute.collection == Collection::Keyed;
    match (attribute.shape.container, &attribute.shape.element, have) {
        (Container::Map, _, Value::Map(have)) if is_keyed => {
            let ours = |(key, _): &&(Name, Value)| {
                [want, applied]
                    .into_iter()
                    .flatten()
                    .any(|side| side.as_map().is_some_and(|map| map.get(key).is_some()))
            };
            Value::Map(have.iter().filter(ours).cloned().collect())
        }
        (Container::Set | Container::List, _, Value::List(have)) if is_keyed => {
            let sides = || [want, applied].into_iter().flatten().filter_map(Value::as_list).flatten();
            let ours = |entry: &&Value| sides().any(|side| element_satisfies(attribute, side, entry));
            Value::List(have.iter().filter(ours).cloned().collect())
        }
        (Container::One, Element::Document(fields), have) => document::owned(fields, [want, applied], have),
        (Container::One, Element::Block(parts), Value::Map(have)) => {
            let ours = |(name, have): &(Name, Value)| {
                let of = |side: Option<&Value>| side.and_then(Value::as_map).and_then(|map| map.get(name)).cloned();
                let (want, applied) = (of(want), of(applied));
                let value = match parts.iter().find(|part| part.name == name.as_str()) {
                    Some(part) => owned_part(part, want.as_ref(), have, applied.as_ref()),
                    None => have.clone(),
                };
                (want.is_some() || applied.is_some()).then_some((name.clone(), value))
            };
            Value::Map(have.iter().filter_map(ours).collect())
        }
        _ => have.clone(),
    }
}

/// The paths that a fingerprint covers: what was last applied, and what changes. Not what is never read, what is left alone, and
/// what may grow or get more precise by itself, unless it changes.
pub(in crate::decide) fn watched(
    kind: &Kind<'_>,
    want: &Desired<'_>,
    applied: &Map,
    changed: &[Name],
    ignore: &[Name],
) -> Vec<Name> {
    let mut paths = Vec::new();
    for attribute in kind.attributes() {
        let is_changed = changed.iter().any(|name| **name == *attribute.name);
        let applied = applied.get(&attribute.name);
        if is_changed || applied.is_some() {
            watch(attribute, [want.get(&attribute.name), applied], is_changed, ignore, &attribute.name, &mut paths);
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

fn watch(
    attribute: &Attribute,
    sides: [Option<&Value>; 2],
    is_changed: bool,
    ignore: &[Name],
    path: &str,
    paths: &mut Vec<Name>,
) {
    let is_loose = matches!(attribute.mode, Mode::AtLeast | Mode::Prefix);
    let is_never_read = attribute.secret || attribute.mode == Mode::WriteOnly || attribute.delete_argument;
    let is_ignored = is_left_alone(attribute) || ignore.iter().any(|ignored| *ignored == path);
    if is_never_read || is_ignored || attribute.set_by == SetBy::Provider || (is_loose && !is_changed) {
        return;
    }
    let keys = || sides.into_iter().flatten().filter_map(Value::as_map).flatten().map(|(key, _)| key);
    match (attribute.shape.container, &attribute.shape.element) {
        (Container::Map, _) if attribute.collection == Collection::Keyed => {
            paths.extend(keys().map(|key| Name::from(format!("{path}.{key}"))).filter(|path| !ignore.contains(path)));
        }
        (Container::One, Element::Block(parts)) => {
            for key in keys() {
                let Some(part) = parts.iter().find(|part| part.name == key.as_str()) else { continue };
                let inner = sides.map(|side| side.and_then(Value::as_map).and_then(|map| map.get(key)));
                watch(part, inner, is_changed, ignore, &format!("{path}.{key}"), paths);
            }
        }
        (Container::One, Element::Document(fields)) => document::watched(fields, sides, &mut |inside| {
            let path = Name::from(format!("{path}{inside}"));
            paths.extend(Some(path).filter(|path| !super::is_within(ignore, path)));
        }),
        (Container::One | Container::List | Container::Set | Container::Map, _) => paths.push(path.into()),
    }
}
