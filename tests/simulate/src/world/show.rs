//! What the services show: copies that are behind, what is gone and still listed, names that are kept.

use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_providers::is_sought;
use tokio::time::Instant;

use super::{Key, Thing, World};
use crate::random::Random;

impl World {
    /// What a look at one object shows.
    pub(super) fn look(&mut self, key: &Key) -> Live {
        let now = Instant::now();
        let is_behind = self.is_behind(key);
        let id = &key.1;
        if let Some(thing) = self.things.get(key) {
            if thing.hidden_until > now && is_behind {
                self.count("shown: new objects hidden");
                return Live::Absent;
            }
            let old = thing.before.as_ref().filter(|(until, _)| *until > now && is_behind);
            let seen = match old {
                Some((_, before)) => Thing { attributes: before.clone(), work: None, ..thing.clone() }.seen(id),
                None => thing.seen(id),
            };
            if old.is_some() {
                self.count("shown: attributes of before");
            }
            return Live::Present(seen);
        }
        if let Some((_, ghost)) = self.ghosts.get(key).filter(|_| is_behind) {
            let seen = ghost.seen(id);
            self.count("shown: deleted objects listed");
            return Live::Present(seen);
        }
        if self.graves.contains_key(key) {
            self.count("shown: tombstones");
            return Live::Tombstone { note: format!("{id} was deleted and keeps its name for a while").into() };
        }
        Live::Absent
    }

    /// What a search by the owner mark of a stack shows.
    pub(super) fn found(&mut self, kind: &str, stack: &str) -> Vec<(OwnerMark, Object)> {
        let keys: Vec<Key> =
            self.things.keys().chain(self.ghosts.keys()).filter(|(of, _)| of == kind).cloned().collect();
        let shown = keys.into_iter().filter_map(|key| match self.look(&key) {
            Live::Present(object) => Some((object.owner.clone()?, object)),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
        });
        shown.filter(|(mark, _)| is_sought(mark, stack)).collect()
    }

    /// Whether the copy that answers is behind. Each look may get another copy.
    fn is_behind(&mut self, (kind, id): &Key) -> bool {
        self.looks += 1;
        Random::of(self.seed, &["copy", kind, id, &self.looks.to_string()]).percent(60)
    }
}

impl Thing {
    /// The object as it is answered.
    pub(super) fn seen(&self, id: &Name) -> Object {
        let phase = self.phase();
        // What is only known once it is there.
        let is_late =
            |name: &Name| phase == Phase::Creating && matches!(name.as_str(), "endpoint" | "address" | "result");
        let shown = |(name, value): &&(Name, Value)| !is_late(name) && *value != Value::Null;
        let attributes: Map = self.attributes.iter().filter(shown).cloned().collect();
        Object {
            id: id.clone(),
            phase,
            attributes,
            unverified: Vec::new(),
            owner: self.mark.clone(),
            managed_by: self.managed_by.clone(),
        }
    }
}
