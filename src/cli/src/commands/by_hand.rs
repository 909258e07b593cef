//! `flashinfra scale` and `flashinfra restart`: what is done to one object by hand, and recorded.

use flashinfra::by_hand::{self, Done, Wanted};
use flashinfra_plans::Address;
use serde::Serialize;

use super::Context;
use crate::args::{Restart, Scale};
use crate::outputs;
use crate::problem::{Ended, Exit, Problems};
use crate::{session, told};

/// Runs so many of what an address runs.
pub(super) async fn scale(context: &Context<'_>, args: &Scale) -> Ended {
    let Scale { address, replicas, reason } = args;
    let done = operated(context, address, &Wanted::Scale(*replicas), reason.as_deref()).await?;
    let before = done.changed.as_ref().and_then(|(_, before)| before.clone());
    let path = done.changed.as_ref().map_or("", |(path, _)| path.as_str());
    context.output.line("scaled", &ScaledLine { address: address.as_str(), path, before: &before, after: *replicas });
    if !done.is_new {
        context.output.result(&format!("{address} has {path} {replicas} already.\n"));
        return Ok(Exit::Ok);
    }
    let from = before.map(|before| format!(" from {}", outputs::line(&before))).unwrap_or_default();
    let next = format!(
        "The next plan shows it and who did it, and an apply takes it back. To keep it, declare {path} {replicas}, or declare none, which \
         leaves it as it is; for once, --exclude {address} keeps it."
    );
    let next = context.output.page().wrapped(0, &next);
    context.output.result(&format!("{address} is scaled{from} to {replicas}.\n{next}"));
    Ok(Exit::Ok)
}

/// Starts all anew that an address runs.
pub(super) async fn restart(context: &Context<'_>, args: &Restart) -> Ended {
    let Restart { address, reason } = args;
    let done = operated(context, address, &Wanted::Restart, reason.as_deref()).await?;
    context.output.line("restarted", &RestartedLine { address: address.as_str(), object: &done.object });
    context
        .output
        .result(&format!("{address} starts anew what it runs, one after the other; no plan differs by it.\n"));
    Ok(Exit::Ok)
}

async fn operated(
    context: &Context<'_>,
    address: &Address,
    wanted: &Wanted,
    reason: Option<&str>,
) -> Result<Done, Problems> {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let global = session::in_world_of(context.global, &ledger);
    let session = session::open(&Context { global: &global, ..*context }).await?;
    let working = context.output.spinner("Doing it");
    let done = by_hand::operate(&session, &key, address, wanted, reason.unwrap_or_default()).await;
    drop(working);
    done.map_err(|error| told::ledger(&error))
}

#[derive(Serialize)]
struct ScaledLine<'a> {
    address: &'a str,
    path: &'a str,
    before: &'a Option<flashinfra_plans::Value>,
    after: u32,
}

#[derive(Serialize)]
struct RestartedLine<'a> {
    address: &'a str,
    object: &'a str,
}
