//! What the services do when a request arrives.

use std::collections::BTreeSet;
use std::time::Duration;

use flashinfra_plans::{Map, Name, OwnerMark, Phase, Value};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Update};
use tokio::time::Instant;

use super::facts::{self, MarkBy};
use super::{End, Key, Maker, Thing, Traces, Work, World};
use crate::scenario::{Rule, Trouble};

impl World {
    /// A create arrives.
    pub(super) fn create(&mut self, request: &Create, troubles: &[Trouble]) -> Result<Outcome, Error> {
        let Create { kind, mark, token, inputs } = request;
        let facts = facts::of(kind);
        if facts.honours_tokens
            && let Some(id) = self.tokens.get(&(kind.clone(), token.clone()))
        {
            // The first request made it; whether it is still there is another question.
            let (id, known) = (id.clone(), self.things.get(&(kind.clone(), id.clone())));
            let is_ready = known.filter(|thing| thing.phase() == Phase::Ready);
            return Ok(is_ready.map_or(Outcome::Accepted(id.clone()), |thing| Outcome::Done(thing.seen(&id))));
        }
        self.parents_are_there(kind, &inputs.attributes)?;
        let id = self.new_id(kind, facts.named_by, &inputs.attributes)?;
        self.oracle.made(&self.things, &(kind.clone(), id.clone()), mark);
        let secret = |value: &Value| matches!(value, Value::Secret(_));
        let plain = inputs.attributes.iter().filter(|(_, value)| !secret(value) && *value != Value::Null);
        let attributes: Map =
            plain.map(|(name, value)| (name.clone(), facts::normalised(kind, name, value.clone()))).collect();
        let sent: BTreeSet<Name> = attributes.iter().map(|(name, _)| name.clone()).collect();
        let is_unmarked = troubles.contains(&Trouble::Unmarked) && facts.mark == MarkBy::SecondCall;
        let [slow_ms, ..] = facts.slow_ms;
        let hidden_ms = of(troubles, |trouble| match trouble {
            Trouble::Hidden(ms) => Some(ms),
            _ => None,
        });
        let thing = Thing {
            maker: Maker::Stack(mark.address.clone(), mark.generation),
            attributes: self.completed(kind, &id, attributes),
            mark: (facts.mark != MarkBy::Nothing && !is_unmarked).then(|| mark.clone()),
            managed_by: None,
            sent,
            foreign_keys: BTreeSet::new(),
            work: work(Phase::Creating, slow_ms, troubles, End::Ready),
            has_failed: false,
            hidden_until: after(hidden_ms),
            before: None,
        };
        let answer = match thing.phase() {
            Phase::Ready => Outcome::Done(thing.seen(&id)),
            _ => Outcome::Accepted(id.clone()),
        };
        if facts.honours_tokens {
            self.tokens.insert((kind.clone(), token.clone()), id.clone());
        }
        self.things.insert((kind.clone(), id), thing);
        match is_unmarked {
            true => Err(Error::new(Class::Unknown, "it was made, and not tagged").with_code("TagFailed")),
            false => Ok(answer),
        }
    }

    /// An update arrives.
    pub(super) fn update(&mut self, request: &Update, troubles: &[Trouble]) -> Result<Outcome, Error> {
        let Update { kind, id, mark, changed, before, inputs, .. } = request;
        let facts = facts::of(kind);
        let key = (kind.clone(), id.clone());
        self.can_be_changed(&key)?;
        for name in changed {
            let is_immutable = self
                .rules
                .iter()
                .any(|rule| matches!(rule, Rule::Immutable(of, attribute) if of == kind && attribute == name));
            if facts.fixed.contains(&name.as_str()) || is_immutable {
                let message = format!("{name} of {id} cannot be changed");
                return Err(Error::new(Class::FixInput, message).with_code("Immutable"));
            }
        }
        let changes = inputs.attributes.iter().filter(|(name, _)| changed.contains(name));
        self.parents_are_there(kind, &changes.cloned().collect())?;
        self.oracle.touched(&self.things, &key, "updated");
        let Some(mut thing) = self.things.remove(&key) else { return Err(not_found(id)) };
        let past = thing.attributes.clone();
        for name in changed {
            let value = inputs.attributes.get(name).filter(|value| **value != Value::Null);
            match (thing.attributes.get(name), value) {
                (_, Some(Value::Secret(_))) => {}
                (had, value) if facts.keyed.contains(&name.as_str()) => {
                    let had = had.and_then(Value::as_map).cloned().unwrap_or_default();
                    let keyed = self.oracle.keyed(&mut thing, name, had, before.get(name), value);
                    thing.attributes = thing.attributes.clone().with(name.clone(), Value::Map(keyed));
                }
                (_, Some(value)) => {
                    let value = facts::normalised(kind, name, value.clone());
                    thing.attributes = thing.attributes.clone().with(name.clone(), value);
                    thing.sent.insert(name.clone());
                }
                (_, None) => {
                    thing.attributes = thing.attributes.clone().without(name);
                    thing.sent.remove(name);
                }
            }
        }
        thing.attributes = self.completed(kind, id, thing.attributes.clone());
        if facts.mark == MarkBy::SecondCall {
            thing.mark = Some(mark.clone());
        }
        let behind_ms = of(troubles, |trouble| match trouble {
            Trouble::Behind(ms) => Some(ms),
            _ => None,
        });
        thing.before = (behind_ms > 0).then(|| (after(behind_ms), past));
        let [_, slow_ms, _] = facts.slow_ms;
        thing.work = work(Phase::Updating, slow_ms, troubles, End::Ready);
        let answer = match thing.phase() {
            Phase::Ready => Outcome::Done(thing.seen(id)),
            _ => Outcome::Accepted(id.clone()),
        };
        self.things.insert(key, thing);
        Ok(answer)
    }

