//! What stands in the way of applying a plan.

use std::collections::BTreeSet;

use super::pass::Pass;
use crate::plan::{Action, Change, Options, Refusal};
use crate::value::Address;

/// Of how many owned objects at least one in five has to be gone to make somebody look again.
const VANISHED_MIN: u32 = 3;

/// All refusals: those of the plan as a whole, then those of addresses in their order.
pub(super) fn refusals(pass: &mut Pass<'_, '_>) -> Vec<Refusal> {
    let options = pass.world.input.options;
    let mut refusals = Vec::new();
    let (vanished, owned) = (pass.vanished, pass.owned);
    // Where many are gone, each has to be named, or all of them at once.
    let is_expected = options.allow_recreate || pass.unexpected == 0;
    if vanished >= VANISHED_MIN && u64::from(vanished) * 5 > u64::from(owned) && !is_expected {
        refusals.push(Refusal::ManyVanished { vanished, owned });
    }
    let named = options.allow_destroy.iter().chain(&options.allow_recreate_of);
    let unknown = named.filter(|address| !was_ever_there(pass, address));
    refusals.extend(unknown.collect::<BTreeSet<_>>().into_iter().cloned().map(Refusal::UnknownAddress));

    let mut of_addresses = std::mem::take(&mut pass.refusals);
    if !options.allow_partial {
        let of_unreadable = |(position, reason): &(usize, _)| {
            (*position, Refusal::Unreadable(pass.world.address(*position).clone(), Clone::clone(reason)))
        };
        of_addresses.extend(pass.unreadable.iter().map(of_unreadable));
    }
    for (position, decision) in &pass.decisions {
        let change = &decision.change;
        if needs_permission(change) && !options.allow_destroy.contains(&change.address) {
            of_addresses.push((*position, Refusal::Protected(change.address.clone(), change.action)));
        }
    }
    of_addresses.sort_by_key(|(position, _)| *position);
    refusals.extend(of_addresses.into_iter().map(|(_, refusal)| refusal));
    refusals
}

/// The addresses that may be destroyed because somebody named them, sorted.
pub(super) fn allowed(changes: &[Change], options: &Options) -> Vec<Address> {
    let named: BTreeSet<_> = options.allow_destroy.iter().collect();
    let used = changes.iter().filter(|change| needs_permission(change) && named.contains(&change.address));
    used.map(|change| &change.address).collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Whether a change destroys what is protected.
fn needs_permission(change: &Change) -> bool {
    let is_destroyed = match change.action {
        Action::Replace | Action::ReplaceCreateFirst | Action::Delete | Action::DeleteDeposed => true,
        // It was named by its id.
        Action::DeleteDouble => false,
        Action::Create | Action::Update | Action::Restore | Action::Forget | Action::Move | Action::Record => false,
    };
    is_destroyed && change.protected
}

/// Whether an address is declared or owned, or was once: a command that is repeated after it worked is not wrong.
fn was_ever_there(pass: &Pass<'_, '_>, address: &Address) -> bool {
    let ledger = pass.world.input.ledger;
    let is_declared = || pass.world.input.compiled.resources.iter().any(|resource| resource.address == *address);
    pass.world.graph.position(address).is_some()
        || ledger.rows.contains_key(address)
        || ledger.retired.contains_key(address)
        || is_declared()
}
