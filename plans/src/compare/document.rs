//! Documents: structured values of which only some fields are ours, those that are declared or were last applied.
//!
//! A path is what a person would write (`template.spec.containers[name=app].image`): entries of a list that have names are
//! told by them and all others by position. [`Value::at`] follows such paths, so that one leads to the same field in what is
//! declared, what was applied and what is live.

mod parts;
#[cfg(test)]
mod tests;

use flashinfra_stacks::schema::{Compare, Field, FieldRule, Text};

use super::same_text;
use crate::value::{Name, Value};

pub(crate) use parts::{owned, patched, watched};

/// A field that is not as it should be.
pub(crate) struct Leaf<'w, 'v> {
    /// Where, from the top of the document: empty, `.replicas`, `[0].verbs`.
    pub(crate) path: &'w str,
    /// What is declared; none when it is no longer, or never was.
    pub(crate) want: Option<&'v Value>,
    pub(crate) have: Option<&'v Value>,
    pub(crate) applied: Option<&'v Value>,
    /// How much of the path is that of a field that cannot be changed in place.
    pub(crate) fixed: Option<usize>,
    /// The attribute that says which controllers write such fields.
    pub(crate) yields: Option<&'v str>,
}

/// Calls `found` with each field of ours that is not live as it is declared, and with entries of others in a list that is all ours.
pub(crate) fn each<'v>(
    fields: &'v [Field],
    want: &'v Value,
    have: Option<&'v Value>,
    applied: Option<&'v Value>,
    found: &mut dyn FnMut(Leaf<'_, 'v>),
) {
    Walk { at: At::new(fields), fixed: None, found }.value(Some(want), have, applied);
}

/// Whether everything declared is live.
pub(crate) fn satisfies(fields: &[Field], want: &Value, have: &Value) -> bool {
    let mut is_same = true;
    each(fields, want, Some(have), None, &mut |_| is_same = false);
    is_same
}

/// The attribute that a rule of a whole document names.
pub(crate) fn named<'f>(fields: &'f [Field], is_it: impl Fn(&'f FieldRule) -> Option<&'f Text>) -> Option<&'f str> {
    fields.iter().filter(|field| field.path.is_empty()).find_map(|field| is_it(&field.rule)).map(|name| &**name)
}

/// A step into a document.
#[derive(Clone, Copy)]
enum Part<'v> {
    Key(&'v str),
    Entry,
}

/// Where a walk is.
struct At<'v> {
    fields: &'v [Field],
    parts: Vec<Part<'v>>,
    path: String,
}

/// What is true of the field that a walk is at.
#[derive(Clone, Copy)]
struct Rules<'v> {
    list: ListRule<'v>,
    compare: Compare,
    is_fixed: bool,
    yields: Option<&'v str>,
}

#[derive(Clone, Copy)]
enum ListRule<'v> {
    /// The order counts, and all of it is ours.
    Positions,
    /// Entries have names.
    Keyed(&'v [Text]),
    /// Entries are their names.
    Set,
}

impl<'v> At<'v> {
    fn new(fields: &'v [Field]) -> Self {
        Self { fields, parts: Vec::new(), path: String::new() }
    }

    fn rules(&self) -> Rules<'v> {
        let mut rules = Rules { list: ListRule::Positions, compare: Compare::Exact, is_fixed: false, yields: None };
        for field in self.fields.iter().filter(|field| leads_to(&field.path, &self.parts)) {
            match &field.rule {
                FieldRule::KeyedBy(keys) => rules.list = ListRule::Keyed(keys),
                FieldRule::Set => rules.list = ListRule::Set,
                FieldRule::Compare(compare) => rules.compare = *compare,
                FieldRule::Replace => rules.is_fixed = true,
                FieldRule::YieldTo(attribute) => rules.yields = Some(attribute),
                FieldRule::WrittenBy(_) | FieldRule::ForcedBy(_) => {}
            }
        }
        rules
    }

    /// Does something at a key.
    fn key<R>(&mut self, key: &'v str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.step(Part::Key(key), &format!(".{key}"), inside)
    }

    /// Does something at an entry, told by a name or a position.
    fn entry<R>(&mut self, selector: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.step(Part::Entry, &format!("[{selector}]"), inside)
    }

    fn step<R>(&mut self, part: Part<'v>, text: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        self.path.push_str(text);
        self.parts.push(part);
        let result = inside(self);
        self.parts.pop();
        self.path.truncate(length);
        result
    }
}

