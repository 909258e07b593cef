//! What the end of a step means for the run.

use std::collections::BTreeMap;
use std::time::Duration;

use flashinfra_plans::journal::{Effect, Record};
use flashinfra_plans::plan::Act;
use flashinfra_plans::schedule::Skipped;
use flashinfra_plans::{Address, Name, Object, Row, Step};
use flashinfra_providers::Error;
use flashinfra_stacks::schema::Schema;
use tokio::time::Instant;

use super::{Dispatcher, Running};
use crate::apply::events::EventKind;
use crate::apply::report::{Stale, StepOutcome, StepReport};
use crate::apply::rows;
use crate::apply::step::{Ended, History};

/// What is said of a step that was begun when an interrupt came.
const LEFT: &str = "begun, and left to go on; `flashinfra resume` finds out how far it came";

impl Dispatcher<'_> {
    /// Steps that an interrupted run of this plan did.
    pub(crate) fn done_before(&mut self, steps: impl IntoIterator<Item = u32>) {
        for step in steps {
            self.schedule.done(step);
            self.tell(step, EventKind::DoneBefore);
            self.settle(step, StepOutcome::DoneBefore, Duration::ZERO);
        }
    }

    /// Steps that an interrupted run of this plan started and did not end.
    pub(crate) fn open_before(&mut self, steps: impl IntoIterator<Item = (u32, Option<Name>)>) {
        self.histories.extend(steps.into_iter().map(|(step, accepted)| (step, History::Open(accepted))));
    }

    /// Steps that must not be started, because live is not what the plan was made from.
    pub(crate) fn stale(&mut self, steps: impl IntoIterator<Item = (u32, Stale)>) {
        for (step, stale) in steps {
            self.not_done(step, StepOutcome::Stale(stale), Duration::ZERO, EventKind::Stale);
        }
    }

    /// Steps that cannot be started.
    pub(crate) fn unfit(&mut self, steps: impl IntoIterator<Item = (u32, Error)>) {
        steps.into_iter().for_each(|(step, error)| self.fail(step, error));
    }

    pub(super) fn ended(&mut self, step: u32, ended: Ended) {
        match ended {
            Ended::Made(object) => self.done(step, Some(&object)),
            Ended::Gone | Ended::Marked => self.done(step, None),
            Ended::Failed(error, left) => {
                self.failed(step, error, |step, _, row| {
                    let left = left.as_ref().filter(|_| step.act == Act::Create)?;
                    Some(rows::left_behind(&step.address, row, left))
                });
            }
            Ended::Partly(error, object) => {
                let old = self.step(step).and_then(|step| self.ledger.rows.get(&step.address).cloned());
                self.failed(step, error, |step, schema, row| {
                    let row = match (&step.act, old) {
                        // It belongs to no row.
                        (Act::UnguardDouble, _) => return None,
                        (Act::Update, old) => rows::changed_in_part(&old?, &row, schema, &object),
                        (_, _) => rows::in_part(row, schema, &object),
                    };
                    Some(Effect::Put(step.address.clone(), Box::new(row)))
                });
            }
            Ended::MadeAndGone(error) => {
                let used_up = |step: &Step| rows::used_up(&step.address, step.generation, &self.ledger);
                let effect = self.step(step).map(|step| used_up(&step));
                self.failed(step, error, |_, _, _| effect);
            }
            Ended::Vanished => self.changed(step, None),
            Ended::Changed(stale) => self.changed(step, Some(stale)),
            Ended::Unknown(message) => {
                self.journal.push(Record::Unknown { step, message: message.as_str().into() });
                self.left_open(step, StepOutcome::Unknown(message.clone()), &message);
            }
            Ended::Interrupted => self.left_open(step, StepOutcome::Interrupted, LEFT),
            Ended::KeptBack => self.kept_back(step),
        }
    }

    pub(super) fn done(&mut self, id: u32, object: Option<&Object>) {
        let (Some(step), Some(Running { started, schema, row, .. })) = (self.step(id), self.running.remove(&id)) else {
            return;
        };
        let effect = rows::done(&step, &schema, row, object, &self.ledger);
        self.apply(&effect);
        self.journal.push(Record::Done { step: id, effect });
        self.schedule.done(id);
        if matches!(step.act, Act::Update | Act::UnguardDouble) {
            self.updated.insert(id, Instant::now());
        }
        let elapsed = started.elapsed();
        let object = object.map(|object| object.id.clone());
        self.tell(id, EventKind::Done { elapsed, object });
        self.settle(id, StepOutcome::Done, elapsed);
    }

    /// `left` says what a step that failed means for its row.
    fn failed(&mut self, id: u32, error: Error, left: impl FnOnce(&Step, &Schema, Row) -> Option<Effect>) {
        let (Some(step), Some(Running { started, schema, row })) = (self.step(id), self.running.remove(&id)) else {
            return;
        };
        let effect = row.and_then(|row| left(&step, &schema, row));
        if let Some(effect) = &effect {
            self.apply(effect);
        }
        self.journal.push(Record::Failed { step: id, message: error.to_string().into(), effect });
        let message = error.to_string().into();
        self.not_done(id, StepOutcome::Failed(error), started.elapsed(), EventKind::Failed { message });
    }

    /// The object is not what the plan was made from; without a description it is gone.
    fn changed(&mut self, id: u32, stale: Option<Stale>) {
        let (Some(step), Some(Running { started, .. })) = (self.step(id), self.running.remove(&id)) else {
            return;
        };
        let stale = stale.unwrap_or_else(|| {
            let object = step.object.clone().unwrap_or_else(|| "the object that was being made".into());
            Stale { message: format!("{object} is gone"), attributes: Vec::new() }
        });
        let message = stale.message.as_str().into();
        self.journal.push(Record::Failed { step: id, message, effect: None });
        self.not_done(id, StepOutcome::Stale(stale), started.elapsed(), EventKind::Stale);
    }

    /// A step that could not even be started.
    pub(super) fn fail(&mut self, id: u32, error: Error) {
        let message = error.to_string().into();
        self.not_done(id, StepOutcome::Failed(error), Duration::ZERO, EventKind::Failed { message });
    }

    /// A step whose intent stays open: the next run finds out what became of it.
    fn left_open(&mut self, id: u32, outcome: StepOutcome, message: &str) {
        let Some(running) = self.running.remove(&id) else { return };
        self.not_done(id, outcome, running.started.elapsed(), EventKind::Open { message: message.into() });
    }

    /// A step that was begun, and interrupted before its call.
    fn kept_back(&mut self, id: u32) {
        // What an earlier run called is not undone by this one not calling.
        if !self.histories.contains_key(&id) {
            let message = "interrupted before it was called".into();
            self.journal.push(Record::Failed { step: id, message, effect: None });
        }
        if self.running.remove(&id).is_some() {
            self.settle(id, StepOutcome::Interrupted, Duration::ZERO);
        }
    }

    fn not_done(&mut self, id: u32, outcome: StepOutcome, elapsed: Duration, kind: EventKind) {
        self.tell(id, kind);
        let interrupted = matches!(outcome, StepOutcome::Interrupted);
        self.settle(id, outcome, elapsed);
        let mut stopped = vec![id];
        let mut skipped = self.schedule.failed(id);
        while let Some(last) = stopped.pop() {
            let kept = self.kept_with(last);
            // All of it for the same reason, although one waits for the other.
            skipped.extend(kept.iter().map(|step| Skipped { step: *step, because: last }));
            for step in &kept {
                let behind = self.schedule.failed(*step).into_iter();
                skipped.extend(behind.filter(|behind| !kept.contains(&behind.step)));
            }
            for Skipped { step, because } in std::mem::take(&mut skipped) {
                stopped.push(step);
                if interrupted {
                    self.settle(step, StepOutcome::Interrupted, Duration::ZERO);
                } else {
                    self.tell(step, EventKind::Skipped { because });
                    self.settle(step, StepOutcome::Skipped { because }, Duration::ZERO);
                }
            }
        }
    }

    /// What is not to be done either once the create of a replacement is not: to delete the old object, and to lift what guards it.
    /// What is under way goes on.
    fn kept_with(&mut self, create: u32) -> Vec<u32> {
        let mut kept = self.makes_room.remove(&create).unwrap_or_default();
        let is_accepted = |id: &u32| matches!(self.histories.get(id), Some(History::Open(Some(_))));
        let is_over = |id: &u32| self.outcomes.contains_key(id) || self.running.contains_key(id);
        kept.retain(|id| !is_over(id) && !is_accepted(id));
        for step in kept.iter().copied().filter(|id| self.histories.contains_key(id)) {
            // Should it be done all the same, the next plan sees it.
            let message = "kept, since what takes its place is not made".into();
            self.journal.push(Record::Failed { step, message, effect: None });
        }
        kept
    }

    /// After an interrupt: what never started, and what was left running.
    pub(super) fn rest_is_interrupted(&mut self) {
        for step in self.steps.clone() {
            if !self.outcomes.contains_key(&step.id) {
                let elapsed = self.running.get(&step.id).map(|running| running.started.elapsed());
                self.settle(step.id, StepOutcome::Interrupted, elapsed.unwrap_or_default());
            }
        }
    }

    pub(super) fn settle(&mut self, id: u32, outcome: StepOutcome, elapsed: Duration) {
        if let Some(step) = self.step(id) {
            self.limits.give_back(&step);
            self.outcomes.entry(id).or_insert(StepReport { step, outcome, elapsed });
        }
    }
}

/// The creates of replacements, each with what makes room for it: deleting the old object, and lifting what guards that.
pub(super) fn makes_room(steps: &[Step]) -> BTreeMap<u32, Vec<u32>> {
    let mut earlier: BTreeMap<&Address, Vec<u32>> = BTreeMap::new();
    let mut makes_room = BTreeMap::new();
    for step in steps {
        match step.act {
            // What may be done instead of the replacement is not part of it.
            Act::Update if step.when.as_ref().is_some_and(|when| when.same) => {}
            Act::Delete | Act::Update => earlier.entry(&step.address).or_default().push(step.id),
            Act::Create => {
                makes_room.extend(earlier.remove(&step.address).map(|earlier| (step.id, earlier)));
            }
            Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Move(_) | Act::Record => {}
        }
    }
    makes_room
}
