//! Who depends on whom. The only file that names petgraph: its indices go nowhere else, and into no file.
//!
//! Nodes are addresses: the declared ones, and those that only the ledger knows. A declared resource depends on what it
//! refers to and on its `depends_on`; one that is only in the ledger on what its row says.

mod index;

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::fmt;

use flashinfra_stacks::params::suggest::nearest;
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::compiled::Declared;
use crate::ledger::Row;
use crate::references::each_reference;
use crate::value::{Address, Name};
use index::Index;

/// The dependency graph of a stack.
///
/// An address is named by its *position* in [`Self::addresses`], which is its rank among all of them, so that lists that
/// run beside the graph need no maps.
#[derive(Clone, Debug)]
pub struct Graph {
    addresses: Vec<Address>,
    index: Index,
    /// Edges go from what depends to what it depends on.
    edges: DiGraph<(), (), u32>,
    order: Vec<usize>,
}

/// By what one resource depends on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// The attribute at this path refers to it.
    Attribute(Name),
    /// `depends_on` names it.
    DependsOn,
}

/// One resource of a cycle, and by what it depends on the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The resource.
    pub address: Address,
    /// By what it depends on the next.
    pub via: Via,
    /// Where it was declared.
    pub at: Option<Name>,
}

/// Why declared resources are no graph that can be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Resources wait for each other.
    #[error("these resources depend on each other in a circle: {}", Chain(.0))]
    Cycle(Vec<Hop>),
    /// An address is declared twice.
    #[error("`{address}` is declared twice{}{}", Place(" at ", .first), Place(" and at ", .second))]
    Duplicate {
        /// The address.
        address: Address,
        /// Where it was declared first.
        first: Option<Name>,
        /// Where it was declared again.
        second: Option<Name>,
    },
    /// Something names a resource that is not declared.
    #[error("`{from}` depends on `{to}` ({via}), which is not declared{}", Place("; it is named at ", .at))]
    UnknownAddress {
        /// Who names it.
        from: Address,
        /// By what.
        via: Via,
        /// The address that is not declared.
        to: Address,
        /// The declared address that it may have been meant to be.
        nearest: Option<Address>,
        /// Where the one that names it was declared.
        at: Option<Name>,
    },
}

