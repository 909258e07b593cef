//! Declared, owned and there.

use flashinfra_stacks::schema::{Attribute, Container};

use super::super::desired::Desired;
use super::super::diff::{Diff, is_sent_only, owned_part, watched};
use super::super::kinds::Kind;
use super::super::restore;
use super::super::said::is_in;
use super::super::{Alternative, Decision, remains, unguarded};
use super::create::whose;
use super::remove::is_at_work;
use super::{Pass, State};
use crate::compiled::Declared;
use crate::fingerprint::fingerprint;
use crate::ledger::{Owned, Row};
use crate::live::{Object, Phase};
use crate::plan::{Action, AttributeChange, Note, Reason, Refusal};
use crate::references::each_reference;
use crate::value::{Address, Map, Name, Value};

/// A declared resource with its row and its live object.
#[derive(Clone, Copy)]
pub(super) struct Present<'a> {
    pub(super) declared: &'a Declared,
    pub(super) row: &'a Row,
    pub(super) owned: &'a Owned,
    pub(super) object: &'a Object,
}

impl<'a> Pass<'_, 'a> {
    pub(super) fn present(&mut self, position: usize, kind: &Kind<'a>, present: Present<'a>) {
        let Present { declared, row, owned: _, object } = present;
        let stays = |changed| State::Stays { object, computed: &row.computed, changed };
        if !self.is_outdated(position, kind, present) && self.is_busy(position, object) {
            // What is still being made does not have what others are made from.
            self.states[position] =
                if object.phase == Phase::Creating { State::Blocked(position) } else { stays(Vec::new()) };
            return;
        }
        let Some(mut desired) = self.desired[position].take() else { return };
        let is_restored = restore::asked(self.world.input.options, &declared.address).is_some();
        let diff = self.compare(kind, declared, &desired, row, object);
        if !diff.changes.is_empty() || !diff.beside.is_empty() || diff.record {
            self.note_drift(position, kind, row, object);
        }
        self.refuse_contested(position, &diff);
        let forces = self.forces(position, &diff, present);
        let is_noted = diff.record || self.is_row_outdated(position, kind, declared, row);
        let action = match (is_restored, forces.is_empty(), diff.changed.is_empty(), is_noted) {
            (true, _, _, _) => Action::Restore,
            (false, false, _, _) => Action::Replace,
            (false, true, false, _) => Action::Update,
            (false, true, true, true) => Action::Record,
            (false, true, true, false) => Action::Move,
        };
        self.states[position] = match action {
            // What is bound to the old object for life goes with it, whether that one is deleted or not.
            Action::Replace | Action::Restore => State::Made { replaces: true },
            _ => stays(diff.changed.clone()),
        };
        // Others that refer to what is left alone get the value that it has.
        for (path, value) in diff.left_alone.iter().filter(|_| !matches!(action, Action::Replace | Action::Restore)) {
            desired.leave(path, value.as_ref());
        }
        let moved_from = self.world.moves.moved_from(&declared.address).cloned();
        if action == Action::Move && moved_from.is_none() && self.goes_as_served(position, kind, present) {
            self.desired[position] = Some(desired);
            return;
        }
        if action != Action::Move || moved_from.is_some() {
            self.refuse_foreign_mark(position, action, object);
            let mut reasons = reasons(action, forces, &diff, moved_from);
            let protects = super::is_protected(declared, kind);
            if row.recovered {
                // Of such a row only the identity is anybody's word; the rest of it, protection too, ends with this.
                tell_recovered(&mut reasons, kind, declared, row);
            } else if row.protect != protects {
                reasons.retain(|reason| *reason != Reason::Bookkeeping);
                reasons.push(Reason::Protection(protects));
            }
            let mut decision = self.decision(position, kind, action, reasons);
            let before = object.id.clone();
            self.desired[position] = Some(desired);
            let renamed = if is_restored { self.rename(position, kind, declared, Some(row)) } else { None };
            let Some(taken) = self.desired[position].take() else { return };
            desired = taken;
            self.fill(&mut decision, (position, kind), present, &desired, diff);
            if is_restored {
                let named = renamed.map(|(attribute, name)| AttributeChange {
                    path: attribute.into(),
                    before: Some(Value::from(before.as_str())),
                    after: Some(Value::from(name.as_str())),
                    forces_replacement: false,
                    note: None,
                });
                decision.change.attributes.extend(named);
                self.restore(&mut decision, Some(present.owned));
            }
            self.push(position, decision);
        } else {
            let is_not_verified = |change: &AttributeChange| change.note == Some(Note::NotVerified);
            let paths = diff.beside.into_iter().filter(is_not_verified).map(|change| change.path);
            self.note_not_verified(position, paths.collect());
        }
        self.desired[position] = Some(desired);
    }

    /// Whether it is at work on something else than what is declared: that is not waited for.
    fn is_outdated(&self, position: usize, kind: &Kind<'a>, present: Present<'a>) -> bool {
        let Present { declared, row, owned: _, object } = present;
        let differs = |desired: &Desired<'a>| !self.compare(kind, declared, desired, row, object).changed.is_empty();
        is_at_work(kind, object) && self.desired[position].as_ref().is_some_and(differs)
    }

    /// Refuses to touch what is busy under another hand; whether it is.
    pub(super) fn is_busy(&mut self, position: usize, object: &Object) -> bool {
        let is_reconciled = self.world.kind(position).is_some_and(|kind| kind.schema.reconciled);
        let is_test = self.world.nodes[position].declared.is_some_and(|declared| declared.lifecycle.test);
        let doing = match object.phase {
            // One that is at work still, and that nobody waits for any more, is no hindrance.
            Phase::Creating | Phase::Updating if is_reconciled || is_test => return false,
            Phase::Creating => "being created",
            Phase::Updating => "being changed",
            Phase::Deleting => "being deleted",
            Phase::Ready | Phase::Failed => return false,
        };
        let what = Name::from(format!("{} is {doing}", object.id));
        self.refuse(position, Refusal::Busy(self.world.address(position).clone(), what));
        true
    }

    /// Refuses to take fields from others that nobody said are to be taken.
    fn refuse_contested(&mut self, position: usize, diff: &Diff) {
        for (path, writer) in &diff.contested {
            let (address, path, writer) = (self.world.address(position).clone(), path.clone(), writer.clone());
            self.refuse(position, Refusal::Contested { address, path, writer });
        }
    }

    /// Why it takes a new object.
    fn forces(&self, position: usize, diff: &Diff, present: Present<'a>) -> Vec<Reason> {
        let Present { declared, row, owned, object } = present;
        let mut forces = Vec::new();
        if self.world.input.options.replace.contains(&declared.address) {
            forces.push(Reason::Requested);
        }
        if self.runs(declared) {
            forces.push(Reason::RunAgain);
        }
        match self.world.kind(position) {
            // What its controller did not bring about yet is changed until it can.
            Some(kind) if kind.schema.reconciled => {}
            Some(_) | None if !owned.ready => forces.push(Reason::NeverReady),
            Some(_) | None if object.phase == Phase::Failed => forces.push(Reason::Failed),
            Some(_) | None => {}
        }
        if row.provider != declared.provider && !self.is_same_place(row, declared) {
            forces.push(Reason::ForcesReplacement("provider".into()));
        }
        for reason in &diff.forces {
            let is_told = |told: &Reason| match (told, reason) {
                (
                    Reason::ForcesReplacement(told) | Reason::UnknownForcesReplacement(told, _),
                    Reason::ForcesReplacement(name) | Reason::UnknownForcesReplacement(name, _),
                ) => told == name,
                _ => false,
            };
            if !forces.iter().any(is_told) {
                forces.push(reason.clone());
            }
        }
        let mut forces = self.said_fixed(&declared.address, forces);
        match self.lost_place(declared) {
            // That its neighbours go as well, with the same place, says no more.
            Some(lost) => forces.extend((!forces.contains(&lost)).then_some(lost)),
            None => forces.extend(self.lost_with(position, declared, &forces)),
        }
        forces
    }

    /// Dependencies that are replaced and that this object is bound to for life: what cannot be changed in place refers to
    /// them, so it is lost with the old one, even if the value is the same in the new one (a cluster's name).
    fn lost_with(&self, position: usize, declared: &Declared, told: &[Reason]) -> Vec<Reason> {
        let dependencies = self.world.graph.dependencies(position);
        let replaced = |dependency: &usize| matches!(self.states[*dependency], State::Made { replaces: true });
        let Some(kind) = self.world.kind(position).filter(|_| dependencies.iter().any(replaced)) else {
            return Vec::new();
        };
        let mut lost: Vec<Address> = Vec::new();
        for (name, value) in &declared.attributes {
            each_reference(value, name, &mut |reference, path| {
                let is_bound =
                    kind.is_replaced_at(path) && !declared.lifecycle.ignore.iter().any(|ignored| ignored == name);
                let is_replaced = self.world.graph.position(&reference.address).is_some_and(|at| replaced(&at));
                if is_bound && is_replaced && !lost.contains(&reference.address) {
                    lost.push(reference.address.clone());
                }
            });
        }
        let is_told = |address: &Address| {
            told.iter().any(|reason| matches!(reason, Reason::UnknownForcesReplacement(_, told) if told == address))
        };
        lost.retain(|address| !is_told(address));
        lost.into_iter().map(Reason::DependencyReplaced).collect()
    }

    /// Whether two provider instances lead to the same place, so that the object need not move with its declaration.
    fn is_same_place(&self, row: &Row, declared: &Declared) -> bool {
        let places = &self.world.input.observed.places;
        places.get(&row.provider).is_some_and(|place| places.get(&declared.provider) == Some(place))
    }

    /// Whether the row says anything else about the resource than the stack does, apart from attributes.
    fn is_row_outdated(&self, position: usize, kind: &Kind<'a>, declared: &Declared, row: &Row) -> bool {
        let Row { provider, schema_version, depends_on, protect, retain, recovered, .. } = row;
        let dependencies = self.world.graph.dependencies(position);
        let names = dependencies.iter().map(|&dependency| self.world.address(dependency));
        *provider != declared.provider
            || *schema_version != kind.schema.version
            || *protect != super::is_protected(declared, kind)
            || *retain != declared.lifecycle.retain
            || *recovered
            || !names.eq(depends_on.iter())
    }

    /// What carries the mark of another stack is not touched, whatever the ledger says.
    pub(super) fn refuse_foreign_mark(&mut self, position: usize, action: Action, object: &Object) {
        let uuid = &self.world.input.ledger.uuid;
        let is_foreign = object.owner.as_ref().is_some_and(|mark| mark.stack != *uuid);
        if is_foreign && !matches!(action, Action::Record | Action::Forget) {
            let (address, objects) = (self.world.address(position).clone(), vec![object.id.clone()]);
            self.refuse(position, Refusal::Conflict { address, objects, note: whose(object, uuid), can_adopt: false });
        }
    }

    /// What the steps of a decision need.
    fn fill(
        &self,
        decision: &mut Decision,
        (position, kind): (usize, &Kind<'a>),
        present: Present<'a>,
        desired: &Desired<'a>,
        diff: Diff,
    ) {
        let Present { declared, row, owned, object } = present;
        let is_restored = decision.change.action == Action::Restore;
        let is_replaced = decision.change.action == Action::Replace || is_restored;
        let mut row_draft = self.row_draft(position, kind, declared);
        let mut inputs = desired.to_map();
        if is_replaced && !is_restored {
            let forces: Vec<_> = decision.change.reasons.iter().filter(|reason| is_force(reason)).cloned().collect();
            let alternative = self.alternative((position, kind), &forces, (desired, object, &diff), row_draft.clone());
            decision.alternative = alternative.map(|alternative| {
                let before = before(kind, desired, &row.applied, object, &alternative.changed);
                let before = diff.released.iter().fold(before, |before, path| before.with_at(path, None));
                Alternative { before, ..alternative }
            });
        }
        let Diff { changes, beside, changed, forces: _, released, resets, left_alone, record: _, contested: _ } = diff;
        if is_replaced {
            decision.generation = self.next_generation(&declared.address, Some(row));
            (decision.delete_arguments, decision.delete_guards) = remains(kind, Some(desired), &row.applied, object);
        } else {
            decision.generation = owned.generation;
            let absent = left_alone.into_iter().filter(|(_, value)| value.is_none());
            inputs = absent.fold(inputs, |inputs, (path, _)| inputs.with_at(&path, None));
            row_draft.released = resets.iter().map(|(path, _)| path.clone()).collect();
            inputs = resets.into_iter().fold(inputs, |inputs, (path, literal)| inputs.with_at(&path, Some(literal)));
            // What is released is in neither, so that nobody takes it for something to remove.
            let before = before(kind, desired, &row.applied, object, &changed);
            decision.before = released.iter().fold(before, |before, path| before.with_at(path, None));
        }
        decision.inputs = inputs;
        decision.watched = watched(kind, desired, &row.applied, &changed, &declared.lifecycle.ignore);
        let uuid = &self.world.input.ledger.uuid;
        decision.expects = Some(fingerprint(uuid, kind.schema, object, &decision.watched));
        decision.expects_unguarded = unguarded(uuid, kind, object, &decision.watched, &decision.delete_guards);
        decision.owned = Some(owned.clone());
        decision.row = Some(row_draft);
        decision.change.object = Some(object.id.clone());
        let is_kept = |change: &AttributeChange| !is_replaced || change.note != Some(Note::Released);
        let mut attributes: Vec<_> = changes.into_iter().chain(beside).filter(is_kept).collect();
        mark_fixed(&mut attributes, &decision.change.reasons);
        attributes.sort_by(|a, b| a.path.cmp(&b.path));
        decision.change.attributes = attributes;
        if decision.change.action == Action::Update {
            decision.changed = changed;
        }
    }
}

