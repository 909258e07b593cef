//! What comes before what.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Rule, deferred};
use crate::plan::{Act, Action, Plan, Reason, Refusal, Step};
use crate::references::each_reference;
use crate::value::{Address, Value};

/// Whether steps are numbered so that anything about their order can be asked.
pub(super) fn numbering(plan: &Plan, found: &mut Found) -> bool {
    let before = found.0.len();
    for (index, step) in plan.steps.iter().enumerate() {
        if usize::try_from(step.id) != Ok(index + 1) {
            found.at(Rule::Numbering, step, format!("the step in place {} has another number", index + 1));
        }
        if let Some(id) = step.after.iter().find(|&&id| id == 0 || id >= step.id) {
            found.at(Rule::Numbering, step, format!("it waits for step {id}, which is no earlier one"));
        }
        if !step.after.is_sorted_by(|a, b| a < b) {
            found.at(Rule::Numbering, step, "what it waits for is not sorted");
        }
    }
    found.0.len() == before
}

/// Everything that has to come before something else.
pub(super) fn order(plan: &Plan, found: &mut Found) {
    let mut wanted = Wanted::default();
    let made = made(plan);
    chains(plan, &mut wanted);
    let (gone, refused) = (gone(plan), refused(plan));
    for step in plan.steps.iter().filter(|step| makes(step, plan)) {
        dependencies(step, &made, &mut wanted);
        references(step, &Known { made: &made, gone: &gone, refused: &refused }, &mut wanted, found);
    }
    outputs(plan, &gone, found);
    replacements(plan, &mut wanted);
    deferred::order(plan, &mut wanted);
    wanted.report(plan, found);
}

/// The step after which each address is as the plan leaves it.
fn made(plan: &Plan) -> BTreeMap<&Address, u32> {
    // A later step of an address takes the earlier one's place: an update comes after the move.
    let makers = plan.steps.iter().filter(|step| makes(step, plan) || matches!(step.act, Act::Move(_)));
    makers.map(|step| (&step.address, step.id)).collect()
}

/// Whether a step makes its address what is declared; an update that only lifts a guard before a delete does not.
pub(super) fn makes(step: &Step, plan: &Plan) -> bool {
    match step.act {
        Act::Create | Act::Record => true,
        Act::Update => !lifts_guard(step, plan),
        Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Move(_) => false,
    }
}

/// Whether a step only sets delete guards to false on an object that the next step of its address deletes.
pub(super) fn lifts_guard(step: &Step, plan: &Plan) -> bool {
    let Some(schema) = plan.schemas.get(step.address.kind()) else { return false };
    let is_guard = |name: &str| schema.attribute(name).is_some_and(|attribute| attribute.delete_guard);
    let sets_false = |name: &str| step.inputs.get(name) == Some(&Value::Bool(false));
    let is_deleted_next = || {
        let next = plan.steps.iter().skip(step.id as usize).find(|later| later.address == step.address);
        let deletes = match step.act {
            Act::UnguardDouble => Act::DeleteDouble,
            _ => Act::Delete,
        };
        next.is_some_and(|next| {
            next.act == deletes && (next.generation, &next.object) == (step.generation, &step.object)
        })
    };
    matches!(step.act, Act::Update | Act::UnguardDouble)
        && !step.when.as_ref().is_some_and(|when| when.same)
        && !step.changed.is_empty()
        && step.changed.iter().all(|name| is_guard(name) && sets_false(name))
        && is_deleted_next()
}

fn chains(plan: &Plan, wanted: &mut Wanted) {
    let mut last: BTreeMap<&Address, u32> = BTreeMap::new();
    for step in &plan.steps {
        if let Some(earlier) = last.insert(&step.address, step.id) {
            wanted.push(step.id, earlier, Rule::Chain, || "two of its steps could run at the same time".into());
        }
    }
}

