//! Tests: what runs against what is applied, and what of it is left. Whatever else the stack has stays as it is.

use super::super::PlanError;
use super::super::desired::Desired;
use super::super::kinds::Kind;
use super::super::world::Node;
use super::{Pass, State};
use crate::compiled::Declared;
use crate::ledger::Row;
use crate::live::{Live, Phase};
use crate::plan::{Mode, Reason};
use crate::value::Address;

impl<'a> Pass<'_, 'a> {
    /// Whether a resource is a test that is to run.
    pub(super) fn runs(&self, declared: &Declared) -> bool {
        declared.lifecycle.test && self.world.input.options.tests.contains(&declared.address)
    }

    /// A test that is to run: made, and made anew where something of its last run is left.
    pub(super) fn test(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        row: Option<(&'a Address, &'a Row)>,
    ) {
        // What was given another address has it once that is applied.
        let is_applied = |at: &usize| {
            let row = self.world.nodes[*at].row;
            row.is_none_or(|(address, _)| address == self.world.address(*at))
        };
        let is_there = |at: &usize| {
            let is_there = matches!(self.states[*at], State::Stays { .. } | State::Spent { .. } | State::Made { .. });
            is_there && is_applied(at)
        };
        let missing = self.world.graph.dependencies(position).into_iter().find(|at| !is_there(at));
        if let Some(missing) = missing {
            let (test, needs) = (declared.address.clone(), self.world.address(missing).clone());
            let is_test = self.world.nodes[missing].declared.is_some_and(|declared| declared.lifecycle.test);
            let at = declared.at.clone();
            self.error = self.error.take().or(Some(PlanError::NotApplied { test, needs, is_test, at }));
            return;
        }
        self.declared(position, kind, declared, row);
    }

    /// What a test left that is no part of this plan: nothing, when it passed. One that did not stays until it runs again, to be
    /// looked at.
    pub(super) fn left_by_test(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &Declared,
        row: Option<(&'a Address, &'a Row)>,
    ) {
        let Some((address, row)) = row else { return };
        if !self.deposed(position, kind, address, row) {
            return;
        }
        let Some(owned) = &row.current else {
            // It was something else once, and has done what it was for.
            if row.is_spent() {
                self.forget_former(position, kind, (address, row, None), vec![Reason::Served]);
            }
            return;
        };
        let why = Reason::LeftByTest;
        match self.world.nodes[position].live {
            // The next run finds out.
            None | Some(Live::Unreadable { .. }) => {}
            // An apply looks again before it believes that: a new object may not be shown yet.
            Some(Live::Absent | Live::Tombstone { .. }) => {
                self.forget(position, kind, owned, vec![why, Reason::Vanished(owned.id.clone())], None);
            }
            Some(Live::Present(object)) => {
                self.states[position] = State::Stays { object, computed: &row.computed, changed: Vec::new() };
                let has_passed = owned.ready && matches!(object.phase, Phase::Ready | Phase::Deleting);
                if has_passed || (declared.lifecycle.delete_after_failure && object.phase == Phase::Failed) {
                    self.delete(position, kind, (row, owned, object), why);
                }
            }
        }
    }

    /// What a plan leaves as it is, for what refers to it: it has what was last applied.
    /// What is over is all that a plan to tidy up takes away.
    pub(super) fn as_it_is(&mut self, position: usize, kind: &Kind<'a>, node: Node<'a>) {
        let Some((address, row)) = node.row else { return };
        if row.is_spent() {
            self.desired[position] = Some(Desired::literal(&row.applied));
            self.states[position] = State::Spent { computed: &row.computed };
        }
        let (Some(owned), Some(Live::Present(object))) = (&row.current, node.live) else { return };
        self.desired[position] = Some(Desired::literal(&row.applied));
        self.states[position] = State::Stays { object, computed: &row.computed, changed: Vec::new() };
        // What was given another address goes once it has it.
        let declared = node.declared.filter(|declared| declared.address == *address);
        let options = self.world.input.options;
        if let (Mode::Tidy, Some(declared), true) = (options.mode, declared, options.tests.is_empty()) {
            self.tidy(position, kind, declared, (row, owned, object));
        }
    }
}
