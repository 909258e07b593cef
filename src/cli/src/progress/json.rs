//! Events as JSON lines; docs/json.md describes them.

use std::time::Duration;

use flashinfra::apply::{Event, EventKind, LastLines};
use flashinfra_providers::LogEntry;
use serde::Serialize;

use super::outlook::Outlook;
use crate::act_words as words;
use crate::act_words::act;
use crate::output::Output;

/// How often the whole is told: whoever draws it wants no more.
const INTERVAL: Duration = Duration::from_secs(10);

/// The lines of one apply.
pub(super) struct Json<'a> {
    output: &'a Output,
    /// When the whole was told last.
    told: Option<Duration>,
}

impl<'a> Json<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self { output, told: None }
    }

    pub(super) fn event(&mut self, event: &Event, outlook: &Outlook) {
        if let EventKind::Wrote(LastLines(entries)) = &event.kind {
            for entry in entries {
                self.output.line("apply.log", &LogLine::new(event, entry));
            }
            return;
        }
        self.output.line("apply.step", &StepLine::new(event, outlook));
        if self.told.is_none_or(|told| event.at.saturating_sub(told) >= INTERVAL) {
            self.told = Some(event.at);
            self.output.line("apply.progress", &ProgressLine::new(outlook));
        }
    }
}

/// A line that a program wrote that failed.
#[derive(Serialize)]
pub(super) struct LogLine<'a> {
    step: u32,
    address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    text: &'a str,
}

impl<'a> LogLine<'a> {
    fn new(event: &'a Event, entry: &'a LogEntry) -> Self {
        let (LogEntry::Line { from, text } | LogEntry::Note { from, text }) = entry;
        Self { step: event.step.id, address: event.step.address.as_str(), from, text }
    }
}

/// How far a whole apply is, for machines.
#[derive(Serialize)]
pub(super) struct ProgressLine {
    at_ms: u128,
    steps: usize,
    done: usize,
    failed: usize,
    running: usize,
    left_seconds: u64,
}

impl ProgressLine {
    pub(super) fn new(outlook: &Outlook) -> Self {
        Self {
            at_ms: outlook.now().as_millis(),
            steps: outlook.steps(),
            done: outlook.done(),
            failed: outlook.failed(),
            running: outlook.running(),
            left_seconds: outlook.left(outlook.now()).as_secs(),
        }
    }
}

/// An event, for machines.
#[derive(Serialize)]
pub(super) struct StepLine<'a> {
    step: u32,
    act: &'static str,
    address: &'a str,
    state: &'static str,
    at_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again_in_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<u32>,
}

impl<'a> StepLine<'a> {
    pub(super) fn new(event: &'a Event, outlook: &Outlook) -> Self {
        let step = &event.step;
        let mut line = Self {
            step: step.id,
            act: act(&step.act),
            address: step.address.as_str(),
            state: "started",
            at_ms: event.at.as_millis(),
            elapsed_ms: None,
            usual_seconds: None,
            waiting: None,
            again_in_ms: None,
            object: None,
            message: None,
            because: None,
        };
        match &event.kind {
            EventKind::Started => {
                line.usual_seconds = Some(step.typical_seconds);
                line.waiting = Some(outlook.waiting_on(step.id));
            }
            EventKind::Waiting { elapsed, phase } => {
                line.state = "waiting";
                line.elapsed_ms = Some(elapsed.as_millis());
                line.message = phase.map(words::phase);
            }
            EventKind::Retrying { after, reason } => {
                line.state = "retrying";
                line.again_in_ms = Some(after.as_millis());
                line.message = Some(reason);
            }
            EventKind::Done { elapsed, object } => {
                line.state = "done";
                line.elapsed_ms = Some(elapsed.as_millis());
                line.object = object.as_deref();
            }
            // Lines of their own.
            EventKind::Wrote(_) => {}
            EventKind::DoneBefore => line.state = "done_before",
            EventKind::NotNeeded => line.state = "not_needed",
            EventKind::Failed { message } => {
                line.state = "failed";
                line.message = Some(message);
            }
            EventKind::Skipped { because } => {
                line.state = "skipped";
                line.because = Some(*because);
            }
            EventKind::Stale => line.state = "stale",
            EventKind::Open { message } => {
                line.state = "open";
                line.message = Some(message);
            }
        }
        line
    }
}
