//! What a person does about what the engine says: allows what is to be allowed, removes what is in the way, waits, and asks
//! again.

use std::error::Error as _;
use std::time::Duration;

use flashinfra::apply::{Report, StepOutcome};
use flashinfra::error::EngineError;
use flashinfra::ledgers::LedgerError;
use flashinfra::plan::{Labels, Planned, destroy, plan};
use flashinfra::session::Session;
use flashinfra_plans::decide::PlanError;
use flashinfra_plans::plan::{Options, Refusal};
use flashinfra_plans::{Address, CompiledStack};
use flashinfra_providers::Class;

use super::{STACK, Simulation, compiled};
use crate::scenario::Edit;
use crate::world::{Invariant, Maker};

/// How often a person plans again after having cleared the way.
const ANSWERS: u32 = 5;

/// How long somebody waits for what takes time.
const PATIENCE: Duration = Duration::from_secs(120);

/// What somebody has learnt about what they want.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// What has to be made anew, because the service refuses to change it.
    pub(super) replace: Vec<Address>,
}

/// Why there is no plan that may be applied.
pub(super) enum NoPlan {
    /// There is no ledger: all that is to go is gone.
    NothingThere,
    /// The engine said this.
    NotNow(String),
}

impl Simulation<'_> {
    /// Plans, and clears the way as far as a person can.
    ///
    /// # Errors
    /// Why there is no plan now, or none that may be applied.
    pub(super) async fn planned(&self, session: &Session, edit: &Edit, wishes: &Wishes) -> Result<Planned, NoPlan> {
        let stack = compiled(edit);
        let is_declared = |address: &&Address| {
            stack.resources.iter().any(|resource| resource.address == **address && !resource.lifecycle.test)
        };
        let replace = wishes.replace.iter().filter(is_declared).cloned().collect();
        self.planned_with(session, edit, Options { replace, ..Options::default() }).await
    }

    /// The same, with these options.
    ///
    /// # Errors
    /// As for [`Self::planned`].
    pub(super) async fn planned_with(
        &self,
        session: &Session,
        edit: &Edit,
        mut options: Options,
    ) -> Result<Planned, NoPlan> {
        let stack = compiled(edit);
        let mut refusals = Vec::new();
        for _ in 0..ANSWERS {
            let planned = match self.plan_once(session, edit, &stack, &options).await {
                Ok(planned) => planned,
                Err(EngineError::NoLedger { .. }) => return Err(NoPlan::NothingThere),
                Err(error) => {
                    self.told(&error, "plan").await;
                    return Err(NoPlan::NotNow(error.to_string()));
                }
            };
            if planned.plan.refusals.is_empty() {
                return Ok(planned);
            }
            self.world.now().count("plans refused");
            self.world.now().tell(|| format!("a plan is refused: {:?}", planned.plan.refusals));
            refusals = planned.plan.refusals;
            for refusal in &refusals {
                self.answer(refusal, &mut options).await;
            }
        }
        Err(NoPlan::NotNow(format!("{refusals:?}")))
    }

    async fn plan_once(
        &self,
        session: &Session,
        edit: &Edit,
        stack: &CompiledStack,
        options: &Options,
    ) -> Result<Planned, EngineError> {
        match edit.stack {
            Some(_) => plan(session, stack, options, Labels::default()).await,
            None => destroy(session, STACK.0, STACK.1, options).await,
        }
    }

    async fn answer(&self, refusal: &Refusal, options: &mut Options) {
        match refusal {
            Refusal::Protected(address, _) => options.allow_destroy.push(address.clone()),
            Refusal::ManyVanished { .. } => options.allow_recreate = true,
            Refusal::Conflict { address, objects, .. } => self.world.now().cleared(address.kind(), objects),
            // A person looks whether it is one, or only a copy that somebody made.
            Refusal::MadeLate(address, object) => {
                let mut world = self.world.now();
                match world.thing(address.kind(), object).map(|thing| &thing.maker) {
                    Some(Maker::Foreign) => world.unmark_copies(),
                    Some(Maker::Stack(..)) | None => options.delete_doubles.push(object.clone()),
                }
            }
            // It went while somebody typed its name.
            Refusal::UnknownDouble(object) => options.delete_doubles.retain(|named| named != object),
            Refusal::Unreadable(..) => tokio::time::sleep(Duration::from_secs(2)).await,
            // No kind of this world has documents that others write, or is tried before it is changed.
            Refusal::Busy(..) | Refusal::Tombstone(..) | Refusal::Contested { .. } | Refusal::Rejected(..) => {
                tokio::time::sleep(PATIENCE).await
            }
            Refusal::UnknownAddress(address) => {
                self.violated(Invariant::EngineMakesSense, format!("{address} was refused, and is unknown now"));
            }
        }
    }

    /// What the engine could not do at all. Some of that is to be expected where things go wrong.
    pub(super) async fn told(&self, error: &EngineError, what: &str) {
        let is_troubled = !self.world.now().is_calm;
        let name = match error {
            EngineError::Unresolved(_) => {
                // A person looks, and finds the copy.
                self.world.now().unmark_copies();
                tokio::time::sleep(PATIENCE).await;
                "told: unresolved"
            }
            EngineError::PlanUsed { .. } if is_troubled => "told: plan used",
            EngineError::LedgerMoved { .. } | EngineError::RunMoved { .. } if is_troubled => "told: ledger moved",
            EngineError::Ledger(LedgerError::Moved { .. }) if is_troubled => "told: ledger moved",
            EngineError::Ledger(LedgerError::Locked { .. }) if is_troubled => "told: locked",
            EngineError::Ledger(LedgerError::LockLost { .. }) if is_troubled => "told: lease lost",
            EngineError::Ledger(LedgerError::SegmentExists { .. }) if is_troubled => "told: fenced off",
            EngineError::Ledger(LedgerError::Store { .. }) | EngineError::CutOff { .. } if is_troubled => {
                "told: store out of reach"
            }
            EngineError::OtherLedger { .. } if is_troubled => "told: other ledger",
            EngineError::Interrupted if is_troubled => "told: interrupted",
            EngineError::Planner(error) if is_troubled && matches!(**error, PlanError::NotApplied { .. }) => {
                "told: not applied"
            }
            error => {
                let mut message = format!("{what}: {error}");
                let mut source = error.source();
                while let Some(cause) = source {
                    message = format!("{message}: {cause}");
                    source = cause.source();
                }
                return self.violated(Invariant::EngineMakesSense, message);
            }
        };
        self.world.now().count(name);
    }

    /// What a person learns from a report.
    pub(super) fn learnt(&self, report: &Report, wishes: &mut Wishes) {
        for step in &report.steps {
            let address = &step.step.address;
            let what = match &step.outcome {
                StepOutcome::Done => {
                    wishes.replace.retain(|wished| wished != address);
                    "steps done"
                }
                StepOutcome::DoneBefore => "steps done before",
                StepOutcome::NotNeeded => "steps not needed",
                StepOutcome::Failed(error) => {
                    let is_fixed = error.class == Class::FixInput && error.code == "Immutable";
                    if error.code == "DependencyViolation" {
                        self.world.now().clear_out();
                    }
                    if is_fixed && !wishes.replace.contains(address) {
                        wishes.replace.push(address.clone());
                    }
                    "steps failed"
                }
                StepOutcome::Skipped { .. } => "steps skipped",
                StepOutcome::Stale(_) => "steps stale",
                StepOutcome::Interrupted => "steps interrupted",
                StepOutcome::Unknown(_) => "steps unknown",
            };
            self.world.now().count(what);
        }
    }
}
