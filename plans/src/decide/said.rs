//! What providers said of the changes of a plan that was made without it: which fields take a new object after all, what else
//! would be set, what would be refused or lost.

use std::collections::BTreeMap;

use super::pass::Pass;
use crate::plan::{Action, AttributeChange, Change, Finding, Note, Reason, Refusal};
use crate::value::{Address, Name};

impl Pass<'_, '_> {
    /// The fields of an object that cannot be changed, which its schema cannot say of all objects of the kind, and why that is. What
    /// the schema says already gets its reason.
    pub(super) fn said_fixed(&self, address: &Address, mut forces: Vec<Reason>) -> Vec<Reason> {
        let said = self.world.input.observed.rehearsed.get(address);
        for (path, why) in said.into_iter().flat_map(|said| &said.fixed) {
            let by_schema = forces.iter_mut().find_map(|reason| match reason {
                Reason::ForcesReplacement(name) if is_in(path, name) => {
                    let name = name.clone();
                    Some((reason, name))
                }
                _ => None,
            });
            match by_schema {
                Some((reason, name)) => *reason = Reason::Fixed(name, why.clone()),
                None => {
                    let is_told = |told: &Reason| matches!(told, Reason::Fixed(told, _) if is_in(path, told));
                    if !forces.iter().any(is_told) {
                        forces.push(Reason::Fixed(path.clone(), why.clone()));
                    }
                }
            }
        }
        forces
    }
}

/// Puts what was said to the changes that it is about; what is left to tell of the plan.
pub(super) fn findings(pass: &mut Pass<'_, '_>) -> Vec<Finding> {
    let world = pass.world;
    let rehearsed = &world.input.observed.rehearsed;
    let mut findings = Vec::new();
    let mut untried: BTreeMap<&Name, Vec<Address>> = BTreeMap::new();
    for (position, decision) in &mut pass.decisions {
        let change = &mut decision.change;
        let Some(said) = rehearsed.get(&change.address) else { continue };
        let is_unprotected =
            world.nodes[*position].declared.is_some_and(|declared| declared.lifecycle.protect == Some(false));
        match change.action {
            Action::Create | Action::Update => add(change, &said.beside),
            Action::Replace | Action::ReplaceCreateFirst | Action::Delete => {
                if said.loses.is_some() {
                    (change.stateful, change.protected) = (true, change.protected || !is_unprotected);
                }
            }
            // Nobody was asked about these.
            Action::Restore | Action::DeleteDeposed | Action::DeleteDouble => continue,
            Action::Forget | Action::Move | Action::Record => continue,
        }
        let address = || change.address.clone();
        let sentences = said.loses.iter().chain(&said.careful);
        findings.extend(sentences.map(|what| Finding::Careful { address: address(), what: what.clone() }));
        said.untried.iter().for_each(|why| untried.entry(why).or_default().push(address()));
        let rejected = said.refused.iter().map(|why| Refusal::Rejected(address(), why.clone()));
        pass.refusals.extend(rejected.map(|refusal| (*position, refusal)));
    }
    let untried = untried.into_iter().map(|(reason, mut addresses)| {
        addresses.sort();
        Finding::Untried { reason: reason.clone(), addresses }
    });
    findings.extend(untried);
    findings.sort();
    findings
}

/// Adds what the service would set, where that is not told already as what is declared.
fn add(change: &mut Change, beside: &[AttributeChange]) {
    let is_told = |path: &Name| change.attributes.iter().any(|told| is_in(path, &told.path) || is_in(&told.path, path));
    let is_whole = change.action == Action::Create;
    let new: Vec<_> = beside.iter().filter(|beside| is_whole || !is_told(&beside.path)).cloned().collect();
    change.attributes.extend(new.into_iter().map(|new| AttributeChange { note: Some(Note::ByService), ..new }));
    change.attributes.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Whether a path is another one or leads through it.
pub(super) fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
