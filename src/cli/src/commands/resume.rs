//! `flashinfra resume`: goes on with the run that was interrupted, from nothing but the ledger.

use flashinfra::by_hand::{self, Settled};
use flashinfra::error::EngineError;
use flashinfra::ledgers::{LedgerError, LedgerKey};
use flashinfra::resume::{self, Standing, Unfinished};
use flashinfra::session::Session;
use flashinfra_plans::ledger::by_hand::{ByHand, Looked};
use flashinfra_plans::{Step, render, schedule};
use serde::Serialize;

use super::{Context, apply};
use crate::args::Running;
use crate::page::Page;
use crate::paint::Paint;
use crate::problem::{Ended, Exit, Problems};
use crate::report::Commands;
use crate::text::count;
use crate::{act_words as words, invocation, session, told};

/// Shows what an interrupted run left, asks, and goes on with it.
pub(super) async fn run(context: &Context<'_>, args: &Running) -> Ended {
    let output = context.output;
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let unfinished = resume::unfinished(&session, &key).await.map_err(|error| told::ledger(&error))?;
    let Some(unfinished) = unfinished else {
        let settled = by_hand(context, &session, &key).await?;
        output.line("resume", &Line::of(&key, None));
        settled.iter().for_each(|settled| output.line("by_hand", &ByHandLine::of(settled)));
        match &settled[..] {
            [] => output.result(&format!("Nothing was interrupted in {key}.\n")),
            settled => output.result(&settled_text(settled, &output.page())),
        }
        return Ok(Exit::Ok);
    };
    nobody_applies(context, &session, &key).await?;
    let resume = apply::resume(context, &session, &unfinished.file.plan).await;
    apply::is_in_its_world(context, &unfinished.file.plan, &format!("the interrupted run of {key}"), &resume)?;
    let plan = invocation::plan_again(context.global, &unfinished.file.plan);
    output.line("resume", &Line::of(&key, Some(&unfinished)));
    output.result(&text(&key, &unfinished, output.paint()));
    let without = format!(
        "to go on without being asked:\n  {resume} --auto-approve\nto let it be, and see what is left to do:\n  {plan}"
    );
    let question = apply::Question { text: "Go on with it?", without };
    if !args.auto_approve && !apply::approved(context, &question).await? {
        output.note("Nothing was changed.");
        return Ok(Exit::Interrupted);
    }
    apply::execute(context, unfinished.file, args, Commands { apply: resume, plan }).await
}

/// Finds out what became of what was begun by hand, and notes it: nothing live is changed, so nobody is asked.
async fn by_hand(context: &Context<'_>, session: &Session, key: &LedgerKey) -> Result<Vec<Settled>, Problems> {
    let begun = by_hand::begun(session, key).await.map_err(|error| told::ledger(&error))?;
    let Some(ledger) = begun else { return Ok(Vec::new()) };
    let global = session::in_world_of(context.global, &ledger);
    let session = session::open(&Context { global: &global, ..*context }).await?;
    by_hand::settle(&session, key).await.map_err(|error| told::ledger(&error))
}

/// What was begun by hand, and what is noted of it from now on.
fn settled_text(settled: &[Settled], page: &Page) -> String {
    let one = |Settled { address, begun, looked }: &Settled| {
        let noted = match looked {
            Looked::Done => "That is noted.",
            Looked::NotShown => "It is forgotten.",
            Looked::Unknown(_) => "It stays to be found out.",
        };
        let told = page.wrapped(2, &format!("{} {noted}", begun.cut_off(looked)));
        format!("{}\n{told}", page.paint.bold(address.as_str()))
    };
    settled.iter().map(one).collect()
}

/// Whoever applies now may be doing what looks as if it was interrupted.
async fn nobody_applies(context: &Context<'_>, session: &Session, key: &LedgerKey) -> Result<(), Problems> {
    let holder = session.ledgers.holder(key).await.map_err(|error| told::ledger(&error.into()))?;
    match holder {
        None => Ok(()),
        // Whether it is there still shows only to who waits for its lease.
        Some((holder, _)) if session::is_remote(context) => {
            context
                .output
                .note(&format!("{holder} has the lease still. Going on waits until that is sure to be gone."));
            Ok(())
        }
        Some((holder, lasts)) => {
            let location = session.ledgers.location(key);
            Err(told::ledger(&EngineError::Ledger(LedgerError::Locked { location, holder, lasts })))
        }
    }
}

