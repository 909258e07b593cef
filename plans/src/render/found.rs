//! What a plan tells of beside its changes: what was looked up, what could not be read, and objects that were made twice.

use std::collections::BTreeMap;

use super::text::{Page, Tone, visible};
use super::values::inline;
use crate::plan::{Action, Double, Finding, Kept, NotVerified, Plan, Refusal, Unsearched};
use crate::value::{Name, Value};

/// How many addresses with attributes that could not be read are told one by one, unless everything is shown.
const ADDRESSES_MAX: usize = 5;

/// What was looked up and is sent by a step, or all that was answered when everything is shown.
pub(super) fn lookups(plan: &Plan, page: &mut Page) {
    let mut told = Vec::new();
    for (address, lookup) in &plan.basis.lookups {
        let sent = plan.steps.iter().flat_map(|step| &step.relies_on).filter(|reliance| reliance.address == *address);
        let sent = sent.flat_map(|reliance| &reliance.values);
        let all = lookup.answer.iter().filter(|_| page.verbose);
        let values: BTreeMap<&Name, &Value> = sent.chain(all).map(|(name, value)| (name, value)).collect();
        let values: Vec<_> =
            values.into_iter().map(|(name, value)| format!("{} {}", visible(name), inline(value))).collect();
        if !values.is_empty() {
            told.push(format!("{address}: {}", values.join(", ")));
        }
    }
    if told.is_empty() {
        return;
    }
    page.line().tone(Tone::Bold, "Looked up").end();
    told.iter().for_each(|lookup| page.paragraph(2, Tone::Plain, lookup));
    page.blank();
}

/// Where nobody could look, since the plan makes that, too.
pub(super) fn deferred(plan: &Plan, page: &mut Page) {
    if plan.basis.deferred.is_empty() {
        return;
    }
    page.line().tone(Tone::Bold, "Not there yet").end();
    for (provider, after) in &plan.basis.deferred {
        let after: Vec<_> = after.iter().map(ToString::to_string).collect();
        let of_it = plan.steps.iter().filter(|step| step.provider == *provider && plan.basis.is_deferred(step));
        let objects = match of_it.count() {
            1 => "1 object".to_owned(),
            count => format!("{count} objects"),
        };
        let are = if after.len() == 1 { "is" } else { "are" };
        let (provider, after) = (visible(provider), after.join(" and "));
        let told = format!("{provider}, with {objects}: opened once {after} {are} made");
        page.paragraph(2, Tone::Plain, &format!("{told}. What has one of their names there stops that step."));
    }
    page.blank();
}

/// Of what stays as it is: what nobody could look at.
pub(super) fn not_verified(plan: &Plan, page: &mut Page) {
    let told = |NotVerified { address, paths }: &NotVerified| {
        format!("{} of {address}", paths.iter().map(|path| visible(path)).collect::<Vec<_>>().join(", "))
    };
    let count: usize = plan.not_verified.iter().map(|of| of.paths.len()).sum();
    let sentence = match &plan.not_verified[..] {
        [] => return,
        [one] => format!("{} could not be read, and counts as it was last applied.", told(one)),
        several => {
            let resources = several.len();
            format!(
                "{count} attributes of {resources} resources could not be read, and count as they were last applied:"
            )
        }
    };
    page.blank();
    page.marked(Tone::Yellow, "Not verified: ", &sentence);
    if plan.not_verified.len() == 1 {
        return;
    }
    let shown = if page.verbose { plan.not_verified.len() } else { ADDRESSES_MAX };
    plan.not_verified.iter().take(shown).for_each(|of| page.paragraph(2, Tone::Plain, &told(of)));
    if let Some(left) = plan.not_verified.len().checked_sub(shown).filter(|&left| left > 0) {
        page.paragraph(2, Tone::Dim, &format!("and {left} more"));
    }
}

/// Where nobody could look for what unanswered creates made.
pub(super) fn unsearched(plan: &Plan, page: &mut Page) {
    for Unsearched { provider, kind, reason } in &plan.unsearched {
        let (kind, provider, reason) = (visible(kind), visible(provider), visible(reason));
        let sentence = format!(
            "a create of {kind} in {provider} was not answered, and what it may have made cannot be searched for: {reason}"
        );
        page.blank();
        page.marked(Tone::Yellow, "Not searched: ", &sentence);
    }
}

/// What a create made of which nobody got to know, unless the plan deletes it or is refused because of it.
pub(super) fn doubles(plan: &Plan, page: &mut Page) {
    let deletes = plan.changes.iter().filter(|change| change.action == Action::DeleteDouble);
    let refusals = plan.refusals.iter().filter_map(|refusal| match refusal {
        Refusal::MadeLate(_, object) => Some(object),
        _ => None,
    });
    let told: Vec<_> = deletes.filter_map(|change| change.object.as_ref()).chain(refusals).collect();
    for double in plan.doubles.iter().filter(|double| !told.contains(&&double.object)) {
        let Double { address, object, beside, .. } = double;
        let object = visible(object);
        let (mark, what) = match beside {
            Some(beside) => ("Made twice: ", format!("{address} has {object} beside {}", visible(beside))),
            None => ("Made late: ", format!("{object} is there for {address}, which owns nothing")),
        };
        let why = "A create that was not answered made it, and nothing here uses it. To delete it, pass";
        page.blank();
        page.marked(Tone::Yellow, mark, &format!("{what}. {why}"));
        page.line().space(2).tone(Tone::Cyan, &format!("--delete-double {object}")).end();
    }
}

/// Deposed objects with data, which cost money and are forgotten easily.
pub(super) fn kept(plan: &Plan, page: &mut Page) {
    for Kept { address, generation: _, object } in &plan.kept {
        let sentence = format!("{} with its data, which {address} had before. To delete it, pass", visible(object));
        page.blank();
        page.marked(Tone::Yellow, "Kept: ", &sentence);
        page.line().space(2).tone(Tone::Cyan, &format!("--allow-destroy {address}")).end();
    }
}

/// What providers said of the changes, and what was begun by hand.
pub(super) fn findings(plan: &Plan, page: &mut Page) {
    for finding in &plan.findings {
        page.blank();
        match finding {
            Finding::Careful { address, what } => {
                page.marked(Tone::Yellow, "Careful: ", &format!("{address}: {}.", visible(what)));
            }
            Finding::ByHand { address, what } => {
                let what = visible(what);
                let next = "`flashinfra resume` notes that, or the next apply that changes it.";
                page.marked(Tone::Yellow, "By hand: ", &format!("{address}: {what} {next}"));
            }
            Finding::Untried { reason, addresses } => {
                let what = match &addresses[..] {
                    [one] => format!("the change of {one}"),
                    several => format!("{} changes", several.len()),
                };
                let sentence = format!("{what} could not be tried on the server beforehand: {}.", visible(reason));
                page.marked(Tone::Yellow, "Not tried: ", &sentence);
            }
        }
    }
}
