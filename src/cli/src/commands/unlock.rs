//! `flashinfra unlock`: for people who know that nobody applies any more.

use flashinfra::ledgers::Holder;
use serde::Serialize;

use super::Context;
use crate::args::Unlock;
use crate::problem::{Ended, Exit};
use crate::{session, told};

/// Ends the right to apply in the place of who has it.
pub(super) async fn run(context: &Context<'_>, args: &Unlock) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let unlocked = session.ledgers.unlock(&key, &Holder::this_process(), &args.reason).await;
    let had = unlocked.map_err(|error| told::ledger(&error.into()))?;
    #[derive(Serialize)]
    struct Line {
        #[serde(skip_serializing_if = "Option::is_none")]
        had: Option<String>,
    }
    let had = had.map(|holder| holder.to_string());
    context.output.result(&match &had {
        Some(holder) => format!("{holder} may not apply to {key} any more.\n"),
        None => format!("Nobody holds a lease on {key}. In a directory, the lock ends with its process.\n"),
    });
    context.output.line("unlocked", &Line { had });
    Ok(Exit::Ok)
}
