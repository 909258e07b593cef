//! Owned, and not to be there any more.

use super::super::kinds::Kind;
use super::super::restore;
use super::super::{remains, unguarded};
use super::{Pass, State};
use crate::fingerprint::fingerprint;
use crate::ledger::{Owned, Row};
use crate::live::{Live, Object, Phase};
use crate::plan::{Action, Kept, Mode, Reason, RowDraft};
use crate::value::Address;

/// Whether an object is in the middle of what it does until it is done: then it may go.
pub(super) fn is_at_work(kind: &Kind<'_>, object: &Object) -> bool {
    kind.schema.ends && matches!(object.phase, Phase::Creating | Phase::Updating)
}

impl<'a> Pass<'_, 'a> {
    /// A row that nothing declares, or any row when everything goes.
    pub(super) fn remove(&mut self, position: usize, kind: &Kind<'a>, address: &'a Address, row: &'a Row) {
        if !self.deposed(position, kind, address, row) {
            return;
        }
        let Some(owned) = &row.current else {
            if row.is_spent() {
                self.forget_former(position, kind, (address, row, None), vec![Reason::Served]);
            }
            return;
        };
        self.owned += 1;
        let why = match self.world.input.options.mode {
            Mode::Destroy => Reason::Destroying,
            Mode::Apply | Mode::RefreshOnly | Mode::Test | Mode::Tidy => Reason::NotDeclared,
        };
        match self.world.nodes[position].live {
            None => match self.gone_with(row) {
                Some(place) => {
                    self.note_vanished(position);
                    self.note_gone(position, owned);
                    self.forget(position, kind, owned, vec![why, Reason::LostWith(place)], None);
                }
                None => self.unreadable(position, self.unread(row)),
            },
            Some(Live::Unreadable { reason }) => self.unreadable(position, reason.clone()),
            Some(live @ (Live::Absent | Live::Tombstone { .. })) => {
                if *live == Live::Absent {
                    self.note_vanished(position);
                }
                self.note_gone(position, owned);
                self.forget(position, kind, owned, vec![why, Reason::Vanished(owned.id.clone())], None);
            }
            Some(Live::Present(object)) if row.retain => self.forget(position, kind, owned, vec![why], Some(object)),
            Some(Live::Present(object)) => {
                self.states[position] = State::Stays { object, computed: &row.computed, changed: Vec::new() };
                // What is being deleted already is only waited for, and what ends by itself is not.
                if object.phase == Phase::Deleting || is_at_work(kind, object) || !self.is_busy(position, object) {
                    self.note_drift(position, kind, row, object);
                    self.delete(position, kind, (row, owned, object), why);
                }
            }
        }
    }

    pub(super) fn delete(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        (row, owned, object): (&Row, &Owned, &Object),
        why: Reason,
    ) {
        self.refuse_foreign_mark(position, Action::Delete, object);
        let mut decision = self.decision(position, kind, Action::Delete, vec![why]);
        (decision.delete_arguments, decision.delete_guards) = remains(kind, None, &row.applied, object);
        let want = super::Desired::literal(&row.applied);
        decision.watched = super::super::diff::watched(kind, &want, &row.applied, &[], &[]);
        let uuid = &self.world.input.ledger.uuid;
        decision.expects = Some(fingerprint(uuid, kind.schema, object, &decision.watched));
        decision.expects_unguarded = unguarded(uuid, kind, object, &decision.watched, &decision.delete_guards);
        decision.change.object = Some(object.id.clone());
        decision.owned = Some(owned.clone());
        decision.generation = owned.generation;
        self.push(position, decision);
    }

    pub(super) fn forget(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        owned: &Owned,
        reasons: Vec<Reason>,
        object: Option<&Object>,
    ) {
        let mut decision = self.decision(position, kind, Action::Forget, reasons);
        decision.change.object = object.map(|object| object.id.clone());
        decision.owned = Some(owned.clone());
        decision.generation = owned.generation;
        self.push(position, decision);
    }

    /// The row of a resource whose object is gone, on purpose where the row knows of none: what comes at a new address is another
    /// object.
    pub(super) fn forget_former(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        (address, row, owned): (&Address, &Row, Option<&Owned>),
        why: Vec<Reason>,
    ) {
        let mut decision = self.decision(position, kind, Action::Forget, why);
        decision.change.address = address.clone();
        decision.change.protected = row.protect;
        decision.change.at.clone_from(&row.at);
        decision.provider = row.provider.clone();
        decision.owned = owned.cloned();
        decision.generation = owned.map_or(row.generation, |owned| owned.generation);
        self.push(position, decision);
    }

    /// Whether a deposed object stays: what holds data, and was there before a restore, is not deleted before somebody allows it by
    /// name. The deletion of what another replacement left was allowed with that replacement.
    pub(super) fn keeps(&mut self, position: usize, kind: &Kind<'a>, owned: &Owned, live: &Live) -> bool {
        let node = self.world.nodes[position];
        let (Some(declared), Some((_, row))) = (node.declared, node.row) else { return false };
        let address = self.world.address(position);
        let is_restored = row.current.as_ref().is_some_and(|current| restore::is_restored(kind, declared, current));
        let is_kept = is_restored
            && kind.schema.stateful
            && super::is_protected(declared, kind)
            && matches!(live, Live::Present(object) if object.phase != Phase::Deleting)
            && !self.world.input.options.allow_destroy.contains(address);
        if is_kept {
            let (address, object) = (address.clone(), owned.id.clone());
            self.kept.push(Kept { address, generation: owned.generation, object });
        }
        is_kept
    }

    /// What an earlier replacement left behind.
    pub(super) fn delete_deposed(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        row: &'a Row,
        owned: &'a Owned,
        live: &'a Live,
    ) {
        let mut reasons = vec![Reason::Deposed(owned.generation)];
        let mut decision = match live {
            Live::Present(object) => {
                if object.phase != Phase::Deleting && self.is_busy(position, object) {
                    return;
                }
                self.refuse_foreign_mark(position, Action::DeleteDeposed, object);
                let mut decision = self.decision(position, kind, Action::DeleteDeposed, reasons);
                (decision.delete_arguments, decision.delete_guards) = remains(kind, None, &row.applied, object);
                // The row says what was applied to the current object, not to this one.
                let uuid = &self.world.input.ledger.uuid;
                decision.expects = Some(fingerprint(uuid, kind.schema, object, &[]));
                decision.expects_unguarded = unguarded(uuid, kind, object, &[], &decision.delete_guards);
                decision.change.object = Some(object.id.clone());
                decision
            }
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => {
                reasons.push(Reason::Vanished(owned.id.clone()));
                self.decision(position, kind, Action::DeleteDeposed, reasons)
            }
        };
        decision.change.address = self.deposed_address(position);
        decision.owned = Some(owned.clone());
        decision.generation = owned.generation;
        decision.row = row.current.is_some().then(|| RowDraft::of(row));
        self.push(position, decision);
    }

    /// Where a deposed object is deleted: at the address that its row has once it moved, unless there is nothing left to move, or
    /// what is there is busy and stays where it is.
    fn deposed_address(&self, position: usize) -> Address {
        let address = self.world.address(position);
        let Some((row_address, row)) = self.world.nodes[position].row else { return address.clone() };
        let moves = match self.world.nodes[position].live {
            Some(Live::Present(object)) => {
                let takes_changes = |phase| match phase {
                    Phase::Ready | Phase::Failed => true,
                    Phase::Creating | Phase::Updating => {
                        self.world.kind(position).is_some_and(|kind| kind.schema.reconciled)
                    }
                    Phase::Deleting => false,
                };
                row.current.is_some() && takes_changes(object.phase)
            }
            Some(Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. }) | None => false,
        };
        if moves { address.clone() } else { row_address.clone() }
    }
}
