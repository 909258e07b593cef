//! The value type that plans are computed over.
//!
//! A [`Value`] is 24 bytes, so that a hundred thousand resources fit in a few hundred megabytes, and has no floats, so
//! that the same value always has the same bytes. Its JSON form is that of the compiled stack: plain JSON, plus objects
//! with one key that starts with `$` for what is known only later.

mod json;
mod map;
mod shared;

use std::fmt;

use smol_str::SmolStr;

pub use map::Map;
pub use shared::Shared;

/// A short text that is cheap to clone: attribute names, ids, provider names.
pub type Name = SmolStr;

/// The identity of a resource across runs, `kind/name`: `aws.subnet/network.private-a`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(SmolStr);

impl Address {
    /// Takes an address apart and checks it.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence that repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let legal = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        match text.split_once('/') {
            Some((kind, name)) if kind.contains('.') && legal(kind) && legal(name) => Ok(Self(SmolStr::new(text))),
            _ => Err(format!("`{text}` is not an address; an address is `kind/name`, such as `aws.vpc/network.main`")),
        }
    }

    /// The kind: `aws.subnet`.
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// The name with its scopes: `network.private-a`.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Explicitly nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text. A short one takes no memory of its own, and most are short.
    Text(Name),
    /// A list or a set.
    List(Box<[Value]>),
    /// A map or a block.
    Map(Map),
    /// What is computed from other resources' attributes.
    Expression(Box<Expression>),
    /// A reference to where a secret comes from; never the secret itself.
    Secret(Box<Secret>),
    /// Known only after the apply. Stands in plans, never in a ledger or in live state.
    Unknown,
}

/// What is computed from other values at apply. A small closed set, so that it can be stored, shown and re-evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expression {
    /// An attribute of another resource.
    Reference(Reference),
    /// Texts, numbers and booleans written one after the other.
    Text(Vec<Value>),
    /// The texts of a list with a separator between them.
    Join {
        /// What stands between two texts.
        separator: Box<str>,
        /// The list.
        list: Value,
    },
    /// The Base64 of a text (RFC 4648, with padding).
    Base64(Value),
    /// The canonical JSON of a value, as text.
    Json(Value),
    /// A part of a value, by a dotted path.
    Pick {
        /// The whole.
        from: Value,
        /// Where the part is: `0.address`.
        path: Name,
    },
}

/// An attribute of another resource, by a dotted path: `endpoint.address`, `rules.0.id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The other resource.
    pub address: Address,
    /// Which attribute, with dots for what is inside it.
    pub path: Name,
}

