//! When two values of an attribute count as the same, and the one form that all values that count as the same have.

pub mod amount;
pub(crate) mod document;
mod set;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use flashinfra_stacks::schema::{Attribute, Compare, Container, Element, Identity, Mode, Schema, SetBy, Unset};

use crate::value::{Map, Name, Value};
use amount::Quantity;

pub(crate) use set::unmatched;

/// Whether a live value does for a declared one: the same under the attribute's comparison, or as near as its mode takes.
///
/// It is for values as a whole: the entries of keyed collections and single blocks, of which only some are ours, are compared one
/// by one by the planner.
pub fn satisfies(attribute: &Attribute, want: &Value, have: &Value) -> bool {
    match (attribute.shape.container, want, have) {
        (Container::One, _, _) => element_satisfies(attribute, want, have),
        (Container::List, Value::List(want), Value::List(have)) => {
            want.len() == have.len()
                && want.iter().zip(have).all(|(want, have)| element_satisfies(attribute, want, have))
        }
        (Container::Set, Value::List(want), Value::List(have)) => unmatched(attribute, want, have).is_none(),
        (Container::Map, Value::Map(want), Value::Map(have)) => {
            let each = |(key, want): &(Name, Value)| {
                have.get(key).is_some_and(|have| element_satisfies(attribute, want, have))
            };
            want.len() == have.len() && want.iter().all(each)
        }
        (Container::List | Container::Set | Container::Map, _, _) => want == have,
    }
}

/// [`satisfies`] for one element of the attribute's container.
pub(crate) fn element_satisfies(attribute: &Attribute, want: &Value, have: &Value) -> bool {
    if want == have {
        return true;
    }
    match (&attribute.shape.element, want, have) {
        (Element::Block(attributes), Value::Map(want), Value::Map(have)) => block_satisfies(attributes, want, have),
        (Element::Document(fields), want, have) => document::satisfies(fields, want, have),
        (_, Value::Integer(want), Value::Integer(have)) => attribute.mode == Mode::AtLeast && have > want,
        (_, Value::Text(want), Value::Text(have)) => {
            same_text(attribute.compare, want, have) || (attribute.mode == Mode::Prefix && is_more_precise(have, want))
        }
        _ => false,
    }
}

/// Whether a live block, as an element of a list or set, is the declared one.
///
/// What the stack sets decides; beyond that the provider may have set what is its own or its choice. Anything else that only
/// the live block has makes it another one: a source group that somebody added to a rule is no detail.
fn block_satisfies(attributes: &[Attribute], want: &Map, have: &Map) -> bool {
    let find = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
    let declared_alike = want.iter().all(|(name, want)| match (find(name), have.get(name)) {
        (Some(attribute), _) if is_left_alone(attribute) || attribute.mode == Mode::WriteOnly || want.has_secret() => {
            true
        }
        (Some(attribute), Some(have)) => satisfies(attribute, want, have) || (is_empty(want) && is_empty(have)),
        (None, Some(have)) => want == have,
        (Some(_), None) => is_empty(want),
        // What was set outside the schema may be something that the adapter does not read.
        (None, None) => true,
    });
    declared_alike
        && have.iter().filter(|(name, _)| want.get(name).is_none()).all(|(name, have)| {
            find(name).is_none_or(|attribute| match attribute.set_by {
                SetBy::Either | SetBy::Provider => true,
                SetBy::Required | SetBy::Optional => is_default(attribute, have),
            })
        })
}

/// Whether a value of the attribute is what it has when nobody sets it.
pub(crate) fn is_default(attribute: &Attribute, have: &Value) -> bool {
    is_empty(have) || matches!(reset_literal(attribute), Some(literal) if satisfies(attribute, &literal, have))
}

/// The documented default that unsetting goes back to.
pub(crate) fn reset_literal(attribute: &Attribute) -> Option<Value> {
    match &attribute.unset {
        Unset::Reset(literal) => serde_json::from_str(literal).ok(),
        Unset::Release | Unset::Clear => None,
    }
}

