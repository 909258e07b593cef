//! What people see while a plan is applied: on a terminal one line per running step with its elapsed time, in a log one
//! line per change of state, for machines one JSON line per event.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use flashinfra::apply::{Event, EventKind, Stage};
use flashinfra_plans::{Phase, Step};
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
            Stage::NoNewSteps => "Interrupted: no new step starts. Ctrl-C again stops waiting for the running.",
            Stage::CancelWaits => "Interrupted: no longer waiting for slow objects. Ctrl-C again leaves at once.",
            Stage::Leave => "Interrupted: leaving. The journal knows what was open.",
        };
        match self {
            Self::Terminal(terminal) => {
                terminal.clear_echo();
                terminal.above(text);
            }
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
        // Apart from the plan above.
        output.note("");
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = bars.add(ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
        total.set_style(style("  {pos} of {len} steps done, {elapsed}"));
        total.enable_steady_tick(TICK);
        Self { output, paint: output.paint_progress(), bars, total, running: BTreeMap::new() }
    }

    fn event(&mut self, event: &Event) {
        let step = &event.step;
        match &event.kind {
            EventKind::Started => self.start(step),
            EventKind::Waiting { phase, .. } => {
                if let Some(bar) = self.running.get(&step.id) {
                    bar.set_message(self.message(step, &state(step, *phase)));
                }
            }
            EventKind::Retrying { after, reason } => {
                if let Some(bar) = self.running.get(&step.id) {
                    bar.set_message(self.message(step, &format!("again in {}: {reason}", duration(*after))));
                }
            }
            EventKind::Done { .. } | EventKind::NotNeeded => {
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
        bar.set_style(style("{spinner} {prefix} {elapsed:>7}  {msg}"));
        bar.set_prefix(padded(doing(&step.act)));
        bar.set_message(self.message(step, ""));
        bar.enable_steady_tick(TICK);
        self.running.insert(step.id, bar);
    }

    fn message(&self, step: &Step, state: &str) -> String {
        let usual = usual(step);
        let parts = [usual.as_str(), state].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        format!("{}  {}", step.address, self.paint.dim(&parts.join(" · ")))
    }

    fn finish(&mut self, step: u32) {
        if let Some(bar) = self.running.remove(&step) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn say(&self, event: &Event) {
        if let Some(line) = line(event, self.paint) {
            self.above(&line);
        }
    }

    /// Takes back the line that the echo of Ctrl-C pushed the running lines up by. indicatif leaves the cursor at the right edge,
    /// so the echo lands a line lower than it knows of, and one of its lines would stay behind for good.
    fn clear_echo(&self) {
        if self.bars.clear().is_ok() && std::io::stdin().is_terminal() {
            self.output.erase_line_above();
        }
    }

    /// Prints a line above the running ones.
    fn above(&self, line: &str) {
        // A terminal that went away takes nothing with it.
        let _ = self.bars.println(self.output.beside(line));
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
    let plain = |verb: &str, time: Option<Duration>, after: String| row(verb, time, step, &after);
    let troubled = |verb: &str, message: &str| row(verb, None, step, &format!("{}: {message}", act(&step.act)));
    Some(match &event.kind {
        EventKind::Started => plain(&padded(doing(&step.act)), None, String::new()),
        EventKind::Waiting { elapsed, phase } => plain(&padded(doing(&step.act)), Some(*elapsed), state(step, *phase)),
        EventKind::Retrying { after, reason } => {
            troubled(&paint.yellow(&padded("waiting")), &format!("{reason}; again in {}", duration(*after)))
        }
        EventKind::Done { elapsed, object } => {
            let done = words::painted(paint, &step.act, &padded(done(&step.act)));
            plain(&done, Some(*elapsed), paint.dim(object.as_deref().unwrap_or_default()))
        }
        EventKind::NotNeeded => {
            let is_instead = step.when.as_ref().is_some_and(|when| when.same);
            let why = if is_instead { "the value is another one" } else { "the value is the same" };
            plain(&paint.dim(&padded("not needed")), None, paint.dim(&format!("{}: {why}", act(&step.act))))
        }
        EventKind::Failed { message } => troubled(&paint.red(&padded("failed")), message),
        // Told in the report, where it stands beside what it waited for.
        EventKind::Skipped { .. } => return None,
        EventKind::Stale => troubled(&paint.yellow(&padded("stopped")), "live is not what the plan was made from"),
        EventKind::Open { message } => troubled(&paint.yellow(&padded("open")), message),
    })
}

/// Verb, time and address in columns, so that the eye finds each of them.
fn row(verb: &str, time: Option<Duration>, step: &Step, after: &str) -> String {
    let time = time.map(duration).unwrap_or_default();
    format!("  {verb} {time:>7}  {}  {after}", step.address).trim_end().to_owned()
}

fn padded(verb: &str) -> String {
    format!("{verb:<9}")
}

/// What the object is doing, where the step's own word does not say it.
fn state(step: &Step, phase: Option<Phase>) -> String {
    let word = phase.map(words::phase).filter(|word| *word != doing(&step.act));
    word.map(|word| format!("it is {word}")).unwrap_or_default()
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
