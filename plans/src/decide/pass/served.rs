//! What is deleted on purpose once it has done what it is for, or when it could not: hooks, as a rule. Nothing is missing then.

use std::collections::BTreeSet;

use super::super::Alternative;
use super::super::diff::Diff;
use super::super::kinds::Kind;
use super::present::Present;
use super::{Pass, State};
use crate::compiled::Declared;
use crate::ledger::{Owned, Row};
use crate::live::{Object, Phase};
use crate::plan::{Arriving, Reason, RowDraft};
use crate::resolve::is_known;
use crate::value::{Address, Map, Name, Value};

impl<'a> Pass<'_, 'a> {
    /// A row whose object is gone on purpose. It is made again when it is declared differently from what was applied, and at no other
    /// time: where that depends on a value that is not known yet, the plan holds both cases. What is to stay from now on is missing.
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
        let may_be_same = self.may_be_same(position, &diff, &before);
        let is_same = diff.changed.is_empty() && diff.forces.is_empty();
        let mut reasons: Vec<Reason> = is_requested.then_some(Reason::Requested).into_iter().collect();
        if *address != declared.address {
            // Somebody else deleted it: else there would be nothing to move. An apply looks again before it believes that.
            let vanished = row.current.iter().map(|owned| Reason::Vanished(owned.id.clone()));
            let why = [Reason::Served].into_iter().chain(vanished).collect();
            self.forget_former(position, kind, (address, row, None), why);
            reasons.push(Reason::New);
        } else if !is_served(declared) {
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
            let alternative = may_be_same.filter(|_| reasons.first() == Some(&Reason::RunAgain));
            decision.alternative = alternative.zip(decision.row.clone()).map(|(arriving, row)| {
                let inputs = decision.inputs.clone();
                Alternative { arriving, inputs, changed: Vec::new(), before: Map::default(), row }
            });
            decision.change.reasons = reasons;
        }
    }

    /// The values that are not known yet, where it depends on them alone whether it is declared differently.
    fn may_be_same(&self, position: usize, diff: &Diff, before: &Object) -> Option<Vec<Arriving>> {
        let desired = self.desired[position].as_ref()?;
        let forcing = diff.forces.iter().map(|reason| match reason {
            Reason::ForcesReplacement(name) | Reason::UnknownForcesReplacement(name, _) => Some(name),
            _ => None,
        });
        let forcing = forcing.collect::<Option<Vec<_>>>()?;
        let names: BTreeSet<&Name> = diff.changed.iter().chain(forcing).collect();
        let arriving = names.into_iter().map(|name| {
            let value = desired.get(name).filter(|value| !is_known(value) && !value.has_secret())?.clone();
            Some(Arriving { name: name.clone(), value, live: before.attributes.get(name).cloned() })
        });
        arriving.collect::<Option<Vec<_>>>().filter(|arriving| !arriving.is_empty())
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

    /// What is over goes: what has done what it is for, and what could not, where that is asked for. What was declared meanwhile and is not
    /// applied is for a plan that people look at.
    pub(super) fn tidy(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        (row, owned, object): (&'a Row, &'a Owned, &'a Object),
    ) {
        if row.protect || !is_as_applied(declared, row) {
            return;
        }
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
    is_served(declared) && owned.ready
}

/// Whether what is declared is what was applied, as far as that can be told without asking what others have.
fn is_as_applied(declared: &Declared, row: &Row) -> bool {
    let is_left_alone = |name: &Name| declared.lifecycle.ignore.contains(name);
    let mut set = declared.attributes.iter().filter(|(name, value)| value.is_literal() && !is_left_alone(name));
    set.all(|(name, value)| *value == Value::Null || row.applied.get(name) == Some(value))
}

/// Whether it is done once for each change.
fn is_served(declared: &Declared) -> bool {
    declared.lifecycle.delete_after_success && !declared.lifecycle.test
}
