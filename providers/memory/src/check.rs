//! What a service refuses before it does anything: names, types, required and immutable attributes.

use std::collections::BTreeSet;

use flashinfra_plans::{Map, Name, Value};
use flashinfra_providers::{Class, Error, Inputs, Update};
use flashinfra_stacks::schema::{Attribute, Change, Compare, Container, Element, Schema, SetBy};

use crate::network::Network;

/// What becomes of attributes that the schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// They are refused, as a service refuses what is misspelt.
    Refused,
    /// They are kept as they were sent.
    Kept,
}

/// Checks all that a new object is made of.
pub(crate) fn inputs(schema: &Schema, inputs: &Inputs, unknown: Unknown) -> Result<(), Error> {
    Checker { schema, inputs, unknown }.block(&schema.attributes, &inputs.attributes, "")
}

/// Checks an update of an object with these attributes: only what changes, since the rest is not sent.
pub(crate) fn update(schema: &Schema, live: &Map, request: &Update, unknown: Unknown) -> Result<(), Error> {
    let checker = Checker { schema, inputs: &request.inputs, unknown };
    for name in &request.changed {
        let Some(attribute) = checker.settable(&schema.attributes, name, name)? else {
            request.inputs.get(name).map_or(Ok(()), |value| checker.any(value, name))?;
            continue;
        };
        let is_fixed = match attribute.change {
            Change::Update => false,
            // What is taken away never takes a new object.
            Change::Replace => request.inputs.get(name).is_some(),
            Change::Once => live.get(name).is_some_and(|live| request.inputs.get(name) != Some(live)),
        };
        if is_fixed {
            return Err(checker.refuse("ImmutableAttribute", format_args!("`{name}` cannot be changed in place")));
        }
        match request.inputs.get(name) {
            Some(value) => checker.value(attribute, value, name)?,
            None if attribute.set_by == SetBy::Required => return Err(checker.missing(name)),
            None => {}
        }
    }
    Ok(())
}

/// Checks one value that somebody sets behind our back: of the schema's type, and no secret.
pub(crate) fn live(schema: &Schema, path: &str, attributes: &Map, unknown: Unknown) -> Result<(), Error> {
    let inputs = Inputs::default();
    let checker = Checker { schema, inputs: &inputs, unknown };
    let name = path.split('.').next().unwrap_or(path);
    let attribute = match (schema.attribute(name), unknown) {
        (Some(attribute), _) => attribute,
        (None, Unknown::Refused) => return Err(checker.unknown(name)),
        (None, Unknown::Kept) => return attributes.get(name).map_or(Ok(()), |value| checker.any(value, name)),
    };
    if attribute.secret {
        return Err(
            checker.refuse("InvalidParameter", format_args!("`{name}` is a secret, which the sandbox does not keep"))
        );
    }
    attributes.get(name).map_or(Ok(()), |value| checker.value(attribute, value, name))
}

struct Checker<'a> {
    schema: &'a Schema,
    inputs: &'a Inputs,
    unknown: Unknown,
}