    /// A delete arrives.
    pub(super) fn delete(&mut self, request: &Delete, troubles: &[Trouble]) -> Result<Outcome, Error> {
        let Delete { kind, id, .. } = request;
        let facts = facts::of(kind);
        let key = (kind.clone(), id.clone());
        match self.things.get(&key).map(Thing::phase) {
            None => {
                self.oracle.gone(&key);
                return Err(not_found(id));
            }
            Some(Phase::Deleting) => return Ok(Outcome::Accepted(id.clone())),
            Some(Phase::Creating | Phase::Updating) if !facts.can_be_stopped => return Err(busy(id)),
            Some(Phase::Creating | Phase::Updating | Phase::Ready | Phase::Failed) => {}
        }
        let thing = self.things.get(&key).ok_or_else(|| not_found(id))?;
        let is_guarded = facts.guard.is_some_and(|guard| thing.attributes.get(guard) == Some(&Value::Bool(true)));
        if is_guarded {
            return Err(Error::new(Class::FixInput, format!("{id} is guarded against deletion")).with_code("Guarded"));
        }
        if self.has_something_in_it(&key) {
            let message = format!("others still use {id}");
            return Err(Error::new(Class::Wait, message).with_code("DependencyViolation"));
        }
        self.oracle.deleted(&self.things, &key);
        let traces = Traces {
            listed_ms: of(troubles, |trouble| match trouble {
                Trouble::Listed(ms) => Some(ms),
                _ => None,
            }),
            reserved_ms: of(troubles, |trouble| match trouble {
                Trouble::Reserved(ms) if facts.named_by.is_some() => Some(ms),
                _ => None,
            }),
        };
        let [_, _, slow_ms] = facts.slow_ms;
        let work = work(Phase::Deleting, slow_ms, troubles, End::Deleted(traces));
        match (work, self.things.get_mut(&key)) {
            (Some(work), Some(thing)) => {
                thing.work = Some(work);
                Ok(Outcome::Accepted(id.clone()))
            }
            (Some(_), None) | (None, _) => {
                self.bury(&key, traces);
                Ok(Outcome::Gone)
            }
        }
    }

    /// A new owner mark arrives.
    pub(super) fn mark(&mut self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let key = (Name::from(kind), Name::from(id));
        self.can_be_changed(&key)?;
        self.oracle.touched(&self.things, &key, "marked");
        let Some(thing) = self.things.get_mut(&key) else { return Err(not_found(id)) };
        if facts::of(kind).mark != MarkBy::Nothing {
            thing.mark = Some(mark.clone());
        }
        if let Maker::Stack(address, _) = &mut thing.maker {
            *address = mark.address.clone();
        }
        Ok(())
    }

    /// What the service adds to what it was sent.
    pub(super) fn completed(&self, kind: &str, id: &str, attributes: Map) -> Map {
        let filled = self.rules.iter().fold(attributes, |attributes, rule| match rule {
            Rule::Default(of, name, value) if of == kind && attributes.get(name).is_none() => {
                attributes.with(name.clone(), value.clone())
            }
            Rule::Default(..) | Rule::Immutable(..) => attributes,
        });
        facts::completed(kind, id, filled)
    }

    /// Whether others are in an object for life, so that it cannot go before them.
    pub(super) fn has_something_in_it(&self, key: &Key) -> bool {
        self.things.iter().any(|(other, thing)| is_in(other, thing, key))
    }

