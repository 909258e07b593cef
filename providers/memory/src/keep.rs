//! What a service keeps of what it was sent, and how it answers it: normalised, completed, without secrets.

use flashinfra_plans::{Map, Name, Value};
use flashinfra_providers::Inputs;
use flashinfra_stacks::schema::{Attribute, Collection, Compare, Container, Element, Mode, Schema, SetBy, Stability};

use crate::invent::{self, Origin};
use crate::network::Network;

/// The attributes of a new object.
pub(crate) fn created(origin: Origin<'_>, inputs: &Inputs) -> Map {
    let sent: Map = inputs
        .attributes
        .iter()
        .filter_map(|(name, value)| {
            let kept = match origin.schema.attribute(name) {
                Some(attribute) => kept(origin, attribute, value, name),
                None => any(value),
            };
            Some((name.clone(), kept?))
        })
        .collect();
    let missing = origin.schema.attributes.iter().filter(|attribute| inputs.get(&attribute.name).is_none());
    let defaults = missing.filter_map(|attribute| Some((name_of(attribute), invent::default(origin, attribute)?)));
    let chosen: Map = sent.into_iter().chain(defaults).collect();
    with_computed(origin, chosen, |_| true)
}

/// The attributes of an object after an update.
pub(crate) fn updated(origin: Origin<'_>, live: Map, changed: &[Name], before: &Map, inputs: &Inputs) -> Map {
    let mut attributes = live;
    for name in changed {
        let Some(attribute) = origin.schema.attribute(name) else {
            attributes = match inputs.get(name).and_then(any) {
                Some(value) => attributes.with(name.clone(), value),
                None => attributes.without(name),
            };
            continue;
        };
        let value = inputs.get(name).and_then(|value| kept(origin, attribute, value, name));
        let merged = match (attribute.collection, attribute.shape.container) {
            (Collection::Keyed, Container::Map | Container::List | Container::Set) => {
                merged(attribute, attributes.get(name), before.get(name), value)
            }
            (Collection::Exclusive, _) | (Collection::Keyed, Container::One) => value,
        };
        attributes = match merged.or_else(|| invent::default(origin, attribute)) {
            Some(value) => attributes.with(name.clone(), value),
            None => attributes.without(name),
        };
    }
    with_computed(origin, attributes, |attribute| match &attribute.stability {
        Stability::Fixed => false,
        Stability::ChangesWith(names) => names.iter().any(|name| changed.iter().any(|changed| **changed == **name)),
    })
}

/// The top-level attributes whose value is never answered again: secrets and what can only be written.
pub(crate) fn unreadable(schema: &Schema, inputs: &Inputs) -> impl Iterator<Item = Name> {
    inputs.attributes.iter().filter_map(|(name, value)| {
        let write_only = schema.attribute(name).is_some_and(|attribute| attribute.mode == Mode::WriteOnly);
        (write_only || holds_secret(value)).then(|| name.clone())
    })
}

fn with_computed(origin: Origin<'_>, attributes: Map, select: impl Fn(&Attribute) -> bool) -> Map {
    let by_provider = |attribute: &&Attribute| attribute.set_by == SetBy::Provider && select(attribute);
    let computed: Vec<_> = origin
        .schema
        .attributes
        .iter()
        .filter(by_provider)
        .map(|attribute| (name_of(attribute), invent::computed(origin, attribute, &attributes)))
        .collect();
    attributes.into_iter().chain(computed).collect()
}

/// What is left of one value: none when it is never answered.
fn kept(origin: Origin<'_>, attribute: &Attribute, value: &Value, path: &str) -> Option<Value> {
    if attribute.secret || attribute.delete_argument || attribute.mode == Mode::WriteOnly {
        return None;
    }
    match (attribute.shape.container, value) {
        (Container::One, value) => element(origin, attribute, value, path),
        (Container::List, Value::List(entries)) => Some(Value::List(each(origin, attribute, entries, path)?.into())),
        (Container::Set, Value::List(entries)) => {
            let mut entries = each(origin, attribute, entries, path)?;
            entries.sort();
            Some(Value::List(entries.into()))
        }
        (Container::Map, Value::Map(map)) => {
            let kept = |(key, value): &(Name, Value)| {
                Some((key.clone(), element(origin, attribute, value, &format!("{path}.{key}"))?))
            };
            Some(Value::Map(map.iter().filter_map(kept).collect()))
        }
        (Container::List | Container::Set | Container::Map, _) => None,
    }
}

