//! What is done in places that the plan makes.

use std::collections::BTreeMap;

use super::order::{Wanted, lifts_guard, refused};
use super::{Found, Rule};
use crate::plan::{Act, Plan, Step};
use crate::value::{Address, Name};

/// Whether the plan says of all such places that they are, and does nothing there but making objects.
pub(super) fn deferred(plan: &Plan, found: &mut Found) {
    let said = &plan.basis.deferred;
    let instances = plan.basis.providers.iter();
    let configured: BTreeMap<&Name, Vec<&Address>> =
        instances.map(|(name, instance)| (name, instance.configured_by())).collect();
    if said.is_empty() && configured.values().all(Vec::is_empty) {
        return;
    }
    let (creates, refused) = (creates(plan), refused(plan));
    for (name, after) in said {
        let is_of_it = |address: &Address| configured.get(name).is_some_and(|by| by.contains(&address));
        let is_made = |address: &Address| creates.contains_key(address) || refused.contains(address);
        if after.is_empty() || !after.iter().all(|address| is_of_it(address) && is_made(address)) {
            found.whole(Rule::Deferred, format!("provider instance {name} does not wait for what configures it"));
        }
    }
    for step in &plan.steps {
        let Some(by) = configured.get(&step.provider) else { continue };
        let after = said.get(&step.provider).map_or(&[][..], Vec::as_slice);
        let is_said = |address: &&Address| !creates.contains_key(address) || after.contains(address);
        if step.act == Act::Create && !by.iter().all(is_said) {
            found.at(Rule::Deferred, step, "it is made in a place that the plan makes, and the plan does not say so");
        }
        if after.is_empty() {
            continue;
        }
        let takes_along = match step.act {
            // What was in the place before is taken away with it.
            Act::Delete | Act::DeleteDouble | Act::UnguardDouble | Act::Forget | Act::Move(_) => true,
            Act::Update => lifts_guard(step, plan),
            Act::Create => step.object.is_none(),
            Act::Record => false,
        };
        if !takes_along {
            found.at(Rule::Deferred, step, "it keeps an object whose place is made anew");
        }
    }
}

/// What is made in such a place comes after what makes that.
pub(super) fn order(plan: &Plan, wanted: &mut Wanted) {
    if plan.basis.deferred.is_empty() {
        return;
    }
    let creates = creates(plan);
    for step in plan.steps.iter().filter(|step| plan.basis.is_deferred(step)) {
        for address in plan.basis.deferred.get(&step.provider).into_iter().flatten() {
            if let Some(create) = creates.get(address) {
                let message = || format!("it does not wait for {address}, which makes its place");
                wanted.push(step.id, create.id, Rule::Deferred, message);
            }
        }
    }
}

fn creates(plan: &Plan) -> BTreeMap<&Address, &Step> {
    plan.steps.iter().filter(|step| step.act == Act::Create).map(|step| (&step.address, step)).collect()
}
