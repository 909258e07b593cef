//! What is in a sandbox, in memory.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use flashinfra_plans::{Map, Name, OwnerMark, Phase, Value};

/// Which account and region of the sandbox an object is in. Two provider instances with the same configuration see the
/// same objects, others do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Site {
    /// The account, project, subscription or cluster that the instance's configuration names; may be empty.
    pub(crate) account: Name,
    /// The region or location that the configuration names; may be empty.
    pub(crate) region: Name,
}

/// The kinds of one site are kept apart from each other, as in a real service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shelf {
    pub(crate) kind: Name,
    pub(crate) site: Site,
}

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) shelf: Shelf,
    pub(crate) id: Name,
}

/// An object as the sandbox holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its live attributes: no secret is among them.
    pub(crate) attributes: Map,
    /// The owner mark.
    pub(crate) owner: Option<OwnerMark>,
    /// What else makes and removes it.
    pub(crate) managed_by: Option<Name>,
    /// What it is doing.
    pub(crate) phase: Phase,
    /// Until when it is busy.
    pub(crate) busy: Option<Busy>,
    /// How many reads do not see it yet.
    pub(crate) hidden: u32,
    /// What reads see that do not see an update yet.
    pub(crate) past: Option<Past>,
    /// The client token that it was made with, for kinds that take one.
    pub(crate) token: Option<Name>,
    /// What computed values are derived from.
    pub(crate) birth: Name,
    /// How often each secret or write-only attribute was sent; the value itself is kept nowhere.
    pub(crate) sent: BTreeMap<Name, u32>,
}

impl Stored {
    /// A new object that is ready and nobody's.
    pub(crate) fn new(attributes: Map, birth: Name) -> Self {
        Self {
            attributes,
            owner: None,
            managed_by: None,
            phase: Phase::Ready,
            busy: None,
            hidden: 0,
            past: None,
            token: None,
            birth,
            sent: BTreeMap::new(),
        }
    }
}

/// Until when an object is busy: until both have passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Busy {
    /// How many more reads find it busy; the last of them finds it done.
    pub(crate) polls: u32,
    /// Until this time, in milliseconds since 1970.
    pub(crate) until_ms: u64,
    /// Whether it then turns out to have failed.
    pub(crate) fails: bool,
    /// After a delete: how many reads then find a tombstone.
    pub(crate) tombstone: u32,
}

/// What an object was before an update that not all reads see yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    /// How many reads.
    pub(crate) reads: u32,
    /// The attributes as they were.
    pub(crate) attributes: Map,
}

/// One change of the world: what is written to the file and what is then done in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The object is this from now on.
    Put(Key, Box<Stored>),
    /// The object is gone. So many reads still find a tombstone; the id is never given out again.
    Bury(Key, u32),
}

/// All objects of a sandbox.
#[derive(Debug)]
pub(crate) struct World {
    /// The sandbox's own id: its place, and the seed of everything it makes up.
    pub(crate) uuid: Name,
    shelves: BTreeMap<Shelf, BTreeMap<Name, Box<Stored>>>,
    graves: BTreeMap<Key, u32>,
    /// Which object a client token made. Built when something is first created.
    tokens: Option<HashMap<Name, Key>>,
    /// Which objects hold a text. Built when something is first deleted: neither plans nor creates need it.
    holders: Option<HashMap<Box<str>, BTreeSet<Key>>>,
}

impl World {
    /// A sandbox without any object.
    pub(crate) fn new(uuid: Name) -> Self {
        Self { uuid, shelves: BTreeMap::new(), graves: BTreeMap::new(), tokens: None, holders: None }
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Stored> {
        self.shelves.get(&key.shelf)?.get(&key.id).map(AsRef::as_ref)
    }

    /// The objects of one kind in one site, by id.
    pub(crate) fn shelf(&self, shelf: &Shelf) -> impl Iterator<Item = (&Name, &Stored)> {
        self.shelves.get(shelf).into_iter().flatten().map(|(id, stored)| (id, &**stored))
    }

    /// How many objects of one kind are in one site.
    pub(crate) fn shelf_len(&self, shelf: &Shelf) -> usize {
        self.shelves.get(shelf).map_or(0, BTreeMap::len)
    }

    /// All objects, by kind, site and id.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (Key, &Stored)> {
        self.shelves.iter().flat_map(|(shelf, objects)| {
            objects.iter().map(|(id, stored)| (Key { shelf: shelf.clone(), id: id.clone() }, &**stored))
        })
    }

