//! `flashinfra history`: what was made live so far, and how each time ended.

use std::collections::BTreeMap;

use flashinfra::ledgers::LedgerKey;
use flashinfra::revisions;
use flashinfra_plans::plan::Mode;
use flashinfra_plans::revision::Outcome;
use flashinfra_plans::{Action, Revision};
use serde::Serialize;

use super::Context;
use crate::json_lines::{action_word, mode_word};
use crate::paint::Paint;
use crate::problem::{Ended, Exit};
use crate::report::past;
use crate::text::count;
use crate::{session, told};

/// Longer names of people and machines are cut, so that a line stays one.
const BY_MAX: usize = 24;

/// Lists the revisions that the ledger keeps, the newest last.
pub(super) async fn run(context: &Context<'_>) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let history = revisions::history(session.ledgers.as_ref(), &key).await.map_err(|error| told::ledger(&error))?;
    let output = context.output;
    for revision in history.iter().rev() {
        output.line("revision", &Line::new(revision));
    }
    if history.is_empty() {
        output.result(&format!("{key} has no revisions yet: one is kept with the next apply.\n"));
    } else {
        output.result(&table(&key, &history, output.paint()));
    }
    Ok(Exit::Ok)
}

/// The revisions as a table, the newest last, where the eye of who ran the command is.
fn table(key: &LedgerKey, history: &[Revision], paint: Paint) -> String {
    const HEAD: [&str; 5] = ["revision", "when (UTC)", "by", "outcome", "what"];
    let rows: Vec<[String; 5]> = history.iter().rev().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEAD[column].len()]).max().unwrap_or_default()
    };
    let line = |cells: [&str; 5]| {
        let padded: Vec<_> = (0..4).map(|column| format!("{:width$}", cells[column], width = width(column))).collect();
        format!("{}  {}", padded.join("  "), cells[4]).trim_end().to_owned()
    };
    let mut text = format!("{}\n\n{}\n", paint.bold(&key.to_string()), paint.dim(&line(HEAD)));
    for (revision, row) in history.iter().rev().zip(&rows) {
        let line = line(row.each_ref().map(String::as_str));
        text += &match revision.outcome {
            Outcome::Done => line,
            Outcome::Failed | Outcome::Stopped | Outcome::CutOff => paint.yellow(&line),
        };
        text.push('\n');
    }
    text
}

fn row(revision: &Revision) -> [String; 5] {
    let when = revision.at.strip_suffix(" UTC").unwrap_or(&revision.at).to_owned();
    let by: String = revision.by.chars().take(BY_MAX).collect();
    [revision.number.to_string(), when, by, outcome(revision.outcome).to_owned(), what(revision)]
}

/// How it ended, in words.
fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Stopped => "stopped",
        Outcome::CutOff => "cut off",
    }
}

/// What it changed, and what there is to know before it is gone back to.
fn what(revision: &Revision) -> String {
    let changes = revision.changes.iter();
    let mut parts: Vec<String> = match revision.mode {
        Mode::Test => vec!["test".to_owned(), format!("{} passed", changes.map(|(_, number)| number).sum::<u32>())],
        Mode::Apply | Mode::Destroy | Mode::RefreshOnly | Mode::Tidy => {
            changes.map(|(action, number)| format!("{number} {}", past(*action))).collect()
        }
    };
    if revision.outcome != Outcome::Done {
        let steps = count(usize::try_from(revision.steps).unwrap_or(usize::MAX), "step");
        parts.push(format!("{} of {steps} done", revision.done));
    }
    if revision.mode == Mode::Destroy {
        parts.insert(0, "destroy".to_owned());
    }
    if revision.partial {
        parts.push("partial".to_owned());
    }
    parts.extend(revision.repeats.map(|repeated| format!("back to {repeated}")));
    if parts.is_empty() { "nothing live".to_owned() } else { parts.join(" · ") }
}

#[derive(Serialize)]
struct Line<'a> {
    revision: u64,
    stack: &'a str,
    environment: &'a str,
    at: &'a str,
    by: &'a str,
    outcome: &'static str,
    mode: &'static str,
    partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<u64>,
    run: &'a str,
    plan: &'a str,
    compiled: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    parameters: &'a str,
    steps: u32,
    done: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<u32>,
    changes: BTreeMap<&'static str, u32>,
}

impl<'a> Line<'a> {
    fn new(revision: &'a Revision) -> Self {
        let word = |outcome| match outcome {
            Outcome::Done => "done",
            Outcome::Failed => "failed",
            Outcome::Stopped => "stopped",
            Outcome::CutOff => "cut_off",
        };
        let counted = |(action, number): (&Action, &u32)| (action_word(*action), *number);
        Self {
            revision: revision.number,
            stack: &revision.stack,
            environment: &revision.environment,
            at: &revision.at,
            by: &revision.by,
            outcome: word(revision.outcome),
            mode: mode_word(revision.mode),
            partial: revision.partial,
            repeats: revision.repeats,
            run: &revision.run,
            plan: &revision.plan,
            compiled: &revision.compiled,
            parameters: &revision.parameters,
            steps: revision.steps,
            done: revision.done,
            resources: revision.resources,
            changes: revision.changes.iter().map(counted).collect(),
        }
    }
}
