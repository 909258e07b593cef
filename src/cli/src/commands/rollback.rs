//! `flashinfra rollback [REVISION]`, and the way back of an `apply --atomic` that failed: a plan like any other, of the stack that
//! a revision keeps.

use flashinfra::apply::{Report, StepOutcome};
use flashinfra::error::EngineError;
use flashinfra::ledgers::LedgerKey;
use flashinfra::load::PlanFile;
use flashinfra::plan::{Labels, Planned};
use flashinfra::revisions::{self, Kept, RevisionError};
use flashinfra::session::Session;
use flashinfra::{load, plan};
use flashinfra_plans::plan::{Action, Options};
use flashinfra_plans::{Address, Change, Plan};

use super::plan::{keep, lacking, options, show};
use super::{Context, apply};
use crate::args::{Planning, Rollback, Running};
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::report::Commands;
use crate::{invocation, session, told};

/// Plans the stack of a revision, shows, and applies that very plan or keeps it.
pub(super) async fn run(context: &Context<'_>, args: &Rollback) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let store = session.ledgers.as_ref();
    let number = match args.revision {
        Some(number) => number,
        None => revisions::last_good(store, &key).await.map_err(|error| told::ledger(&error))?,
    };
    let kept = revisions::find(store, &key, number).await.map_err(|error| told::ledger(&error))?;
    let planned = planned(context, &session, &key, &kept, &options(&args.planning)).await?;
    let commands = commands(context, number, &args.planning);
    if let Some(out) = &args.out {
        show(context, &planned, Some(out));
        keep(context, &planned.plan, out)?;
        lacking(context, &planned.missing);
        return Ok(super::plan::exit(&planned.plan));
    }
    let question = format!("Go back to revision {number}?");
    apply::reviewed(context, planned, &args.running, &question, commands).await
}

fn commands(context: &Context<'_>, number: u64, planning: &Planning) -> Commands {
    let words = [vec![number.to_string()], invocation::planning(planning)].concat();
    let again = invocation::command(context.global, "rollback", &words);
    Commands { apply: again.clone(), plan: again }
}

/// Plans the stack of a revision. What is live now decides what that takes.
async fn planned(
    context: &Context<'_>,
    session: &Session,
    key: &LedgerKey,
    Kept { revision, declared }: &Kept,
    options: &Options,
) -> Result<Planned, Problems> {
    let number = revision.number;
    let Some(stack) = declared else {
        let nothing = RevisionError::NothingDeclared { key: key.clone(), number };
        return Err(told::ledger(&nothing.into()));
    };
    if !context.global.sandbox {
        load::served(stack, context.registry).map_err(|error| {
            Problem::caused(format!("revision {number} of {key} cannot be planned by this flashinfra"), &error).help(
                "go back with the version that applied it, or compile the stack as it was with this version and plan that",
            )
        })?;
    }
    let labels = Labels { parameters: revision.parameters.clone(), repeats: Some(number) };
    let _reading = context.output.spinner("Reading what is live");
    plan::plan(session, stack, options, labels).await.map_err(|error| told::ledger(&error))
}

/// Says, before anything is done, what `--atomic` would go back to, and what it could not bring back.
pub(super) async fn foretell(context: &Context<'_>, plan: &Plan) -> Result<(), Problems> {
    let session = session::open(context).await?;
    let key = key(plan)?;
    let notes = match good(&session, &key).await? {
        Some(number) => foretold(plan, number),
        None => vec!["--atomic has nothing to go back to yet: if this fails, what it made stays.".to_owned()],
    };
    for note in notes {
        context.output.note(&note);
    }
    Ok(())
}

