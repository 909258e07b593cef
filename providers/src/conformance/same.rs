//! Whether a live value does for a declared one.

use std::net::IpAddr;

use flashinfra_plans::Value;
use flashinfra_stacks::schema::{Attribute, Compare, Container, Element, Mode, SetBy};

/// How the live value of an attribute differs from the declared one; none when it does for it.
pub(super) fn difference(attribute: &Attribute, want: &Value, have: Option<&Value>) -> Option<String> {
    let name = &attribute.name;
    if attribute.secret || attribute.delete_argument || attribute.mode == Mode::WriteOnly {
        return have.map(|_| format!("`{name}` is never answered by a service, and was"));
    }
    match have {
        Some(have) if satisfies(attribute, want, have) => None,
        Some(have) => Some(format!("`{name}` was declared as {want:?} and is read as {have:?}")),
        None => Some(format!("`{name}` was declared as {want:?} and is not read")),
    }
}

fn satisfies(attribute: &Attribute, want: &Value, have: &Value) -> bool {
    match (attribute.shape.container, want, have) {
        (Container::One, want, have) => element_satisfies(attribute, want, have),
        (Container::List, Value::List(want), Value::List(have)) => {
            want.len() == have.len()
                && want.iter().zip(have).all(|(want, have)| element_satisfies(attribute, want, have))
        }
        (Container::Set, Value::List(want), Value::List(have)) => {
            let mut left: Vec<_> = have.iter().collect();
            let all = want.iter().all(|want| {
                let found = left.iter().position(|have| element_satisfies(attribute, want, have));
                found.map(|index| left.remove(index)).is_some()
            });
            all && left.is_empty()
        }
        (Container::Map, Value::Map(want), Value::Map(have)) => want.iter().all(|(key, want)| {
            want.has_secret() || have.get(key).is_some_and(|have| element_satisfies(attribute, want, have))
        }),
        (Container::List | Container::Set | Container::Map, _, _) => false,
    }
}

fn element_satisfies(attribute: &Attribute, want: &Value, have: &Value) -> bool {
    match (&attribute.shape.element, want, have) {
        (Element::Block(attributes), Value::Map(want), Value::Map(have)) => {
            let declared = want.iter().all(|(name, want)| {
                let inner = attributes.iter().find(|inner| inner.name == name.as_str());
                inner.is_some_and(|inner| difference(inner, want, have.get(name)).is_none())
            });
            // What the stack does not set is the provider's own, its choice or its default.
            declared
                && have.iter().all(|(name, _)| {
                    want.get(name).is_some()
                        || attributes.iter().any(|inner| inner.name == name.as_str() && inner.set_by != SetBy::Required)
                })
        }
        (_, Value::Integer(want), Value::Integer(have)) => {
            want == have || (attribute.mode == Mode::AtLeast && have > want)
        }
        (_, Value::Text(want), Value::Text(have)) => same_text(attribute, want, have),
        _ => want == have,
    }
}

fn same_text(attribute: &Attribute, want: &str, have: &str) -> bool {
    let more_precise = have.strip_prefix(want).is_some_and(|rest| rest.starts_with('.'));
    want == have
        || (attribute.mode == Mode::Prefix && more_precise)
        || match attribute.compare {
            Compare::Exact => false,
            Compare::IgnoreCase => want.eq_ignore_ascii_case(have),
            Compare::Cidr => network(want).is_some_and(|want| Some(want) == network(have)),
            Compare::Json => {
                let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
                read(want).is_some_and(|want| Some(want) == read(have))
            }
        }
}

fn network(text: &str) -> Option<(u128, u32)> {
    let (address, prefix) = text.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (bits, length): (u128, u32) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    Some((bits.checked_shr(length.checked_sub(prefix)?).unwrap_or(0), prefix))
}