    /// People remove what others put into what cannot be deleted because of it.
    pub(crate) fn clear_out(&mut self) {
        let is_foreign = |thing: &Thing| thing.maker == super::Maker::Foreign;
        let keys: Vec<Key> =
            self.things.iter().filter(|(_, thing)| is_foreign(thing)).map(|(k, _)| k.clone()).collect();
        let is_inside = |world: &Self, inner: &Key| {
            let Some(thing) = world.things.get(inner) else { return false };
            world.things.keys().any(|outer| is_in(inner, thing, outer))
        };
        for key in keys {
            if is_inside(self, &key) {
                self.bury(&key, Traces::default());
            }
        }
    }

    fn new_id(&mut self, kind: &Name, named_by: Option<&str>, attributes: &Map) -> Result<Name, Error> {
        let Some(attribute) = named_by else {
            self.made += 1;
            let letters = kind.rsplit('.').next().unwrap_or(kind);
            return Ok(format!("{letters}-{}", self.made).into());
        };
        let name = attributes.get(attribute).and_then(Value::as_text).unwrap_or("unnamed");
        let key = (kind.clone(), Name::from(name));
        if self.things.contains_key(&key) {
            return Err(Error::new(Class::AlreadyExists, format!("{name} exists")).with_code("AlreadyExists"));
        }
        if self.graves.contains_key(&key) {
            let message = format!("{name} was deleted and keeps its name for a while");
            return Err(Error::new(Class::Wait, message).with_code("NameReserved"));
        }
        Ok(key.1)
    }

    fn parents_are_there(&self, kind: &str, attributes: &Map) -> Result<(), Error> {
        for (attribute, of) in facts::of(kind).parents {
            let Some(parent) = attributes.get(attribute).and_then(Value::as_text) else { continue };
            let is_it =
                |(known, id): &Key| known == of && (id == parent || parent.strip_prefix("arn:sim:") == Some(id));
            let found = self.things.iter().find(|(key, _)| is_it(key));
            if found.is_none_or(|(_, thing)| thing.phase() == Phase::Deleting) {
                let message = format!("there is no {of} {parent}");
                return Err(Error::new(Class::FixInput, message).with_code("NoSuchParent"));
            }
        }
        Ok(())
    }

    fn can_be_changed(&self, key: &Key) -> Result<(), Error> {
        match self.things.get(key).map(Thing::phase) {
            None | Some(Phase::Deleting) => Err(not_found(&key.1)),
            Some(Phase::Creating | Phase::Updating) => Err(busy(&key.1)),
            Some(Phase::Ready | Phase::Failed) => Ok(()),
        }
    }
}

/// Whether an object is in another one for life, so that the other cannot go before it.
fn is_in((kind, _): &Key, thing: &Thing, parent: &Key) -> bool {
    let facts = facts::of(kind);
    naming(kind, thing, parent).is_some_and(|attribute| facts.fixed.contains(&attribute))
}

/// The attribute by which an object names another one as its parent.
pub(super) fn naming(kind: &str, thing: &Thing, (parent_kind, parent): &Key) -> Option<&'static str> {
    let of_kind = facts::of(kind).parents.iter().filter(|(_, of)| of == parent_kind);
    of_kind.map(|(attribute, _)| *attribute).find(|attribute| {
        let named = thing.attributes.get(attribute).and_then(Value::as_text);
        named.is_some_and(|named| named == parent || named.strip_prefix("arn:sim:") == Some(parent))
    })
}

/// What a service works on, if it takes it any time.
fn work(phase: Phase, usually_ms: u64, troubles: &[Trouble], usual_end: End) -> Option<Work> {
    let longer = of(troubles, |trouble| match trouble {
        Trouble::Slow(ms) => Some(ms),
        _ => None,
    });
    let (mut ms, mut end) = (usually_ms + longer, usual_end);
    if phase == Phase::Creating && troubles.contains(&Trouble::Fails) {
        (ms, end) = (ms.max(2_000), End::Failed);
    } else if phase == Phase::Creating && troubles.contains(&Trouble::Vanishes) {
        (ms, end) = (ms.max(2_000), End::Gone);
    }
    (ms > 0).then(|| Work { phase, until: after(ms), end })
}

fn of(troubles: &[Trouble], ms: impl Fn(Trouble) -> Option<u64>) -> u64 {
    troubles.iter().find_map(|trouble| ms(*trouble)).unwrap_or_default()
}

fn after(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

fn not_found(id: &str) -> Error {
    Error::new(Class::NotFound, format!("there is no {id}")).with_code("NotFound")
}

fn busy(id: &str) -> Error {
    Error::new(Class::Wait, format!("{id} is busy")).with_code("Busy")
}
