//! Values in the sandbox's file: plain JSON, nothing else.
//!
//! What is live is final, so no expression, secret or unknown can stand here; a key that starts with `$` is a key.

use std::fmt;

use flashinfra_plans::{Map, Name, Value};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{self, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A map of values on its way into or out of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Literals(pub(crate) Map);

/// A value on its way into the file.
struct Write<'a>(&'a Value);

/// A value on its way out of the file.
pub(crate) struct Literal(pub(crate) Value);

impl Literals {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Literals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_map(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Literals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Literal::deserialize(deserializer)?.0 {
            Value::Map(map) => Ok(Self(map)),
            _ => Err(de::Error::custom("expected an object")),
        }
    }
}

fn write_map<S: Serializer>(map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
    let mut entries = serializer.serialize_map(Some(map.len()))?;
    for (key, value) in map {
        entries.serialize_entry(key.as_str(), &Write(value))?;
    }
    entries.end()
}

impl Serialize for Write<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(entries) => {
                let mut list = serializer.serialize_seq(Some(entries.len()))?;
                for entry in entries {
                    list.serialize_element(&Write(entry))?;
                }
                list.end()
            }
            Value::Map(map) => write_map(map, serializer),
            Value::Expression(_) | Value::Secret(_) | Value::Unknown => {
                Err(ser::Error::custom("only final values that are no secret can be live"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor).map(Self)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Integer).map_err(|_| E::custom(format!("{number} does not fit 64 bits")))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::with_capacity(entries.size_hint().unwrap_or(0).min(1024));
        while let Some(Literal(entry)) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Value::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::with_capacity(entries.size_hint().unwrap_or(0).min(1024));
        while let Some((key, Literal(value))) = entries.next_entry::<Name, Literal>()? {
            map.push((key, value));
        }
        Ok(Value::Map(map.into_iter().collect()))
    }
}
