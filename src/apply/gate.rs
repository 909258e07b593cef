//! Whether a plan may be applied at all: what can be told without reading anything live.

use std::collections::BTreeMap;

use flashinfra_plans::check::Violation;
use flashinfra_plans::plan::{OpenJournal, PLANNER};
use flashinfra_plans::{Ledger, Name, Plan, check};

use super::report::Stale;
use crate::error::EngineError;
use crate::ledgers::OpenRun;

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

/// Refuses a plan that was made from another ledger, or when another run was open or this one had come less far: what runs have
/// done is part of what a plan is made from. A plan without a uuid was made before there was one.
pub(super) fn same_ledger(
    plan: &Plan,
    ledger: &Ledger,
    open: Option<&OpenRun>,
    location: &str,
) -> Result<(), EngineError> {
    let basis = &plan.basis;
    if basis.uuid != ledger.uuid && !basis.uuid.is_empty() {
        return Err(EngineError::OtherLedger { location: location.into() });
    }
    let open = open.map(OpenRun::journal);
    let moved = match (&open, &basis.open) {
        (Some(now), then) if Some(now) != then.as_ref() => Some(now),
        // The ledger that it left has the serial that a plan beside it expects, whatever else it did.
        (None, Some(then)) if basis.serial == ledger.serial => Some(then),
        (Some(_) | None, _) => None,
    };
    if let Some(OpenJournal { run, segments: _ }) = moved {
        return Err(EngineError::RunMoved { location: location.into(), run: run.clone() });
    }
    if basis.serial != ledger.serial {
        let (planned, present) = (basis.serial, ledger.serial);
        return Err(EngineError::LedgerMoved { location: location.into(), planned, present });
    }
    Ok(())
}

/// The steps that do not fit to the ledger: what an interrupted run left is found out for the plan and again for the apply, and may
/// have been told differently.
///
/// # Errors
/// When the plan as a whole does not.
pub(super) fn differing(plan: &Plan, ledger: &Ledger) -> Result<BTreeMap<u32, Stale>, EngineError> {
    let (of_steps, whole): (Vec<_>, Vec<_>) =
        check::against(plan, ledger).into_iter().partition(|violation| violation.step.is_some());
    if !whole.is_empty() {
        return Err(EngineError::Violations(whole));
    }
    let stale = |violation: Violation| {
        let message = format!("the ledger says something else than when the plan was made: {}", violation.message);
        Some((violation.step?, Stale { message, attributes: Vec::new() }))
    };
    Ok(of_steps.into_iter().filter_map(stale).collect())
}

/// The run that a plan is applied by: the same plan can only ever have this one.
pub(super) fn run_of(digest: &str) -> Name {
    let digits = digest.rsplit(':').next().unwrap_or(digest);
    digits.chars().filter(char::is_ascii_alphanumeric).take(RUN_DIGITS).collect::<String>().into()
}
