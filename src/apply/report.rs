//! What became of each step, and what to type next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::{Address, Name, Step, Value};
use flashinfra_providers::{Calls, Error};

use crate::error::Exit;

/// What an apply did.
#[derive(Clone, Debug)]
#[must_use = "a report says which steps failed"]
pub struct Report {
    /// The run; its journal has this name.
    pub run: Name,
    /// Whether it went on where an interrupted run of the same plan had stopped.
    pub resumed: bool,
    /// What became of each step, in the plan's order.
    pub steps: Vec<StepReport>,
    /// The published values as they are now.
    pub outputs: BTreeMap<Name, Value>,
    /// Published values that could not be evaluated because a step they need was not done.
    pub outputs_left: Vec<Name>,
    /// The calls made to each provider instance.
    pub calls: BTreeMap<Name, Calls>,
    /// How long it took.
    pub elapsed: Duration,
    /// How it ended.
    pub exit: Exit,
    /// What to type next; the first is the best.
    pub next: Vec<Next>,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// The step.
    pub step: Arc<Step>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// How long it took; zero when it never started.
    pub elapsed: Duration,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub enum StepOutcome {
    /// It is done.
    Done,
    /// It was done before the run was interrupted.
    DoneBefore,
    /// It failed.
    Failed(Error),
    /// It was not started because the step of this number was not done.
    Skipped {
        /// That step.
        because: u32,
    },
    /// It was not needed, since the values that it depends on turned out so.
    NotNeeded,
    /// It was not started because live is not what the plan was made from.
    Stale(Stale),
    /// It was not started, or left while waiting, because of an interrupt.
    Interrupted,
    /// It is not known whether it was done, or it goes on beyond its timeout. The next run finds out by reading.
    Unknown(String),
}

impl StepOutcome {
    /// Whether nothing is left to do about the step.
    pub fn is_finished(&self) -> bool {
        match self {
            Self::Done | Self::DoneBefore | Self::NotNeeded => true,
            Self::Failed(_) | Self::Skipped { .. } | Self::Stale(_) | Self::Interrupted | Self::Unknown(_) => false,
        }
    }

    /// Whether the step is not over: applying the same plan again goes on with it.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Interrupted | Self::Unknown(_) => true,
            Self::Done | Self::DoneBefore | Self::NotNeeded => false,
            Self::Failed(_) | Self::Skipped { .. } | Self::Stale(_) => false,
        }
    }
}

/// How live differs from what a step expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// A sentence: what happened.
    pub message: String,
    /// The attributes that differ, as far as they can be told.
    pub attributes: Vec<StaleAttribute>,
}

/// An attribute that is not what a step expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleAttribute {
    /// Which.
    pub path: Name,
    /// What the plan was made from; none when there was no value.
    pub expected: Option<Value>,
    /// What is live; none when there is no value.
    pub live: Option<Value>,
}

/// What to type next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same plan again: it goes on where it stopped.
    ApplyAgain,
    /// Plan again: live has changed.
    PlanAgain,
    /// Correct what the service refused, then plan again.
    Correct(Address),
    /// Somebody has to decide or permit something, then plan again.
    AskPerson(Address),
}

impl Report {
    /// How many steps ended like this.
    pub fn count(&self, like: impl Fn(&StepOutcome) -> bool) -> usize {
        self.steps.iter().filter(|step| like(&step.outcome)).count()
    }
}

/// The exit code and the next things to type, from what became of the steps.
pub(crate) fn conclude(steps: &[StepReport]) -> (Exit, Vec<Next>) {
    let mut exit = Exit::Ok;
    let mut next = Vec::new();
    let mut open = false;
    for StepReport { step, outcome, .. } in steps {
        let (this, what) = match outcome {
            StepOutcome::Done | StepOutcome::DoneBefore | StepOutcome::NotNeeded => continue,
            StepOutcome::Skipped { .. } => continue,
            StepOutcome::Failed(error) => (Exit::Error, after_failure(error, &step.address)),
            StepOutcome::Stale(_) => (Exit::Stale, Next::PlanAgain),
            StepOutcome::Interrupted => (Exit::Interrupted, Next::ApplyAgain),
            StepOutcome::Unknown(_) => (Exit::Error, Next::ApplyAgain),
        };
        open |= what == Next::ApplyAgain;
        exit = exit.first(this);
        next.push(what);
    }
    if open {
        // The run is not over, so the very same plan goes on; whatever else there is comes after.
        next.insert(0, Next::ApplyAgain);
    }
    next.sort_by_key(|what| match what {
        Next::ApplyAgain => 0,
        Next::Correct(_) | Next::AskPerson(_) => 1,
        Next::PlanAgain => 2,
    });
    next.dedup();
    (exit, next)
}

fn after_failure(error: &Error, address: &Address) -> Next {
    use flashinfra_providers::Class;
    match error.class {
        Class::FixInput | Class::AlreadyExists => Next::Correct(address.clone()),
        Class::AskPerson => Next::AskPerson(address.clone()),
        Class::Retry | Class::Unknown | Class::Wait | Class::NotFound => Next::PlanAgain,
    }
}