fn dependencies(step: &Step, made: &BTreeMap<&Address, u32>, wanted: &mut Wanted) {
    for address in step.row.iter().flat_map(|row| &row.depends_on) {
        if let Some(&maker) = made.get(address).filter(|&&maker| maker != step.id) {
            let message = || format!("it does not wait for {address}, which it depends on");
            wanted.push(step.id, maker, Rule::Dependencies, message);
        }
    }
}

/// Where the values of references come from.
struct Known<'p> {
    /// The step after which each address is as the plan leaves it.
    made: &'p BTreeMap<&'p Address, u32>,
    gone: &'p BTreeSet<&'p Address>,
    refused: &'p BTreeSet<&'p Address>,
}

/// What is still a reference in a plan becomes known by an earlier step. Only secrets are read back from resources that do
/// not change, since their values stand in no plan. What waits for a refused address is shown, and never applied.
fn references(step: &Step, known: &Known<'_>, wanted: &mut Wanted, found: &mut Found) {
    let recorded: BTreeSet<&Address> = step.row.iter().flat_map(|row| &row.depends_on).collect();
    for (name, value) in &step.inputs {
        each_reference(value, name, &mut |reference, path| {
            let address = &reference.address;
            if !recorded.contains(address) {
                let message = format!("{path} refers to {address}, which its row does not say it depends on");
                found.at(Rule::References, step, message);
            }
            match known.made.get(address) {
                Some(&maker) if maker == step.id => {
                    found.at(Rule::References, step, format!("{path} refers to the resource itself"));
                }
                Some(&maker) => {
                    let message = || format!("{path} refers to {address}, which is made later or at the same time");
                    wanted.push(step.id, maker, Rule::References, message);
                }
                None if value.has_secret() && !known.gone.contains(address) => {}
                None if known.refused.contains(address) => {}
                None => {
                    let message = format!("{path} refers to {address}.{}, which no step makes known", reference.path);
                    found.at(Rule::References, step, message);
                }
            }
        });
    }
}

/// The addresses that nothing is left of.
fn gone(plan: &Plan) -> BTreeSet<&Address> {
    let goes = |action| matches!(action, Action::Delete | Action::Forget);
    plan.changes.iter().filter(|change| goes(change.action)).map(|change| &change.address).collect()
}

/// The addresses that the plan would make, were their names free. A plan with a refusal is shown and never applied.
pub(super) fn refused(plan: &Plan) -> BTreeSet<&Address> {
    let refused = plan.refusals.iter().filter_map(|refusal| match refusal {
        Refusal::Conflict { address, .. } | Refusal::Tombstone(address, _) => Some(address),
        Refusal::MadeLate(..)
        | Refusal::Protected(..)
        | Refusal::ManyVanished { .. }
        | Refusal::Unreadable(..)
        | Refusal::Busy(..)
        | Refusal::Contested { .. }
        | Refusal::Rejected(..)
        | Refusal::UnknownAddress(_)
        | Refusal::UnknownDouble(_) => None,
    });
    refused.collect()
}

fn outputs(plan: &Plan, gone: &BTreeSet<&Address>, found: &mut Found) {
    for output in &plan.outputs {
        let Some(value) = &output.value else { continue };
        each_reference(value, &output.name, &mut |reference, path| {
            if gone.contains(&reference.address) {
                let message = format!("the output {path} refers to it, and the plan lets it go");
                found.about(Rule::References, &reference.address, message);
            }
        });
    }
}

/// A create that deposes an object comes before the delete of that object; any other delete of an address comes before its
/// create, unless it deletes what was deposed earlier.
fn replacements(plan: &Plan, wanted: &mut Wanted) {
    let creates: BTreeMap<&Address, &Step> =
        plan.steps.iter().filter(|step| step.act == Act::Create).map(|step| (&step.address, step)).collect();
    let deposed = deposed(plan);
    for step in plan.steps.iter().filter(|step| step.act == Act::Delete) {
        let Some(create) = creates.get(&step.address) else { continue };
        if create.object.is_some() && create.object == step.object {
            let message = || "the old object is deleted before the new one is there".into();
            wanted.push(step.id, create.id, Rule::Replacement, message);
        } else if !deposed.contains(&(&step.address, step.generation)) {
            let message = || "the new object is made before the old one is gone".into();
            wanted.push(create.id, step.id, Rule::Replacement, message);
        }
    }
}