/// Whether a value says nothing: absent, false, and empty are one in many services' answers.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(entries) => entries.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Bool(true) | Value::Integer(_) | Value::Expression(_) | Value::Secret(_) | Value::Unknown => false,
    }
}

/// Whether the live value of an attribute is left alone once the object exists.
pub(crate) fn is_left_alone(attribute: &Attribute) -> bool {
    match attribute.mode {
        Mode::Initial | Mode::YieldTo(_) => true,
        Mode::Enforce | Mode::AtLeast | Mode::Prefix | Mode::WriteOnly => false,
    }
}

/// The one form of all values at a path that count as the same: `scaling.max` of a block, `tags.Owner` of a map.
pub fn normal_at(schema: &Schema, path: &str, value: &Value) -> Value {
    match attribute_at(&schema.attributes, path) {
        Some(attribute) => normal(attribute, value),
        None => value.clone(),
    }
}

/// Whether an attribute is live as it is wanted, or as little there as it is wanted.
pub fn is_live(schema: &Schema, name: &str, wanted: &Map, live: &Map) -> bool {
    match (schema.attribute(name), wanted.get(name), live.get(name)) {
        (Some(attribute), Some(want), Some(have)) => satisfies(attribute, want, have),
        (_, want, have) => want == have,
    }
}

/// The one way to write a unique name of a kind that its service may show in another one: what tells whether two names are one.
pub fn name(schema: &Schema, name: &Name) -> Name {
    let Identity::Named(attribute) = &schema.identity else { return name.clone() };
    let normal = schema.attribute(attribute).and_then(|attribute| normal_text(attribute.compare, name));
    normal.map_or_else(|| name.clone(), Name::from)
}

/// The unique name that the stack chose for an object, when its kind has such names and this one is known. `get` answers with the
/// values of attributes.
pub fn chosen_name<'a>(schema: &Schema, get: impl Fn(&str) -> Option<&'a Value>) -> Option<Name> {
    let parts = match &schema.identity {
        Identity::Assigned => return None,
        Identity::Named(attribute) => return get(attribute)?.as_text().map(Name::from),
        Identity::Composed(parts) => parts,
    };
    let mut name = String::new();
    for part in parts.iter() {
        let attribute = schema.attribute(part)?;
        match get(part) {
            None | Some(Value::Null) if attribute.set_by != SetBy::Required => {}
            value => {
                let text = value?.as_text()?;
                let text = normal_text(attribute.compare, text).unwrap_or_else(|| text.to_owned());
                name = if name.is_empty() { text } else { format!("{name}/{text}") };
            }
        }
    }
    Some(name.into())
}

/// The attribute that a path leads to, if it is that attribute's whole value.
fn attribute_at<'a>(attributes: &'a [Attribute], path: &str) -> Option<&'a Attribute> {
    attributes.iter().find_map(|attribute| match path.strip_prefix(&*attribute.name)? {
        "" => Some(attribute),
        rest => match &attribute.shape.element {
            Element::Block(parts) => attribute_at(parts, rest.strip_prefix('.')?),
            Element::Bool | Element::Integer | Element::Text(_) | Element::Any | Element::Document(_) => None,
        },
    })
}

/// The one form of all values that count as the same. What the provider sets inside of blocks is left out.
pub fn normal(attribute: &Attribute, value: &Value) -> Value {
    match (attribute.shape.container, value) {
        (Container::One, _) => normal_element(attribute, value),
        (Container::List, Value::List(entries)) => {
            Value::List(entries.iter().map(|entry| normal_element(attribute, entry)).collect())
        }
        (Container::Set, Value::List(entries)) => {
            let mut entries: Vec<_> = entries.iter().map(|entry| normal_element(attribute, entry)).collect();
            entries.sort();
            entries.dedup();
            Value::from(entries)
        }
        (Container::Map, Value::Map(map)) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), normal_element(attribute, value))).collect())
        }
        (Container::List | Container::Set | Container::Map, _) => value.clone(),
    }
}

