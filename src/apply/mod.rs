//! Apply: a reviewed plan, and nothing else.
//!
//! ```text
//! plan ─→ gate ─→ lock ─→ places ─→ recover ─→ recheck ─→ dispatcher ⇄ steps ─→ confirm ─→ fold
//!         it may   one     proven    what was   live is    a journal    calls     it can     the journal
//!         apply    at a    again     open       what was   segment a              be seen    becomes the
//!                  time              before     planned    wave                              ledger
//! ```
//!
//! A plan is used once: the run that applies it is named after the plan's digest, and the first segment of its journal
//! is created or not at all. An interrupted run is gone on with by applying the same plan again; applying another one closes it.

pub(crate) mod confirm;
mod dispatcher;
mod events;
mod gate;
mod interrupt;
mod journal;
mod pauses;
mod recheck;
pub(crate) mod recover;
mod relied;
mod report;
pub(crate) mod request;
mod room;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod settle;
mod step;
#[cfg(test)]
mod tests;
mod vanished;

use flashinfra_plans::{Name, Plan};

pub use crate::revisions::REVISIONS_KEPT;

pub use events::{Event, EventKind, Events, LastLines};
pub use interrupt::{Interrupt, Stage};
pub use report::{Next, Report, Stale, StaleAttribute, StepOutcome, StepReport};

use crate::error::EngineError;
use crate::ledgers::{LedgerError, LedgerKey};
use crate::load::PlanFile;
use crate::session::Session;

/// How many steps may have a call out at once on one provider instance: what services take from one account without
/// throttling it.
pub const PER_PROVIDER: usize = 10;

/// How a plan is applied.
#[derive(Clone, Debug, Default)]
pub struct ApplyOptions {
    /// How many steps run at once, over all provider instances, those that only wait among them; none: as many as may.
    pub parallelism: Option<usize>,
    /// How many steps may have a call out at once on one provider instance; none: [`PER_PROVIDER`].
    pub per_provider: Option<usize>,
    /// How many revisions the ledger keeps; none: [`REVISIONS_KEPT`], 0: all.
    pub history_max: Option<usize>,
    /// Where to tell what happens.
    pub events: Option<Events>,
    /// Stops it in stages.
    pub interrupt: Interrupt,
}

/// Applies a plan. `digest` is that of its file, [`flashinfra_plans::file::digest`].
///
/// # Errors
/// When it cannot be begun: the plan is refused, used, of another ledger or place, or a secret is missing; nothing has
/// been changed then. When the ledger cannot be written: the journal says what was done until then. What went wrong in
/// single steps is no error, but stands in the report.
pub async fn apply(session: &Session, plan: Plan, digest: Name, options: &ApplyOptions) -> Result<Report, EngineError> {
    apply_file(session, PlanFile { plan, digest, bytes: None }, options).await
}

/// The same, of a plan with the bytes of its file: a large plan need not be written a second time.
///
/// # Errors
/// As for [`apply`].
pub async fn apply_file(session: &Session, file: PlanFile, options: &ApplyOptions) -> Result<Report, EngineError> {
    gate::admissible(&file.plan)?;
    let key = LedgerKey::new(&file.plan.basis.stack, &file.plan.basis.environment)?;
    let lock = tokio::select! {
        biased;
        lock = session.ledgers.lock(&key, &session.holder) => lock?,
        // Finding out whether somebody else is there may take minutes.
        () = options.interrupt.reached(Stage::NoNewSteps) => return Err(EngineError::Interrupted),
    };
    let run = async {
        let begin = run::Run::begin(session, key, lock.clone(), file, options);
        // It may have to wait for what an interrupted run left on its way. Nothing of its own has begun then.
        let run = tokio::select! {
            biased;
            run = begin => run?,
            () = options.interrupt.reached(Stage::NoNewSteps) => return Err(EngineError::Interrupted),
        };
        let name = run.name().clone();
        run.finish().await.map_err(|error| match error {
            EngineError::Ledger(source @ LedgerError::Store { .. }) => {
                EngineError::CutOff { run: name, source: Box::new(source) }
            }
            other => other,
        })
    };
    let report = run.await;
    // Whatever became of it: the next applier should not have to wait for the lock to run out.
    lock.release().await;
    report
}
