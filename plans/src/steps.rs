//! The order of creates and deletes. No other file knows it.
//!
//! Every address has a *chain*: all its steps, one after the other, so that no two of them ever write the same ledger row
//! at once. Its phases, of which most addresses have one:
//!
//! ```text
//! unguard and delete doubles → move → (what may be done instead of a replacement) → delete first (replace) → make (create, update, record) → delete deposed → delete old (create first) → remove
//! ```
//!
//! A deposed object goes first instead when something that it stands on is deleted first.
//!
//! Between chains these rules hold, the strongest first; see [`Bond`]:
//! 1. What makes an address waits for what makes the addresses that it depends on now. An address without a step stands
//!    for what it depends on in turn.
//! 2. A name or an address is taken after its former holder left it.
//! 3. An object is deleted after the objects that depended on it, by the edges of the ledger, are deleted.
//! 4. An object is deleted after the objects that depended on it are rewired.
//! 5. What is deleted to be made anew is deleted after all is there that the new object needs: should that fail, the old one stays,
//!    and it is missing for no longer than it has to be.
//!
//! Rules 3 to 5 can contradict the others (two replaced resources that swap their dependencies); then the weakest bonds
//! of the cycle give way, so that every set of decisions has an order.

mod chain;
mod number;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use crate::compare;
use crate::decide::Decision;
use crate::ledger::{Ledger, Row};
use crate::plan::{Act, Action, Reason, Step};
use crate::value::{Address, Name};
use chain::{Chain, Phase, Sources};
use number::Edges;

/// The steps that carry decisions out, numbered from 1 in an order in which they could be made one by one.
///
/// The dependencies of a decided address are those of its row draft; those of any other are in its ledger row. `schemas` are
/// those of the compiled stack; kinds that it lost are looked up in the ledger. The same input gives the same steps.
pub fn order(decisions: Vec<Decision>, ledger: &Ledger, schemas: &BTreeMap<Name, Arc<Schema>>) -> Vec<Step> {
    let moves = Moves::of(&decisions);
    let sources = Sources { ledger, schemas, moves: &moves, falling: falling(&decisions, ledger, &moves) };
    let mut decided: BTreeMap<Address, Vec<Decision>> = BTreeMap::new();
    for decision in decisions {
        decided.entry(decision.change.address.clone()).or_default().push(decision);
    }
    let mut steps = Vec::new();
    let chains: BTreeMap<Address, Chain> =
        decided.iter().map(|(address, group)| (address.clone(), Chain::new(group, &sources, &mut steps))).collect();

    let mut rules =
        Rules { chains: &chains, sources: &sources, edges: Edges::new(steps.len()), unchanged: BTreeMap::new() };
    for (address, chain) in &chains {
        rules.in_chain(chain);
        rules.after_dependencies(chain);
        rules.after_dependents(chain);
        rules.after_what_the_new_one_needs(chain);
        rules.after_move_away(address);
    }
    rules.after_former_name(&steps);
    let edges = rules.edges;
    number::number(steps, edges)
}

/// How strongly an order binds: rules 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// It cannot be done the other way around.
    Must,
    /// A name or address is still taken.
    Taken,
    /// Services refuse to delete what others use.
    Teardown,
    /// What is rewired late points at nothing for a while.
    Rewire,
    /// What is deleted early is missing for longer, and for good when what the new object needs cannot be made.
    Keep,
}

/// The moves that are decided, both ways.
#[derive(Default)]
struct Moves {
    from: BTreeMap<Address, Address>,
    to: BTreeMap<Address, Address>,
}

impl Moves {
    fn of(decisions: &[Decision]) -> Self {
        let mut moves = Self::default();
        for decision in decisions {
            if let Some(from) = moved_from(decision) {
                moves.from.insert(decision.change.address.clone(), from.clone());
                moves.to.insert(from.clone(), decision.change.address.clone());
            }
        }
        moves
    }

    /// The ledger row that an address has once the moves are done.
    fn row<'a>(&self, ledger: &'a Ledger, address: &Address) -> Option<&'a Row> {
        match self.from.get(address) {
            Some(from) => ledger.rows.get(from),
            None if self.to.contains_key(address) => None,
            None => ledger.rows.get(address),
        }
    }

    /// What the ledger names, under the addresses that are right once the moves are done.
    fn renamed(&self, addresses: &[Address]) -> Vec<Address> {
        addresses.iter().map(|address| self.to.get(address).unwrap_or(address).clone()).collect()
    }
}

