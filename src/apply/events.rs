//! What can be watched while a plan is applied.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::{Name, Phase, Step};
use flashinfra_providers::LogEntry;
use tokio::sync::mpsc::UnboundedSender;

/// Something that happened while a plan is applied.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, since the apply started. The engine's clock only runs forward; the caller knows what time it was then.
    pub at: Duration,
    /// The step that it happened to.
    pub step: Arc<Step>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a step.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// An earlier run of the same plan did it.
    DoneBefore,
    /// It starts; its intent is durable.
    Started,
    /// The service works on it.
    Waiting {
        /// For how long it has been going on.
        elapsed: Duration,
        /// What the object is doing; none while it cannot be seen.
        phase: Option<Phase>,
    },
    /// It is tried again.
    Retrying {
        /// After this long.
        after: Duration,
        /// Why, in the service's words.
        reason: Name,
    },
    /// What the programs of its object wrote last that are in trouble, once no more is waited for it. It may hold anything, secrets too, so that
    /// it stands in no journal, ledger or report.
    Wrote(LastLines),
    /// It is done.
    Done {
        /// How long it took.
        elapsed: Duration,
        /// The object's id; none after a delete.
        object: Option<Name>,
    },
    /// It failed.
    Failed {
        /// Why, in the service's words.
        message: Name,
    },
    /// It will not be done because of the step of this number.
    Skipped {
        /// The step that it depends on.
        because: u32,
    },
    /// It is not needed: the values that it depends on turned out so.
    NotNeeded,
    /// It will not be done because live is not what the plan was made from.
    Stale,
    /// It was stopped by an interrupt, or it is not known whether it was done.
    Open {
        /// Why.
        message: Name,
    },
}

/// Lines that programs wrote.
#[derive(Clone)]
pub struct LastLines(pub Vec<LogEntry>);

impl fmt::Debug for LastLines {
    /// How many there are, and none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LastLines({})", self.0.len())
    }
}

/// Where events go. Unbounded, so that a slow watcher never holds an apply up; a plan makes a handful per step, and one
/// more each time a slow step is polled.
pub type Events = UnboundedSender<Event>;
