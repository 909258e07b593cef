//! Create-before-delete: who asks for it, to whom it spreads, and who cannot.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::schema::Identity;

use super::{PlanError, pass::Pass};
use crate::compare;
use crate::plan::{Action, Reason};
use crate::value::{Address, Name};

/// Turns replacements that are to come before the deletion into those, and with them the replacements of dependencies that the
/// old object stands on as the new one will: such a dependency cannot be deleted first, since the old object is still there
/// until the new one is made, and that waits for the new dependency.
pub(super) fn create_first(pass: &mut Pass<'_, '_>) -> Result<(), PlanError> {
    let world = pass.world;
    let mut replaced: BTreeMap<usize, usize> = BTreeMap::new();
    let mut goes: BTreeSet<usize> = BTreeSet::new();
    for (index, (position, decision)) in pass.decisions.iter().enumerate() {
        match decision.change.action {
            Action::Replace => {
                replaced.insert(*position, index);
                goes.insert(*position);
            }
            Action::Delete => {
                goes.insert(*position);
            }
            _ => {}
        }
    }
    // What is lost with its place has nothing in the new one to take over from.
    let asks = |position: &usize| {
        let declared = world.nodes[*position].declared.filter(|declared| declared.lifecycle.create_before_delete);
        declared.is_some_and(|declared| pass.awaited(declared).is_none())
    };
    let mut open: Vec<(usize, Option<Address>)> = replaced.keys().filter(|at| asks(at)).map(|&at| (at, None)).collect();
    // The last comes off first: the addresses in their order.
    open.reverse();
    while let Some((position, because)) = open.pop() {
        let Some(index) = replaced.remove(&position) else { continue };
        check_name(pass, position, index, because.as_ref())?;
        check_place(pass, position, index)?;
        let change = &mut pass.decisions[index].1.change;
        change.action = Action::ReplaceCreateFirst;
        change.reasons.extend(because.map(Reason::CreateBeforeDelete));
        let address = change.address.clone();
        let mut stands_on =
            closure(position, |at| world.row_dependencies(at).into_iter().filter(|at| goes.contains(at)).collect());
        stands_on.extend(deposed_stand_on(pass, position));
        let first_deleted: Vec<usize> = stands_on.into_iter().filter(|at| replaced.contains_key(at)).collect();
        if !first_deleted.is_empty() {
            let waits_for = closure(position, |at| world.graph.dependencies(at));
            let both = first_deleted.into_iter().rev().filter(|at| waits_for.contains(at));
            open.extend(both.map(|at| (at, Some(address.clone()))));
        }
    }
    Ok(())
}

/// What the older objects of a position stand on, of which two can be at once.
fn deposed_stand_on(pass: &Pass<'_, '_>, position: usize) -> BTreeSet<usize> {
    let world = pass.world;
    let can_be_two = |at: &usize| world.kind(*at).is_some_and(|kind| kind.schema.identity == Identity::Assigned);
    world.deposed_dependencies(position).into_iter().filter(can_be_two).collect()
}

/// A provider leads to one place, so that of what configures one there cannot be two.
fn check_place(pass: &Pass<'_, '_>, position: usize, index: usize) -> Result<(), PlanError> {
    let change = &pass.decisions[index].1.change;
    match pass.world.configured_with(position) {
        Some(provider) => Err(PlanError::TwoPlaces {
            address: change.address.clone(),
            provider: provider.clone(),
            at: change.at.clone(),
        }),
        None => Ok(()),
    }
}

/// Everything that a position leads to.
fn closure(position: usize, next: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = next(position);
    while let Some(at) = open.pop() {
        if found.insert(at) {
            open.extend(next(at));
        }
    }
    found
}

/// Both objects exist for a while, so they need two names.
fn check_name(pass: &Pass<'_, '_>, position: usize, index: usize, because: Option<&Address>) -> Result<(), PlanError> {
    let Some(kind) = pass.world.kind(position) else { return Ok(()) };
    let decision = &pass.decisions[index].1;
    let new = compare::chosen_name(kind.schema, |name| decision.inputs.get(name));
    let known_by = |name: &Name| compare::name(kind.schema, name);
    let old = decision.owned.as_ref().map(|owned| known_by(&owned.id));
    match new {
        Some(name) if Some(known_by(&name)) == old => Err(PlanError::CreateBeforeDelete {
            address: decision.change.address.clone(),
            name,
            attribute: kind.schema.named_by().join("`, `").into(),
            because: because.cloned(),
            at: decision.change.at.clone(),
        }),
        Some(_) | None => Ok(()),
    }
}
