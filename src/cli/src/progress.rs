//! What people see while a plan is applied: on a terminal one line per running step with its elapsed time, in a log one
//! line per change of state, for machines one JSON line per event.

mod json;
mod lines;
mod outlook;
mod terminal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use flashinfra::apply::{Event, EventKind, Stage};
use flashinfra_plans::Step;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::output::Output;
use json::Json;
use lines::line;
use outlook::Outlook;
use terminal::Terminal;

/// How often a log hears of a step that is still going on.
const LOG_INTERVAL: Duration = Duration::from_secs(30);
/// How often a terminal is told that time has passed.
const SECOND: Duration = Duration::from_secs(1);

/// Shows the events of one apply of these steps, and what interrupts do to it, until there are no more events; what programs wrote that
/// failed only with `logs`.
pub(crate) async fn watch(
    output: &Output,
    steps: &[Step],
    logs: bool,
    mut events: UnboundedReceiver<Event>,
    mut interrupts: UnboundedReceiver<Stage>,
) {
    let mut outlook = Outlook::new(steps);
    let mut view = View::new(output, steps.len());
    let mut seconds = interval(SECOND);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Some(event) if !logs && matches!(event.kind, EventKind::Wrote(_)) => {}
                Some(event) => {
                    outlook.event(&event);
                    view.event(&event, &outlook);
                }
                None => break,
            },
            Some(stage) = interrupts.recv() => {
                outlook.stop();
                view.interrupted(stage);
            }
            _ = seconds.tick() => view.passes(&outlook),
        }
    }
    view.end();
}

enum View<'a> {
    Terminal(Terminal<'a>),
    Log(Log<'a>),
    Json(Json<'a>),
}

impl<'a> View<'a> {
    fn new(output: &'a Output, steps: usize) -> Self {
        if output.is_json() {
            Self::Json(Json::new(output))
        } else if std::io::stderr().is_terminal() {
            Self::Terminal(Terminal::new(output, steps))
        } else {
            Self::Log(Log { output, last: BTreeMap::new() })
        }
    }

    fn event(&mut self, event: &Event, outlook: &Outlook) {
        match self {
            Self::Terminal(terminal) => terminal.event(event, outlook),
            Self::Log(log) => log.event(event, outlook),
            Self::Json(json) => json.event(event, outlook),
        }
    }

    fn passes(&mut self, outlook: &Outlook) {
        match self {
            Self::Terminal(terminal) => terminal.passes(outlook),
            // A line that nothing caused says nothing to who reads it later.
            Self::Log(_) | Self::Json(_) => {}
        }
    }

    fn interrupted(&self, stage: Stage) {
        let text = match stage {
            Stage::None => return,
            Stage::NoNewSteps => "Interrupted: no new step starts. Ctrl-C again stops waiting for the running.",
            Stage::CancelWaits => "Interrupted: no longer waiting for slow objects. Ctrl-C again leaves at once.",
            Stage::Leave => "Interrupted: leaving. The journal knows what was open.",
        };
        match self {
            Self::Terminal(terminal) => terminal.above(text),
            Self::Log(log) => log.output.note(text),
            Self::Json(_) => {}
        }
    }

    fn end(&mut self) {
        if let Self::Terminal(terminal) = self {
            terminal.end();
        }
    }
}

/// One line per change of state.
struct Log<'a> {
    output: &'a Output,
    /// When each running step was last spoken of.
    last: BTreeMap<u32, Duration>,
}

impl Log<'_> {
    fn event(&mut self, event: &Event, outlook: &Outlook) {
        let is_news = match event.kind {
            EventKind::Waiting { .. } => {
                let last = self.last.get(&event.step.id).copied().unwrap_or_default();
                event.at.saturating_sub(last) >= LOG_INTERVAL
            }
            _ => true,
        };
        if !is_news {
            return;
        }
        let waiting = outlook.waiting_on(event.step.id);
        if let Some(line) = line(event, waiting, self.output.paint_progress()) {
            self.last.insert(event.step.id, event.at);
            self.output.note(&line);
        }
    }
}