/// [`normal`] for one element of the attribute's container.
pub(crate) fn normal_element(attribute: &Attribute, value: &Value) -> Value {
    match (&attribute.shape.element, value) {
        (Element::Block(attributes), Value::Map(map)) => {
            let part =
                |(name, value): &(Name, Value)| match attributes.iter().find(|attribute| *attribute.name == **name) {
                    Some(attribute) if attribute.set_by == SetBy::Provider => None,
                    Some(attribute) => Some((name.clone(), normal(attribute, value))),
                    None => Some((name.clone(), value.clone())),
                };
            Value::Map(map.iter().filter_map(part).collect())
        }
        (_, Value::Text(text)) => normal_text(attribute.compare, text).map_or_else(|| value.clone(), Value::from),
        _ => value.clone(),
    }
}

pub(crate) fn same_text(compare: Compare, a: &str, b: &str) -> bool {
    match compare {
        Compare::Exact => a == b,
        Compare::IgnoreCase => a.eq_ignore_ascii_case(b),
        Compare::Cidr => range(a).is_some_and(|range_a| range(b) == Some(range_a)),
        Compare::DomainName => domain_name(a) == domain_name(b),
        Compare::Quantity => Quantity::parse(a).is_some_and(|amount| Quantity::parse(b) == Some(amount)),
        Compare::Duration => amount::duration(a).is_some_and(|amount| amount::duration(b) == Some(amount)),
        Compare::Json => match (json(a), json(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}

/// The normal form of a text, where it has one that is not itself.
fn normal_text(compare: Compare, text: &str) -> Option<String> {
    match compare {
        Compare::Exact => None,
        Compare::IgnoreCase => Some(text.to_ascii_lowercase()),
        Compare::Cidr => range(text).map(|(address, length)| format!("{address}/{length}")),
        Compare::DomainName => Some(domain_name(text)),
        Compare::Quantity => Quantity::parse(text).map(|amount| amount.to_string()),
        Compare::Duration => amount::duration(text).map(|amount| format!("{amount}ns")),
        Compare::Json => json(text).map(|document| sorted_json(&document)),
    }
}

/// A domain name in lower case, without the dot at the end and without escapes of bytes that can be written (`\\052` is `*`).
fn domain_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut rest = text.strip_suffix('.').unwrap_or(text);
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        name.push_str(before);
        let digits = escape.get(1..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii_graphic);
        let taken = match byte {
            Some(byte) => {
                name.push(char::from(byte));
                4
            }
            None => {
                name.push('\\');
                1
            }
        };
        rest = &escape[taken..];
    }
    name.push_str(rest);
    name.to_ascii_lowercase()
}

/// Whether a version says more than, and nothing else than, another: `15.7` than `15`, not `150`.
fn is_more_precise(version: &str, than: &str) -> bool {
    version.strip_prefix(than).is_some_and(|rest| rest.starts_with(['.', '-', '+']))
}

/// An IP range as its first address and the length of its prefix; a bare address is a range of one.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.parse().ok()?, Some(length.parse::<u8>().ok()?)),
        None => (text.parse().ok()?, None),
    };
    let bits = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
    let length = length.unwrap_or(bits);
    let host_bits = u32::from(bits.checked_sub(length)?);
    let first = match address {
        IpAddr::V4(v4) => IpAddr::from((v4.to_bits() & u32::MAX.checked_shl(host_bits).unwrap_or(0)).to_be_bytes()),
        IpAddr::V6(v6) => IpAddr::from((v6.to_bits() & u128::MAX.checked_shl(host_bits).unwrap_or(0)).to_be_bytes()),
    };
    Some((first, length))
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// A document with the keys of its objects sorted, whatever order serde_json was built to keep.
fn sorted_json(document: &serde_json::Value) -> String {
    match document {
        serde_json::Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let member = |(key, value): (&String, _)| {
                format!("{}:{}", serde_json::Value::from(key.as_str()), sorted_json(value))
            };
            format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        serde_json::Value::Array(entries) => {
            format!("[{}]", entries.iter().map(sorted_json).collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}
