//! What an apply did, and what to type next, for people and for machines.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra::apply::{Next, Report, Stale, StepOutcome, StepReport};
use flashinfra_plans::plan::Act;
use flashinfra_plans::{Action, Address, Plan, Step};
use serde::Serialize;

use crate::act_words as words;
use crate::output::Output;
use crate::paint::Paint;
use crate::text::{count, duration};

/// What a report needs beside itself.
pub(crate) struct Told<'a> {
    /// The plan that was applied.
    pub(crate) plan: &'a Plan,
    /// What the apply did.
    pub(crate) report: &'a Report,
    /// The commands to type next.
    pub(crate) commands: Commands,
    /// Goes on with a run that was interrupted.
    pub(crate) resume: String,
}

/// How a report is laid out.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    /// Its colours.
    pub(crate) paint: Paint,
    /// How wide messages may be, where they are wrapped.
    pub(crate) width: Option<usize>,
}

impl Form {
    /// As it fits to where it is printed.
    pub(crate) fn of(output: &Output) -> Self {
        Self { paint: output.paint(), width: output.wraps_at() }
    }

    /// A message below what it is about.
    fn below(self, message: &str) -> String {
        let Some(width) = self.width else { return format!("{BELOW}{message}\n") };
        let options = textwrap::Options::new(width)
            .initial_indent(BELOW)
            .subsequent_indent(BELOW)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(message, &options) + "\n"
    }
}

/// Where a message stands below what it is about.
const BELOW: &str = "             ";

/// What can be typed next, in full.
pub(crate) struct Commands {
    /// Applies this plan, or one that is made like it.
    pub(crate) apply: String,

    /// Plans again.
    pub(crate) plan: String,
}

/// Prints the report of an apply, the published values apart.
pub(crate) fn print(output: &Output, told: &Told<'_>) {
    output.line("report", &ReportLine::new(told));
    output.result(&text(told, Form::of(output)));
}

fn text(told: &Told<'_>, form: Form) -> String {
    let paint = form.paint;
    let Told { plan, report, commands, resume } = told;
    let mut text = "\n".to_owned();
    for step in &report.steps {
        text += &trouble(step, &report.steps, form).unwrap_or_default();
    }
    if text.len() > 1 {
        text.push('\n');
    }
    text += &summary(plan, report, paint);
    for next in next_moves(plan, report, commands, resume) {
        text += &format!("{} {next}\n", paint.bold("Next:"));
    }
    text
}

/// What to type next. All that ends in another plan is one move: the command stands once, below what to see to before it.
fn next_moves(plan: &Plan, report: &Report, commands: &Commands, resume: &str) -> Vec<String> {
    let before: Vec<_> = report.next.iter().filter_map(|next| before_planning(next, plan)).collect();
    let mut moves = Vec::new();
    if report.next.contains(&Next::ApplyAgain) {
        moves.push(advice(&Next::ApplyAgain, plan, commands, resume));
    }
    if !before.is_empty() {
        moves.push(format!("{}, then\n      {}", before.join(",\n      "), commands.plan));
    } else if report.next.contains(&Next::PlanAgain) {
        moves.push(advice(&Next::PlanAgain, plan, commands, resume));
    }
    moves
}

/// A step that was not done, and why.
fn trouble(step: &StepReport, all: &[StepReport], form: Form) -> Option<String> {
    trouble_with(&format!("{} {}", words::act(&step.step.act), step.step.address), step, all, form)
}

/// The same, in other words for what was to be done.
pub(crate) fn trouble_with(what: &str, step: &StepReport, all: &[StepReport], form: Form) -> Option<String> {
    let paint = form.paint;
    Some(match &step.outcome {
        StepOutcome::Done | StepOutcome::DoneBefore | StepOutcome::NotNeeded => return None,
        StepOutcome::Failed(error) => {
            format!("  {} {what}\n{}", paint.red("failed    "), form.below(&error.to_string()))
        }
        StepOutcome::Skipped { because } => {
            let cause = all.iter().find(|other| other.step.id == *because).map(|other| other.step.address.to_string());
            let cause = cause.unwrap_or_else(|| format!("step {because}"));
            let why = match *because > step.step.id {
                // What is deleted for it comes before it.
                true => format!("kept, since the new {cause} is not made"),
                false => format!("needs {cause}, which was not done"),
            };
            format!("  {} {what}\n{}", paint.yellow("skipped   "), form.below(&why))
        }
        StepOutcome::Stale(stale) => format!("  {} {what}\n{}", paint.yellow("stopped   "), stale_text(stale, form)),
        StepOutcome::Interrupted if is_begun(step) => format!(
            "  {} {what}\n{}",
            paint.yellow("open      "),
            form.below("begun, and left to go on: resuming finds out how far it came")
        ),
        StepOutcome::Interrupted => format!("  {} {what}\n", paint.yellow("not done  ")),
        StepOutcome::Unknown(message) => {
            format!("  {} {what}\n{}", paint.yellow("not known "), form.below(message))
        }
    })
}

