//! What is still to come while a plan is applied: who waits on what, and how long the rest usually takes.

use std::time::Duration;

use flashinfra::apply::{Event, EventKind};
use flashinfra_plans::Step;

/// More waiting steps than this are not counted: nobody reads the difference, and a plan may have a hundred thousand.
const WAITING_MAX: usize = 100;

/// Where the steps of a plan stand.
#[derive(Debug)]
pub(crate) struct Outlook {
    /// By their number, from 1 without a gap.
    steps: Vec<Watched>,
    /// When the last event came.
    now: Duration,
    done: usize,
    failed: usize,
    running: usize,
}

#[derive(Debug)]
struct Watched {
    typical: Duration,
    /// The places of those that wait for it.
    dependents: Vec<usize>,
    state: State,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waits,
    Runs { since: Duration },
    Over,
}

impl Outlook {
    /// Of steps none of which has started.
    pub(crate) fn new(steps: &[Step]) -> Self {
        let watched = |step: &Step| Watched {
            typical: Duration::from_secs(step.typical_seconds.into()),
            dependents: Vec::new(),
            state: State::Waits,
        };
        let mut watch: Vec<Watched> = steps.iter().map(watched).collect();
        for (place, step) in steps.iter().enumerate() {
            for earlier in step.after.iter().filter_map(|id| place_of(*id)) {
                // What a step waits for stands before it.
                if let Some(earlier) = watch.get_mut(earlier).filter(|_| earlier < place) {
                    earlier.dependents.push(place);
                }
            }
        }
        Self { steps: watch, now: Duration::ZERO, done: 0, failed: 0, running: 0 }
    }

    /// Takes note of what happened.
    pub(crate) fn event(&mut self, event: &Event) {
        self.now = self.now.max(event.at);
        let now = self.now;
        let state = match &event.kind {
            EventKind::Started => State::Runs { since: now },
            EventKind::Waiting { .. } | EventKind::Retrying { .. } | EventKind::Wrote(_) => return,
            EventKind::DoneBefore | EventKind::Done { .. } | EventKind::NotNeeded => {
                self.done += 1;
                State::Over
            }
            EventKind::Failed { .. } | EventKind::Stale => {
                self.failed += 1;
                State::Over
            }
            EventKind::Skipped { .. } | EventKind::Open { .. } => State::Over,
        };
        let Some(step) = place_of(event.step.id).and_then(|place| self.steps.get_mut(place)) else { return };
        let ran = |state: State| usize::from(matches!(state, State::Runs { .. }));
        self.running = self.running + ran(state) - ran(step.state);
        step.state = state;
    }

    /// No further step starts: what waits will not be done.
    pub(crate) fn stop(&mut self) {
        for step in self.steps.iter_mut().filter(|step| step.state == State::Waits) {
            step.state = State::Over;
        }
    }

    /// How many steps there are.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// How many of them are done.
    pub(crate) fn done(&self) -> usize {
        self.done
    }

    /// How many failed, or were stopped because live changed; without those that waited for them.
    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    /// How many run now.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// When the last event came, since the apply started.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// How many steps cannot start before this one is done, directly or through others; counted to a hundred.
    pub(crate) fn waiting_on(&self, id: u32) -> usize {
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<usize> = place_of(id).into_iter().collect();
        while let Some(step) = open.pop().and_then(|place| self.steps.get(place)) {
            for &dependent in &step.dependents {
                let waits = self.steps.get(dependent).is_some_and(|step| step.state == State::Waits);
                if waits && seen.insert(dependent) {
                    open.push(dependent);
                }
                if seen.len() >= WAITING_MAX {
                    return WAITING_MAX;
                }
            }
        }
        seen.len()
    }

    /// How long the rest usually takes from this moment on: the longest path through what is not over, when nothing limits
    /// what runs at the same time. What runs longer than usual counts as about to end.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        let mut behind = vec![Duration::ZERO; self.steps.len()];
        for (place, step) in self.steps.iter().enumerate().rev() {
            let own = match step.state {
                State::Over => continue,
                State::Waits => step.typical,
                State::Runs { since } => step.typical.saturating_sub(now.saturating_sub(since)),
            };
            let after = step.dependents.iter().map(|dependent| behind[*dependent]).max();
            behind[place] = own + after.unwrap_or_default();
        }
        behind.into_iter().max().unwrap_or_default()
    }
}

fn place_of(id: u32) -> Option<usize> {
    (id as usize).checked_sub(1)
}
