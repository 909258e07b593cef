//! The JSON form of values: plain JSON, plus objects with one key that starts with `$`.
//!
//! Writing is canonical: maps are sorted, so one value has one text (with a compact writer such as
//! `serde_json::to_vec`). Reading refuses floats and forms that it does not know.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Address, Expression, Map, Name, Reference, Secret, Value};

impl Value {
    /// The canonical JSON text.
    pub fn to_json(&self) -> String {
        // Writing to memory cannot fail, and no map here has a key that is not text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Value {
    /// The JSON that a service gets: sorted, and without `$`-forms; none when something in it is not known, or a secret.
    pub fn to_plain_json(&self) -> Option<String> {
        self.is_literal().then(|| serde_json::to_string(&Plain(self)).unwrap_or_default())
    }
}

impl Map {
    /// The canonical JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(entries) => serializer.collect_seq(entries.iter()),
            Self::Map(map) => map.serialize(serializer),
            Self::Expression(expression) => expression.serialize(serializer),
            Self::Secret(secret) => form(serializer, "$secret", &SecretBody(secret)),
            Self::Unknown => form(serializer, "$unknown", &true),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.iter().any(|(key, _)| key.starts_with('$')) {
            form(serializer, "$map", &Entries(self))
        } else {
            Entries(self).serialize(serializer)
        }
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Reference(Reference { address, path }) => form(serializer, "$ref", &(address, path)),
            Self::Text(parts) => form(serializer, "$text", parts),
            Self::Join { separator, list } => form(serializer, "$join", &(separator, list)),
            Self::Base64(value) => form(serializer, "$base64", value),
            Self::Json(value) => form(serializer, "$json", value),
            Self::Pick { from, path } => form(serializer, "$pick", &(from, path)),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A map as it is, without the escape for keys that start with `$`.
struct Entries<'a>(&'a Map);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// A literal without the escape for keys that start with `$`.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::List(entries) => serializer.collect_seq(entries.iter().map(Plain)),
            Value::Map(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, Plain(value)))),
            other => other.serialize(serializer),
        }
    }
}

/// What stands under `$secret`.
struct SecretBody<'a>(&'a Secret);

impl Serialize for SecretBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Secret::Env { name, version } => source(serializer, "env", name, *version),
            Secret::File { path, version } => source(serializer, "file", path, *version),
            Secret::Text(parts) => form(serializer, "text", parts),
            Secret::Base64(value) => form(serializer, "base64", value),
            Secret::Json(value) => form(serializer, "json", value),
        }
    }
}