/// Where a secret comes from.
///
/// Two secrets are the same when source and version are: values are never compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// An environment variable of the process that applies.
    Env {
        /// The variable's name.
        name: Name,
        /// A number that the user raises when the value changed.
        version: u32,
    },
    /// A file on the machine that applies; one trailing newline is dropped.
    File {
        /// The path, relative to the working directory.
        path: Name,
        /// A number that the user raises when the value changed.
        version: u32,
    },
    /// A text that has a secret part.
    Text(Vec<Value>),
    /// The Base64 of a secret.
    Base64(Value),
    /// The JSON of a value that holds a secret.
    Json(Value),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Name>) -> Self {
        Self::Text(text.into())
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when it is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The entries, when it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// The map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The part at a dotted path; an index into a list is a number. An entry may also stand in brackets, as a number or as what tells
    /// it from the others: `containers[name=app].image`, `ports[port=53,protocol=UDP]`, `finalizers[=keep]`. An empty path is the
    /// value itself.
    pub fn at(&self, path: &str) -> Option<&Value> {
        if path.is_empty() {
            return Some(self);
        }
        // Map keys may hold dots themselves (Kubernetes labels), so the longest key that fits is tried first.
        match self {
            Self::Map(map) => map.at(path),
            Self::List(entries) if path.starts_with('[') => path.match_indices(']').find_map(|(end, _)| {
                let entry = &entries[self.selected(&path[1..end])?];
                let rest = &path[end + 1..];
                match rest.strip_prefix('.') {
                    Some(rest) => entry.at(rest),
                    None => (rest.is_empty() || rest.starts_with('[')).then(|| entry.at(rest))?,
                }
            }),
            Self::List(entries) => {
                let (index, rest) = path.split_once('.').unwrap_or((path, ""));
                entries.get(index.parse::<usize>().ok()?)?.at(rest)
            }
            _ => None,
        }
    }

    /// The position of the entry that stands in brackets in a path. A part that an entry leaves out has its default there, which no path
    /// knows (`protocol=TCP`): such an entry is meant when no other is.
    pub(crate) fn selected(&self, selector: &str) -> Option<usize> {
        let Self::List(entries) = self else { return None };
        if let Ok(index) = selector.parse::<usize>() {
            return (index < entries.len()).then_some(index);
        }
        let is_written = |value: &Value, text: &str| match value {
            Self::Text(own) => own == text,
            Self::Integer(own) => own.to_string() == text,
            Self::Bool(own) => own.to_string() == text,
            Self::Null | Self::List(_) | Self::Map(_) | Self::Expression(_) | Self::Secret(_) | Self::Unknown => false,
        };
        // Whether a part is the entry's; none when the entry leaves it out.
        let has = |entry: &Value, part: &str| match part.split_once('=') {
            Some(("", text)) => Some(is_written(entry, text)),
            Some((name, text)) => entry.as_map()?.get(name).map(|value| is_written(value, text)),
            None => Some(false),
        };
        let parts = || selector.split(',');
        let is_it = |entry: &Value| parts().all(|part| has(entry, part) == Some(true));
        let may_be = |entry: &Value| {
            parts().any(|part| has(entry, part) == Some(true)) && parts().all(|part| has(entry, part) != Some(false))
        };
        entries.iter().position(is_it).or_else(|| entries.iter().position(may_be))
    }

    /// Whether it is final: no expression, secret or unknown inside.
    pub fn is_literal(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Text(_) => true,
            Self::List(entries) => entries.iter().all(Self::is_literal),
            Self::Map(map) => map.iter().all(|(_, value)| value.is_literal()),
            Self::Expression(_) | Self::Secret(_) | Self::Unknown => false,
        }
    }
}

impl Value {
    /// Whether a secret is inside, which makes the whole a secret.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Text(_) | Self::Unknown => false,
            Self::List(entries) => entries.iter().any(Self::has_secret),
            Self::Map(map) => map.iter().any(|(_, value)| value.has_secret()),
            Self::Secret(_) => true,
            Self::Expression(expression) => match &**expression {
                Expression::Reference(_) => false,
                Expression::Text(parts) => parts.iter().any(Self::has_secret),
                Expression::Join { list: value, .. }
                | Expression::Base64(value)
                | Expression::Json(value)
                | Expression::Pick { from: value, .. } => value.has_secret(),
            },
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Vec<Value>> for Value {
    fn from(entries: Vec<Value>) -> Self {
        Self::List(entries.into())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

/// Builds a [`Map`] from `"key" => value` pairs; values are anything that a [`Value`] is made from.
#[macro_export]
macro_rules! map {
    () => { $crate::Map::default() };
    ($($key:expr => $value:expr),+ $(,)?) => {
        [$(($crate::Name::from($key), $crate::Value::from($value))),+].into_iter().collect::<$crate::Map>()
    };
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_value_stays_small() {
        assert_eq!(size_of::<Value>(), 24);
    }

    #[test]
    fn an_entry_may_leave_out_what_tells_it_from_others() {
        let ports = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let both = ports(r#"[{"port":53,"protocol":"UDP","name":"u"},{"port":53,"name":"t"}]"#);
        let name = |list: &Value, path: &str| list.at(path).and_then(Value::as_text).map(str::to_owned);
        assert_eq!(name(&both, "[port=53,protocol=TCP].name").as_deref(), Some("t"));
        assert_eq!(name(&both, "[port=53,protocol=UDP].name").as_deref(), Some("u"));
        assert_eq!(name(&both, "[port=80,protocol=TCP].name"), None);
        let said = ports(r#"[{"port":53,"name":"t"},{"port":53,"protocol":"TCP","name":"said"}]"#);
        assert_eq!(
            name(&said, "[port=53,protocol=TCP].name").as_deref(),
            Some("said"),
            "what says all of it goes first"
        );
        assert_eq!(name(&said, "[name=x,protocol=UDP].name"), None);
    }
}
