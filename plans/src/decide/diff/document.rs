//! A document, field by field: ours are the fields that are declared or were last applied.

use flashinfra_stacks::schema::{Field, FieldRule};

use super::{Sides, Walk, is_within};
use crate::compare::document::{self, Leaf};
use crate::plan::Note;
use crate::value::{Name, Value};

impl<'v> Walk<'_, 'v> {
    /// Whether a document has to be written.
    pub(super) fn document(&mut self, fields: &'v [Field], want: &'v Value, sides: Sides<'v>) -> bool {
        let top = self.path.clone();
        let forcing = self.forcing;
        let mut differs = false;
        // The document as others get it that refer to it, with the values that are left alone.
        let mut left_alone: Option<Value> = None;
        document::each(fields, want, sides.have, sides.applied, &mut |leaf| {
            self.path.truncate(top.len());
            self.path.push_str(leaf.path);
            self.forcing = forcing.or(leaf.fixed.map(|length| top.len() + length));
            if let Some(why) = self.leaves(&leaf) {
                self.beside(leaf.have, leaf.have, Note::LeftAlone(why));
                let so_far = left_alone.as_ref().unwrap_or(want);
                left_alone = document::patched(so_far, leaf.path, leaf.have);
            } else {
                differs |= self.field(fields, &leaf);
            }
        });
        self.path.truncate(top.len());
        self.forcing = forcing;
        if left_alone.is_some() {
            self.diff.left_alone.push((top.as_str().into(), left_alone));
        }
        differs
    }

    /// Why a field is left as it is; none when it is not.
    fn leaves(&self, leaf: &Leaf<'_, 'v>) -> Option<Name> {
        leaf.want?;
        if is_within(self.compared.ignore, &self.path) {
            return Some("ignore".into());
        }
        self.writer(leaf.yields)
    }

    /// Whether a field that differs has to be written.
    fn field(&mut self, fields: &'v [Field], leaf: &Leaf<'_, 'v>) -> bool {
        let Leaf { path: _, want, have, applied, fixed: _, yields } = *leaf;
        match (want, applied) {
            (Some(want @ Value::Secret(_)), _) => return self.sent(want, Sides { have, applied }),
            (Some(want), _) => {
                let writer = self.contest(fields, have.is_some() && applied.is_none());
                self.change(have, Some(want), writer.map(Note::WrittenBy));
            }
            (None, None) => self.change(have, None, Some(Note::Foreign)),
            (None, Some(_)) if self.compared.recovered || is_within(self.compared.ignore, &self.path) => return false,
            // What cannot be changed is not taken away either, and what a controller may write is left to it.
            (None, Some(_)) if yields.is_some() || self.forcing == Some(self.path.len()) => return self.release(have),
            (None, Some(applied)) => {
                let ours = have.map(|have| document::owned(&[], [Some(applied), None], have));
                let writer = self.contest(fields, false);
                self.change(ours.as_ref(), None, writer.map(Note::WrittenBy));
            }
        }
        true
    }

    /// Who else writes the field where the walk is. One that is newly declared, and there, is not taken from them unless somebody said so.
    pub(super) fn contest(&mut self, fields: &[Field], is_new: bool) -> Option<Name> {
        let written_by = document::named(fields, |rule| match rule {
            FieldRule::WrittenBy(attribute) => Some(attribute),
            _ => None,
        });
        let writer = self.writer(written_by)?;
        if is_new && !self.compared.recovered && !self.is_taken(fields) {
            self.diff.contested.push((self.path.as_str().into(), writer.clone()));
        }
        Some(writer)
    }

    /// Who writes the field where the walk is, or the whole of what it is in, as the attribute of this name has it.
    fn writer(&self, attribute: Option<&str>) -> Option<Name> {
        let writers = self.compared.live.get(attribute?)?.as_map()?;
        // The label `app` is not what the label `app.kubernetes.io/name` is in, although its name begins like that.
        let is_scalar = |path: &Name| {
            let value = self.compared.live.at(path);
            value.is_some_and(|value| value.as_map().is_none() && value.as_list().is_none())
        };
        let leads_here = |(path, _): &&(Name, Value)| {
            *path == *self.path || (is_within(std::slice::from_ref(path), &self.path) && !is_scalar(path))
        };
        let nearest = writers.iter().filter(leads_here).max_by_key(|(path, _)| path.len())?;
        nearest.1.as_text().map(Name::from)
    }

    /// Whether somebody said that this field is to be taken from whoever writes it.
    fn is_taken(&self, fields: &[Field]) -> bool {
        let forced_by = document::named(fields, |rule| match rule {
            FieldRule::ForcedBy(attribute) => Some(attribute),
            _ => None,
        });
        let forced = forced_by.and_then(|attribute| self.compared.want.get(attribute)).and_then(Value::as_list);
        forced.unwrap_or_default().iter().filter_map(Value::as_text).any(|forced| forced == self.path)
    }
}
