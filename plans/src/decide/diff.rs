//! The three-way diff of one resource: what is declared, what was last applied, what is live.
//!
//! Owned is what is declared or was last applied. The walk goes over owned attributes only, and notes a difference where it
//! meets one: where nothing differs, nothing is allocated.

mod collection;
mod document;
mod parts;
mod unset;

use flashinfra_stacks::schema::{Attribute, Change, Collection, Container, Element, Mode, SetBy, Shape};

use super::desired::Desired;
use super::kinds::Kind;
use crate::compare::{element_satisfies, is_empty, is_left_alone, normal, satisfies};
use crate::plan::{AttributeChange, Note, Reason};
use crate::references::each_reference;
use crate::resolve::{is_known, shown};
use crate::value::{Address, Map, Name, Reference, Value};

pub(super) use parts::{owned_part, watched};

/// What is compared.
pub(super) struct Compared<'a> {
    pub(super) kind: &'a Kind<'a>,
    /// What is declared, or was last applied when that is what live is compared with.
    pub(super) want: &'a Desired<'a>,
    pub(super) live: &'a Map,
    /// Attributes that could not be read.
    pub(super) unverified: &'a [Name],
    pub(super) applied: &'a Map,
    /// Whether the row was rebuilt from live: what it does not say is not known, rather than unset.
    pub(super) recovered: bool,
    pub(super) ignore: &'a [Name],
    pub(super) raw: &'a [Name],
    /// The resource whose change makes what a reference leads to known later; none when it is known.
    pub(super) pending: &'a dyn Fn(&Reference) -> Option<Address>,
}

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Diff {
    /// What people see, in the order in which it was met.
    pub(super) changes: Vec<AttributeChange>,
    /// What is worth saying only beside a change: what is left alone, what could not be verified, entries of others.
    pub(super) beside: Vec<AttributeChange>,
    /// The top-level attributes that have to be written.
    pub(super) changed: Vec<Name>,
    /// Why it takes a new object; empty when it does not.
    pub(super) forces: Vec<Reason>,
    /// Paths that are no longer set and stay as they are.
    pub(super) released: Vec<Name>,
    /// Paths that are no longer set and go back to a literal.
    pub(super) resets: Vec<(Name, Value)>,
    /// Paths that are left alone, with the value that they have.
    pub(super) left_alone: Vec<(Name, Option<Value>)>,
    /// Whether what was last applied is not what is declared, although live is.
    pub(super) record: bool,
    /// Fields that are newly declared and that somebody else, who is named, gave another value.
    pub(super) contested: Vec<(Name, Name)>,
}

/// Compares.
pub(super) fn diff(compared: &Compared<'_>) -> Diff {
    let mut walk = Walk { compared, path: String::new(), forcing: None, diff: Diff::default() };
    // Everything is sorted by name, so that one pass over all sides meets each attribute once.
    let mut live = compared.live.iter().peekable();
    let mut have = |name: &Name| {
        while live.next_if(|(live, _)| live < name).is_some() {}
        live.next_if(|(live, _)| live == name).map(|(_, value)| value)
    };
    let mut attribute = compared.kind.in_order();
    let mut top = |name: &Name, want, applied| {
        let sides = Sides { have: have(name), applied };
        walk.top(name, attribute(name), want, sides);
    };
    let mut applied = compared.applied.iter().peekable();
    for (name, want) in compared.want.iter() {
        while let Some((unset, value)) = applied.next_if(|(applied, _)| applied < name) {
            top(unset, None, Some(value));
        }
        let value = applied.next_if(|(applied, _)| applied == name).map(|(_, value)| value);
        top(name, Some(want), value);
    }
    for (unset, value) in applied {
        top(unset, None, Some(value));
    }
    walk.diff
}

struct Walk<'a, 'c> {
    compared: &'c Compared<'a>,
    /// Where the walk is: `tags.Owner`.
    path: String,
    /// How much of the path is that of the attribute that cannot be changed in place.
    forcing: Option<usize>,
    diff: Diff,
}

/// What is known of one attribute.
#[derive(Clone, Copy)]
struct Sides<'v> {
    have: Option<&'v Value>,
    applied: Option<&'v Value>,
}

