//! Plans as text for people: calm, short, aligned, in the width that is there.
//!
//! Nothing here decides anything: what is said stands in the plan. What goes away comes last, next to the summary and to
//! where a person is asked. Control characters in values are shown, never sent to a terminal.

mod attributes;
mod change;
mod found;
mod head;
mod nested;
mod owners;
mod refusals;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod words;

use crate::plan::{Action, Change, Drift, DriftKind, Mode, Note, Plan};
use attributes::Rows;
use change::Told;
use text::{Page, Tone};

/// How many changes of the ledger alone are told one by one.
const QUIET_MAX: usize = 2;
/// Where the attributes of what drifted start.
const DRIFTED: usize = 4;

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style<'a> {
    /// How many columns there are. Text is never wider than 110, since eyes lose long lines, and never laid out for less
    /// than 40.
    pub width: usize,
    /// Whether to colour (ANSI escape codes).
    pub color: bool,
    /// Whether to show every attribute, every place in the source and every ledger write.
    pub verbose: bool,
    /// What a command that is shown has to be typed with, to mean the same stack and ledger: options, each after a space.
    pub given: &'a str,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self { width: 80, color: false, verbose: false, given: "" }
    }
}

/// An estimate as people say it, never more exact than it is: `42 s`, `14 min`.
pub fn estimate(seconds: u64) -> String {
    words::duration(seconds)
}

/// A whole plan: what changes and why, what it was made from, what stands in its way.
pub fn plan(plan: &Plan, style: &Style<'_>) -> String {
    let mut page = Page::new(style);
    let is_quiet = plan.changes.iter().all(Change::is_of_recovery);
    if is_quiet && plan.outputs.is_empty() && plan.refusals.is_empty() && plan.partial.is_empty() {
        changed_outside(plan, &mut page);
        head::nothing(plan, &mut page);
        recovered(plan, &mut page);
        found::not_verified(plan, &mut page);
        found::doubles(plan, &mut page);
        found::unsearched(plan, &mut page);
        found::kept(plan, &mut page);
        found::findings(plan, &mut page);
        return page.finish();
    }
    head::head(plan, &mut page);
    changed_outside(plan, &mut page);
    found::lookups(plan, &mut page);
    found::deferred(plan, &mut page);
    changes(plan, &mut page);
    outputs(plan, &mut page);
    page.blank();
    head::summary(plan, &mut page);
    found::not_verified(plan, &mut page);
    found::doubles(plan, &mut page);
    found::unsearched(plan, &mut page);
    found::kept(plan, &mut page);
    found::findings(plan, &mut page);
    refusals::partial(plan, &mut page);
    refusals::refusals(plan, &mut page);
    page.finish()
}

/// Rows that were recovered, and what of them could not be compared with what is declared.
fn recovered(plan: &Plan, page: &mut Page) {
    if plan.changes.is_empty() {
        return;
    }
    let count = plan.changes.len();
    let what = if count == 1 { "resource is" } else { "resources are" };
    page.line().plain(&format!("{count} recovered {what} as declared; the next apply notes that.")).end();
    let unverified = plan.changes.iter().filter(|change| !change.attributes.is_empty());
    unverified.for_each(|recovered| {
        change::title(page, Tone::Dim, "", recovered.address.as_str(), "");
        Rows::of_changes(&recovered.attributes, page).write(DRIFTED, page);
    });
}

/// Where live differs from what was last applied.
pub fn drift(plan: &Plan, style: &Style<'_>) -> String {
    let mut page = Page::new(style);
    if plan.drift.is_empty() {
        let (name, is_whole) = (head::name(plan), plan.partial.is_empty());
        let told = if is_whole {
            format!(" {name} is as it was last applied.")
        } else {
            format!(" What could be read of {name} is as it was last applied.")
        };
        page.line().tone(Tone::Bold, "No drift.").plain(&told).end();
        tell_beside(plan, &mut page);
        return page.finish();
    }
    head::head(plan, &mut page);
    plan.drift.iter().for_each(|drift| drifted(drift, &mut page));
    page.blank();
    let changed = plan.drift.iter().filter(|drift| drift.kind == DriftKind::Changed).count();
    let parts = [(changed, "changed"), (plan.drift.len() - changed, "deleted")];
    let told: Vec<_> = parts.iter().filter(|part| part.0 > 0).map(|(count, word)| format!("{count} {word}")).collect();
    page.joined(" · ", &told);
    tell_beside(plan, &mut page);
    page.finish()
}