/// All entries, or none of them when one is a secret: a list with a gap would be another list.
fn each(origin: Origin<'_>, attribute: &Attribute, entries: &[Value], path: &str) -> Option<Vec<Value>> {
    // What is made up for an entry hangs on the entry and not on where it stands, so that it moves along with it.
    entries.iter().map(|entry| element(origin, attribute, entry, &format!("{path}.{entry:?}"))).collect()
}

fn element(origin: Origin<'_>, attribute: &Attribute, value: &Value, path: &str) -> Option<Value> {
    match (&attribute.shape.element, value) {
        (_, Value::Secret(_) | Value::Expression(_) | Value::Unknown) => None,
        (Element::Block(attributes), Value::Map(map)) => {
            let kept = attributes.iter().filter_map(|inner| {
                let path = format!("{path}.{}", inner.name);
                let value = match map.get(&inner.name) {
                    Some(value) => kept(origin, inner, value, &path),
                    None => invent::completed(origin, inner, &path),
                };
                Some((name_of(inner), value?))
            });
            let unknown = map.iter().filter(|(name, _)| attributes.iter().all(|inner| inner.name != name.as_str()));
            let unknown = unknown.filter_map(|(name, value)| Some((name.clone(), any(value)?)));
            Some(Value::Map(kept.chain(unknown).collect()))
        }
        (Element::Any | Element::Document(_), value) => any(value),
        (Element::Text(_), Value::Text(text)) => Some(Value::from(self::text(attribute, text))),
        (_, value) => Some(value.clone()),
    }
}

fn any(value: &Value) -> Option<Value> {
    match value {
        Value::Map(map) => {
            Some(Value::Map(map.iter().filter_map(|(key, value)| Some((key.clone(), any(value)?))).collect()))
        }
        Value::List(entries) => Some(Value::List(entries.iter().map(any).collect::<Option<_>>()?)),
        Value::Secret(_) | Value::Expression(_) | Value::Unknown => None,
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => Some(value.clone()),
    }
}

/// A text as services give it back, names too: the same by the schema's comparison, and seldom the same by its bytes.
pub(crate) fn text(attribute: &Attribute, text: &str) -> String {
    const MINOR: u32 = 4;
    match attribute.compare {
        Compare::Cidr => Network::parse(text).map_or_else(|| text.into(), |network| network.to_string()),
        Compare::IgnoreCase => text.to_ascii_lowercase(),
        Compare::DomainName => text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase(),
        Compare::Json => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(document) => document.to_string(),
            Err(_) => text.into(),
        },
        Compare::Exact if attribute.mode == Mode::Prefix && !text.contains('.') => format!("{text}.{MINOR}"),
        Compare::Exact | Compare::Quantity | Compare::Duration => text.into(),
    }
}

/// A collection in which only some entries are ours: those sent, and those that were ours before and are to go.
fn merged(attribute: &Attribute, live: Option<&Value>, before: Option<&Value>, sent: Option<Value>) -> Option<Value> {
    match (live, sent) {
        (_, None) if live.is_none_or(|live| before == Some(live)) => None,
        (Some(Value::Map(live)), sent) => {
            let sent = sent.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
            let ours = before.and_then(Value::as_map).cloned().unwrap_or_default();
            let foreign = live.iter().filter(|(key, _)| ours.get(key).is_none()).cloned();
            Some(Value::Map(foreign.chain(sent).collect()))
        }
        (Some(Value::List(live)), sent) => {
            let sent = sent.as_ref().and_then(Value::as_list).unwrap_or_default();
            let ours = before.and_then(Value::as_list).unwrap_or_default();
            let foreign = live.iter().filter(|entry| !ours.contains(entry) && !sent.contains(entry));
            let mut entries: Vec<_> = sent.iter().chain(foreign).cloned().collect();
            if attribute.shape.container == Container::Set {
                entries.sort();
            }
            Some(Value::List(entries.into()))
        }
        (_, sent) => sent,
    }
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::List(entries) => entries.iter().any(holds_secret),
        Value::Map(map) => map.iter().any(|(_, value)| holds_secret(value)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Expression(_) | Value::Unknown => {
            false
        }
    }
}

fn name_of(attribute: &Attribute) -> Name {
    Name::from(attribute.name.as_ref())
}
