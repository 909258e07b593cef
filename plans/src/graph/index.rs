//! Positions of addresses, by hash.
//!
//! A large stack asks for a position half a million times; a binary search over long addresses that begin alike would be a
//! third of the planning time. Nothing ever walks the table, so the order in it shows nowhere.

use crate::value::Address;

/// An open-addressing table from addresses to their positions in a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Positions plus one; zero is free. The length is a power of two and at least twice the number of addresses.
    slots: Vec<u32>,
}

impl Index {
    /// The index of a list of addresses, each of which stands once.
    pub(super) fn new(addresses: &[Address]) -> Self {
        let mut index = Self { slots: vec![0; (addresses.len() * 2).next_power_of_two()] };
        for (position, address) in addresses.iter().enumerate() {
            let slot = index.probe(address, |_| false);
            index.slots[slot] = u32::try_from(position + 1).unwrap_or(0);
        }
        index
    }

    /// The position of an address in the list that the index was made from.
    pub(super) fn position(&self, addresses: &[Address], address: &Address) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.probe(address, |position| addresses[position] == *address);
        (self.slots[slot] as usize).checked_sub(1)
    }

    /// The slot of an address, or the free one where it would be.
    fn probe(&self, address: &Address, is_it: impl Fn(usize) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(address.as_str()) as usize & mask;
        while let Some(position) = (self.slots[slot] as usize).checked_sub(1) {
            if is_it(position) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// Eight bytes at a time, multiplied and folded: the same on every machine and in every run.
fn hash(text: &str) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let length = text.len() as u64;
    chunks.iter().chain([&last]).fold(length, |hash, chunk| {
        let mixed = (hash ^ u64::from_le_bytes(*chunk)).wrapping_mul(FACTOR);
        mixed ^ (mixed >> 29)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_found_and_no_other() {
        let name = |number: usize| Address::parse(&format!("t.t/scope.with.a.long.name-{number}")).unwrap();
        for count in [0, 1, 2, 3, 1_000] {
            let addresses: Vec<_> = (0..count).map(name).collect();
            let index = Index::new(&addresses);
            for (position, address) in addresses.iter().enumerate() {
                assert_eq!(index.position(&addresses, address), Some(position));
            }
            assert_eq!(index.position(&addresses, &name(count)), None);
        }
    }
}
