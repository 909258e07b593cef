//! Attributes in the schema's terms, from and to what the SDK has.

use flashinfra_plans::{Map, Name, Value};

/// Collects the attributes of a live object. What the service has no value for is left out, and sets are sorted.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(Name, Value)>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn value(mut self, name: &'static str, value: Option<Value>) -> Self {
        self.0.extend(value.map(|value| (Name::new_static(name), value)));
        self
    }

    /// A text; an empty one is none, since that is how AWS's XML says so.
    pub(crate) fn text(self, name: &'static str, text: Option<&str>) -> Self {
        self.value(name, text.filter(|text| !text.is_empty()).map(Value::from))
    }

    pub(crate) fn integer(self, name: &'static str, number: Option<impl Into<i64>>) -> Self {
        self.value(name, number.map(|number| Value::Integer(number.into())))
    }

    pub(crate) fn flag(self, name: &'static str, flag: Option<bool>) -> Self {
        self.value(name, flag.map(Value::Bool))
    }

    /// A set of texts, empty or not.
    pub(crate) fn texts<'a>(self, name: &'static str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<_> = texts.into_iter().map(Value::from).collect();
        texts.sort();
        texts.dedup();
        self.value(name, Some(Value::from(texts)))
    }

    /// A set of blocks, empty or not.
    pub(crate) fn blocks(self, name: &'static str, blocks: impl IntoIterator<Item = Map>) -> Self {
        let mut blocks: Vec<_> = blocks.into_iter().map(Value::from).collect();
        blocks.sort();
        blocks.dedup();
        self.value(name, Some(Value::from(blocks)))
    }

    pub(crate) fn build(self) -> Map {
        self.0.into_iter().collect()
    }
}

/// The text of an attribute.
pub(crate) fn text<'a>(map: &'a Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_text)
}

/// The truth value of an attribute.
pub(crate) fn flag(map: &Map, name: &str) -> Option<bool> {
    map.get(name).and_then(Value::as_bool)
}

/// The number of an attribute.
pub(crate) fn integer(map: &Map, name: &str) -> Option<i64> {
    map.get(name).and_then(Value::as_integer)
}

/// The number of an attribute as AWS's SDK takes it. What does not fit is out of every range that AWS accepts, so the
/// nearest number is refused by AWS in its own words.
pub(crate) fn int32(map: &Map, name: &str) -> Option<i32> {
    integer(map, name).map(|number| i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX }))
}

/// The texts of a list or set attribute.
pub(crate) fn texts(map: &Map, name: &str) -> Option<Vec<String>> {
    let entries = map.get(name)?.as_list()?;
    Some(entries.iter().filter_map(Value::as_text).map(str::to_owned).collect())
}

/// The block of an attribute.
pub(crate) fn block<'a>(map: &'a Map, name: &str) -> Option<&'a Map> {
    map.get(name).and_then(Value::as_map)
}

/// The blocks of a list or set attribute.
pub(crate) fn blocks<'a>(map: &'a Map, name: &str) -> Option<Vec<&'a Map>> {
    Some(map.get(name)?.as_list()?.iter().filter_map(Value::as_map).collect())
}

/// What has to be added to and taken from a set to make it another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SetChange {
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
}

impl SetChange {
    pub(crate) fn between(before: &[String], after: &[String]) -> Self {
        let missing_in = |other: &[String], one: &[String]| -> Vec<String> {
            one.iter().filter(|entry| !other.contains(entry)).cloned().collect()
        };
        Self { add: missing_in(before, after), remove: missing_in(after, before) }
    }
}

/// What has to be set in and taken from a map of texts to make it another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct MapChange {
    pub(crate) set: Vec<(String, String)>,
    pub(crate) remove: Vec<String>,
}

impl MapChange {
    pub(crate) fn between(before: Option<&Map>, after: Option<&Map>) -> Self {
        let is_new = |name: &str, value: &Value| before.and_then(|before| before.get(name)) != Some(value);
        let is_kept = |name: &str| after.is_some_and(|after| after.get(name).is_some());
        let set = after.into_iter().flat_map(Map::iter).filter(|(name, value)| is_new(name, value));
        let remove = before.into_iter().flat_map(Map::iter).filter(|(name, _)| !is_kept(name));
        Self { set: texts_of(set), remove: remove.map(|(name, _)| name.to_string()).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// The entries of a map that are texts.
pub(crate) fn texts_of<'a>(entries: impl IntoIterator<Item = &'a (Name, Value)>) -> Vec<(String, String)> {
    let text = |(name, value): &(Name, Value)| Some((name.to_string(), value.as_text()?.to_owned()));
    entries.into_iter().filter_map(text).collect()
}
