//! Steps that are done only when values turn out like this or like that.

use std::collections::BTreeMap;

use super::{Found, Rule};
use crate::plan::{Act, Action, Plan, Reason, Step};
use crate::value::Address;

/// Whether each replacement that may turn out not to be needed, and each new run of what is done once for each change, has the steps of
/// both cases under the same condition, what is done instead comes first and makes no new object, and nothing else depends on values
/// that are known later.
pub(super) fn alternatives(plan: &Plan, found: &mut Found) {
    let mut chains: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.when.is_some()) {
        chains.entry(&step.address).or_default().push(step);
    }
    for (address, steps) in chains {
        let change = plan.changes.iter().find(|change| change.address == *address);
        let depends = change.is_some_and(|change| match change.action {
            Action::Replace | Action::ReplaceCreateFirst => {
                change.reasons.iter().any(|reason| matches!(reason, Reason::UnknownForcesReplacement(..)))
            }
            Action::Create => change.reasons.contains(&Reason::RunAgain),
            _ => false,
        });
        if !depends {
            found.about(Rule::Alternatives, address, "only a replacement that a later value forces can be taken back");
        }
        let first = steps.first().and_then(|step| step.when.as_ref()).map(|when| &when.arriving);
        for (place, step) in steps.iter().enumerate() {
            let Some(when) = &step.when else { continue };
            let fits = match step.act {
                Act::Update if place == 0 => when.same,
                Act::Record => place == 0 && when.same,
                Act::Create | Act::Delete | Act::Update => place > 0 && !when.same,
                Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Move(_) => false,
            };
            if !fits {
                found.at(Rule::Alternatives, step, "it cannot depend on how values turn out");
            }
            let is_open =
                !when.arriving.is_empty() && when.arriving.iter().all(|arriving| !arriving.value.is_literal());
            if !is_open || Some(&when.arriving) != first {
                found.at(
                    Rule::Alternatives,
                    step,
                    "it depends on other values than the steps of its address, or on known ones",
                );
            }
        }
        let of_address = plan.steps.iter().filter(|step| step.address == *address);
        let unconditional = of_address.filter(|step| step.when.is_none() && step.act == Act::Create).count();
        let creates = steps.iter().filter(|step| step.act == Act::Create).count();
        if unconditional > 0 || creates != 1 {
            found.about(Rule::Alternatives, address, "the steps of one of the cases are missing");
        }
    }
}
