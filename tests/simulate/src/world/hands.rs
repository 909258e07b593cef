//! What people, controllers and other programs do in the world, whoever owns what they do it to.

use std::collections::BTreeSet;

use flashinfra_plans::{Address, Map, Name, Phase, Value};
use tokio::time::Instant;

use super::facts;
use super::{Key, Maker, Thing, Traces, World};
use crate::scenario::Deed;

impl World {
    /// Somebody does something.
    pub(crate) fn done_by_others(&mut self, deed: &Deed) {
        self.tell(|| format!("others: {deed:?}"));
        match deed {
            Deed::Set(address, name, value) => self.set(address, name, value),
            Deed::Delete(address) => self.removed(address),
            Deed::Copy(address) => self.copied(address),
            Deed::Take(kind, name) => self.taken(kind, name),
            Deed::AddKey(address, attribute, key) => self.key_added(address, attribute, key),
            Deed::Scale(address, replicas) => self.scaled(address, *replicas),
        }
    }

    /// The newest object of an address, once everybody can see it.
    fn of(&self, address: &Address) -> Option<Key> {
        let now = Instant::now();
        let is_its = |(_, thing): &(&Key, &Thing)| match &thing.maker {
            Maker::Stack(of, _) => of == address && thing.hidden_until <= now && thing.phase() == Phase::Ready,
            Maker::Foreign => false,
        };
        let generation = |thing: &Thing| match &thing.maker {
            Maker::Stack(_, generation) => *generation,
            Maker::Foreign => 0,
        };
        self.things.iter().filter(is_its).max_by_key(|(_, thing)| generation(thing)).map(|(key, _)| key.clone())
    }

    fn set(&mut self, address: &Address, name: &Name, value: &Value) {
        let Some(key) = self.of(address) else { return };
        self.count("others: set an attribute");
        let completed = |world: &Self, attributes| world.completed(&key.0, &key.1, attributes);
        let Some(thing) = self.things.get(&key) else { return };
        let attributes = completed(self, thing.attributes.clone().with(name.clone(), value.clone()));
        if let Some(thing) = self.things.get_mut(&key) {
            thing.attributes = attributes;
            thing.sent.remove(name);
        }
    }

    fn removed(&mut self, address: &Address) {
        let Some(key) = self.of(address).filter(|key| !self.has_something_in_it(key)) else { return };
        self.count("others: deleted an object");
        self.bury(&key, Traces::default());
    }

    fn copied(&mut self, address: &Address) {
        let Some(key) = self.of(address) else { return };
        let Some(thing) = self.things.get(&key) else { return };
        let copy = Thing { maker: Maker::Foreign, sent: BTreeSet::new(), work: None, before: None, ..thing.clone() };
        self.count("others: copied an object with its mark");
        self.things.insert((key.0, format!("copy-of-{}", key.1).into()), copy);
    }

    fn taken(&mut self, kind: &Name, name: &Name) {
        let key = (kind.clone(), name.clone());
        // Whose an object without a mark is cannot be told while one is being made under its name, nor where the ledger says that
        // the name is that of an object of ours.
        let is_marked = matches!(facts::of(kind).mark, facts::MarkBy::Create);
        let can_be_told = (is_marked || !self.oracle.is_open()) && !self.oracle.is_ours(&key);
        if self.things.contains_key(&key) || self.graves.contains_key(&key) || !can_be_told {
            return;
        }
        self.count("others: took a name");
        let attributes: Map = [("name".into(), Value::from(name.as_str()))].into_iter().collect();
        let thing = Thing {
            maker: Maker::Foreign,
            attributes: self.completed(kind, name, attributes),
            mark: None,
            managed_by: None,
            sent: BTreeSet::new(),
            foreign_keys: BTreeSet::new(),
            work: None,
            has_failed: false,
            hidden_until: Instant::now(),
            before: None,
        };
        self.ghosts.remove(&key);
        self.things.insert(key, thing);
    }

    fn key_added(&mut self, address: &Address, attribute: &Name, name: &Name) {
        // A key that the stack is about to give up is its own until that is done.
        if self.oracle.is_open() {
            return;
        }
        let Some(thing) = self.of(address).and_then(|key| self.things.get_mut(&key)) else { return };
        let map = thing.attributes.get(attribute).and_then(Value::as_map).cloned().unwrap_or_default();
        if map.get(name).is_none() {
            let map = Value::Map(map.with(name.clone(), "theirs".into()));
            thing.attributes = thing.attributes.clone().with(attribute.clone(), map);
            thing.foreign_keys.insert((attribute.clone(), name.clone()));
            self.count("others: added a key");
        }
    }

    fn scaled(&mut self, address: &Address, replicas: i64) {
        let Some(thing) = self.of(address).and_then(|key| self.things.get_mut(&key)) else { return };
        thing.attributes = thing.attributes.clone().with("replicas", Value::Integer(replicas));
        thing.sent.remove("replicas");
        self.count("others: scaled an object");
    }

    /// People remove what others made under these ids, after they were told of it.
    pub(crate) fn cleared(&mut self, kind: &str, ids: &[Name]) {
        for id in ids {
            let key = (Name::from(kind), id.clone());
            if self.things.get(&key).is_some_and(|thing| thing.maker == Maker::Foreign) {
                self.bury(&key, Traces::default());
            }
        }
    }

    /// People take the owner mark off what is only a copy, after they were told that there are two.
    pub(crate) fn unmark_copies(&mut self) {
        for thing in self.things.values_mut().filter(|thing| thing.maker == Maker::Foreign) {
            thing.mark = None;
        }
    }
}
