//! Apply: a reviewed plan, and nothing else.

mod events;
mod interrupt;
mod report;

pub use events::{Event, EventKind, Events};
pub use interrupt::{Interrupt, Stage};
pub use report::{Next, Report, Stale, StaleAttribute, StepOutcome, StepReport};

/// How many steps run at once on one provider instance: what services take from one account without throttling.
pub const PER_PROVIDER: usize = 10;

/// How a plan is applied.
#[derive(Clone, Debug, Default)]
pub struct ApplyOptions {
    /// How many steps run at once, over all provider instances, those that only wait among them; none: as many as may.
    pub parallelism: Option<usize>,
    /// How many steps may have a call out at once on one provider instance; none: [`PER_PROVIDER`].
    pub per_provider: Option<usize>,
    /// Where to tell what happens.
    pub events: Option<Events>,
    /// Stops it in stages.
    pub interrupt: Interrupt,
}
