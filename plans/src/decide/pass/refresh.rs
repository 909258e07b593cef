//! Only the ledger is brought up to date: it takes over what is live.

use super::super::desired::Desired;
use super::super::diff::{owned_part, watched};
use super::super::drift;
use super::super::kinds::Kind;
use super::{Pass, State};
use crate::fingerprint::fingerprint;
use crate::ledger::{Owned, Row};
use crate::live::{Live, Object, Phase};
use crate::plan::{Action, AttributeChange, Reason, RowDraft};
use crate::value::{Map, Name};

impl<'a> Pass<'_, 'a> {
    pub(super) fn refresh(&mut self, position: usize, kind: &Kind<'a>, row: &'a Row) {
        self.desired[position] = Some(Desired::literal(&row.applied));
        let Some(owned) = &row.current else { return };
        self.owned += 1;
        match self.world.nodes[position].live {
            None => match self.gone_with(row) {
                Some(place) => {
                    self.note_vanished(position);
                    self.note_gone(position, owned);
                    if row.deposed.is_empty() {
                        self.forget(position, kind, owned, vec![Reason::LostWith(place)], None);
                    }
                }
                None => self.unreadable(position, self.unread(row)),
            },
            Some(Live::Unreadable { reason }) => self.unreadable(position, reason.clone()),
            Some(live @ (Live::Absent | Live::Tombstone { .. })) => {
                if *live == Live::Absent {
                    self.note_vanished(position);
                }
                self.note_gone(position, owned);
                // A row with deposed objects is still needed to delete those.
                if row.deposed.is_empty() {
                    self.forget(position, kind, owned, vec![Reason::Vanished(owned.id.clone())], None);
                }
            }
            Some(Live::Present(object)) => {
                self.states[position] = State::Stays { object, computed: &row.computed, changed: Vec::new() };
                let is_reconciled = kind.schema.reconciled && object.phase != Phase::Deleting;
                if is_reconciled || matches!(object.phase, Phase::Ready | Phase::Failed) {
                    self.take_over(position, kind, (row, owned, object));
                }
            }
        }
    }

    fn take_over(&mut self, position: usize, kind: &Kind<'a>, (row, owned, object): (&'a Row, &Owned, &Object)) {
        let attributes = drift::attributes(kind, row, object, &[]);
        if attributes.is_empty() {
            let unread = object.unverified.iter().filter(|name| row.applied.get(name).is_some());
            self.note_not_verified(position, unread.cloned().collect());
            return;
        }
        self.note_drift(position, kind, row, object);
        let mut decision = self.decision(position, kind, Action::Record, vec![Reason::Bookkeeping]);
        decision.inputs = taken_over(kind, &row.applied, object, &attributes);
        let changed: Vec<Name> = attributes.iter().map(|change| top(&change.path).into()).collect();
        let mut taken = Desired::literal(&row.applied);
        changed.iter().for_each(|name| taken.leave(name, decision.inputs.get(name)));
        self.desired[position] = Some(taken);
        let want = Desired::literal(&row.applied);
        decision.watched = watched(kind, &want, &row.applied, &changed, &[]);
        decision.expects = Some(fingerprint(&self.world.input.ledger.uuid, kind.schema, object, &decision.watched));
        decision.change.object = Some(object.id.clone());
        decision.change.attributes = attributes;
        decision.owned = Some(owned.clone());
        decision.generation = owned.generation;
        decision.row = Some(RowDraft::of(row));
        self.push(position, decision);
    }
}

/// What was last applied, with the live value of everything that drifted: of a single block only the parts that are ours.
fn taken_over(kind: &Kind<'_>, applied: &Map, object: &Object, drifted: &[AttributeChange]) -> Map {
    let mut result = applied.clone();
    for change in drifted {
        let name = top(&change.path);
        let live = object.attributes.get(name);
        let value = match (kind.attribute(name), live, applied.get(name)) {
            (Some(attribute), Some(live), Some(applied)) => Some(owned_part(attribute, None, live, Some(applied))),
            (_, live, _) => live.cloned(),
        };
        result = match value {
            Some(value) => result.with(name, value),
            None => result.without(name),
        };
    }
    result
}

/// The attribute that a path begins with.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
