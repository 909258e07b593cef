//! What is deleted once it has ended, after an apply and after tests: a plan of its own, which takes nothing else away.
//!
//! A process that dies before it leaves nothing to remember: the next plan finds what is there to be deleted.

use flashinfra::apply::Report;
use flashinfra::ledgers::{self, LedgerKey};
use flashinfra::load::PlanFile;
use flashinfra::plan::{self, Labels};
use flashinfra::session::Session;
use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::{Address, CompiledStack, Plan};

use super::{Context, apply};
use crate::args::Execution;
use crate::problem::{Ended, Exit, Problems};
use crate::report::{self, Commands, Told};
use crate::{invocation, told};

/// Tidies up after an apply, and answers how both ended. What is not over, or was changed by somebody, is for a person to look at first.
pub(super) async fn after(
    context: &Context<'_>,
    session: &Session,
    plan: &Plan,
    report: &Report,
    execution: Execution,
) -> Ended {
    let is_over =
        matches!(report.exit, Exit::Ok | Exit::Error) && !report.steps.iter().any(|step| step.outcome.is_open());
    let Some(stack) = plan.basis.declared.as_deref().filter(|_| is_over) else { return Ok(report.exit) };
    if !has_something(session, stack).await? {
        return Ok(report.exit);
    }
    Ok(report.exit.first(run(context, session, stack, &[], execution).await?))
}

/// Whether the ledger owns an object that may be over.
async fn has_something(session: &Session, stack: &CompiledStack) -> Result<bool, Problems> {
    let mut ends = stack.resources.iter().filter(|declared| declared.lifecycle.is_short_lived()).peekable();
    if ends.peek().is_none() {
        return Ok(false);
    }
    let key = LedgerKey::new(&stack.stack, &stack.environment).map_err(|error| told::ledger(&error.into()))?;
    let loaded = ledgers::load(session.ledgers.as_ref(), &key).await.map_err(|error| told::ledger(&error.into()))?;
    let Some(loaded) = loaded else { return Ok(false) };
    let is_owned = |address| loaded.ledger.rows.get(address).is_some_and(|row| row.current.is_some());
    Ok(ends.any(|declared| is_owned(&declared.address)))
}

/// Deletes what is over. One that failed stays, to be looked at, unless it says otherwise. After a run of these tests only tests go: what
/// else the stack declares by now nobody has reviewed.
pub(super) async fn run(
    context: &Context<'_>,
    session: &Session,
    stack: &CompiledStack,
    tests: &[Address],
    execution: Execution,
) -> Ended {
    let options = Options { mode: Mode::Tidy, tests: tests.to_vec(), ..Options::default() };
    let planned = plan::plan(session, stack, &options, Labels::default()).await;
    let planned = planned.map_err(|error| told::ledger(&error))?;
    // What stands in its way is told by the next plan, which wants the same. A run that was not over ends here as well.
    let has_nothing = planned.plan.steps.is_empty() && planned.interrupted.is_none();
    if has_nothing || !planned.plan.refusals.is_empty() {
        return Ok(Exit::Ok);
    }
    let (plan, report) = apply::carried(context, session, PlanFile::of(planned.plan), execution).await?;
    if report.exit != Exit::Ok {
        let command = |name| invocation::command(context.global, name, &[]);
        let commands = Commands { apply: command("apply"), plan: command("plan") };
        let resume = apply::resume(context, session, &plan).await;
        report::print(context.output, &Told { plan: &plan, report: &report, commands, resume });
    }
    Ok(report.exit)
}
