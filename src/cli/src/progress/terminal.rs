//! Live lines at the bottom of a terminal, redrawn in place; what is over is printed once above them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flashinfra::apply::{Event, EventKind};
use flashinfra_plans::Step;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::lines::{about, clock, left, line, padded, state};
use super::outlook::Outlook;
use crate::act_words::doing;
use crate::echo::Quiet;
use crate::output::Output;
use crate::paint::Paint;
use crate::text::duration;
use crate::visible::visible;

/// More running steps than this are counted instead of listed: the list has to fit on a screen.
const BARS_MAX: usize = 15;
/// Where an address stands in a line: what does not fit goes on below it.
const BESIDE: &str = "                     ";
/// Where a line of a program goes on.
pub(super) const BELOW_LINES: &str = "               ";
/// How often the spinners turn.
const TICK: Duration = Duration::from_millis(120);

/// The lines of one apply.
pub(super) struct Terminal<'a> {
    output: &'a Output,
    paint: Paint,
    bars: MultiProgress,
    total: ProgressBar,
    running: BTreeMap<u32, Running>,
    /// When the last event came, by this process' clock.
    heard: Instant,
    /// How long the rest takes, for people. All steps tell that together, so it is asked every second and not at every event.
    left: Option<String>,
    /// What is typed shows as lines of its own only.
    _quiet: Quiet,
}

/// A step that runs.
struct Running {
    step: Arc<Step>,
    since: Instant,
    /// What it is doing beside its own word.
    state: String,
    /// None while there is no room for its line.
    bar: Option<ProgressBar>,
}

impl<'a> Terminal<'a> {
    pub(super) fn new(output: &'a Output, steps: usize) -> Self {
        // Apart from the plan above.
        output.note("");
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = bars.add(ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
        total.set_style(style("  {pos} of {len} steps done{prefix}, {clock}{msg}"));
        total.enable_steady_tick(TICK);
        let (running, heard, left) = (BTreeMap::new(), Instant::now(), None);
        Self { output, paint: output.paint_progress(), bars, total, running, heard, left, _quiet: Quiet::new() }
    }

    pub(super) fn event(&mut self, event: &Event, outlook: &Outlook) {
        self.heard = Instant::now();
        let step = &event.step;
        match &event.kind {
            EventKind::Started => self.start(step),
            EventKind::Waiting { phase, .. } => self.doing(step.id, state(step, *phase)),
            EventKind::Retrying { after, reason } => {
                self.doing(step.id, format!("again in {}: {reason}", duration(*after)));
            }
            EventKind::Wrote(_) => {
                if let Some(lines) = line(event, 0, self.paint) {
                    self.print(&lines, BELOW_LINES, true);
                }
            }
            EventKind::Done { .. }
            | EventKind::NotNeeded
            | EventKind::DoneBefore
            | EventKind::Failed { .. }
            | EventKind::Skipped { .. }
            | EventKind::Stale
            | EventKind::Open { .. } => {
                self.finish(step.id);
                if let Some(line) = line(event, 0, self.paint) {
                    self.above(&line);
                }
            }
        }
        self.total.set_position(u64::try_from(outlook.done()).unwrap_or(u64::MAX));
        self.show(outlook);
    }

    /// Time has passed: how long is left, and what takes longer than it usually does.
    pub(super) fn passes(&mut self, outlook: &Outlook) {
        self.left = left(outlook.left(outlook.now() + self.heard.elapsed()));
        self.show(outlook);
    }

    fn show(&self, outlook: &Outlook) {
        for (id, running) in &self.running {
            if let Some(bar) = &running.bar {
                let about = about(&running.step, running.since.elapsed(), outlook.waiting_on(*id), &running.state);
                bar.set_message(format!("{}  {}", running.step.address, self.paint.dim(&visible(&about))));
            }
        }
        let failed = (outlook.failed() > 0).then(|| format!(", {} failed", outlook.failed()));
        self.total.set_prefix(failed.unwrap_or_default());
        let unlisted = self.running.values().filter(|running| running.bar.is_none()).count();
        let unlisted = (unlisted > 0).then(|| format!("{unlisted} more running"));
        let parts = [unlisted.as_ref(), self.left.as_ref()].into_iter().flatten().map(|part| format!(", {part}"));
        self.total.set_message(parts.collect::<String>());
    }

    fn start(&mut self, step: &Arc<Step>) {
        let running = Running { step: step.clone(), since: Instant::now(), state: String::new(), bar: None };
        self.running.insert(step.id, running);
        self.list();
    }

    /// Gives lines to the steps that have run longest, as far as there is room.
    fn list(&mut self) {
        let listed = self.running.values().filter(|running| running.bar.is_some()).count();
        let mut unlisted: Vec<&mut Running> = self.running.values_mut().filter(|one| one.bar.is_none()).collect();
        unlisted.sort_by_key(|running| running.since);
        for running in unlisted.into_iter().take(BARS_MAX.saturating_sub(listed)) {
            let bar = self.bars.insert_before(&self.total, ProgressBar::new_spinner());
            bar.set_style(style("{spinner} {prefix} {clock:>7}  {wide_msg}"));
            bar.set_prefix(padded(doing(&running.step.act)));
            let bar = bar.with_elapsed(running.since.elapsed());
            bar.set_message(running.step.address.to_string());
            bar.enable_steady_tick(TICK);
            running.bar = Some(bar);
        }
    }

    fn doing(&mut self, step: u32, state: String) {
        if let Some(running) = self.running.get_mut(&step) {
            running.state = state;
        }
    }

    fn finish(&mut self, step: u32) {
        if let Some(bar) = self.running.remove(&step).and_then(|running| running.bar) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
            self.list();
        }
    }

    /// Prints a line above the running ones.
    pub(super) fn above(&self, line: &str) {
        self.print(line, BESIDE, false);
    }

    /// Prints lines above the running ones.
    fn print(&self, lines: &str, indent: &str, break_words: bool) {
        let filled = filled(lines, self.output.width_beside(), indent, break_words);
        // A terminal that went away takes nothing with it.
        let _ = self.bars.println(self.output.beside(&filled));
    }

    pub(super) fn end(&mut self) {
        for bar in std::mem::take(&mut self.running).into_values().filter_map(|running| running.bar) {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

/// Lines in so many columns: what does not fit goes on below. Words are left whole where somebody may want to copy them.
pub(super) fn filled(lines: &str, width: usize, indent: &str, break_words: bool) -> String {
    let options = textwrap::Options::new(width)
        .subsequent_indent(indent)
        .break_words(break_words)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = visible(lines);
    let filled: Vec<_> = lines.split('\n').map(|line| textwrap::fill(line, &options)).collect();
    filled.join("\n")
}

fn style(template: &str) -> ProgressStyle {
    // A template is a constant of this file; a wrong one would show in the first apply.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.with_key("clock", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = write!(to, "{}", clock(state.elapsed()));
    })
}
