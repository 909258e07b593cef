//! Which attributes are made of what a lookup answers.

use std::collections::{BTreeMap, BTreeSet};

use crate::compiled::CompiledStack;
use crate::references::each_reference;
use crate::value::{Address, Name};

/// The attributes of resources, each with the parts of an answer that it takes.
type Uses = BTreeMap<(Address, Name), BTreeSet<Name>>;

/// The uses of each lookup. What takes the declared attribute of another resource takes what is in that.
pub(super) fn of(compiled: &CompiledStack) -> BTreeMap<Address, Uses> {
    let lookups: BTreeSet<&Address> = compiled.lookups.iter().map(|lookup| &lookup.address).collect();
    let mut direct = Vec::new();
    let mut readers: BTreeMap<(&Address, &str), Vec<(&Address, &Name)>> = BTreeMap::new();
    for declared in &compiled.resources {
        for (name, value) in declared.attributes.iter().filter(|(_, value)| !value.is_literal()) {
            let user = (&declared.address, name);
            each_reference(value, "", &mut |reference, _| match lookups.contains(&reference.address) {
                true => direct.push((user, reference)),
                false => readers.entry((&reference.address, top(&reference.path))).or_default().push(user),
            });
        }
    }
    let mut uses: BTreeMap<Address, Uses> = BTreeMap::new();
    for (user, reference) in direct {
        let of_lookup = uses.entry(reference.address.clone()).or_default();
        let mut users = vec![user];
        while let Some((address, name)) = users.pop() {
            let parts = of_lookup.entry((address.clone(), name.clone())).or_default();
            if parts.insert(reference.path.clone()) {
                users.extend(readers.get(&(address, name.as_str())).into_iter().flatten());
            }
        }
    }
    uses
}

/// The attribute that a path begins with.
pub(super) fn top(path: &str) -> &str {
    path.split_once('.').map_or(path, |(name, _)| name)
}
