//! Declared, and nothing owned is there.

use flashinfra_stacks::schema::Identity;

use super::super::kinds::Kind;
use super::super::{Decision, restore};
use super::{Pass, State};
use crate::compiled::Declared;
use crate::ledger::{Owned, Row};
use crate::live::{Live, Object};
use crate::plan::{Action, AttributeChange, Note, Reason, Refusal};
use crate::resolve::shown;
use crate::value::{Address, Name, Value};

impl<'a> Pass<'_, 'a> {
    /// Nothing is owned: whoever has the name of it keeps it, else it is made.
    pub(super) fn without_object(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        row: Option<&'a Row>,
    ) {
        self.states[position] = State::Made { replaces: false };
        // Who has the name in a place that is replaced has it in that one only.
        let live = self.world.nodes[position].live.filter(|_| self.awaited(declared).is_none());
        match live {
            None | Some(Live::Absent) => self.create(position, kind, declared, row, vec![Reason::New]),
            Some(Live::Unreadable { reason }) => self.unreadable(position, reason.clone()),
            Some(Live::Tombstone { note }) => {
                self.refuse(position, Refusal::Tombstone(declared.address.clone(), note.clone()));
            }
            Some(Live::Present(object)) if !object.was_seen() => {
                self.unreadable(position, "whether there is one may not be read with these credentials".into());
            }
            Some(Live::Present(object)) => self.refuse(position, self.name_taken(declared, object)),
        }
    }

    /// Whose the object is that has the name of what is to be made.
    pub(in crate::decide) fn name_taken(&self, declared: &Declared, object: &Object) -> Refusal {
        let uuid = &self.world.input.ledger.uuid;
        let is_free = object.owner.as_ref().is_none_or(|mark| mark.stack == *uuid) && object.managed_by.is_none();
        let (note, can_adopt) = match self.holder(declared, object) {
            Some(holder) => (format!("`{}` is that of `{holder}`, which does not give it up", object.id).into(), false),
            None => (whose(object, uuid), is_free),
        };
        Refusal::Conflict { address: declared.address.clone(), objects: vec![object.id.clone()], note, can_adopt }
    }

    /// The address that owns an object that another one wants to have the name of.
    fn holder(&self, declared: &Declared, object: &Object) -> Option<&'a Address> {
        let places = &self.world.input.observed.places;
        let is_here = |(_, row): &(&Address, &Row)| places.get(&row.provider) == places.get(&declared.provider);
        let mut owners = self.world.input.ledger.owners(declared.address.kind(), &object.id);
        owners.find(is_here).map(|(address, _)| address)
    }

    /// The owned object is gone: another one is made. A row that was to move is forgotten where it was.
    pub(super) fn recreate(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        (row_address, row, owned): (&'a Address, &'a Row, &'a Owned),
        why: Vec<Reason>,
    ) {
        self.states[position] = State::Made { replaces: false };
        self.note_gone(position, owned);
        if *row_address != declared.address {
            self.forget_former(position, kind, (row_address, row, Some(owned)), why.clone());
        }
        self.create(position, kind, declared, Some(row), why);
    }

    pub(in crate::decide) fn create(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        row: Option<&'a Row>,
        reasons: Vec<Reason>,
    ) {
        // The name of what is gone is free, unless another object that is kept has it.
        let is_beside = row.is_some_and(|row| !row.deposed.is_empty());
        if is_beside && restore::asked(self.world.input.options, &declared.address).is_some() {
            self.rename(position, kind, declared, row);
        }
        let mut decision = self.decision(position, kind, Action::Create, reasons);
        let Some(desired) = &self.desired[position] else { return };
        decision.change.attributes = desired
            .iter()
            .map(|(name, value)| {
                let is_raw = kind.attribute(name).is_none();
                let note = if value.has_secret() { Some(Note::Secret) } else { is_raw.then_some(Note::Raw) };
                let (path, after) = (name.clone(), Some(shown(value)));
                AttributeChange { path, before: None, after, forces_replacement: false, note }
            })
            .collect();
        decision.inputs = desired.to_map();
        decision.generation = self.next_generation(&declared.address, row);
        decision.row = Some(self.row_draft(position, kind, declared));
        self.restore(&mut decision, row.and_then(|row| row.current.as_ref()));
        self.push(position, decision);
    }

    /// Makes what is decided for an address from data that is kept, if that is asked for. What it was restored from is no part of
    /// what the row says: nothing is to be done when that is asked for no more.
    pub(super) fn restore(&self, decision: &mut Decision, source: Option<&Owned>) {
        let Some(from) = restore::asked(self.world.input.options, &decision.change.address) else { return };
        let value = restore::value(from, source);
        decision.change.reasons.push(Reason::Restored(restore::told(from, source)));
        decision.change.attributes.extend(restore::changes(&value));
        decision.change.attributes.sort_by(|a, b| a.path.cmp(&b.path));
        decision.inputs = std::mem::take(&mut decision.inputs).with(restore::FROM, value.into());
        if let Some(row) = &mut decision.row {
            row.released.push(Name::new_static(restore::FROM));
        }
    }

    /// Gives what is to be made beside another object a name of its own; the one that was declared, and the new one.
    pub(super) fn rename(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        row: Option<&'a Row>,
    ) -> Option<(&'a str, Name)> {
        let Identity::Named(attribute) = &kind.schema.identity else { return None };
        let name = declared.attributes.get(attribute)?.as_text()?;
        let name = restore::name(name, self.next_generation(&declared.address, row));
        self.desired[position].as_mut()?.leave(attribute, Some(&Value::from(name.as_str())));
        Some((attribute, name))
    }

    /// Several rows could be the one that this address had before: nobody but a person can say which.
    pub(super) fn several_rows(&mut self, position: usize, declared: &Declared, former: &[Address]) {
        let ledger = self.world.input.ledger;
        let rows: Vec<_> = std::iter::once(&declared.address)
            .chain(former)
            .filter(|address| ledger.rows.contains_key(*address))
            .collect();
        let id = |address: &&Address| Some(ledger.rows.get(*address)?.current.as_ref()?.id.clone());
        let objects = rows.iter().filter_map(id).collect();
        let names: Vec<_> = rows.iter().map(|address| format!("`{address}`")).collect();
        let note = format!("{} are all owned, and only one of them can be it", names.join(" and "));
        let (address, note) = (declared.address.clone(), note.into());
        self.refuse(position, Refusal::Conflict { address, objects, note, can_adopt: false });
    }
}

/// Whose an object is, as far as its mark says.
pub(super) fn whose(object: &Object, uuid: &str) -> Name {
    let told = match (&object.owner, &object.managed_by) {
        (Some(mark), _) if mark.stack == uuid => {
            format!(
                "carries this stack's mark for `{}`, generation {}, and the ledger does not know it",
                mark.address, mark.generation
            )
        }
        (Some(mark), _) => format!("carries the mark of stack {} for `{}`", mark.stack, mark.address),
        (None, Some(manager)) => format!("is managed by {manager}"),
        (None, None) => "carries no owner mark".into(),
    };
    format!("`{}` {told}", object.id).into()
}
