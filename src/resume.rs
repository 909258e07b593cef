//! Resume: what an interrupted run left, and the very plan to go on with.
//!
//! The first segment of a journal binds a plan to its run, and the plan is kept beside the journal until the run is over. So
//! an interrupted run needs nothing but the ledger: [`crate::apply::apply`] with the kept plan goes on where it stopped.

use flashinfra_plans::journal::State;
use flashinfra_plans::{Name, Step, file};

use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey, OpenRun};
use crate::load::PlanFile;
use crate::session::Session;

/// A run that is not over.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// What its journal says.
    pub run: OpenRun,
    /// Its plan.
    pub file: PlanFile,
}

/// Where a step of an unfinished run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is done, and stays done.
    Done,
    /// It was begun, and may or may not be done: that is found out by reading before it is gone on with.
    Open {
        /// The object that the service said it works on.
        accepted: Option<Name>,
        /// Why it is not known whether it was done, as far as that was found out.
        unknown: Option<Name>,
    },
    /// It failed, and is tried again.
    Failed,
    /// It was not begun.
    Left,
}

impl Unfinished {
    /// The steps of its plan, in their order, and where each stands.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, Standing)> {
        self.file.plan.steps.iter().map(|step| (step, self.standing(step.id)))
    }

    fn standing(&self, step: u32) -> Standing {
        if let Some(open) = self.run.intents.iter().find(|open| open.intent.step == step) {
            return Standing::Open { accepted: open.accepted.clone(), unknown: open.unknown.clone() };
        }
        match self.run.steps.get(&step) {
            Some(State::Done) => Standing::Done,
            Some(State::Failed) => Standing::Failed,
            Some(State::Planned | State::Started | State::Accepted | State::Unknown) | None => Standing::Left,
        }
    }
}

/// The run of a ledger that is not over; none when nothing was interrupted. Nothing is changed, and nothing live is read.
///
/// # Errors
/// When the ledger cannot be read, or the run's plan was not kept or needs another version.
pub async fn unfinished(session: &Session, key: &LedgerKey) -> Result<Option<Unfinished>, EngineError> {
    let store = session.ledgers.as_ref();
    let Some(run) = ledgers::load(store, key).await?.and_then(|loaded| loaded.open) else { return Ok(None) };
    let Some(bytes) = store.kept_plan(key, &run.run).await? else {
        return Err(EngineError::PlanNotKept { run: run.run, location: store.location(key) });
    };
    let plan = file::read(&bytes).map_err(EngineError::PlanFile)?;
    // The journal's word, not the bytes': another version may have written the same plan in other bytes.
    let digest = run.plan.clone();
    // It is kept already.
    Ok(Some(Unfinished { run, file: PlanFile { plan, digest, bytes: None } }))
}