/// Whether a path of the schema, `containers[].resources.limits.*`, leads to where these parts do.
fn leads_to(path: &str, parts: &[Part<'_>]) -> bool {
    let mut parts = parts.iter();
    if path.is_empty() {
        return parts.next().is_none();
    }
    for segment in path.split('.') {
        let name = segment.trim_end_matches("[]");
        if !name.is_empty() && !matches!(parts.next(), Some(Part::Key(key)) if name == "*" || *key == name) {
            return false;
        }
        for _ in 0..(segment.len() - name.len()) / 2 {
            if !matches!(parts.next(), Some(Part::Entry)) {
                return false;
            }
        }
    }
    parts.next().is_none()
}

/// What tells an entry from the others: `name=app`, `port=53,protocol=UDP`. None while a part of it is not known.
fn selector(keys: &[Text], entry: &Value) -> Option<String> {
    let mut selector = String::new();
    for key in keys {
        let (name, default) = key.split_once('=').map_or((&**key, None), |(name, default)| (name, Some(default)));
        let text = match entry.as_map()?.get(name) {
            None | Some(Value::Null) => default?.to_owned(),
            Some(value) => scalar(value)?,
        };
        let comma = if selector.is_empty() { "" } else { "," };
        selector.push_str(&format!("{comma}{name}={text}"));
    }
    Some(selector)
}

/// What tells a text of a set from the others.
fn itself(entry: &Value) -> Option<String> {
    scalar(entry).map(|text| format!("={text}"))
}

/// A scalar as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
        Value::Expression(_) | Value::Secret(_) | Value::Unknown => None,
    }
}

impl<'v> ListRule<'v> {
    /// What an entry is called; none where entries have no names.
    fn name(self, entry: &Value) -> Option<String> {
        match self {
            Self::Positions => None,
            Self::Keyed(keys) => selector(keys, entry),
            Self::Set => itself(entry),
        }
    }

    /// The entry of a list that has this name.
    fn find(self, name: &str, entries: Option<&'v Value>) -> Option<&'v Value> {
        entries?.as_list()?.iter().find(|entry| self.name(entry).as_deref() == Some(name))
    }
}

struct Walk<'v, 'f> {
    at: At<'v>,
    fixed: Option<usize>,
    found: &'f mut dyn FnMut(Leaf<'_, 'v>),
}

type Side<'v> = Option<&'v Value>;

impl<'v> Walk<'v, '_> {
    fn value(&mut self, want: Side<'v>, have: Side<'v>, applied: Side<'v>) {
        let rules = self.at.rules();
        let present = |side: Side<'v>| side.filter(|value| **value != Value::Null);
        // A service says by null that it was given something that says nothing, and did not keep it.
        let is_dropped = have == Some(&Value::Null) && want.is_some_and(is_nothing);
        let (want, have, applied) = (present(want), present(have), present(applied));
        let outer = self.fixed;
        if outer.is_none() && rules.is_fixed {
            self.fixed = Some(self.at.path.len());
        }
        match want {
            Some(_) if is_dropped => {}
            Some(want) => self.declared(rules, want, have, applied),
            None => self.unset(rules, have, applied),
        }
        self.fixed = outer;
    }

    fn declared(&mut self, rules: Rules<'v>, want: &'v Value, have: Side<'v>, applied: Side<'v>) {
        match (want, have) {
            (Value::Map(inner), Some(Value::Map(live))) => {
                let before = applied.and_then(Value::as_map);
                let gone = before.into_iter().flatten().filter(|(key, _)| inner.get(key).is_none());
                for key in inner.iter().chain(gone).map(|(key, _)| key) {
                    let applied = before.and_then(|before| before.get(key));
                    self.key(key, inner.get(key), live.get(key), applied);
                }
            }
            (Value::List(entries), Some(Value::List(live))) => match rules.list {
                ListRule::Positions => self.positions(entries, live, applied),
                ListRule::Keyed(_) | ListRule::Set => self.entries(rules, want, have, applied),
            },
            _ => {
                if !is_same(rules.compare, want, have) {
                    self.tell(rules, Some(want), have, applied);
                }
            }
        }
    }

