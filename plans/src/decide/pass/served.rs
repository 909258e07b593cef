//! What is deleted on purpose once it has done what it is for, or when it could not: hooks, as a rule. Nothing is missing then.

use super::super::kinds::Kind;
use super::present::Present;
use super::{Pass, State};
use crate::compiled::Declared;
use crate::ledger::{Owned, Row};
use crate::live::{Object, Phase};
use crate::plan::{Reason, RowDraft};
use crate::value::{Address, Name};

impl<'a> Pass<'_, 'a> {
    /// A row whose object is gone on purpose. It is made again when it is declared differently from what was applied, and at no other
    /// time.
    pub(super) fn spent(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        (address, row): (&'a Address, &'a Row),
    ) {
        let Some(desired) = self.desired[position].take() else { return };
        let applied = row.applied.iter();
        let attributes = applied.fold(row.computed.clone(), |all, (name, value)| all.with(name.clone(), value.clone()));
        let (id, phase, unverified) = (Name::default(), Phase::Ready, Vec::new());
        let before = Object { id, phase, attributes, unverified, owner: None, managed_by: None };
        let diff = self.compare(kind, declared, &desired, row, &before);
        self.desired[position] = Some(desired);
        let is_requested = self.world.input.options.replace.contains(&declared.address);
        let is_same = diff.changed.is_empty() && diff.forces.is_empty();
        let mut reasons: Vec<Reason> = is_requested.then_some(Reason::Requested).into_iter().collect();
        if *address != declared.address {
            self.forget_former(position, kind, (address, row, None), vec![Reason::Served]);
            reasons.push(Reason::New);
        } else if !is_same {
            reasons.push(Reason::RunAgain);
            reasons.extend(diff.changed.into_iter().map(Reason::Differs));
        } else if !is_requested {
            self.states[position] = State::Spent { computed: &row.computed };
            return;
        }
        reasons.extend(row.current.iter().map(|owned| Reason::Vanished(owned.id.clone())));
        let first = self.decisions.len();
        self.without_object(position, kind, declared, Some(row));
        if let Some((_, decision)) = self.decisions.get_mut(first) {
            decision.change.reasons = reasons;
        }
    }

    /// Whether an object that is as declared is to go, since it has done what it is for; then it does.
    pub(super) fn goes_as_served(&mut self, position: usize, kind: &Kind<'a>, present: Present<'a>) -> bool {
        let Present { declared, row, owned, object } = present;
        if !is_spent(declared, owned) || object.phase != Phase::Ready {
            return false;
        }
        self.delete(position, kind, (row, owned, object), Reason::Served);
        if let Some((_, decision)) = self.decisions.last_mut() {
            // The row stays: it says what was done.
            decision.row = Some(RowDraft::of(row));
        }
        true
    }

    /// What is over goes: what has done what it is for, and what could not, where that is asked for.
    pub(super) fn tidy(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        (row, owned, object): (&'a Row, &'a Owned, &'a Object),
    ) {
        if self.goes_as_served(position, kind, Present { declared, row, owned, object }) {
            return;
        }
        if declared.lifecycle.delete_after_failure && object.phase == Phase::Failed {
            self.delete(position, kind, (row, owned, object), Reason::Failed);
        }
    }
}

/// Whether an object that is gone has done what it is for, so that nobody misses it.
pub(super) fn is_spent(declared: &Declared, owned: &Owned) -> bool {
    declared.lifecycle.delete_after_success && !declared.lifecycle.test && owned.ready
}