/// Who began it, how far it came, and what is left.
fn text(key: &LedgerKey, unfinished: &Unfinished, paint: Paint) -> String {
    let by = match unfinished.run.by.as_str() {
        "" => String::new(),
        by => format!("begun by {by}\n"),
    };
    let mut text = format!("{}\n{by}\n", paint.bold(&key.to_string()));
    let (mut open, mut left, mut rest) = (0, 0, Vec::new());
    for (step, standing) in unfinished.steps() {
        let Some((word, beside)) = told_of(step, &standing) else { continue };
        match standing {
            Standing::Open { .. } => open += 1,
            Standing::Done | Standing::Failed | Standing::Left => left += 1,
        }
        rest.push(step.clone());
        let act = words::painted(paint, &step.act, &format!("{:<8}", words::act(&step.act)));
        text += &format!("  {word:<8} {act} {}\n", step.address);
        if !beside.is_empty() {
            text += &format!("             {}\n", paint.dim(&beside));
        }
    }
    if rest.is_empty() {
        return text + "All of it is done. Only the ledger was not written any more.\n";
    }
    let all = unfinished.file.plan.steps.len();
    let mut parts = vec![format!("{} of {} done", all - rest.len(), count(all, "step"))];
    parts.extend((open > 0).then(|| format!("{open} open")));
    parts.extend((left > 0).then(|| format!("{left} left")));
    let seconds = schedule::estimate(&rest).seconds;
    parts.extend((seconds > 0).then(|| format!("about {}", render::estimate(seconds))));
    text + "\n" + &parts.join(" · ") + "\n"
}

/// A word for where a step stands, and what else is to be said; none when it is done.
fn told_of(step: &Step, standing: &Standing) -> Option<(&'static str, String)> {
    Some(match standing {
        Standing::Done => return None,
        Standing::Open { accepted: Some(id), .. } => ("open", format!("the service works on {id}")),
        Standing::Open { unknown: Some(why), .. } => ("open", why.to_string()),
        Standing::Open { .. } => {
            ("open", format!("may or may not have been {}: it is looked for first", words::done(&step.act)))
        }
        Standing::Failed => ("again", "failed before".to_owned()),
        Standing::Left => ("left", String::new()),
    })
}

/// An interrupted run, for machines.
#[derive(Serialize)]
struct Line<'a> {
    stack: &'a str,
    environment: &'a str,
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    done: usize,
    steps: Vec<StepLine<'a>>,
}

/// What was begun by hand, for machines.
#[derive(Serialize)]
struct ByHandLine<'a> {
    address: &'a str,
    act: &'a str,
    by: &'a str,
    at: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> ByHandLine<'a> {
    fn of(Settled { address, begun, looked }: &'a Settled) -> Self {
        let ByHand { act, set: _, by, at, why, stage: _ } = begun;
        let (outcome, message) = match looked {
            Looked::Done => ("done", None),
            Looked::NotShown => ("not_shown", None),
            Looked::Unknown(why) => ("unknown", Some(why.as_str())),
        };
        Self { address: address.as_str(), act, by, at, why, outcome, message }
    }
}

#[derive(Serialize)]
struct StepLine<'a> {
    step: u32,
    act: &'static str,
    address: &'a str,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl<'a> Line<'a> {
    fn of(key: &'a LedgerKey, unfinished: Option<&'a Unfinished>) -> Self {
        let steps: Vec<_> = unfinished.iter().flat_map(|unfinished| unfinished.steps()).collect();
        let is_done = |standing: &Standing| *standing == Standing::Done;
        Self {
            stack: key.stack(),
            environment: key.environment(),
            interrupted: unfinished.is_some(),
            run: unfinished.map(|unfinished| unfinished.run.run.as_str()),
            by: unfinished.map(|unfinished| unfinished.run.by.as_str()).filter(|by| !by.is_empty()),
            done: steps.iter().filter(|(_, standing)| is_done(standing)).count(),
            steps: steps.into_iter().filter(|(_, standing)| !is_done(standing)).map(StepLine::of).collect(),
        }
    }
}

impl<'a> StepLine<'a> {
    fn of((step, standing): (&'a Step, Standing)) -> Self {
        let (standing, object, message) = match standing {
            Standing::Done => ("done", None, None),
            Standing::Open { accepted, unknown } => {
                ("open", accepted.map(|id| id.to_string()), unknown.map(|why| why.to_string()))
            }
            Standing::Failed => ("failed", None, None),
            Standing::Left => ("left", None, None),
        };
        Self { step: step.id, act: words::act(&step.act), address: step.address.as_str(), standing, object, message }
    }
}