    /// A list that is all ours, entry by entry.
    fn positions(&mut self, want: &'v [Value], have: &'v [Value], applied: Side<'v>) {
        // Entries have no names: what was applied at a position was the same entry only if none came or went.
        let before = applied.and_then(Value::as_list).filter(|before| before.len() == want.len());
        for index in 0..want.len().max(have.len()) {
            let (want, have) = (want.get(index), have.get(index));
            let applied = before.and_then(|before| before.get(index));
            self.at_entry(&index.to_string(), |walk| match want {
                Some(_) => walk.value(want, have, applied),
                None => walk.tell(walk.at.rules(), None, have, applied),
            });
        }
    }

    /// A list whose entries have names: those of others are left alone.
    fn entries(&mut self, rules: Rules<'v>, want: &'v Value, have: Side<'v>, applied: Side<'v>) {
        for (index, entry) in want.as_list().into_iter().flatten().enumerate() {
            match rules.list.name(entry) {
                Some(name) => {
                    let (have, applied) = (rules.list.find(&name, have), rules.list.find(&name, applied));
                    self.at_entry(&name, |walk| walk.value(Some(entry), have, applied));
                }
                None => self.at_entry(&index.to_string(), |walk| walk.tell(rules, Some(entry), None, None)),
            }
        }
        self.gone(rules, Some(want), have, applied);
    }

    /// Entries that were applied, are not declared any more, and are there.
    fn gone(&mut self, rules: Rules<'v>, want: Side<'v>, have: Side<'v>, applied: Side<'v>) {
        for entry in applied.and_then(Value::as_list).into_iter().flatten() {
            let Some(name) = rules.list.name(entry).filter(|name| rules.list.find(name, want).is_none()) else {
                continue;
            };
            if let Some(have) = rules.list.find(&name, have) {
                self.at_entry(&name, |walk| walk.tell(rules, None, Some(have), Some(entry)));
            }
        }
    }

    /// What is no longer declared: those parts of it that were applied and are there.
    fn unset(&mut self, rules: Rules<'v>, have: Side<'v>, applied: Side<'v>) {
        match (have, applied) {
            (Some(Value::Map(live)), Some(Value::Map(before))) if !before.is_empty() => {
                for (key, applied) in before {
                    self.key(key, None, live.get(key), Some(applied));
                }
            }
            (Some(Value::List(_)), Some(Value::List(_))) if !matches!(rules.list, ListRule::Positions) => {
                self.gone(rules, None, have, applied);
            }
            (Some(_), Some(_)) => self.tell(rules, None, have, applied),
            (None, _) | (_, None) => {}
        }
    }

    fn key(&mut self, key: &'v Name, want: Side<'v>, have: Side<'v>, applied: Side<'v>) {
        let length = self.at.path.len();
        self.at.path.push('.');
        self.at.path.push_str(key);
        self.at.parts.push(Part::Key(key));
        self.value(want, have, applied);
        self.at.parts.pop();
        self.at.path.truncate(length);
    }

    fn at_entry(&mut self, selector: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.at.path.len();
        self.at.path.push_str(&format!("[{selector}]"));
        self.at.parts.push(Part::Entry);
        inside(self);
        self.at.parts.pop();
        self.at.path.truncate(length);
    }

    fn tell(&mut self, rules: Rules<'v>, want: Side<'v>, have: Side<'v>, applied: Side<'v>) {
        // What says nothing may change nothing: that it takes a new object is the service's to say.
        let is_silent = have.is_none() && want.is_some_and(is_nothing);
        let (fixed, yields) = (self.fixed.filter(|_| !is_silent), rules.yields);
        (self.found)(Leaf { path: &self.at.path, want, have, applied, fixed, yields });
    }
}

/// Whether a live value is the declared one. What is not there is not the same as what says nothing: that a token is not mounted is said by
/// `false`, and by nothing that it is.
fn is_same(compare: Compare, want: &Value, have: Side<'_>) -> bool {
    let Some(have) = have else { return false };
    if want == have {
        return true;
    }
    match compare {
        Compare::Exact => false,
        Compare::IgnoreCase
        | Compare::Cidr
        | Compare::Json
        | Compare::DomainName
        | Compare::Quantity
        | Compare::Duration => match (scalar(want), scalar(have)) {
            (Some(want), Some(have)) => same_text(compare, &want, &have),
            _ => false,
        },
    }
}

/// Whether a value may be dropped by a service, for which its absence says the same.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Integer(0) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(entries) => entries.is_empty(),
        Value::Map(map) => map.iter().all(|(_, value)| is_nothing(value)),
        Value::Bool(true) | Value::Integer(_) | Value::Expression(_) | Value::Secret(_) | Value::Unknown => false,
    }
}