impl Graph {
    /// The graph of declared resources, and of rows of the ledger that none of them stands for. Each row comes with the
    /// address that it will have; `moved` leads from the addresses that rows had to those.
    ///
    /// # Errors
    /// An address that stands twice or nowhere, or a cycle.
    pub fn new<'a>(
        declared: &[Declared],
        rows: impl Iterator<Item = (&'a Address, &'a Row)>,
        moved: &BTreeMap<Address, Address>,
    ) -> Result<Self, GraphError> {
        let mut sorted: Vec<&Declared> = declared.iter().collect();
        sorted.sort_by(|a, b| a.address.cmp(&b.address));
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0].address == pair[1].address) {
            let (first, second) = (twice[0].at.clone(), twice[1].at.clone());
            return Err(GraphError::Duplicate { address: twice[0].address.clone(), first, second });
        }
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|(address, _)| *address);

        let (addresses, is_declared) = merged(&sorted, &rows);
        let index = Index::new(&addresses);
        let edges = DiGraph::with_capacity(addresses.len(), 0);
        let mut graph = Self { addresses, index, edges, order: Vec::new() };
        for _ in 0..graph.addresses.len() {
            graph.edges.add_node(());
        }
        let mut targets = Vec::new();
        for declared in &sorted {
            graph.add_declared(declared, &is_declared, &mut targets)?;
        }
        for (address, row) in rows {
            let Some(position) = graph.position(address).filter(|&position| !is_declared[position]) else { continue };
            let names = row.depends_on.iter().map(|name| moved.get(name).unwrap_or(name));
            targets.extend(names.filter_map(|name| graph.position(name)));
            graph.add_edges(position, &mut targets);
        }
        graph.sort(&is_declared).map_err(|positions| GraphError::Cycle(graph.tell(&positions, &sorted)))?;
        Ok(graph)
    }

    /// The addresses, sorted.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The position of an address.
    pub fn position(&self, address: &Address) -> Option<usize> {
        self.index.position(&self.addresses, address)
    }

    /// What the address at a position depends on, as positions in ascending order.
    pub fn dependencies(&self, position: usize) -> Vec<usize> {
        self.neighbors(position, Direction::Outgoing)
    }

    /// What depends on the address at a position, as positions in ascending order.
    pub fn dependents(&self, position: usize) -> Vec<usize> {
        self.neighbors(position, Direction::Incoming)
    }

    /// All positions, each after those of what it depends on; where that leaves a choice, in the order of the addresses.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// For each position the weight of the heaviest path that starts there and leads through what depends on it, its own
    /// weight included: how long a run lasts at least once it has come here.
    pub fn longest_paths(&self, weights: &[u64]) -> Vec<u64> {
        let mut paths = weights.to_vec();
        for &position in self.order.iter().rev() {
            let behind = self.edges.neighbors_directed(node(position), Direction::Incoming);
            let heaviest = behind.map(|dependent| paths[dependent.index()]).max();
            paths[position] += heaviest.unwrap_or(0);
        }
        paths
    }

    fn neighbors(&self, position: usize, direction: Direction) -> Vec<usize> {
        let mut found: Vec<_> =
            self.edges.neighbors_directed(node(position), direction).map(|node| node.index()).collect();
        found.sort_unstable();
        found
    }

    fn add_declared(
        &mut self,
        declared: &Declared,
        is_declared: &[bool],
        targets: &mut Vec<usize>,
    ) -> Result<(), GraphError> {
        let mut unknown = None;
        each_dependency(declared, &mut |address, via| match self
            .position(address)
            .filter(|&position| is_declared[position])
        {
            Some(position) => targets.push(position),
            None => unknown = unknown.take().or_else(|| Some((address.clone(), via()))),
        });
        let Some((to, via)) = unknown else {
            if let Some(position) = self.position(&declared.address) {
                self.add_edges(position, targets);
            }
            return Ok(());
        };
        let known = self.addresses.iter().zip(is_declared).filter(|(_, declared)| **declared);
        let known = known.map(|(address, _)| address.as_str());
        let nearest = nearest(to.as_str(), known).and_then(|name| Address::parse(name).ok());
        Err(GraphError::UnknownAddress { from: declared.address.clone(), via, to, nearest, at: declared.at.clone() })
    }

    fn add_edges(&mut self, from: usize, targets: &mut Vec<usize>) {
        targets.sort_unstable();
        targets.dedup();
        for target in targets.drain(..) {
            self.edges.add_edge(node(from), node(target), ());
        }
    }

    /// Fills in the order; a cycle of declared resources is an error.
    ///
    /// Rows are written at different times, so their edges can form a cycle that no stack ever declared, and a person could not
    /// mend it: there the edge from the smaller address gives way.
    fn sort(&mut self, is_declared: &[bool]) -> Result<(), Vec<usize>> {
        self.order = self.topological();
        if self.order.len() == self.addresses.len() {
            return Ok(());
        }
        let mut circles: Vec<Vec<usize>> = kosaraju_scc(&self.edges)
            .into_iter()
            .map(|nodes| nodes.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
            .filter(|circle| circle.len() > 1 || self.edges.contains_edge(node(circle[0]), node(circle[0])))
            .collect();
        circles.iter_mut().for_each(|circle| circle.sort_unstable());
        circles.sort();
        if let Some(circle) = circles.iter().find(|circle| is_declared[circle[0]]) {
            return Err(self.shortest_circle(circle));
        }
        let mut circle_of = vec![usize::MAX; self.addresses.len()];
        for (number, circle) in circles.iter().enumerate() {
            circle.iter().for_each(|&position| circle_of[position] = number);
        }
        self.edges.retain_edges(|edges, edge| {
            edges.edge_endpoints(edge).is_none_or(|(from, to)| {
                let (from, to) = (from.index(), to.index());
                circle_of[from] == usize::MAX || circle_of[from] != circle_of[to] || from > to
            })
        });
        self.order = self.topological();
        Ok(())
    }

    /// Kahn's algorithm with a heap, so that ties go by address; shorter than the addresses when there is a cycle.
    fn topological(&self) -> Vec<usize> {
        let count = self.addresses.len();
        let mut waits: Vec<usize> = (0..count).map(|at| self.edges.neighbors(node(at)).count()).collect();
        let mut ready: BinaryHeap<_> = (0..count).filter(|&at| waits[at] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(count);
        while let Some(Reverse(position)) = ready.pop() {
            order.push(position);
            for dependent in self.edges.neighbors_directed(node(position), Direction::Incoming) {
                let waiting = &mut waits[dependent.index()];
                *waiting -= 1;
                if *waiting == 0 {
                    ready.push(Reverse(dependent.index()));
                }
            }
        }
        order
    }

    /// The shortest way from the first address of a circle back to itself: of a tangle, what a person can take in.
    fn shortest_circle(&self, circle: &[usize]) -> Vec<usize> {
        let start = circle[0];
        let mut from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(position) = queue.pop_front() {
            for next in self.dependencies(position).into_iter().filter(|next| circle.binary_search(next).is_ok()) {
                if next == start {
                    let mut way = vec![position];
                    while way[way.len() - 1] != start {
                        way.push(from[&way[way.len() - 1]]);
                    }
                    way.reverse();
                    return way;
                }
                if let Entry::Vacant(entry) = from.entry(next) {
                    entry.insert(position);
                    queue.push_back(next);
                }
            }
        }
        circle.to_vec()
    }

    /// A circle of positions with what leads from each to the next.
    fn tell(&self, positions: &[usize], declared: &[&Declared]) -> Vec<Hop> {
        let hop = |(&position, &next): (&usize, &usize)| {
            let address = &self.addresses[position];
            let found = declared.binary_search_by(|known| known.address.cmp(address)).map(|at| declared[at]).ok()?;
            let mut first = None;
            each_dependency(found, &mut |to, via| {
                if first.is_none() && *to == self.addresses[next] {
                    first = Some(via());
                }
            });
            Some(Hop { address: address.clone(), via: first?, at: found.at.clone() })
        };
        positions.iter().zip(positions.iter().cycle().skip(1)).filter_map(hop).collect()
    }
}

impl GraphError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Cycle(_) => {
                "take one of these references out, or move what they share into a resource of its own".into()
            }
            Self::Duplicate { .. } => "give one of them another name, or put it into a scope".into(),
            Self::UnknownAddress { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownAddress { .. } => "declare it, or take the reference out".into(),
        }
    }

    /// Where to look.
    pub fn at(&self) -> Option<&Name> {
        match self {
            Self::Cycle(hops) => hops.iter().find_map(|hop| hop.at.as_ref()),
            Self::Duplicate { first, second, .. } => second.as_ref().or(first.as_ref()),
            Self::UnknownAddress { at, .. } => at.as_ref(),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(path) => f.write_str(path),
            Self::DependsOn => f.write_str("depends_on"),
        }
    }
}

