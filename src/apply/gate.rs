//! Whether a plan may be applied at all: what can be told without reading anything live.

use flashinfra_plans::plan::PLANNER;
use flashinfra_plans::{Ledger, Name, Plan, check};

use crate::error::EngineError;

/// How many digits of a plan's digest name its run: enough that no two plans of a ledger ever have the same.
const RUN_DIGITS: usize = 24;

/// Refuses a plan that was made by other rules, breaks its own, or says itself that it must not be applied.
pub(super) fn admissible(plan: &Plan) -> Result<(), EngineError> {
    if plan.basis.planner != PLANNER {
        let (flashinfra, planner) = (plan.basis.flashinfra.clone(), plan.basis.planner);
        return Err(EngineError::OtherPlanner { flashinfra, planner, here: PLANNER });
    }
    let violations = check::check(plan);
    if !violations.is_empty() {
        return Err(EngineError::Violations(violations));
    }
    if !plan.refusals.is_empty() {
        return Err(EngineError::Refused(plan.refusals.clone()));
    }
    Ok(())
}

/// Refuses a plan that was made from another ledger. A plan without a uuid was made before there was one.
pub(super) fn same_ledger(plan: &Plan, ledger: &Ledger, location: &str) -> Result<(), EngineError> {
    let basis = &plan.basis;
    if basis.uuid != ledger.uuid && !basis.uuid.is_empty() {
        return Err(EngineError::OtherLedger { location: location.into() });
    }
    if basis.serial != ledger.serial {
        let (planned, present) = (basis.serial, ledger.serial);
        return Err(EngineError::LedgerMoved { location: location.into(), planned, present });
    }
    Ok(())
}

/// The run that a plan is applied by: the same plan can only ever have this one.
pub(super) fn run_of(digest: &str) -> Name {
    let digits = digest.rsplit(':').next().unwrap_or(digest);
    digits.chars().filter(char::is_ascii_alphanumeric).take(RUN_DIGITS).collect::<String>().into()
}