/// The deposed objects, by address and generation, that stand on something that is deleted first, directly or through others
/// that go: they cannot wait until the current ones are made anew.
fn falling(decisions: &[Decision], ledger: &Ledger, moves: &Moves) -> BTreeSet<(Address, u32)> {
    let is_deposed = |decision: &&Decision| decision.change.action == Action::DeleteDeposed;
    if !decisions.iter().any(|decision| is_deposed(&decision)) {
        return BTreeSet::new();
    }
    let mut standing: BTreeMap<Address, Vec<&Decision>> = BTreeMap::new();
    for decision in decisions {
        let Some(row) = moves.row(ledger, &decision.change.address) else { continue };
        let edges = match decision.change.action {
            Action::Delete | Action::Forget | Action::Replace | Action::ReplaceCreateFirst => &row.depends_on[..],
            Action::DeleteDeposed => stood_on(row, decision.generation),
            Action::Create | Action::Update | Action::Restore | Action::DeleteDouble => &[],
            Action::Move | Action::Record => &[],
        };
        for address in moves.renamed(edges) {
            standing.entry(address).or_default().push(decision);
        }
    }
    let replaced = decisions.iter().filter(|decision| decision.change.action == Action::Replace);
    let mut open: Vec<&Address> = replaced.map(|decision| &decision.change.address).collect();
    let mut found: BTreeMap<(&Address, Action, u32), &Decision> = BTreeMap::new();
    while let Some(address) = open.pop() {
        for &decision in standing.get(address).into_iter().flatten() {
            let key = (&decision.change.address, decision.change.action, decision.generation);
            if found.insert(key, decision).is_none() {
                open.push(&decision.change.address);
            }
        }
    }
    let deposed = found.into_values().filter(is_deposed);
    deposed.map(|decision| (decision.change.address.clone(), decision.generation)).collect()
}

/// What the deposed object of a generation stands on.
fn stood_on(row: &Row, generation: u32) -> &[Address] {
    let deposed = row.deposed.iter().find(|deposed| deposed.object.generation == generation);
    deposed.map_or(&[], |deposed| &deposed.depends_on)
}

/// The address that a decision moves its object from. A create has no object to move.
fn moved_from(decision: &Decision) -> Option<&Address> {
    if decision.change.action == Action::Create {
        return None;
    }
    decision.change.reasons.iter().find_map(|reason| match reason {
        Reason::MovedFrom(from) => Some(from),
        _ => None,
    })
}

/// Turns the rules into edges.
struct Rules<'a> {
    chains: &'a BTreeMap<Address, Chain>,
    sources: &'a Sources<'a>,
    edges: Edges,
    /// The nodes that stand for addresses without a step that makes them; none for one that is not there.
    unchanged: BTreeMap<Address, Option<usize>>,
}