fn stale_text(stale: &Stale, form: Form) -> String {
    let mut text = form.below(&stale.message);
    for attribute in &stale.attributes {
        let value = |value: &Option<_>| value.as_ref().map_or_else(|| "(none)".to_owned(), crate::outputs::line);
        text += &format!(
            "               {}  planned from {}, live is {}\n",
            attribute.path,
            value(&attribute.expected),
            value(&attribute.live)
        );
    }
    text
}

/// `Done in 12 s: 3 created · 1 updated`, or how far it came.
fn summary(plan: &Plan, report: &Report, paint: Paint) -> String {
    let time = duration(report.elapsed);
    let done = changes_done(plan, &report.steps);
    let done =
        done.iter().map(|(action, number)| format!("{number} {}", past(*action))).collect::<Vec<_>>().join(" · ");
    let steps = report.steps.len();
    let finished = report.count(StepOutcome::is_finished);
    let resumed = if report.resumed { ", going on where an earlier run had stopped" } else { "" };
    if finished == steps {
        let what = if done.is_empty() { String::new() } else { format!(": {done}") };
        return format!("{} in {time}{resumed}{what}\n", paint.green("Done"));
    }
    let others = [
        (report.count(|outcome| matches!(outcome, StepOutcome::Failed(_))), "failed"),
        (report.count(|outcome| matches!(outcome, StepOutcome::Stale(_))), "stopped"),
        (report.count(|outcome| matches!(outcome, StepOutcome::Unknown(_))), "not known"),
        (report.steps.iter().filter(|step| is_interrupted(step) && is_begun(step)).count(), "open"),
        (report.steps.iter().filter(|step| is_interrupted(step) && !is_begun(step)).count(), "not done"),
        (report.count(|outcome| matches!(outcome, StepOutcome::Skipped { .. })), "skipped"),
    ];
    let others = others.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!(" · {number} {what}"));
    let what = if done.is_empty() { String::new() } else { format!(" ({done})") };
    let head = paint.red("Not finished");
    format!(
        "{head} after {time}{resumed}: {finished} of {} done{what}{}\n",
        count(steps, "step"),
        others.collect::<String>()
    )
}

/// How many changes of each action are done in full.
fn changes_done(plan: &Plan, steps: &[StepReport]) -> BTreeMap<Action, usize> {
    let mut open: BTreeMap<&Address, bool> = BTreeMap::new();
    for StepReport { step, outcome, elapsed: _ } in steps {
        *open.entry(&step.address).or_default() |= !outcome.is_finished();
    }
    // What a replacement came down to, when the new object was not needed.
    let spared: BTreeSet<&Address> =
        steps.iter().filter(|report| is_spared(report)).map(|of| &of.step.address).collect();
    let instead = |address: &Address| {
        let of_address = steps.iter().filter(|report| report.step.address == *address);
        let mut done = of_address.filter(|report| !matches!(report.outcome, StepOutcome::NotNeeded));
        if done.any(|report| report.step.act == Act::Update) { Action::Update } else { Action::Record }
    };
    let mut counts = BTreeMap::new();
    for change in &plan.changes {
        if open.get(&change.address) == Some(&false) {
            let is_spared = spared.contains(&change.address);
            let action = if is_spared { instead(&change.address) } else { change.action };
            *counts.entry(action).or_default() += 1;
        }
    }
    counts
}

fn is_interrupted(report: &StepReport) -> bool {
    matches!(report.outcome, StepOutcome::Interrupted)
}

/// Whether a step had begun: only that takes time.
fn is_begun(report: &StepReport) -> bool {
    !report.elapsed.is_zero()
}

/// Whether it is the new object of a replacement that turned out not to be needed.
fn is_spared(report: &StepReport) -> bool {
    report.step.act == Act::Create && matches!(report.outcome, StepOutcome::NotNeeded)
}

