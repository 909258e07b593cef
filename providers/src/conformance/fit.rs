//! Whether what was read is of the schema: names, types, sorted sets, no secrets.

use flashinfra_plans::{Map, Value};
use flashinfra_stacks::schema::{Attribute, Container, Element};

/// What about live attributes is not of the schema; none when all is.
pub(super) fn misfit(attributes: &[Attribute], live: &Map, path: &str) -> Option<String> {
    live.iter().find_map(|(name, value)| {
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        match attributes.iter().find(|attribute| attribute.name == name.as_str()) {
            None => Some(format!("`{path}` was read and is no attribute of the schema")),
            Some(attribute) if attribute.secret => Some(format!("`{path}` was read and is a secret")),
            Some(attribute) => misfit_value(attribute, value, &path),
        }
    })
}

fn misfit_value(attribute: &Attribute, value: &Value, path: &str) -> Option<String> {
    match (attribute.shape.container, value) {
        (Container::One, value) => misfit_element(attribute, value, path),
        (Container::Set, Value::List(entries)) if !entries.is_sorted() => {
            Some(format!("`{path}` is a set and was read unsorted, so that its bytes differ from read to read"))
        }
        (Container::List | Container::Set, Value::List(entries)) => entries
            .iter()
            .enumerate()
            .find_map(|(index, entry)| misfit_element(attribute, entry, &format!("{path}.{index}"))),
        (Container::Map, Value::Map(map)) => {
            map.iter().find_map(|(key, value)| misfit_element(attribute, value, &format!("{path}.{key}")))
        }
        (Container::List | Container::Set | Container::Map, _) => {
            Some(format!("`{path}` is a {:?} and was read as {value:?}", attribute.shape.container))
        }
    }
}

fn misfit_element(attribute: &Attribute, value: &Value, path: &str) -> Option<String> {
    match (&attribute.shape.element, value) {
        (_, Value::Expression(_) | Value::Secret(_) | Value::Unknown) => {
            Some(format!("`{path}` was read as {value:?}, which nothing live is"))
        }
        (Element::Bool, Value::Bool(_))
        | (Element::Integer, Value::Integer(_))
        | (Element::Text(_), Value::Text(_))
        | (Element::Any | Element::Document(_), _) => None,
        (Element::Block(attributes), Value::Map(map)) => misfit(attributes, map, path),
        (Element::Bool | Element::Integer | Element::Text(_) | Element::Block(_), _) => {
            Some(format!("`{path}` was read as {value:?}, which is not of its type"))
        }
    }
}