/// What a look at what drifted finds beside that.
fn tell_beside(plan: &Plan, page: &mut Page) {
    refusals::unread(plan, page);
    found::not_verified(plan, page);
    found::doubles(plan, page);
    found::unsearched(plan, page);
    found::findings(plan, page);
}

/// What was changed outside, before the changes. What the plan mends is told in one line each, since its change shows
/// the values.
fn changed_outside(plan: &Plan, page: &mut Page) {
    if plan.drift.is_empty() || plan.mode == Mode::Destroy {
        return;
    }
    page.line().tone(Tone::Bold, "Changed outside flashinfra").end();
    for drift in &plan.drift {
        if is_mended(plan, drift) {
            let paths: Vec<_> = drift.attributes.iter().map(|attribute| attribute.path.as_str()).collect();
            let what = match drift.kind {
                DriftKind::Changed => paths.join(", "),
                DriftKind::Deleted => "gone".into(),
            };
            change::title(page, Tone::Dim, "", drift.address.as_str(), &text::visible(&what));
        } else {
            drifted(drift, page);
        }
    }
    page.blank();
}

/// Whether a change of the plan shows the same difference.
fn is_mended(plan: &Plan, drift: &Drift) -> bool {
    let top = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    plan.changes.iter().filter(|change| change.address == drift.address).any(|change| match change.action {
        Action::Create | Action::Delete => true,
        Action::Restore => false,
        Action::Update | Action::Replace | Action::ReplaceCreateFirst | Action::Record | Action::Move => drift
            .attributes
            .iter()
            .all(|drifted| change.attributes.iter().any(|known| top(&known.path) == top(&drifted.path))),
        Action::DeleteDeposed | Action::DeleteDouble | Action::Forget => false,
    })
}

fn drifted(drift: &Drift, page: &mut Page) {
    let Drift { address, kind, attributes, object } = drift;
    match kind {
        DriftKind::Changed => {
            change::title(page, Tone::Yellow, "", address.as_str(), "");
            Rows::of_changes(attributes, page).write(DRIFTED, page);
            for attribute in attributes {
                if let Some(Note::ByHand(who)) = &attribute.note {
                    let who = format!("{} was set {}", text::visible(&attribute.path), text::visible(who));
                    page.paragraph(DRIFTED, Tone::Dim, &who);
                }
            }
        }
        DriftKind::Deleted => {
            let object = object.as_ref().map(|object| format!("{} is gone", text::visible(object)));
            change::title(page, Tone::Red, "", address.as_str(), object.as_deref().unwrap_or("gone"));
        }
    }
}

/// The changes, what goes away last.
fn changes(plan: &Plan, page: &mut Page) {
    let told = Told::of(plan);
    let mut sorted: Vec<&Change> = plan.changes.iter().collect();
    sorted.sort_by_key(|change| rank(change.action));
    let (quiet, loud): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|change| is_quiet(change));
    if page.verbose || quiet.len() <= QUIET_MAX {
        quiet.iter().for_each(|change| change::change(&told, change, page));
    } else {
        let what = format!("{} resources", quiet.len());
        change::title(page, Tone::Dim, words::action(Action::Record).0, &what, "only the ledger changes");
    }
    loud.iter().for_each(|change| change::change(&told, change, page));
}

/// Whether nothing about a change is worth a line when there are many of its kind.
fn is_quiet(change: &Change) -> bool {
    change.action == Action::Record && change.attributes.is_empty()
}

fn rank(action: Action) -> u8 {
    match action {
        Action::Record => 0,
        Action::Move => 1,
        Action::Forget => 2,
        Action::Create => 3,
        Action::Update => 4,
        Action::Restore => 5,
        Action::ReplaceCreateFirst => 5,
        Action::Replace => 6,
        Action::DeleteDouble => 7,
        Action::DeleteDeposed => 7,
        Action::Delete => 8,
    }
}

fn outputs(plan: &Plan, page: &mut Page) {
    if plan.outputs.is_empty() {
        return;
    }
    page.blank();
    page.line().tone(Tone::Bold, "Outputs").end();
    Rows::of_outputs(&plan.outputs, page).write(DRIFTED - 2, page);
}