    /// The ids that are used up, with the reads that still find a tombstone.
    pub(crate) fn graves(&self) -> impl Iterator<Item = (&Key, u32)> {
        self.graves.iter().map(|(key, reads)| (key, *reads))
    }

    /// How many reads still find a tombstone of this object; none when there never was one.
    pub(crate) fn grave(&self, key: &Key) -> Option<u32> {
        self.graves.get(key).copied()
    }

    /// Makes [`Self::by_token`] answer.
    pub(crate) fn index_tokens(&mut self) {
        if self.tokens.is_none() {
            let made = self.objects().filter_map(|(key, stored)| Some((stored.token.clone()?, key)));
            self.tokens = Some(made.collect());
        }
    }

    /// The object that a client token made.
    pub(crate) fn by_token(&self, shelf: &Shelf, token: &str) -> Option<&Key> {
        self.tokens.as_ref()?.get(token).filter(|key| key.shelf == *shelf)
    }

    /// How many lines the world takes in a file.
    pub(crate) fn len(&self) -> usize {
        self.shelves.values().map(BTreeMap::len).sum::<usize>() + self.graves.len()
    }

    /// Does one change.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Put(key, stored) => {
                self.unlink(&key);
                self.graves.remove(&key);
                if let (Some(tokens), Some(token)) = (&mut self.tokens, &stored.token) {
                    tokens.insert(token.clone(), key.clone());
                }
                if let Some(holders) = &mut self.holders {
                    link(holders, &key, &stored);
                }
                self.shelves.entry(key.shelf).or_default().insert(key.id, stored);
            }
            Change::Bury(key, reads) => {
                self.unlink(&key);
                if let Entry::Occupied(mut shelf) = self.shelves.entry(key.shelf.clone()) {
                    let token = shelf.get_mut().remove(&key.id).and_then(|stored| stored.token);
                    if let (Some(tokens), Some(token)) = (&mut self.tokens, token) {
                        tokens.remove(&token);
                    }
                    if shelf.get().is_empty() {
                        shelf.remove();
                    }
                }
                self.graves.insert(key, reads);
            }
        }
    }

    /// Makes [`Self::holders`] answer.
    pub(crate) fn index_holders(&mut self) {
        if self.holders.is_none() {
            let mut holders = HashMap::new();
            for (key, stored) in self.objects() {
                link(&mut holders, &key, stored);
            }
            self.holders = Some(holders);
        }
    }

    /// The objects that hold this text somewhere in their attributes.
    pub(crate) fn holders(&self, text: &str) -> impl Iterator<Item = &Key> {
        self.holders.as_ref().and_then(|holders| holders.get(text)).into_iter().flatten()
    }

    fn unlink(&mut self, key: &Key) {
        let Some(holders) = &mut self.holders else { return };
        let Some(stored) = self.shelves.get(&key.shelf).and_then(|shelf| shelf.get(&key.id)) else { return };
        for_each_text(&stored.attributes, &mut |text| {
            if let Some(keys) = holders.get_mut(text) {
                keys.remove(key);
                if keys.is_empty() {
                    holders.remove(text);
                }
            }
        });
    }
}

fn link(holders: &mut HashMap<Box<str>, BTreeSet<Key>>, key: &Key, stored: &Stored) {
    for_each_text(&stored.attributes, &mut |text| {
        if let Some(keys) = holders.get_mut(text) {
            keys.insert(key.clone());
        } else {
            holders.insert(text.into(), BTreeSet::from([key.clone()]));
        }
    });
}

fn for_each_text(map: &Map, act: &mut impl FnMut(&str)) {
    for (_, value) in map {
        each_text(value, act);
    }
}

fn each_text(value: &Value, act: &mut impl FnMut(&str)) {
    match value {
        Value::Text(text) => act(text),
        Value::List(entries) => entries.iter().for_each(|entry| each_text(entry, act)),
        Value::Map(map) => map.iter().for_each(|(_, value)| each_text(value, act)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Expression(_) | Value::Secret(_) | Value::Unknown => {
        }
    }
}