fn form<S: Serializer, T: Serialize + ?Sized>(serializer: S, key: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

fn source<S: Serializer>(serializer: S, key: &str, name: &Name, version: u32) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry(key, name)?;
    if version != 1 {
        map.serialize_entry("version", &version)?;
    }
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(ValueVisitor)? {
            Value::Map(map) => Ok(map),
            _ => Err(D::Error::custom("a map has to stand here, not something computed")),
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AddressVisitor;
        impl Visitor<'_> for AddressVisitor {
            type Value = Address;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, `kind/name`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Address, E> {
                Address::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(AddressVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number)
            .map(Value::Integer)
            .map_err(|_| E::custom(format_args!("{number} does not fit into 64 bits with a sign; write it as a text")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Err(E::custom(format_args!("{number:?} is a float, which has no exact form; write a whole number or a text")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = seq.next_element()? {
            entries.push(entry);
        }
        Ok(Value::List(entries.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some(first) = map.next_key::<Name>()? else {
            return Ok(Value::Map(Map::default()));
        };
        if first.starts_with('$') {
            let value = read_form(&first, &mut map)?;
            return match map.next_key::<IgnoredAny>()? {
                None => Ok(value),
                Some(_) => Err(A::Error::custom(format_args!("`{first}` has to be the only key of its object"))),
            };
        }
        let mut entries = vec![(first, map.next_value()?)];
        while let Some((key, value)) = map.next_entry::<Name, Value>()? {
            if key.starts_with('$') {
                let message = format_args!("the key `{key}` starts with `$`; write such a map as {{\"$map\":{{…}}}}");
                return Err(A::Error::custom(message));
            }
            entries.push((key, value));
        }
        unique(entries).map(Value::Map)
    }
}

/// Reads what follows the key of a `$`-form.
fn read_form<'de, A: MapAccess<'de>>(key: &str, map: &mut A) -> Result<Value, A::Error> {
    let expression = match key {
        "$ref" => {
            let (address, path) = map.next_value()?;
            Expression::Reference(Reference { address, path })
        }
        "$text" => Expression::Text(map.next_value()?),
        "$join" => {
            let (separator, list) = map.next_value()?;
            Expression::Join { separator, list }
        }
        "$base64" => Expression::Base64(map.next_value()?),
        "$json" => Expression::Json(map.next_value()?),
        "$pick" => {
            let (from, path) = map.next_value()?;
            Expression::Pick { from, path }
        }
        "$secret" => {
            return map.next_value::<SecretForm>()?.secret().map(|secret| Value::Secret(Box::new(secret)));
        }
        "$map" => {
            return map.next_value::<EscapedMap>().map(|escaped| Value::Map(escaped.0));
        }
        "$unknown" if map.next_value::<bool>()? => return Ok(Value::Unknown),
        _ => {
            return Err(A::Error::custom(format_args!("`{key}` is no form of a value that this version knows")));
        }
    };
    Ok(Value::Expression(Box::new(expression)))
}

/// What stands under `$map`: any keys.
struct EscapedMap(Map);

impl<'de> Deserialize<'de> for EscapedMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EscapedVisitor;
        impl<'de> Visitor<'de> for EscapedVisitor {
            type Value = EscapedMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EscapedMap, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Name, Value>()? {
                    entries.push(entry);
                }
                unique(entries).map(EscapedMap)
            }
        }
        deserializer.deserialize_map(EscapedVisitor)
    }
}

/// What stands under `$secret`, before it is known which of the sources it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretForm {
    env: Option<Name>,
    file: Option<Name>,
    text: Option<Vec<Value>>,
    base64: Option<Value>,
    json: Option<Value>,
    version: Option<u32>,
}

impl SecretForm {
    fn secret<E: Error>(self) -> Result<Secret, E> {
        let Self { env, file, text, base64, json, version } = self;
        let raised = version.is_some();
        let version = version.unwrap_or(1);
        let secret = match (env, file, text, base64, json) {
            (Some(name), None, None, None, None) => return Ok(Secret::Env { name, version }),
            (None, Some(path), None, None, None) => return Ok(Secret::File { path, version }),
            (None, None, Some(parts), None, None) => Secret::Text(parts),
            (None, None, None, Some(value), None) => Secret::Base64(value),
            (None, None, None, None, Some(value)) => Secret::Json(value),
            _ => {
                return Err(E::custom("a `$secret` has exactly one of `env`, `file`, `text`, `base64` and `json`"));
            }
        };
        // A reference may be to an attribute that is a secret itself; a literal never is.
        let holds_secret = match &secret {
            Secret::Text(parts) => !parts.iter().all(Value::is_literal),
            Secret::Base64(value) | Secret::Json(value) => !value.is_literal(),
            Secret::Env { .. } | Secret::File { .. } => true,
        };
        match (holds_secret, raised) {
            (true, false) => Ok(secret),
            (true, true) => Err(E::custom("`version` belongs to the `env` or `file` that the secret is read from")),
            (false, _) => Err(E::custom("a computed `$secret` needs a part that is a `$secret` or a reference to one")),
        }
    }
}

fn unique<E: Error>(entries: Vec<(Name, Value)>) -> Result<Map, E> {
    let count = entries.len();
    let map: Map = entries.into_iter().collect();
    if map.len() == count { Ok(map) } else { Err(E::custom("a key stands twice in one object")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text, writes it again, and compares: what is canonical must come back as it was.
    fn check(text: &str) {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value.to_json(), text);
    }

    fn check_error(text: &str, expect: &str) {
        let error = serde_json::from_str::<Value>(text).expect_err(text).to_string();
        assert!(error.starts_with(expect), "{text}: {error}");
    }

    #[test]
    fn canonical_forms_come_back_as_they_were() {
        for text in [
            "null",
            "true",
            "-9223372036854775808",
            r#""a \"text\"\nwith \u0001""#,
            r#"[1,[],{},""]"#,
            r#"{"a":{"b":[{"c":null}]},"d.e/f":1}"#,
            r#"{"$ref":["aws.vpc/network.main","id"]}"#,
            r#"{"$text":["https://",{"$ref":["a.b/c","host"]},":",443,true]}"#,
            r#"{"$join":[",",[1,{"$ref":["a.b/c","d"]}]]}"#,
            r#"{"$base64":{"$json":{"a":{"$pick":[{"$ref":["a.b/c","d"]},"0.x"]}}}}"#,
            r#"{"$secret":{"env":"TOKEN"}}"#,
            r#"{"$secret":{"file":"secrets/token","version":3}}"#,
            r#"{"$secret":{"text":["user:",{"$secret":{"env":"TOKEN","version":2}}]}}"#,
            r#"{"$secret":{"text":[{"$ref":["a.b/c","join_key"]}]}}"#,
            r#"{"$secret":{"base64":{"$secret":{"json":{"a":{"$secret":{"env":"TOKEN"}}}}}}}"#,
            r#"{"$map":{"$ref":1,"b":{"$map":{"$":2}}}}"#,
            r#"{"$unknown":true}"#,
        ] {
            check(text);
        }
    }

    #[test]
    fn keys_are_sorted_and_a_version_of_one_is_left_out() {
        let value: Value = serde_json::from_str(r#" { "b" : 1, "a" : {"$secret":{"version":1,"env":"T"}} } "#).unwrap();
        assert_eq!(value.to_json(), r#"{"a":{"$secret":{"env":"T"}},"b":1}"#);
    }

    #[test]
    fn what_cannot_be_a_value_is_refused_by_name() {
        check_error("[1.5]", "1.5 is a float");
        check_error("1e3", "1000.0 is a float");
        check_error("18446744073709551615", "18446744073709551615 does not fit");
        check_error(r#"{"$reference":1}"#, "`$reference` is no form");
        check_error(r#"{"$unknown":false}"#, "`$unknown` is no form");
        check_error(r#"{"$ref":["a.b/c","d"],"x":1}"#, "`$ref` has to be the only key");
        check_error(r#"{"x":1,"$ref":["a.b/c","d"]}"#, "the key `$ref` starts with `$`");
        check_error(r#"{"$ref":["no address","d"]}"#, "`no address` is not an address");
        check_error(r#"{"$secret":{"env":"A","file":"b"}}"#, "a `$secret` has exactly one");
        check_error(r#"{"$secret":{"text":["clear"]}}"#, "a computed `$secret` needs a part");
        check_error(r#"{"a":1,"a":2}"#, "a key stands twice");
        check_error(&("[".repeat(200) + &"]".repeat(200)), "recursion limit exceeded");
    }

    #[test]
    fn services_get_json_without_forms() {
        let value: Value = serde_json::from_str(r#"{"b":[{"$map":{"$a":1}}],"a":null}"#).unwrap();
        assert_eq!(value.to_plain_json().as_deref(), Some(r#"{"a":null,"b":[{"$a":1}]}"#));
        let secret: Value = serde_json::from_str(r#"[{"$secret":{"env":"A"}}]"#).unwrap();
        assert_eq!(secret.to_plain_json(), None);
    }

    #[test]
    fn a_map_reads_as_a_map_only() {
        assert_eq!(serde_json::from_str::<Map>(r#"{"$map":{"$a":1}}"#).unwrap().to_json(), r#"{"$map":{"$a":1}}"#);
        serde_json::from_str::<Map>(r#"{"$ref":["a.b/c","d"]}"#).expect_err("not a map");
        serde_json::from_str::<Map>("[]").expect_err("not a map");
    }
}
