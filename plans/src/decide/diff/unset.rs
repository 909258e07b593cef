//! What the stack does not set any more.

use flashinfra_stacks::schema::{Attribute, Change, Container, Unset};

use super::{Walk, is_sent_only, owned_part};
use crate::compare::{is_default, is_empty, is_left_alone, reset_literal};
use crate::plan::{AttributeChange, Note};
use crate::resolve::shown;
use crate::value::Value;

impl<'v> Walk<'_, 'v> {
    /// What is no longer set. Never takes a new object.
    pub(super) fn unset(&mut self, attribute: &'v Attribute, have: Option<&'v Value>, applied: &'v Value) -> bool {
        if self.compared.recovered {
            return false;
        }
        let is_own = self.forcing == Some(self.path.len()) && attribute.change == Change::Replace;
        if is_own && attribute.unset == Unset::Clear {
            // The schema says that it can be taken away in place, whatever setting it takes (a read replica is promoted).
            self.forcing = None;
        }
        let have = if self.compared.unverified.iter().any(|path| *path == self.path) { Some(applied) } else { have };
        let is_sent_only = is_sent_only(attribute) || is_hidden(attribute, applied);
        match &attribute.unset {
            _ if self.forcing.is_some() || is_left_alone(attribute) || self.is_ignored() => self.release(have),
            Unset::Release => self.release(have),
            Unset::Reset(_) => {
                let Some(literal) = reset_literal(attribute) else { return self.release(have) };
                let is_there = match have {
                    Some(have) => !is_sent_only && is_default(attribute, have),
                    None => !is_sent_only,
                };
                if is_there {
                    return self.release(have);
                }
                self.change(have, Some(&literal), Some(Note::Reset));
                self.diff.resets.push((self.path.as_str().into(), literal));
                true
            }
            Unset::Clear => {
                let ours =
                    have.map(|have| owned_part(attribute, None, have, Some(applied))).filter(|ours| !is_empty(ours));
                if ours.is_none() && !is_sent_only {
                    return self.release(have);
                }
                self.change(ours.as_ref(), None, is_sent_only.then_some(Note::Secret));
                true
            }
        }
    }

    /// Lets go of what stays as it is. It is nothing to write.
    pub(super) fn release(&mut self, have: Option<&Value>) -> bool {
        self.diff.released.push(self.path.as_str().into());
        self.diff.record = true;
        let (before, note) = (have.map(shown), Some(Note::Released));
        let path = self.path.as_str().into();
        self.diff.changes.push(AttributeChange { path, before, after: None, forces_replacement: false, note });
        false
    }
}

/// Whether live does not show that a value is there: a secret, or a map of secrets. A block with a secret in it shows.
fn is_hidden(attribute: &Attribute, applied: &Value) -> bool {
    let is_secret = |value: &Value| matches!(value, Value::Secret(_));
    match (attribute.shape.container, applied) {
        (Container::Map, Value::Map(map)) => map.iter().any(|(_, entry)| is_secret(entry)),
        (Container::List | Container::Set, Value::List(entries)) => entries.iter().any(is_secret),
        (Container::One | Container::List | Container::Set | Container::Map, _) => is_secret(applied),
    }
}
