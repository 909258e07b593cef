//! What is in a provider that resources of the stack configure: a cluster, and the objects in it.
//!
//! Where such a resource is made by the plan, nobody can look into its place yet: what is declared there is made, and what was in the
//! place before is lost with it. Where it is gone, all that was in it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Decision;
use super::pass::{Pass, State};
use crate::compiled::Declared;
use crate::ledger::Row;
use crate::live::Live;
use crate::plan::{Action, Mode, Reason};
use crate::value::{Address, Name};

impl Pass<'_, '_> {
    /// The position of a resource that this plan makes, and that configures the provider instance of a declared one.
    pub(super) fn awaited(&self, declared: &Declared) -> Option<usize> {
        let configuring = self.world.configuring(&declared.provider).iter();
        configuring.copied().find(|at| matches!(self.states[*at], State::Made { .. }))
    }

    /// Why an object takes a new one that stays as it is otherwise: the place that it is to be in is made by this plan.
    pub(super) fn lost_place(&self, declared: &Declared) -> Option<Reason> {
        let position = self.awaited(declared)?;
        Some(match self.states[position] {
            State::Made { replaces: true } => Reason::DependencyReplaced(self.world.address(position).clone()),
            _ => Reason::ForcesReplacement("provider".into()),
        })
    }

    /// The resource that made the place of an owned object, and that is gone: nobody can ask there any more, and nothing is there. Only
    /// what the ledger says of the provider counts: it is where the object was made.
    pub(super) fn gone_with(&self, row: &Row) -> Option<Address> {
        let input = self.world.input;
        if input.observed.places.contains_key(&row.provider) {
            return None;
        }
        let of_ledger = input.ledger.providers.get(&row.provider)?.configured_by();
        of_ledger.into_iter().map(|address| self.world.moves.new_address(address)).find_map(|address| {
            let position = self.world.graph.position(address)?;
            let node = self.world.nodes[position];
            let is_gone = match node.live {
                Some(Live::Absent | Live::Tombstone { .. }) => true,
                Some(Live::Present(_) | Live::Unreadable { .. }) => false,
                None => node.row.is_none_or(|(_, row)| row.current.is_none()),
            };
            is_gone.then(|| address.clone())
        })
    }
}

/// The provider instances in which something is made that nobody can look for yet, with what they wait for.
pub(super) fn deferred(pass: &Pass<'_, '_>) -> BTreeMap<Name, Vec<Address>> {
    let world = pass.world;
    if world.input.options.mode != Mode::Apply {
        return BTreeMap::new();
    }
    let makes = |decision: &Decision| match decision.change.action {
        Action::Create | Action::Replace | Action::ReplaceCreateFirst | Action::Restore => true,
        Action::Update | Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => false,
        Action::Forget | Action::Move | Action::Record => false,
    };
    let used: BTreeSet<&Name> =
        pass.decisions.iter().filter(|(_, decision)| makes(decision)).map(|(_, decision)| &decision.provider).collect();
    let made = |name: &&Name| -> Vec<Address> {
        let configuring = world.configuring(name).iter();
        let made = configuring.filter(|at| matches!(pass.states[**at], State::Made { .. }));
        made.map(|at| world.address(*at).clone()).collect()
    };
    used.into_iter().map(|name| (name.clone(), made(&name))).filter(|(_, made)| !made.is_empty()).collect()
}