fn foretold(plan: &Plan, number: u64) -> Vec<String> {
    let named = |of: fn(&Change) -> bool| {
        let addresses: Vec<_> =
            plan.changes.iter().filter(|change| of(change)).map(|c| c.address.to_string()).collect();
        addresses.join(", ")
    };
    let mut notes = vec![format!("If this fails, it goes back to revision {number}.")];
    let lost = named(|change| change.stateful && loses_its_object(change.action));
    if !lost.is_empty() {
        notes.push(format!("Going back makes anew what this deletes, without its data: {lost}."));
    }
    let stays = named(|change| change.protected && change.action == Action::Create);
    if !stays.is_empty() {
        notes.push(format!("What is protected as soon as it is made would keep it from going back: {stays}."));
    }
    notes
}

fn loses_its_object(action: Action) -> bool {
    match action {
        Action::Replace | Action::ReplaceCreateFirst | Action::Delete | Action::DeleteDeposed => true,
        Action::Create | Action::Update | Action::Restore | Action::Forget | Action::Move | Action::Record => false,
        Action::DeleteDouble => false,
    }
}

/// Goes back after an apply that failed, to the last revision that made the whole stack live. Nobody is asked again: who typed
/// `--atomic` has been.
pub(super) async fn after_failure(context: &Context<'_>, plan: &Plan, failed: &Report, running: &Running) -> Ended {
    let output = context.output;
    if let Some(why) = stays(failed) {
        output.note(&format!("\nNot gone back: {why}"));
        return Ok(failed.exit);
    }
    let session = session::open(context).await?;
    let key = key(plan)?;
    let Some(number) = good(&session, &key).await? else {
        output.note("\nNot gone back: no earlier revision made the whole stack live. What was made stays.");
        return Ok(failed.exit);
    };
    output.note(&format!("\nGoing back to revision {number}, as --atomic asks for."));
    let kept = revisions::find(session.ledgers.as_ref(), &key, number).await.map_err(|error| told::ledger(&error))?;
    let back = planned(context, &session, &key, &kept, &Options::default()).await?;
    show(context, &back, None);
    let back = back.plan;
    let commands = commands(context, number, &Planning::default());
    if !back.refusals.is_empty() {
        output.note(&format!(
            "Not gone back: that is refused, for what stands above. Once it is allowed:\n  {}",
            commands.apply
        ));
        return Ok(failed.exit);
    }
    if back.steps.is_empty() {
        output.note(&format!("Live is as revision {number} left it."));
        return Ok(Exit::WentBack);
    }
    let report = apply::carry_out(context, PlanFile::of(back), running, commands).await?;
    Ok(match report.exit {
        Exit::Ok => {
            output.note(&format!("Gone back to revision {number}."));
            Exit::WentBack
        }
        other => other.first(Exit::Error),
    })
}

/// Why a run that did not end well is not gone back from without anybody looking; none when it is.
fn stays(failed: &Report) -> Option<String> {
    let open: Vec<&Address> = failed.steps.iter().filter(|s| s.outcome.is_open()).map(|s| &s.step.address).collect();
    let stale = failed.steps.iter().find(|step| matches!(step.outcome, StepOutcome::Stale(_)));
    match (failed.exit, open.first(), stale) {
        (Exit::Interrupted, ..) => {
            Some("it was interrupted, and goes on where it stopped with `flashinfra resume`.".into())
        }
        (_, Some(address), _) => {
            Some(format!("what became of {address} is not known yet; `flashinfra resume` finds out."))
        }
        (_, None, Some(step)) => Some(format!(
            "somebody changed {}, and going back would undo that unseen; `flashinfra rollback` shows it first.",
            step.step.address
        )),
        (_, None, None) => None,
    }
}

/// The revision that is gone back to; none when there is none.
async fn good(session: &Session, key: &LedgerKey) -> Result<Option<u64>, Problems> {
    match revisions::newest_good(session.ledgers.as_ref(), key).await {
        Ok(number) => Ok(Some(number)),
        Err(EngineError::Revision(RevisionError::NoneGood { .. })) => Ok(None),
        Err(error) => Err(told::ledger(&error)),
    }
}

fn key(plan: &Plan) -> Result<LedgerKey, Problems> {
    LedgerKey::new(&plan.basis.stack, &plan.basis.environment).map_err(|error| told::ledger(&error.into()))
}
