//! Makes edges of the turns that resources ask for.

use crate::address::Address;
use crate::stack::Stack;

/// Adds the edges of all turns to what depends on what.
pub(super) fn insert(stack: &mut Stack) {
    let mut edges: Vec<(Address, Address)> = Vec::new();
    for resource in &stack.resources {
        let Some(turn) = &resource.options().turn else { continue };
        for other in &turn.around {
            edges.push(match turn.is_before {
                true => (other.clone(), resource.address.clone()),
                false => (resource.address.clone(), other.clone()),
            });
            let earlier = stack.resources.iter().filter(|earlier| {
                earlier.options().turn.as_ref().is_some_and(|its| {
                    its.is_before == turn.is_before && its.weight < turn.weight && its.around.contains(other)
                })
            });
            edges.extend(earlier.map(|earlier| (resource.address.clone(), earlier.address.clone())));
        }
    }
    for (from, to) in edges {
        // That an address is of another stack is told where it is referred to: by the digest that comes with a turn.
        for resource in stack.resources.iter_mut().filter(|resource| resource.address == from) {
            resource.options.get_or_insert_with(Default::default).depends_on.push(to.clone());
        }
    }
}
