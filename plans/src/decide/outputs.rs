//! What the published values become.

use std::collections::BTreeMap;

use super::PlanError;
use super::pass::{Pass, State};
use crate::plan::{Mode, OutputChange};
use crate::references::each_reference;
use crate::resolve::{is_known, resolve, shown};
use crate::value::Value;

/// The published values that change, sorted by name. One that needs an address that is left out stays as it is.
///
/// # Errors
/// When one is put together with something that is not there.
pub(super) fn changes(pass: &Pass<'_, '_>) -> Result<Vec<OutputChange>, PlanError> {
    let input = pass.world.input;
    if matches!(input.options.mode, Mode::Test | Mode::Tidy) {
        return Ok(Vec::new());
    }
    let published = &input.ledger.outputs;
    let is_destroyed = input.options.mode == Mode::Destroy;
    let declared: BTreeMap<_, _> = match input.options.mode {
        Mode::Apply | Mode::RefreshOnly => input.compiled.outputs.iter().map(|output| (&output.name, output)).collect(),
        Mode::Destroy | Mode::Test | Mode::Tidy => BTreeMap::new(),
    };
    let mut changes = Vec::new();
    for (&name, output) in declared.iter().filter(|(_, output)| can_be_told(pass, &output.value)) {
        let after = resolve(&output.value, &|reference| pass.lookup(reference));
        if let Some(hole) = pass.hole(&output.value, &after, &|| format!("the output `{name}`"), &output.at) {
            return Err(hole);
        }
        let before = published.get(name);
        if before == Some(&after) && is_known(&after) {
            continue;
        }
        let (before, shown) = (before.cloned(), Some(shown(&after)));
        changes.push(OutputChange { name: name.clone(), before, after: shown, value: Some(after) });
    }
    let is_whole = input.options.targets.is_empty() && input.options.excludes.is_empty() && pass.unreadable.is_empty();
    if is_whole || (!is_destroyed && input.options.targets.is_empty()) {
        let withdrawn = published.iter().filter(|(name, _)| !declared.contains_key(name));
        changes.extend(withdrawn.map(|(name, before)| OutputChange {
            name: name.clone(),
            before: Some(before.clone()),
            after: None,
            value: None,
        }));
    }
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(changes)
}

/// Whether everything that a value refers to is part of the plan.
fn can_be_told(pass: &Pass<'_, '_>, value: &Value) -> bool {
    let mut can = true;
    each_reference(value, "", &mut |reference, _| {
        can &= pass.world.graph.position(&reference.address).is_some_and(|position| match pass.states[position] {
            State::LeftOut | State::Blocked(_) | State::Gone => false,
            State::Stays { .. } | State::Spent { .. } | State::Made { .. } => true,
        });
    });
    can
}
