//! Addresses that changed: `moved_from` against the ledger.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use crate::compiled::Declared;
use crate::ledger::Ledger;
use crate::value::Address;

/// Which rows of the ledger belong to another address now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves {
    /// From the address that a row has to the one that it gets.
    pub(crate) to: BTreeMap<Address, Address>,
    from: BTreeMap<Address, Address>,
    /// Addresses that several rows could move to, with those rows.
    pub(super) conflicts: BTreeMap<Address, Vec<Address>>,
}

impl Moves {
    /// What the declared resources say, as far as it can be done. A row moves to an address that has none; of several
    /// that could, none moves. No row moves to a test, which is no part of what is applied: what its former name left goes. None
    /// moves whose object is gone on purpose: under another address it is another one.
    pub(crate) fn new(declared: &[Declared], ledger: &Ledger) -> Self {
        let mut moves = Self::default();
        let is_moved = |resource: &&Declared| !resource.lifecycle.moved_from.is_empty() && !resource.lifecycle.test;
        let moved: Vec<_> = declared.iter().filter(is_moved).collect();
        if moved.is_empty() {
            return moves;
        }
        let declared: BTreeSet<_> = declared.iter().map(|resource| &resource.address).collect();
        for resource in moved {
            let address = &resource.address;
            // Once a move is done, its old address may be used again.
            let is_left = |from: &&Address| {
                let is_owned = ledger.rows.get(*from).is_some_and(|row| !row.is_spent());
                is_owned && from.kind() == address.kind() && !declared.contains(from)
            };
            let former: BTreeSet<_> = resource.lifecycle.moved_from.iter().filter(is_left).cloned().collect();
            let former: Vec<_> = former.into_iter().collect();
            match &former[..] {
                [] => {}
                [from] if !ledger.rows.contains_key(address) => {
                    if !moves.to.contains_key(from) {
                        moves.to.insert(from.clone(), address.clone());
                        moves.from.insert(address.clone(), from.clone());
                    }
                }
                _ => {
                    moves.conflicts.insert(address.clone(), former);
                }
            }
        }
        moves
    }

    /// The address that a row of the ledger gets.
    pub(crate) fn new_address<'a>(&'a self, of_row: &'a Address) -> &'a Address {
        self.to.get(of_row).unwrap_or(of_row)
    }

    /// The address that the ledger has for what is at an address now.
    pub(crate) fn old_address<'a>(&'a self, address: &'a Address) -> &'a Address {
        self.from.get(address).unwrap_or(address)
    }

    /// The address that it moves from, if it moves.
    pub(super) fn moved_from(&self, address: &Address) -> Option<&Address> {
        self.from.get(address)
    }
}

/// Refuses moves that cannot be meant: to another kind, from an address that is still declared, to two addresses.
pub(super) fn check(declared: &[Declared], ledger: &Ledger) -> Result<(), PlanError> {
    let moved: Vec<_> = declared.iter().filter(|resource| !resource.lifecycle.moved_from.is_empty()).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let addresses: BTreeSet<_> = declared.iter().map(|resource| &resource.address).collect();
    let mut claimed: BTreeMap<&Address, &Declared> = BTreeMap::new();
    for resource in moved {
        for from in &resource.lifecycle.moved_from {
            let (to, at) = (resource.address.clone(), resource.at.clone());
            if from.kind() != to.kind() {
                return Err(PlanError::MovedKind { to, from: from.clone(), at });
            }
            if let Some(other) = claimed.insert(from, resource).filter(|other| other.address != to) {
                return Err(PlanError::MovedTwice { from: from.clone(), first: other.address.clone(), second: to, at });
            }
            let is_pending = ledger.rows.contains_key(from) && !ledger.rows.contains_key(&to);
            if is_pending && addresses.contains(from) {
                return Err(PlanError::MovedFromDeclared { to, from: from.clone(), at });
            }
        }
    }
    Ok(())
}
