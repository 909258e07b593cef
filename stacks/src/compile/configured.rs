//! Providers that resources of the stack configure: a cluster that is made by the same plan as what is in it.

use std::collections::BTreeSet;

use crate::address::Address;
use crate::stack::{ProviderDeclaration, Stack};

/// Lets everything in such a provider depend on what configures it.
pub(super) fn wait(stack: &mut Stack) {
    let declared: BTreeSet<Address> = stack.resources.iter().map(|resource| resource.address.clone()).collect();
    for resource in &mut stack.resources {
        let Some(provider) = stack.providers.get(&resource.provider) else { continue };
        // What is not in the stack is told once, of the provider.
        let configured_by: Vec<Address> =
            provider.configured_by().into_iter().filter(|address| declared.contains(address)).collect();
        if !configured_by.is_empty() {
            resource.options.get_or_insert_with(Box::default).depends_on.extend(configured_by);
        }
    }
}

impl ProviderDeclaration {
    /// The resources whose outputs its configuration holds, sorted, each once.
    pub(super) fn configured_by(&self) -> Vec<Address> {
        let mut addresses = BTreeSet::new();
        for value in self.config.values() {
            value.each_reference(&mut |reference| {
                addresses.insert(reference.address.clone());
            });
        }
        addresses.into_iter().collect()
    }
}