/// A recovered row whose object is as declared is no change of anybody's.
fn tell_recovered(reasons: &mut [Reason], kind: &Kind<'_>, declared: &Declared, row: &Row) {
    if row.provider == declared.provider
        && row.schema_version == kind.schema.version
        && let Some(bookkeeping) = reasons.iter_mut().find(|reason| **reason == Reason::Bookkeeping)
    {
        *bookkeeping = Reason::Recovered;
    }
}

/// Whether an attribute is only told beside what changes.
fn is_left(told: &AttributeChange) -> bool {
    match told.note {
        Some(Note::Released | Note::NotVerified | Note::LeftAlone(_) | Note::ByService) => true,
        Some(Note::Secret | Note::Reset | Note::Foreign | Note::Raw | Note::WrittenBy(_) | Note::ByHand(_)) | None => {
            false
        }
    }
}

/// Says at the attributes which of them take a new object because of what the provider said.
fn mark_fixed(attributes: &mut [AttributeChange], reasons: &[Reason]) {
    let fixed = reasons.iter().filter_map(|reason| match reason {
        Reason::Fixed(path, _) => Some(path),
        _ => None,
    });
    for path in fixed {
        let of_it = attributes.iter_mut().filter(|told| is_in(&told.path, path) || is_in(path, &told.path));
        of_it.for_each(|told| told.forces_replacement |= !is_left(told));
    }
}