impl Checker<'_> {
    fn block(&self, attributes: &[Attribute], map: &Map, path: &str) -> Result<(), Error> {
        for (name, value) in map {
            let path = join(path, name);
            match self.settable(attributes, name, &path)? {
                Some(attribute) => self.value(attribute, value, &path)?,
                None => self.any(value, &path)?,
            }
        }
        let absent = |attribute: &&Attribute| attribute.set_by == SetBy::Required && map.get(&attribute.name).is_none();
        match attributes.iter().find(absent) {
            Some(attribute) => Err(self.missing(&join(path, &attribute.name))),
            None => Ok(()),
        }
    }

    /// The attribute that a name means; none when it is unknown and that does not matter.
    fn settable<'s>(
        &self,
        attributes: &'s [Attribute],
        name: &str,
        path: &str,
    ) -> Result<Option<&'s Attribute>, Error> {
        match (attributes.iter().find(|attribute| attribute.name == name), self.unknown) {
            (Some(Attribute { set_by: SetBy::Provider, .. }), _) => {
                Err(self.refuse("InvalidParameter", format_args!("`{path}` is set by the provider")))
            }
            (None, Unknown::Refused) => Err(self.unknown(path)),
            (attribute, Unknown::Refused | Unknown::Kept) => Ok(attribute),
        }
    }

    fn value(&self, attribute: &Attribute, value: &Value, path: &str) -> Result<(), Error> {
        match (attribute.shape.container, value) {
            (Container::One, value) => self.element(attribute, value, path),
            (Container::List, Value::List(entries)) => self.entries(attribute, entries, path),
            (Container::Set, Value::List(entries)) => {
                let mut seen = BTreeSet::new();
                match entries.iter().find(|entry| !seen.insert(*entry)) {
                    Some(_) => Err(self.refuse("InvalidParameter", format_args!("`{path}` names an entry twice"))),
                    None => self.entries(attribute, entries, path),
                }
            }
            (Container::Map, Value::Map(map)) => {
                map.iter().try_for_each(|(key, value)| self.element(attribute, value, &join(path, key)))
            }
            (Container::List, _) => Err(self.mistyped(path, "a list", value)),
            (Container::Set, _) => Err(self.mistyped(path, "a set", value)),
            (Container::Map, _) => Err(self.mistyped(path, "a map", value)),
        }
    }

    fn entries(&self, attribute: &Attribute, entries: &[Value], path: &str) -> Result<(), Error> {
        let mut entries = entries.iter().enumerate();
        entries.try_for_each(|(index, entry)| self.element(attribute, entry, &format!("{path}.{index}")))
    }

    fn element(&self, attribute: &Attribute, value: &Value, path: &str) -> Result<(), Error> {
        match (&attribute.shape.element, value) {
            (_, Value::Expression(_) | Value::Unknown) => {
                Err(self.refuse("InvalidParameter", format_args!("`{path}` was sent before its value was known")))
            }
            (Element::Text(_) | Element::Any | Element::Document(_), Value::Secret(_))
                if self.inputs.secret(path).is_some() =>
            {
                Ok(())
            }
            (Element::Text(_) | Element::Any | Element::Document(_), Value::Secret(_)) => {
                Err(self.refuse("InvalidParameter", format_args!("the secret at `{path}` was sent without its value")))
            }
            (Element::Text(_), Value::Text(_)) if attribute.secret => {
                Err(self.refuse("InvalidParameter", format_args!("`{path}` is a secret and was not sent as one")))
            }
            (Element::Text(of), Value::Text(text)) if attribute.compare == Compare::Cidr || of == "Cidr" => {
                match Network::parse(text) {
                    Some(_) => Ok(()),
                    None => {
                        Err(self.refuse("InvalidParameter", format_args!("`{path}` is `{text}`, which is no IP range")))
                    }
                }
            }
            (Element::Bool, Value::Bool(_))
            | (Element::Integer, Value::Integer(_))
            | (Element::Text(_), Value::Text(_)) => Ok(()),
            (Element::Block(attributes), Value::Map(map)) => self.block(attributes, map, path),
            (Element::Any | Element::Document(_), value) => self.any(value, path),
            (Element::Bool, _) => Err(self.mistyped(path, "true or false", value)),
            (Element::Integer, _) => Err(self.mistyped(path, "a whole number", value)),
            (Element::Text(_), _) => Err(self.mistyped(path, "a text", value)),
            (Element::Block(_), _) => Err(self.mistyped(path, "a block", value)),
        }
    }

    /// What is inside free-form JSON is free, but it has to be known.
    fn any(&self, value: &Value, path: &str) -> Result<(), Error> {
        let unknown = |what| Err(self.refuse("InvalidParameter", format_args!("`{path}` was sent without {what}")));
        match value {
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => Ok(()),
            Value::List(entries) => {
                entries.iter().enumerate().try_for_each(|(index, entry)| self.any(entry, &format!("{path}.{index}")))
            }
            Value::Map(map) => map.iter().try_for_each(|(key, value)| self.any(value, &join(path, key))),
            Value::Secret(_) if self.inputs.secret(path).is_some() => Ok(()),
            Value::Secret(_) => unknown("its secret"),
            Value::Expression(_) | Value::Unknown => unknown("its value being known"),
        }
    }

    fn refuse(&self, code: &str, problem: std::fmt::Arguments<'_>) -> Error {
        Error::new(Class::FixInput, format!("{}: {problem}", self.schema.kind)).with_code(code)
    }

    fn unknown(&self, path: &str) -> Error {
        self.refuse("UnknownParameter", format_args!("there is no attribute `{path}`"))
    }

    fn missing(&self, path: &str) -> Error {
        self.refuse("MissingParameter", format_args!("`{path}` is required"))
    }

    fn mistyped(&self, path: &str, expected: &str, value: &Value) -> Error {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Secret(_) => "a secret",
            Value::Expression(_) | Value::Unknown => "a value that is not known yet",
        };
        self.refuse("InvalidParameter", format_args!("`{path}` takes {expected}, not {found}"))
    }
}

fn join(path: &str, name: &str) -> Name {
    if path.is_empty() { name.into() } else { format!("{path}.{name}").into() }
}
