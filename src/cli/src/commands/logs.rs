//! `flashinfra logs`: what the programs of one address write.

use flashinfra::logs::{self, Lines};
use flashinfra_providers::LogEntry;
use serde::Serialize;
use tokio::sync::Notify;

use super::Context;
use crate::args::Logs;
use crate::problem::{Ended, Exit};
use crate::{session, told};

/// Prints the lines as they come. Ctrl-C ends it, which is how following ends, and so does a reader that has what it wanted (`| head`).
pub(super) async fn run(context: &Context<'_>, args: &Logs) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let global = session::in_world_of(context.global, &ledger);
    let session = session::open(&Context { global: &global, ..*context }).await?;
    let (output, unread) = (context.output, Notify::new());
    let sink = |entry: LogEntry| match entry {
        LogEntry::Line { from, text } => {
            output.line("log", &Line { from: &from, text: &text });
            if !output.is_json() {
                let from = if from.is_empty() { String::new() } else { format!("{} ", output.paint().dim(&from)) };
                output.raw(&format!("{from}{text}\n"));
            }
            if output.is_unread() {
                unread.notify_one();
            }
        }
        LogEntry::Note { from, text } => {
            output.line("log.note", &Line { from: &from, text: &text });
            output.note(format!("{from} {text}").trim_start());
        }
    };
    let lines = Lines { follow: args.follow, tail: args.tail, since_seconds: args.since };
    let reading = logs::logs(&session, &ledger, &args.address, lines, &sink);
    tokio::select! {
        ended = reading => ended.map_err(|error| told::ledger(&error))?,
        _ = tokio::signal::ctrl_c() => {}
        () = unread.notified() => {}
    }
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    text: &'a str,
}
