//! What a step sends of other objects that stay as they are, and of what was looked up: a plan is made from that as well.

use std::collections::{BTreeMap, BTreeSet};

use super::Decision;
use super::pass::{Pass, State};
use crate::plan::{Action, Reliance};
use crate::references::each_reference;
use crate::value::{Address, Map, Name, Reference, Value};

impl Pass<'_, '_> {
    /// What the steps of a decision send that was read from live objects. What the stack itself declares does not change behind
    /// anybody's back, and secrets are not read while planning.
    pub(super) fn reliances(&self, position: usize, decision: &Decision) -> Vec<Reliance> {
        let sends = |name: &Name| match decision.change.action {
            Action::Create | Action::Replace | Action::ReplaceCreateFirst | Action::Restore => true,
            Action::Update => decision.changed.contains(name),
            Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => false,
            Action::Forget | Action::Move | Action::Record => false,
        };
        let Some(declared) = self.world.nodes[position].declared else { return Vec::new() };
        let mut found: BTreeMap<&Address, Reliance> = BTreeMap::new();
        for answer in self.world.input.lookups {
            let sent = answer.uses.iter().filter(|((address, name), _)| *address == declared.address && sends(name));
            let parts: BTreeSet<&Name> = sent.flat_map(|(_, parts)| parts).collect();
            let value = |part: &Name| Some((part.clone(), answer.lookup.answer.at(part)?.clone()));
            let values: Map = parts.into_iter().filter_map(value).collect();
            if !values.is_empty() {
                let (provider, object) = (answer.lookup.provider.clone(), answer.lookup.object.clone());
                found.insert(&answer.address, Reliance { address: answer.address.clone(), provider, object, values });
            }
        }
        for (name, value) in declared.attributes.iter().filter(|(name, value)| !value.is_literal() && sends(name)) {
            each_reference(value, name, &mut |reference, _| {
                let Some(read) = self.read_of(reference) else { return };
                let known = found.entry(&reference.address).or_insert_with(|| read.0);
                known.values = std::mem::take(&mut known.values).with(reference.path.clone(), read.1);
            });
        }
        found.into_values().collect()
    }

    /// The object that a reference leads to, and the value that was read from it; none for what is known otherwise or later.
    fn read_of(&self, reference: &Reference) -> Option<(Reliance, Value)> {
        let Reference { address, path } = reference;
        let position = self.world.graph.position(address)?;
        if self.desired[position].as_ref().is_some_and(|desired| desired.at(path).is_some()) {
            return None;
        }
        let State::Stays { object, .. } = &self.states[position] else { return None };
        let name = path.split_once('.').map_or(path.as_str(), |(name, _)| name);
        let is_secret =
            self.world.kind(position).and_then(|kind| kind.attribute(name)).is_some_and(|attribute| attribute.secret);
        if is_secret || object.unverified.iter().any(|unverified| unverified == name) {
            return None;
        }
        let value = self.lookup(reference)?;
        let (_, row) = self.world.nodes[position].row?;
        let (provider, object) = (row.provider.clone(), object.id.clone());
        Some((Reliance { address: address.clone(), provider, object, values: Map::default() }, value))
    }
}
