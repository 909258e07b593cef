//! Maps of values.

use std::mem;
use std::sync::Arc;

use super::{Name, Value};

/// A map whose keys are sorted and stand once. A clone shares the entries: a resource's attributes go from the compiled stack
/// into questions, decisions and steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Map(Arc<[(Name, Value)]>);

impl Map {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self.0.binary_search_by(|(name, _)| name.as_str().cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }

    /// The value at a dotted path; see [`Value::at`].
    pub fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.get(path) {
            return Some(value);
        }
        path.rmatch_indices(['.', '[']).find_map(|(at, mark)| {
            let rest = if mark == "[" { &path[at..] } else { &path[at + 1..] };
            self.get(&path[..at])?.at(rest)
        })
    }

    /// The entries, sorted by key.
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, Value)> {
        self.0.iter()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same map with one entry set or replaced.
    #[must_use]
    pub fn with(self, key: impl Into<Name>, value: Value) -> Self {
        let key = key.into();
        let mut entries = self.into_entries();
        match entries.binary_search_by(|(name, _)| name.cmp(&key)) {
            Ok(index) => entries[index].1 = value,
            Err(index) => entries.insert(index, (key, value)),
        }
        Self(entries.into())
    }

    /// The same map without one key.
    #[must_use]
    pub fn without(self, key: &str) -> Self {
        let mut entries = self.into_entries();
        entries.retain(|(name, _)| name != key);
        Self(entries.into())
    }

    /// The same map with the value at a dotted path set, or taken out. The path leads through the maps that are there; what is
    /// left of it is one key.
    #[must_use]
    pub fn with_at(self, path: &str, value: Option<Value>) -> Self {
        let dots = path.rmatch_indices('.').map(|(dot, _)| dot);
        let inner = dots.filter(|_| self.get(path).is_none()).find_map(|dot| match self.get(&path[..dot]) {
            Some(Value::Map(inner)) => Some((dot, inner.clone())),
            _ => None,
        });
        match (inner, value) {
            (Some((dot, inner)), value) => {
                let inner = inner.with_at(&path[dot + 1..], value);
                self.with(&path[..dot], Value::Map(inner))
            }
            (None, Some(value)) => self.with(path, value),
            (None, None) => self.without(path),
        }
    }

    /// The entries, to be replaced by equal ones; none where somebody else shares them.
    pub(super) fn entries_mut(&mut self) -> Option<&mut [(Name, Value)]> {
        Arc::get_mut(&mut self.0)
    }

    /// The entries, moved out where nobody else shares them.
    fn into_entries(mut self) -> Vec<(Name, Value)> {
        match Arc::get_mut(&mut self.0) {
            Some(entries) => {
                entries.iter_mut().map(|(key, value)| (mem::take(key), mem::replace(value, Value::Null))).collect()
            }
            None => self.0.to_vec(),
        }
    }
}

impl FromIterator<(Name, Value)> for Map {
    /// Sorts by key; of two entries with the same key the later one stays.
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if entries.is_sorted_by(|a, b| a.0 < b.0) {
            return Self(entries.into());
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.reverse();
        entries.dedup_by(|a, b| a.0 == b.0);
        entries.reverse();
        Self(entries.into())
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Name, Value);
    type IntoIter = std::slice::Iter<'a, (Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_entries().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_equal_keys_stays() {
        let entries = [("b", 1), ("a", 2), ("b", 3)].map(|(key, value)| (Name::from(key), Value::from(value)));
        assert_eq!(entries.into_iter().collect::<Map>().to_json(), r#"{"a":2,"b":3}"#);
    }

    #[test]
    fn a_clone_is_not_changed_with_the_map() {
        let map = crate::map! {"a" => 1, "b" => "x"};
        let shared = map.clone();
        assert_eq!(map.with("a", Value::Null).without("b").to_json(), r#"{"a":null}"#);
        assert_eq!(shared.to_json(), r#"{"a":1,"b":"x"}"#);
        assert_eq!(shared.into_iter().count(), 2);
    }

    #[test]
    fn paths_lead_through_the_maps_that_are_there() {
        let map: Map = serde_json::from_str(r#"{"a":{"b":1,"c.d":2},"e":[{"f":3}]}"#).unwrap();
        assert_eq!(map.at("a.c.d"), Some(&Value::from(2)));
        assert_eq!(map.at("e.0.f"), Some(&Value::from(3)));
        assert_eq!(map.at("e.1.f"), None);
        let map: Map = serde_json::from_str(
            r#"{"a":{"list":[{"name":"x","v":1},{"name":"y.z","port":53,"on":true,"v":[2,[3]]}],"set":["k","l"]}}"#,
        )
        .unwrap();
        for (path, expect) in [
            ("a.list[name=x].v", Some(1)),
            ("a.list[0].v", Some(1)),
            ("a.list[name=y.z].v[0]", Some(2)),
            ("a.list[name=y.z,port=53].v[1][0]", Some(3)),
            ("a.list[port=53,on=true].v[0]", Some(2)),
            ("a.list[name=w].v", None),
            ("a.list[name].v", None),
            ("a.list[2]", None),
            ("a.list[0]v", None),
        ] {
            assert_eq!(map.at(path), expect.map(Value::from).as_ref(), "{path}");
        }
        assert_eq!(map.at("a.set[=l]"), Some(&Value::from("l")));
        assert_eq!(map.at("a.set[=m]"), None);
        let map: Map = serde_json::from_str(r#"{"a":{"b":1,"c.d":2},"e":[{"f":3}]}"#).unwrap();
        for (path, value, expect) in [
            ("a.b", Some(9), r#"{"a":{"b":9,"c.d":2},"e":[{"f":3}]}"#),
            ("a.c.d", Some(9), r#"{"a":{"b":1,"c.d":9},"e":[{"f":3}]}"#),
            ("a.x.y", Some(9), r#"{"a":{"b":1,"c.d":2,"x.y":9},"e":[{"f":3}]}"#),
            ("a.c.d", None, r#"{"a":{"b":1},"e":[{"f":3}]}"#),
            ("x", Some(9), r#"{"a":{"b":1,"c.d":2},"e":[{"f":3}],"x":9}"#),
            ("e", None, r#"{"a":{"b":1,"c.d":2}}"#),
            ("nowhere.x", None, r#"{"a":{"b":1,"c.d":2},"e":[{"f":3}]}"#),
        ] {
            assert_eq!(map.clone().with_at(path, value.map(Value::from)).to_json(), expect, "{path}");
        }
    }
}
