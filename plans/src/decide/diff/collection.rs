//! Maps, lists and sets, entry by entry.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use flashinfra_stacks::schema::{Attribute, Collection, Element, SetBy};

use super::{Sides, Walk, is_sent_only};
use crate::compare::{element_satisfies, is_default, is_empty, is_left_alone, satisfies, unmatched};
use crate::plan::Note;
use crate::resolve::is_known;
use crate::value::{Map, Name, Value};

/// What an entry is called that somebody else added to a keyed collection.
const FOREIGN: &str = "foreign";

impl<'v> Walk<'_, 'v> {
    /// A map: key by key. Keys of others are left alone in a keyed one, and removed from an exclusive one.
    pub(super) fn map(
        &mut self,
        attribute: &'v Attribute,
        want: &'v Map,
        have: Option<&'v Map>,
        applied: Option<&'v Map>,
    ) -> bool {
        if have == Some(want) && applied == Some(want) && !matches!(attribute.shape.element, Element::Block(_)) {
            return false;
        }
        let beside = self.diff.beside.len();
        let mut differs = false;
        for (key, want) in want {
            let length = self.enter(key);
            let sides =
                Sides { have: have.and_then(|have| have.get(key)), applied: applied.and_then(|map| map.get(key)) };
            differs |= self.entry(attribute, want, sides);
            self.path.truncate(length);
        }
        for (key, value) in have.into_iter().flatten().filter(|(key, _)| want.get(key).is_none()) {
            let length = self.enter(key);
            let is_ours = applied.is_some_and(|applied| applied.get(key).is_some()) && !self.compared.recovered;
            if self.is_ignored() {
                self.beside(Some(value), Some(value), Note::LeftAlone("ignore".into()));
            } else if is_ours || attribute.collection == Collection::Exclusive {
                let note = match is_ours {
                    true => self.writer_of_entry(attribute, false).map(Note::WrittenBy),
                    false => Some(Note::Foreign),
                };
                self.change(Some(value), None, note);
                differs = true;
            } else {
                self.beside(Some(value), Some(value), Note::LeftAlone(FOREIGN.into()));
            }
            self.path.truncate(length);
        }
        for (key, secret) in applied.into_iter().flatten().filter(|(_, value)| matches!(value, Value::Secret(_))) {
            // A secret that we set is there, although live does not show it.
            let is_gone = want.get(key).is_none() && have.is_none_or(|have| have.get(key).is_none());
            if is_gone && !self.compared.recovered {
                let length = self.enter(key);
                self.change(Some(secret), None, Some(Note::Secret));
                self.path.truncate(length);
                differs = true;
            }
        }
        if !differs {
            // The entries of others are only worth a line beside a change of the map.
            self.diff.beside.truncate(beside);
        }
        differs
    }

    /// An entry of a map.
    fn entry(&mut self, attribute: &'v Attribute, want: &'v Value, sides: Sides<'v>) -> bool {
        if self.is_ignored() {
            self.ignore(want, sides);
            return false;
        }
        if matches!(want, Value::Secret(_)) {
            return self.sent(want, sides);
        }
        let have = sides.have.filter(|have| **have != Value::Null);
        match (&attribute.shape.element, want, have) {
            (Element::Block(parts), Value::Map(want), None | Some(Value::Map(_))) => {
                let is_new = have.is_none();
                let (have, applied) = (have.and_then(Value::as_map), sides.applied.and_then(Value::as_map));
                let differs = self.block(parts, want, have, applied);
                if is_new && !differs {
                    // An entry counts, even if nothing in it does.
                    self.change(None, Some(&Value::Map(Map::default())), None);
                }
                differs || is_new
            }
            _ => {
                let is_same = is_known(want) && have.is_some_and(|have| element_satisfies(attribute, want, have));
                if !is_same {
                    let writer = self.writer_of_entry(attribute, have.is_some() && sides.applied.is_none());
                    self.change(have, Some(want), writer.map(Note::WrittenBy));
                }
                !is_same
            }
        }
    }

    /// Refuses to take entries of a map of which nothing is read but who wrote them.
    pub(super) fn contest_unread(&mut self, attribute: &'v Attribute, want: &'v Value, applied: Option<&'v Value>) {
        let applied = applied.and_then(Value::as_map);
        let is_new = |(key, _): &&(Name, Value)| applied.is_none_or(|applied| applied.get(key).is_none());
        for (key, _) in want.as_map().into_iter().flatten().filter(is_new) {
            let length = self.enter(key);
            self.writer_of_entry(attribute, true);
            self.path.truncate(length);
        }
    }

    /// Who else writes an entry of a map, where the schema says how that is known.
    fn writer_of_entry(&mut self, attribute: &'v Attribute, is_new: bool) -> Option<Name> {
        match &attribute.shape.element {
            Element::Document(fields) => self.contest(fields, is_new),
            Element::Bool | Element::Integer | Element::Text(_) | Element::Block(_) | Element::Any => None,
        }
    }

    /// A list: position by position.
    pub(super) fn list(
        &mut self,
        attribute: &'v Attribute,
        want: &'v [Value],
        have: &'v [Value],
        applied: Option<&'v Value>,
    ) -> bool {
        let mut differs = false;
        for at in 0..want.len().max(have.len()) {
            let (want, have) = (want.get(at), have.get(at));
            let is_same = match (want, have) {
                (Some(want), Some(have)) => is_known(want) && element_satisfies(attribute, want, have),
                (Some(_), None) | (None, Some(_) | None) => false,
            };
            if !is_same {
                self.element(attribute, at, want, have, applied);
                differs = true;
            }
        }
        differs || self.has_secret_change(want, applied)
    }

    /// A set: each element finds its partner. In a keyed one, only elements that were last applied are removed.
    pub(super) fn set(
        &mut self,
        attribute: &'v Attribute,
        want: &'v [Value],
        have: &'v [Value],
        applied: Option<&'v Value>,
    ) -> bool {
        let is_all_known = want.iter().all(is_known);
        let known: Vec<Value>;
        let (known, positions): (&[Value], Option<Vec<usize>>) = if is_all_known {
            (want, None)
        } else {
            let positions: Vec<usize> = (0..want.len()).filter(|&at| is_known(&want[at])).collect();
            known = positions.iter().map(|&at| want[at].clone()).collect();
            (&known, Some(positions))
        };
        let unmatched = unmatched(attribute, known, have);
        if unmatched.is_none() && is_all_known {
            return self.has_secret_change(want, applied);
        }
        let (missing, extra) = unmatched.map(|found| (found.missing, found.extra)).unwrap_or_default();
        let position = |at: usize| positions.as_ref().map_or(at, |positions| positions[at]);
        let mut added: Vec<usize> = missing.into_iter().map(position).collect();
        added.extend((0..want.len()).filter(|&at| !is_known(&want[at])));
        added.sort_unstable();

        let is_exclusive = attribute.collection == Collection::Exclusive;
        let was_applied = |entry: &Value| {
            let applied = applied.and_then(Value::as_list).unwrap_or_default();
            applied.iter().any(|applied| element_satisfies(attribute, applied, entry))
        };
        let (removed, foreign): (Vec<usize>, Vec<usize>) =
            extra.into_iter().partition(|&at| is_exclusive || (was_applied(&have[at]) && !self.compared.recovered));
        if added.is_empty() && removed.is_empty() {
            return self.has_secret_change(want, applied);
        }
        self.set_changes(attribute, (want, &added), (have, &removed), applied);
        for at in foreign {
            self.at_index(want.len() + at, |walk| {
                walk.beside(Some(&have[at]), Some(&have[at]), Note::LeftAlone(FOREIGN.into()));
            });
        }
        true
    }

    /// Notes what is added to a set and what is removed; a block that is nearly another one is told as a change of that one.
    fn set_changes(
        &mut self,
        attribute: &'v Attribute,
        (want, added): (&'v [Value], &[usize]),
        (have, removed): (&'v [Value], &[usize]),
        applied: Option<&'v Value>,
    ) {
        let mut left = removed.to_vec();
        for &at in added {
            let unknown = (!is_known(&want[at]) && !left.is_empty()).then_some(0);
            let partner = partner(&want[at], have, &left).or(unknown).map(|index| left.remove(index));
            self.element(attribute, at, Some(&want[at]), partner.map(|partner| &have[partner]), applied);
        }
        for at in left {
            self.element(attribute, want.len() + at, None, Some(&have[at]), applied);
        }
    }

    /// An element of a list or set that differs.
    fn element(
        &mut self,
        attribute: &'v Attribute,
        at: usize,
        want: Option<&'v Value>,
        have: Option<&'v Value>,
        applied: Option<&'v Value>,
    ) {
        self.at_index(at, |walk| match (&attribute.shape.element, want, have) {
            (Element::Block(parts), Some(Value::Map(inner)), Some(Value::Map(old))) => {
                let count = walk.diff.changes.len();
                walk.inside(parts, inner, old);
                if walk.diff.changes.len() == count {
                    walk.change(have, want, None);
                }
            }
            (_, None, Some(entry)) => {
                let applied = applied.and_then(Value::as_list).unwrap_or_default();
                let is_foreign = !applied.iter().any(|applied| element_satisfies(attribute, applied, entry));
                walk.change(Some(entry), None, is_foreign.then_some(Note::Foreign));
            }
            _ => walk.change(have, want, None),
        });
    }

    /// What differs inside of a block that is an element: everything in it is ours.
    fn inside(&mut self, parts: &'v [Attribute], want: &'v Map, have: &'v Map) {
        let keys: BTreeSet<_> = want.iter().chain(have).map(|(key, _)| key).collect();
        for key in keys {
            let (want, have) = (want.get(key), have.get(key));
            let part = parts.iter().find(|part| part.name == key.as_str());
            let is_same = match (part, want, have) {
                (Some(part), _, _) if !counts(part, want) => true,
                (Some(part), Some(want), Some(have)) => is_known(want) && satisfies(part, want, have),
                (Some(part), None, Some(have)) => is_default(part, have),
                (_, Some(want), None) => is_empty(want),
                (None, want, have) => want == have,
                (Some(_), None, None) => true,
            };
            if !is_same {
                let length = self.enter(key);
                self.change(have, want, None);
                self.path.truncate(length);
            }
        }
    }

    /// Secrets inside of elements are not there to be compared: the whole counts as changed when one of them is another.
    fn has_secret_change(&mut self, want: &'v [Value], applied: Option<&'v Value>) -> bool {
        let secrets = |values: &'v [Value]| values.iter().filter(|value| value.has_secret());
        let before = applied.and_then(Value::as_list).unwrap_or_default();
        let is_same = secrets(want).cmp(secrets(before)) == Ordering::Equal;
        if self.compared.recovered || (is_same && secrets(want).all(|secret| self.waits_for(secret).is_none())) {
            return false;
        }
        let (before, after) = (Value::List(before.into()), Value::List(want.into()));
        self.change(Some(&before), Some(&after), Some(Note::Secret));
        true
    }

    fn at_index(&mut self, at: usize, tell: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(&format!("[{at}]"));
        tell(self);
        self.path.truncate(length);
    }
}

/// Whether a part of a block makes two elements different: what the provider sets or chooses and what is not read does not.
fn counts(part: &Attribute, want: Option<&Value>) -> bool {
    let is_read = !is_left_alone(part) && !is_sent_only(part) && !want.is_some_and(Value::has_secret);
    is_read && (want.is_some() || matches!(part.set_by, SetBy::Required | SetBy::Optional))
}

/// Which of the elements that are left is most like a wanted block; none when less than half of it is the same.
fn partner(want: &Value, have: &[Value], left: &[usize]) -> Option<usize> {
    /// Beyond this, looking for partners takes longer than reading the lines.
    const CANDIDATES_MAX: usize = 64;
    let Value::Map(want) = want else { return None };
    let alike = |have: &Value| {
        let same = |(key, value): &&(Name, Value)| have.as_map().and_then(|have| have.get(key)) == Some(value);
        want.iter().filter(same).count()
    };
    let candidates = left.iter().take(CANDIDATES_MAX).enumerate().map(|(index, &at)| (alike(&have[at]), index));
    let (most, index) = candidates.max_by_key(|&(alike, index)| (alike, Reverse(index)))?;
    (most * 2 >= want.len() && most > 0).then_some(index)
}