impl<'v> Walk<'_, 'v> {
    fn top(&mut self, name: &Name, attribute: Option<&'v Attribute>, want: Option<&'v Value>, sides: Sides<'v>) {
        self.path.clear();
        self.path.push_str(name);
        let differs = match attribute {
            Some(attribute) => self.attribute(attribute, want, sides),
            None => self.raw(want, sides),
        };
        if differs {
            self.diff.changed.push(name.clone());
        }
    }

    /// Whether an attribute, at the top or in a single block, has to be written.
    fn attribute(&mut self, attribute: &'v Attribute, want: Option<&'v Value>, sides: Sides<'v>) -> bool {
        // Nothing is what a reference to nothing leads to: as if the stack did not set it.
        if want == Some(&Value::Null) && (is_left_alone(attribute) || self.is_ignored()) {
            return false;
        }
        let (want, applied) =
            (want.filter(|want| **want != Value::Null), sides.applied.filter(|value| **value != Value::Null));
        let sides = Sides { applied, ..sides };
        if attribute.delete_argument {
            self.diff.record |= want != sides.applied;
            return false;
        }
        if attribute.set_by == SetBy::Provider {
            return false;
        }
        let outer = self.forcing;
        if outer.is_none() && self.forces(attribute, sides.have) {
            self.forcing = Some(self.path.len());
        }
        let differs = match want {
            Some(want) => self.declared(attribute, want, sides),
            None => sides.applied.is_some_and(|applied| self.unset(attribute, sides.have, applied)),
        };
        self.forcing = outer;
        differs
    }

    /// Whether another value than this live one takes a new object. What could not be read may well be set.
    fn forces(&self, attribute: &Attribute, have: Option<&Value>) -> bool {
        match attribute.change {
            Change::Update => false,
            Change::Replace => true,
            Change::Once => {
                have.is_some_and(|have| !is_empty(have))
                    || self.compared.unverified.iter().any(|path| *path == self.path)
            }
        }
    }

    fn declared(&mut self, attribute: &'v Attribute, want: &'v Value, sides: Sides<'v>) -> bool {
        if is_left_alone(attribute) || self.is_ignored() {
            self.leave_alone(attribute, want, sides);
            return false;
        }
        if is_sent_only(attribute) || matches!(want, Value::Secret(_)) || is_kept_back(attribute, want, sides.have) {
            self.contest_unread(attribute, want, sides.applied);
            return self.sent(want, sides);
        }
        if self.compared.unverified.iter().any(|path| *path == self.path) {
            return self.unverified(attribute, want, sides);
        }
        // In a document null says something.
        let is_document =
            matches!(&attribute.shape, Shape { container: Container::One, element: Element::Document(_) });
        let have = sides.have.filter(|have| is_document || **have != Value::Null);
        let differs = self.value(attribute, want, Sides { have, ..sides });
        if !differs && !sides.applied.is_some_and(|applied| is_recorded(attribute, want, applied)) {
            self.diff.record = true;
        }
        differs
    }

    /// What is never readable again: compared with what was last applied, secrets by their source and version.
    fn sent(&mut self, want: &'v Value, sides: Sides<'v>) -> bool {
        let waits = self.waits_for(want);
        if sides.applied.is_none() && self.compared.recovered {
            self.diff.record = true;
            self.beside(sides.have, Some(want), Note::NotVerified);
            return false;
        }
        if sides.applied == Some(want) && waits.is_none() {
            return false;
        }
        let note = want.has_secret().then_some(Note::Secret);
        self.change(sides.applied, Some(want), note);
        true
    }

    fn unverified(&mut self, attribute: &'v Attribute, want: &'v Value, sides: Sides<'v>) -> bool {
        let Some(applied) = sides.applied else {
            // Nobody knows what is there: a row that was rebuilt takes it as it is, else it is sent once.
            if self.compared.recovered {
                self.beside(None, Some(want), Note::NotVerified);
            } else {
                self.change(None, Some(want), Some(Note::NotVerified));
            }
            return !self.compared.recovered;
        };
        if want == applied || (is_known(want) && normal(attribute, want) == normal(attribute, applied)) {
            self.beside(Some(applied), Some(want), Note::NotVerified);
            return false;
        }
        self.change(Some(applied), Some(want), Some(Note::NotVerified));
        true
    }

    /// What is set outside the schema. The adapter may not read it: then what was last applied stands for live.
    fn raw(&mut self, want: Option<&'v Value>, sides: Sides<'v>) -> bool {
        let Some(want) = want else {
            if !self.compared.recovered {
                self.release(sides.have);
            }
            return false;
        };
        if self.is_ignored() {
            self.ignore(want, sides);
            return false;
        }
        if matches!(want, Value::Secret(_)) {
            return self.sent(want, sides);
        }
        let is_taken = sides.have.is_none() && sides.applied.is_none() && self.compared.recovered;
        let differs = !is_known(want) || (sides.have.or(sides.applied) != Some(want) && !is_taken);
        if differs {
            self.change(sides.have.or(sides.applied), Some(want), Some(Note::Raw));
        } else {
            self.diff.record |= sides.applied != Some(want);
        }
        differs
    }

    fn leave_alone(&mut self, attribute: &'v Attribute, want: &'v Value, sides: Sides<'v>) {
        let why = match &attribute.mode {
            _ if self.is_ignored() => "ignore",
            Mode::YieldTo(controller) => controller,
            Mode::Initial => "initial",
            Mode::Enforce | Mode::AtLeast | Mode::Prefix | Mode::WriteOnly => "ignore",
        };
        let differs = match sides.have {
            Some(have) => !satisfies(attribute, want, have),
            None => !is_empty(want) && !attribute.secret,
        };
        if differs {
            let is_keyed = attribute.collection == Collection::Keyed && attribute.shape.container != Container::One;
            let left = match sides.have {
                // Entries of others do not become ours while nobody writes the collection.
                Some(have) if is_keyed => {
                    Some(owned_part(attribute, None, have, sides.applied)).filter(|ours| !is_empty(ours))
                }
                have => have.or(sides.applied).cloned(),
            };
            self.note_left_alone(why, (want, left), sides);
        }
    }

    /// What is ignored and has no schema of its own to be compared under.
    fn ignore(&mut self, want: &'v Value, sides: Sides<'v>) {
        if sides.have != Some(want) {
            self.note_left_alone("ignore", (want, sides.have.or(sides.applied).cloned()), sides);
        }
    }

    /// `left` is what it is left with of what is ours.
    fn note_left_alone(&mut self, why: &str, (want, left): (&Value, Option<Value>), sides: Sides<'v>) {
        if left.as_ref() != Some(want) {
            self.diff.left_alone.push((self.path.as_str().into(), left));
        }
        self.beside(sides.have, sides.have, Note::LeftAlone(why.into()));
    }

    /// Whether a value has to be written; `have` is never null but for a document.
    fn value(&mut self, attribute: &'v Attribute, want: &'v Value, sides: Sides<'v>) -> bool {
        let Sides { have, applied } = sides;
        if let Value::Expression(_) | Value::Unknown = want {
            self.change(have, Some(want), None);
            return true;
        }
        match (attribute.shape.container, &attribute.shape.element, want, have) {
            (Container::One, Element::Block(parts), Value::Map(want), None | Some(Value::Map(_))) => {
                self.block(parts, want, have.and_then(Value::as_map), applied.and_then(Value::as_map))
            }
            (Container::One, Element::Document(fields), _, _) => self.document(fields, want, sides),
            (Container::Map, _, Value::Map(want), None | Some(Value::Map(_))) => {
                self.map(attribute, want, have.and_then(Value::as_map), applied.and_then(Value::as_map))
            }
            (Container::List, _, Value::List(want), None | Some(Value::List(_))) => {
                self.list(attribute, want, have.and_then(Value::as_list).unwrap_or_default(), applied)
            }
            (Container::Set, _, Value::List(want), None | Some(Value::List(_))) => {
                self.set(attribute, want, have.and_then(Value::as_list).unwrap_or_default(), applied)
            }
            (container, ..) => {
                let is_same = is_known(want)
                    && match have {
                        Some(have) if container == Container::One => element_satisfies(attribute, want, have),
                        Some(have) => want == have || (is_empty(want) && is_empty(have)),
                        None => is_empty(want),
                    };
                if !is_same {
                    self.change(have, Some(want), None);
                }
                !is_same
            }
        }
    }

    /// A single block: attribute by attribute, as at the top.
    fn block(
        &mut self,
        parts: &'v [Attribute],
        want: &'v Map,
        have: Option<&'v Map>,
        applied: Option<&'v Map>,
    ) -> bool {
        let unset =
            applied.into_iter().flatten().filter(|(name, _)| want.get(name).is_none()).map(|(name, _)| (name, None));
        let declared = want.iter().map(|(name, value)| (name, Some(value)));
        let mut differs = false;
        for (name, want) in declared.chain(unset) {
            let sides = Sides {
                have: have.and_then(|have| have.get(name)),
                applied: applied.and_then(|applied| applied.get(name)),
            };
            let length = self.enter(name);
            differs |= match parts.iter().find(|part| part.name == name.as_str()) {
                Some(part) => self.attribute(part, want, sides),
                None => self.raw(want, sides),
            };
            self.path.truncate(length);
        }
        differs
    }

    fn is_ignored(&self) -> bool {
        self.compared.ignore.iter().any(|ignored| *ignored == self.path)
    }

    /// Goes one step down; the length is what to go back to.
    fn enter(&mut self, key: &str) -> usize {
        let length = self.path.len();
        self.path.push('.');
        self.path.push_str(key);
        length
    }

    /// The resource that a value waits for.
    fn waits_for(&self, value: &Value) -> Option<Address> {
        let mut found = None;
        each_reference(value, "", &mut |reference, _| {
            found = found.take().or_else(|| (self.compared.pending)(reference));
        });
        found
    }

    /// A difference that has to be written.
    fn change(&mut self, before: Option<&Value>, after: Option<&Value>, note: Option<Note>) {
        let path: Name = self.path.as_str().into();
        if let Some(length) = self.forcing {
            let attribute = Name::from(&self.path[..length]);
            let unknown = after.filter(|after| !is_known(after)).and_then(|after| self.waits_for(after));
            self.diff.forces.push(match unknown {
                Some(address) => Reason::UnknownForcesReplacement(attribute, address),
                None => Reason::ForcesReplacement(attribute),
            });
        }
        let note = note.or_else(|| self.compared.raw.iter().any(|raw| *raw == self.path).then_some(Note::Raw));
        let (before, after, forces_replacement) = (before.map(shown), after.map(shown), self.forcing.is_some());
        self.diff.changes.push(AttributeChange { path, before, after, forces_replacement, note });
    }

    fn beside(&mut self, before: Option<&Value>, after: Option<&Value>, note: Note) {
        let (path, before, after) = (self.path.as_str().into(), before.map(shown), after.map(shown));
        self.diff.beside.push(AttributeChange { path, before, after, forces_replacement: false, note: Some(note) });
    }
}

/// Whether the service keeps a whole list to itself because one of its entries is a secret: a list with a gap would be
/// another list.
fn is_kept_back(attribute: &Attribute, want: &Value, have: Option<&Value>) -> bool {
    match attribute.shape.container {
        Container::List | Container::Set => have.is_none_or(is_empty) && want.has_secret(),
        Container::One | Container::Map => false,
    }
}

/// Whether what was last applied is what is declared.
fn is_recorded(attribute: &Attribute, want: &Value, applied: &Value) -> bool {
    match (attribute.shape.container, &attribute.shape.element, applied) {
        // The parts of a block are looked at one by one on the way.
        (Container::One, Element::Block(_), Value::Map(_)) => true,
        _ => want == applied || normal(attribute, want) == normal(attribute, applied),
    }
}

/// Whether a path is one of these, or leads through one.
fn is_within(places: &[Name], path: &str) -> bool {
    let leads_through = |place: &Name| {
        path.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    places.iter().any(leads_through)
}

/// Whether an attribute is sent and never readable again.
pub(super) fn is_sent_only(attribute: &Attribute) -> bool {
    attribute.mode == Mode::WriteOnly || attribute.secret
}