/// Whether a reason is one for which it takes a new object.
fn is_force(reason: &Reason) -> bool {
    !matches!(reason, Reason::Differs(_) | Reason::Released(_) | Reason::MovedFrom(_) | Reason::Protection(_))
}

/// Why the action is planned, what decides first.
fn reasons(action: Action, forces: Vec<Reason>, diff: &Diff, moved_from: Option<Address>) -> Vec<Reason> {
    let mut reasons = forces;
    let is_told = |reasons: &[Reason], name: &Name| {
        reasons.iter().any(|reason| match reason {
            Reason::ForcesReplacement(told) | Reason::UnknownForcesReplacement(told, _) | Reason::Fixed(told, _) => {
                told == name || told.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            _ => false,
        })
    };
    let differs: Vec<_> = diff.changed.iter().filter(|name| !is_told(&reasons, name)).cloned().collect();
    reasons.extend(differs.into_iter().map(Reason::Differs));
    if !matches!(action, Action::Replace | Action::Restore) {
        reasons.extend(diff.released.iter().cloned().map(Reason::Released));
    }
    if action == Action::Record {
        reasons.push(Reason::Bookkeeping);
    }
    reasons.extend(moved_from.map(Reason::MovedFrom));
    reasons
}

/// The live values of what changes; of what is not read, the last applied ones.
fn before(kind: &Kind<'_>, desired: &Desired<'_>, applied: &Map, object: &Object, changed: &[Name]) -> Map {
    let of = |name: &Name| {
        let attribute = kind.attribute(name);
        let is_read = !attribute.is_some_and(is_sent_only) && !object.unverified.contains(name);
        let have = if is_read { object.attributes.get(name) } else { applied.get(name) };
        let ours = match attribute {
            Some(attribute) => have.map(|have| owned_part(attribute, desired.get(name), have, applied.get(name))),
            None => have.cloned(),
        };
        let secrets = attribute.and_then(|attribute| secret_entries(attribute, applied.get(name)?));
        let value = match (ours, secrets) {
            (Some(Value::Map(ours)), Some(secrets)) => Some(Value::Map(ours.into_iter().chain(secrets).collect())),
            (None, Some(secrets)) => Some(Value::Map(secrets)),
            (ours, _) => ours,
        };
        value.map(|value| (name.clone(), value))
    };
    changed.iter().filter_map(of).collect()
}

/// The entries of a map that are secrets: they are there, although live does not show them.
fn secret_entries(attribute: &Attribute, applied: &Value) -> Option<Map> {
    let map = applied.as_map().filter(|_| attribute.shape.container == Container::Map)?;
    let secrets: Map = map.iter().filter(|(_, value)| matches!(value, Value::Secret(_))).cloned().collect();
    (!secrets.is_empty()).then_some(secrets)
}