/// The generations whose deletion is a change of its own, since an earlier replacement left them.
pub(super) fn deposed(plan: &Plan) -> BTreeSet<(&Address, u32)> {
    let left = plan.changes.iter().filter(|change| change.action == Action::DeleteDeposed);
    let generations = left.flat_map(|change| change.reasons.iter().map(move |reason| (&change.address, reason)));
    generations
        .filter_map(|(address, reason)| match reason {
            Reason::Deposed(generation) => Some((address, *generation)),
            _ => None,
        })
        .collect()
}

/// Steps that have to come after others, with what is said when they do not.
#[derive(Default)]
pub(super) struct Wanted(Vec<Want>);

struct Want {
    order: Order,
    rule: Rule,
    message: String,
}

/// A step, and an earlier one that it waits for, directly or through others.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) step: u32,
    pub(super) earlier: u32,
}

impl Wanted {
    pub(super) fn push(&mut self, step: u32, earlier: u32, rule: Rule, message: impl Fn() -> String) {
        self.0.push(Want { order: Order { step, earlier }, rule, message: message() });
    }

    fn report(self, plan: &Plan, found: &mut Found) {
        let orders: Vec<_> = self.0.iter().map(|want| want.order).collect();
        for (want, holds) in self.0.into_iter().zip(hold(plan, &orders)) {
            if let Some(step) = plan.steps.get(want.order.step as usize - 1).filter(|_| !holds) {
                found.at(want.rule, step, want.message);
            }
        }
    }
}

/// Which of these orders hold. Most are edges of the plan. For the others it goes through the steps once for each 128 of
/// those that are to come earlier, with a bit for each, so that ten thousand steps take at most 80 passes over their edges.
pub(super) fn hold(plan: &Plan, orders: &[Order]) -> Vec<bool> {
    let is_edge = |order: &Order| {
        let step = (order.step as usize).checked_sub(1).and_then(|place| plan.steps.get(place));
        step.is_some_and(|step| step.after.contains(&order.earlier))
    };
    let mut holds: Vec<bool> = orders.iter().map(is_edge).collect();
    let mut sorted: Vec<usize> = (0..orders.len()).filter(|&index| !holds[index]).collect();
    sorted.sort_by_key(|&index| orders[index].earlier);
    let mut rest = sorted.as_slice();
    while let Some(&first) = rest.first() {
        let start = orders[first].earlier;
        let end = rest.partition_point(|&index| orders[index].earlier - start < u128::BITS);
        let reach = reach(plan, start);
        for &index in &rest[..end] {
            let Order { step, earlier } = orders[index];
            let behind = step.checked_sub(start).and_then(|place| reach.get(place as usize));
            holds[index] = behind.is_some_and(|bits| bits & (1 << (earlier - start)) != 0);
        }
        rest = &rest[end..];
    }
    holds
}

/// For each step from number `start` on, which of the 128 steps from there on come before it.
fn reach(plan: &Plan, start: u32) -> Vec<u128> {
    let later = plan.steps.get(start as usize - 1..).unwrap_or_default();
    let mut reach = vec![0_u128; later.len()];
    for (place, step) in later.iter().enumerate() {
        let mut bits = 0;
        for away in step.after.iter().filter_map(|id| id.checked_sub(start)) {
            bits |= reach[away as usize];
            if away < u128::BITS {
                bits |= 1 << away;
            }
        }
        reach[place] = bits;
    }
    reach
}
