//! Equal parts held once: most resources of a stack have the same tags, and many are declared at one place.

use std::collections::BTreeSet;

use super::{Map, Name, Value};

/// How many different ones are kept. Beyond that what is new stays as it is, so that parts which are all different cost no more than
/// looking for them.
const KEPT_MAX: usize = 4096;

/// Parts that were seen while a file was read: an equal one is replaced by the first, and its memory given back.
#[derive(Debug, Default)]
pub struct Shared {
    maps: BTreeSet<Map>,
    names: BTreeSet<Name>,
}

impl Shared {
    /// The same text. A short one has no memory of its own, and stays as it is.
    pub fn name(&mut self, name: Name) -> Name {
        if name.is_heap_allocated() { first(&mut self.names, name) } else { name }
    }

    /// The same attributes, whose keys and inner maps are shared with those that came before. The whole is not looked for: no
    /// two resources are alike.
    pub fn attributes(&mut self, mut map: Map) -> Map {
        self.parts(&mut map);
        map
    }

    fn parts(&mut self, map: &mut Map) {
        // Who holds it as well has it shared already.
        for (key, value) in map.entries_mut().into_iter().flatten() {
            if key.is_heap_allocated() {
                *key = self.name(std::mem::take(key));
            }
            self.value(value);
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.parts(map);
                *map = first(&mut self.maps, std::mem::take(map));
            }
            Value::List(entries) => entries.iter_mut().for_each(|entry| self.value(entry)),
            Value::Map(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::Expression(_)
            | Value::Secret(_)
            | Value::Unknown => {}
        }
    }
}

/// The first of those that are equal to this one.
fn first<T: Ord + Clone>(seen: &mut BTreeSet<T>, one: T) -> T {
    match seen.get(&one) {
        Some(first) => first.clone(),
        None if seen.len() >= KEPT_MAX => one,
        None => {
            seen.insert(one.clone());
            one
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map;

    fn tags(map: &Map) -> *const (Name, Value) {
        let Some(Value::Map(tags)) = map.get("tags") else { panic!("no tags in {map:?}") };
        tags.iter().as_slice().as_ptr()
    }

    #[test]
    fn equal_parts_are_the_same_and_nothing_else_changes() {
        let mut shared = Shared::default();
        let server = |name: &str, tier: &str| {
            map! { "name" => name, "tags" => map! { "tier" => tier, "a-key-that-is-longer-than-a-short-one" => 1 } }
        };
        let servers = || [server("a", "web"), server("b", "web"), server("c", "queue")];
        let read = servers().map(|map| shared.attributes(map));
        assert_eq!(read, servers());
        assert_eq!(tags(&read[0]), tags(&read[1]));
        assert_ne!(tags(&read[0]), tags(&read[2]));
        let place = "stacks/flashmm/src/network.rs:12:9";
        let (first, second) = (shared.name(place.into()), shared.name(place.into()));
        assert_eq!((first.as_str(), first.as_ptr()), (place, second.as_ptr()));
    }

    #[test]
    fn what_is_all_different_is_not_kept_for_ever() {
        let mut shared = Shared::default();
        for number in 0..10_000 {
            let read = || map! { "tags" => map! { "number" => number } };
            assert_eq!(shared.attributes(read()), read());
        }
        assert_eq!(shared.maps.len(), KEPT_MAX);
    }
}