/// A cycle as one chain: `a → (attribute) → b → (depends_on) → a`, then where each was declared.
struct Chain<'a>(&'a [Hop]);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Hop { address, via, at: _ } in self.0 {
            write!(f, "{address} → ({via}) → ")?;
        }
        if let Some(first) = self.0.first() {
            write!(f, "{}", first.address)?;
        }
        for Hop { address, via: _, at } in self.0 {
            if let Some(at) = at {
                write!(f, "\n  {address} is declared at {at}")?;
            }
        }
        Ok(())
    }
}

struct Place<'a>(&'a str, &'a Option<Name>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.as_ref().map_or(Ok(()), |at| write!(f, "{}{at}", self.0))
    }
}

fn node(position: usize) -> NodeIndex<u32> {
    NodeIndex::new(position)
}

/// The addresses of two sorted lists, each once, and whether it is of the first.
fn merged(declared: &[&Declared], rows: &[(&Address, &Row)]) -> (Vec<Address>, Vec<bool>) {
    let mut addresses = Vec::with_capacity(declared.len());
    let mut is_declared = Vec::with_capacity(declared.len());
    let (mut declared, mut rows) =
        (declared.iter().map(|declared| &declared.address).peekable(), rows.iter().peekable());
    loop {
        let row = rows.peek().map(|(address, _)| *address);
        let next = match (declared.peek().copied(), row) {
            (None, None) => return (addresses, is_declared),
            (Some(address), None) => address,
            (None, Some(address)) => address,
            (Some(declared), Some(row)) => declared.min(row),
        };
        is_declared.push(declared.next_if_eq(&next).is_some());
        rows.next_if(|(address, _)| *address == next);
        addresses.push(next.clone());
    }
}

/// Calls `found` with each address that a resource depends on, and with what makes the path by which it does.
fn each_dependency<'a>(declared: &'a Declared, found: &mut dyn FnMut(&'a Address, &dyn Fn() -> Via)) {
    for (name, value) in &declared.attributes {
        each_reference(value, name, &mut |reference, path| {
            found(&reference.address, &|| Via::Attribute(Name::from(path)));
        });
    }
    for address in &declared.depends_on {
        found(address, &|| Via::DependsOn);
    }
}

#[cfg(test)]
mod tests;
