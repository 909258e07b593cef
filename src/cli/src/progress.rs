//! What people see while a plan is applied: on a terminal one line per running step with its elapsed time, in a log one
//! line per change of state, for machines one JSON line per event.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use flashinfra::apply::{Event, EventKind, Stage};
use flashinfra_plans::Step;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::act_words as words;
use crate::act_words::{act, doing, done};
use crate::output::Output;
use crate::paint::Paint;
use crate::text::duration;

/// How often a log hears of a step that is still going on.
const LOG_INTERVAL: Duration = Duration::from_secs(30);
/// More running steps than this are counted instead of listed: the list has to fit on a screen.
const BARS_MAX: usize = 15;
/// How often the spinners turn.
const TICK: Duration = Duration::from_millis(120);

/// Shows the events of one apply, and what interrupts do to it, until there are no more events.
pub(crate) async fn watch(
    output: &Output,
    steps: usize,
    mut events: UnboundedReceiver<Event>,
    mut interrupts: UnboundedReceiver<Stage>,
) {
    let mut view = View::new(output, steps);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => view.event(&event),
                None => break,
            },
            Some(stage) = interrupts.recv() => view.interrupted(stage),
        }
    }
    view.end();
}

enum View<'a> {
    Terminal(Terminal<'a>),
    Log(Log<'a>),
    Json(&'a Output),
}

impl<'a> View<'a> {
    fn new(output: &'a Output, steps: usize) -> Self {
        if output.is_json() {
            Self::Json(output)
        } else if std::io::stderr().is_terminal() {
            Self::Terminal(Terminal::new(output, steps))
        } else {
            Self::Log(Log { output, last: BTreeMap::new() })
        }
    }

    fn event(&mut self, event: &Event) {
        match self {
            Self::Terminal(terminal) => terminal.event(event),
            Self::Log(log) => log.event(event),
            Self::Json(output) => output.line("apply.step", &StepLine::new(event)),
        }
    }

    fn interrupted(&self, stage: Stage) {
        let text = match stage {
            Stage::None => return,
            Stage::NoNewSteps => {
                "Interrupted: no new step starts, the running ones are waited for. Ctrl-C stops waiting."
            }
            Stage::CancelWaits => "Interrupted: slow objects are no longer waited for. Ctrl-C leaves at once.",
            Stage::Leave => "Interrupted: leaving. The journal knows what was open.",
        };
        match self {
            Self::Terminal(terminal) => terminal.bars.suspend(|| terminal.output.note(text)),
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

/// Live lines, redrawn in place; what is over is printed once above them.
struct Terminal<'a> {
    output: &'a Output,
    paint: Paint,
    bars: MultiProgress,
    total: ProgressBar,
    running: BTreeMap<u32, ProgressBar>,
}

impl<'a> Terminal<'a> {
    fn new(output: &'a Output, steps: usize) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = bars.add(ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
        total.set_style(style("  {pos} of {len} steps done · {elapsed}"));
        total.enable_steady_tick(TICK);
        Self { output, paint: output.paint_progress(), bars, total, running: BTreeMap::new() }
    }

    fn event(&mut self, event: &Event) {
        let step = &event.step;
        match &event.kind {
            EventKind::Started => self.start(step),
            EventKind::Waiting { phase, .. } => {
                if let (Some(bar), Some(phase)) = (self.running.get(&step.id), phase) {
                    bar.set_message(format!("{} · {}", usual(step), words::phase(*phase)));
                }
            }
            EventKind::Retrying { after, reason } => {
                if let Some(bar) = self.running.get(&step.id) {
                    bar.set_message(format!("again in {}: {reason}", duration(*after)));
                }
            }
            EventKind::Done { .. } => {
                self.finish(step.id);
                self.total.inc(1);
                self.say(event);
            }
            EventKind::Failed { .. } | EventKind::Skipped { .. } | EventKind::Stale | EventKind::Open { .. } => {
                self.finish(step.id);
                self.say(event);
            }
        }
    }

    fn start(&mut self, step: &Step) {
        if self.running.len() >= BARS_MAX {
            return;
        }
        let bar = self.bars.insert_before(&self.total, ProgressBar::new_spinner());
        bar.set_style(style("  {spinner} {prefix} {elapsed:>4} {msg:.dim}"));
        bar.set_prefix(format!("{:<9} {}", doing(&step.act), step.address));
        bar.set_message(usual(step));
        bar.enable_steady_tick(TICK);
        self.running.insert(step.id, bar);
    }

    fn finish(&mut self, step: u32) {
        if let Some(bar) = self.running.remove(&step) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn say(&self, event: &Event) {
        if let Some(line) = line(event, self.paint) {
            self.bars.suspend(|| self.output.note(&line));
        }
    }

    fn end(&mut self) {
        for bar in std::mem::take(&mut self.running).into_values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

/// One line per change of state.
struct Log<'a> {
    output: &'a Output,
    /// When each running step was last spoken of.
    last: BTreeMap<u32, Duration>,
}

impl Log<'_> {
    fn event(&mut self, event: &Event) {
        let is_news = match event.kind {
            EventKind::Waiting { .. } => {
                let last = self.last.get(&event.step.id).copied().unwrap_or_default();
                event.at.saturating_sub(last) >= LOG_INTERVAL
            }
            _ => true,
        };
        if is_news && let Some(line) = line(event, self.output.paint_progress()) {
            self.last.insert(event.step.id, event.at);
            self.output.note(&line);
        }
    }
}

/// One event as one line; none when it says nothing worth a line.
fn line(event: &Event, paint: Paint) -> Option<String> {
    let step = &event.step;
    let address = &step.address;
    Some(match &event.kind {
        EventKind::Started => format!("  {:<9} {address}", doing(&step.act)),
        EventKind::Waiting { elapsed, phase } => {
            let phase = phase.map(|phase| format!(", it is {}", words::phase(phase))).unwrap_or_default();
            format!("  still {} {address} ({}{phase})", doing(&step.act), duration(*elapsed))
        }
        EventKind::Retrying { after, reason } => {
            format!("  {} {address}: {reason}; again in {}", paint.yellow("waiting  "), duration(*after))
        }
        EventKind::Done { elapsed, object } => {
            let object = object.as_ref().map(|id| format!("  {id}")).unwrap_or_default();
            let done = format!("{:<9}", done(&step.act));
            format!(
                "  {} {address}{} ({})",
                words::painted(paint, &step.act, &done),
                paint.dim(&object),
                duration(*elapsed)
            )
        }
        EventKind::Failed { message } => {
            format!("  {} {} {address}: {message}", paint.red("failed   "), act(&step.act))
        }
        // Told in the report, where it stands beside what it waited for.
        EventKind::Skipped { .. } => return None,
        EventKind::Stale => {
            format!(
                "  {} {} {address}: live is not what the plan was made from",
                paint.yellow("stopped  "),
                act(&step.act)
            )
        }
        EventKind::Open { message } => {
            format!("  {} {} {address}: {message}", paint.yellow("open     "), act(&step.act))
        }
    })
}

fn usual(step: &Step) -> String {
    /// Quicker steps are over before anybody has read how long they take.
    const WORTH_SAYING_SECONDS: u32 = 10;
    if step.typical_seconds < WORTH_SAYING_SECONDS {
        return String::new();
    }
    format!("usually {}", duration(Duration::from_secs(step.typical_seconds.into())))
}

fn style(template: &str) -> ProgressStyle {
    // A template is a constant of this file; a wrong one would show in the first apply.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// An event, for machines.
#[derive(Serialize)]
struct StepLine<'a> {
    step: u32,
    act: &'static str,
    address: &'a str,
    state: &'static str,
    at_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<u32>,
}

impl<'a> StepLine<'a> {
    fn new(event: &'a Event) -> Self {
        let step = &event.step;
        let mut line = Self {
            step: step.id,
            act: act(&step.act),
            address: step.address.as_str(),
            state: "started",
            at_ms: event.at.as_millis(),
            elapsed_ms: None,
            object: None,
            message: None,
            because: None,
        };
        match &event.kind {
            EventKind::Started => {}
            EventKind::Waiting { elapsed, phase } => {
                line.state = "waiting";
                line.elapsed_ms = Some(elapsed.as_millis());
                line.message = phase.map(words::phase);
            }
            EventKind::Retrying { after: _, reason } => {
                line.state = "retrying";
                line.message = Some(reason);
            }
            EventKind::Done { elapsed, object } => {
                line.state = "done";
                line.elapsed_ms = Some(elapsed.as_millis());
                line.object = object.as_deref();
            }
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