/// What an action did: `created`.
pub(crate) fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace | Action::ReplaceCreateFirst => "replaced",
        Action::Restore => "restored",
        Action::Delete => "deleted",
        Action::DeleteDeposed => "left behind and deleted",
        Action::DeleteDouble => "made twice and deleted",
        Action::Forget => "forgotten",
        Action::Move => "moved",
        Action::Record => "recorded",
    }
}

/// One move with its command, whatever else there is to do.
fn advice(next: &Next, plan: &Plan, commands: &Commands, resume: &str) -> String {
    match (next, before_planning(next, plan)) {
        (Next::ApplyAgain, _) => format!("{resume}\n      goes on where this stopped; what is done stays done"),
        (_, Some(before)) => format!("{before}, then\n      {}", commands.plan),
        (_, None) => format!("{}\n      shows what is left to do, from what is live now", commands.plan),
    }
}

/// What a person has to see to before the next plan.
fn before_planning(next: &Next, plan: &Plan) -> Option<String> {
    let place = |address: &Address| {
        let change = plan.changes.iter().find(|change| change.address == *address);
        change.and_then(|change| change.at.as_ref()).map(|at| format!(" ({at})")).unwrap_or_default()
    };
    match next {
        Next::ApplyAgain | Next::PlanAgain => None,
        Next::Correct(address) => Some(format!("correct {address}{}", place(address))),
        Next::AskPerson(address) => Some(format!("find out what {address} needs")),
    }
}

/// A report, for machines.
#[derive(Serialize)]
struct ReportLine<'a> {
    run: &'a str,
    resumed: bool,
    elapsed_ms: u128,
    done: usize,
    failed: usize,
    stale: usize,
    unknown: usize,
    interrupted: usize,
    skipped: usize,
    steps: Vec<StepLine<'a>>,
    next: Vec<String>,
}

#[derive(Serialize)]
struct StepLine<'a> {
    step: u32,
    act: &'static str,
    address: &'a str,
    outcome: &'static str,
    elapsed_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<u32>,
}

impl<'a> ReportLine<'a> {
    fn new(told: &Told<'a>) -> Self {
        let Told { plan, report, commands, resume } = told;
        Self {
            run: &report.run,
            resumed: report.resumed,
            elapsed_ms: report.elapsed.as_millis(),
            done: report.count(StepOutcome::is_finished),
            failed: report.count(|outcome| matches!(outcome, StepOutcome::Failed(_))),
            stale: report.count(|outcome| matches!(outcome, StepOutcome::Stale(_))),
            unknown: report.count(|outcome| matches!(outcome, StepOutcome::Unknown(_))),
            interrupted: report.count(|outcome| matches!(outcome, StepOutcome::Interrupted)),
            skipped: report.count(|outcome| matches!(outcome, StepOutcome::Skipped { .. })),
            steps: report.steps.iter().map(StepLine::new).collect(),
            next: report.next.iter().map(|next| advice(next, plan, commands, resume)).collect(),
        }
    }
}

/// What became of a step in one word, with why, and the step that it is because of.
pub(crate) fn outcome_word(outcome: &StepOutcome) -> (&'static str, Option<String>, Option<u32>) {
    match outcome {
        StepOutcome::Done | StepOutcome::DoneBefore => ("done", None, None),
        StepOutcome::NotNeeded => ("not_needed", None, None),
        StepOutcome::Failed(error) => ("failed", Some(error.to_string()), None),
        StepOutcome::Skipped { because } => ("skipped", None, Some(*because)),
        StepOutcome::Stale(stale) => ("stale", Some(stale.message.clone()), None),
        StepOutcome::Interrupted => ("interrupted", None, None),
        StepOutcome::Unknown(message) => ("unknown", Some(message.clone()), None),
    }
}

impl<'a> StepLine<'a> {
    fn new(report: &'a StepReport) -> Self {
        let StepReport { step, outcome, elapsed } = report;
        let step: &Step = step;
        let (outcome, message, because) = outcome_word(outcome);
        let (id, address) = (step.id, step.address.as_str());
        let (act, elapsed_ms) = (words::act(&step.act), elapsed.as_millis());
        Self { step: id, act, address, outcome, elapsed_ms, message, because }
    }
}

#[cfg(test)]
mod tests;
