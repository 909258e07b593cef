//! `flashinfra unlock`: for people who know that whoever has the right to apply must not go on.

use flashinfra::ledgers::{Holder, Lasts, LedgerKey};
use flashinfra::session::Session;
use serde::Serialize;

use super::Context;
use crate::args::Unlock;
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::{invocation, session, told};

/// Says who has the right to apply, and ends it when there is a reason.
pub(super) async fn run(context: &Context<'_>, args: &Unlock) -> Ended {
    let output = context.output;
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let held = session.ledgers.holder(&key).await.map_err(|error| told::ledger(&error.into()))?;
    let Some(reason) = args.reason.as_deref().filter(|reason| !reason.trim().is_empty()) else {
        return without_reason(context, &key, held);
    };
    let had = session.ledgers.unlock(&key, &Holder::this_process(), reason).await;
    let had = had.map_err(|error| told::ledger(&error.into()))?;
    let next = next(context, &session, &key).await?;
    output.result(&match &had {
        Some(holder) => format!(
            "{holder} may not apply to {key} any more.\n{}\nNext: {next}\n",
            still(context, held.map(|(_, lasts)| lasts))
        ),
        None => nobody(&key),
    });
    output.line("unlocked", &Line { had: had.as_ref().map(ToString::to_string), next: had.map(|_| next) });
    Ok(Exit::Ok)
}

/// Whoever wants to know who has it gets an answer; whoever wants to end it has to say why.
fn without_reason(context: &Context<'_>, key: &LedgerKey, held: Option<(Holder, Lasts)>) -> Ended {
    let Some((holder, lasts)) = held else {
        context.output.result(&nobody(key));
        context.output.line("unlocked", &Line { had: None, next: None });
        return Ok(Exit::Ok);
    };
    let words = ["--reason".to_owned(), "TEXT".to_owned()];
    let again = invocation::command(context.global, "unlock", &words);
    Err(Problem::new(format!("{holder} has the right to apply to {key}{}", while_it_lasts(lasts)))
        .help(format!("if it must not go on, say why; it is told, and so is who looks later:\n  {again}"))
        .exit(Exit::Refused)
        .into())
}

fn nobody(key: &LedgerKey) -> String {
    format!("Nobody has the right to apply to {key}: there is nothing to unlock.\n")
}

fn while_it_lasts(lasts: Lasts) -> String {
    match lasts {
        Lasts::AsItsProcess => ", for as long as that process is there".into(),
        Lasts::WhileStopped => "; its process is stopped".into(),
        Lasts::Lease(length) => format!(", by a lease of {} s after its last sign of life", length.as_secs()),
    }
}

/// What becomes of whoever is there after all.
fn still(context: &Context<'_>, lasts: Option<Lasts>) -> &'static str {
    // A lease shows to its holder with the next renewal.
    let is_lease = lasts.map_or_else(|| session::is_remote(context), |lasts| matches!(lasts, Lasts::Lease(_)));
    match is_lease {
        true => "If it is there after all, it notices within seconds, and calls nothing more.",
        false => "If it goes on after all, it notices before its next call, and does nothing more.",
    }
}

/// What whoever unlocked wants to type: go on with what was cut off, or see what is left to do.
async fn next(context: &Context<'_>, session: &Session, key: &LedgerKey) -> Result<String, Problems> {
    let loaded = flashinfra::ledgers::load(session.ledgers.as_ref(), key).await;
    let loaded = loaded.map_err(|error| told::ledger(&error.into()))?;
    let global = match &loaded {
        Some(loaded) => session::in_world_of(context.global, &loaded.ledger),
        None => context.global.clone(),
    };
    let open = loaded.and_then(|loaded| loaded.open);
    let several = session.ledgers.keys().await.is_ok_and(|keys| keys.len() > 1);
    Ok(match open {
        Some(_) => format!(
            "{}\n      goes on with what it had begun; what is done stays done",
            invocation::resume(&global, Some(key).filter(|_| several))
        ),
        None => format!("{}\n      shows what is left to do", invocation::plan(&global)),
    })
}

#[derive(Serialize)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    had: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}