impl Rules<'_> {
    fn in_chain(&mut self, chain: &Chain) {
        for node in chain.nodes.clone().skip(1) {
            self.edges.add(node - 1, node, Bond::Must);
        }
    }

    /// Rule 1.
    fn after_dependencies(&mut self, chain: &Chain) {
        // A move that is all that is done does not wait where a deposed object goes first, which comes after it: that one may
        // stand on what the move would wait for.
        let goes_first = |made: &usize| {
            let mut first = chain.removals.iter().filter(|removal| removal.phase == Phase::DeleteDeposedFirst);
            first.any(|removal| removal.delete > *made)
        };
        // What is done instead of a replacement waits for the same: it comes before the old object is deleted.
        for made in chain.made.filter(|made| !goes_first(made)).into_iter().chain(chain.alternative) {
            for address in &chain.depends_on {
                if let Some(dependency) = self.made(address) {
                    self.edges.add(dependency, made, Bond::Must);
                }
            }
        }
    }

    /// Rules 3 and 4: the chain's address is the dependent, what the ledger names are the dependencies.
    fn after_dependents(&mut self, chain: &Chain) {
        for own in &chain.removals {
            for dependency in chain.stands_on(own).iter().filter_map(|address| self.chains.get(address)) {
                for removal in &dependency.removals {
                    self.edges.add(own.delete, removal.gate, Bond::Teardown);
                }
            }
        }
        let Some(rewired) = chain.rewired else { return };
        for address in &chain.depended_on {
            for removal in self.chains.get(address).into_iter().flat_map(|dependency| &dependency.removals) {
                // The new object of a replaced dependency comes after the old one is gone, and its dependents after that.
                let waits_for_new = removal.phase == Phase::DeleteFirst && chain.depends_on.contains(address);
                if !waits_for_new {
                    self.edges.add(rewired, removal.gate, Bond::Rewire);
                }
            }
        }
    }

    /// Rule 5.
    fn after_what_the_new_one_needs(&mut self, chain: &Chain) {
        let Some(removal) = chain.removals.iter().find(|removal| removal.phase == Phase::DeleteFirst) else { return };
        for address in &chain.depends_on {
            let is_deleted_first = |chain: &Chain| chain.removals.iter().any(|own| own.phase == Phase::DeleteFirst);
            // What the old object stands on and is deleted first as well can only go, and come back, after it.
            let goes = chain.depended_on.contains(address) && self.chains.get(address).is_some_and(is_deleted_first);
            if let Some(dependency) = self.made(address).filter(|_| !goes) {
                self.edges.add(dependency, removal.gate, Bond::Keep);
            }
        }
    }

    /// Rule 2 for addresses: nothing happens at an address before the row that leaves it has left.
    fn after_move_away(&mut self, address: &Address) {
        let Some(to) = self.sources.moves.to.get(address) else { return };
        if let (Some(mover), Some(chain)) = (self.chains.get(to), self.chains.get(address)) {
            self.edges.add(mover.nodes.start, chain.nodes.start, Bond::Taken);
        }
    }

    /// Rule 2 for names that the stack chooses.
    fn after_former_name(&mut self, steps: &[Step]) {
        let known_by = |kind: &str, name: &Name| {
            self.sources.schema(kind).map_or_else(|| name.clone(), |schema| compare::name(schema, name))
        };
        let mut deleted: BTreeMap<(&str, &str, Name), usize> = BTreeMap::new();
        for (node, step) in steps.iter().enumerate() {
            if let (Act::Delete, Some(object)) = (&step.act, &step.object) {
                let kind = step.address.kind();
                deleted.insert((kind, &step.provider, known_by(kind, object)), node);
            }
        }
        if deleted.is_empty() {
            return;
        }
        for (node, step) in steps.iter().enumerate().filter(|(_, step)| step.act == Act::Create) {
            let Some(schema) = self.sources.schema(step.address.kind()) else { continue };
            let Some(name) = compare::chosen_name(schema, |name| step.inputs.get(name)) else { continue };
            let name = compare::name(schema, &name);
            if let Some(&former) = deleted.get(&(step.address.kind(), step.provider.as_str(), name)) {
                self.edges.add(former, node, Bond::Taken);
            }
        }
    }

    /// The node after which an address is as the plan leaves it. An address without such a step gets a node of its own, which
    /// waits for what the address depends on; walked without recursion, since stacks can be deep.
    fn made(&mut self, address: &Address) -> Option<usize> {
        let mut open = Vec::new();
        let node = self.node(address, &mut open);
        while let Some((node, depends_on)) = open.pop() {
            for address in depends_on {
                if let Some(dependency) = self.node(&address, &mut open) {
                    self.edges.add(dependency, node, Bond::Rewire);
                }
            }
        }
        node
    }

    fn node(&mut self, address: &Address, open: &mut Vec<(usize, Vec<Address>)>) -> Option<usize> {
        if let Some(made) = self.chains.get(address).and_then(|chain| chain.made) {
            return Some(made);
        }
        if let Some(&node) = self.unchanged.get(address) {
            return node;
        }
        let node = self.sources.row(address).map(|row| {
            let node = self.edges.node();
            open.push((node, self.sources.moves.renamed(&row.depends_on)));
            node
        });
        self.unchanged.insert(address.clone(), node);
        node
    }
}
