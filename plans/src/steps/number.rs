//! Numbers for steps: a topological order, and no edge that follows from others.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::Bond;
use crate::plan::Step;

/// How many edges of contradictions are looked at one by one, each at the cost of a walk through all: a thousand are more
/// than any plan that turns its dependencies around has, and take a second where there are ten thousand steps.
const RESTORED_MAX: usize = 1_000;

/// Who waits for whom. Nodes are the steps, and behind them nodes that only pass waiting on.
pub(super) struct Edges {
    nodes: usize,
    edges: Vec<Edge>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    after: usize,
    before: usize,
    bond: Bond,
}

impl Edges {
    pub(super) fn new(steps: usize) -> Self {
        Self { nodes: steps, edges: Vec::new() }
    }

    /// A node more, without a step.
    pub(super) fn node(&mut self) -> usize {
        self.nodes += 1;
        self.nodes - 1
    }

    pub(super) fn add(&mut self, before: usize, after: usize, bond: Bond) {
        self.edges.push(Edge { after, before, bond });
    }

    /// One edge of each pair, the strongest, and no cycle: the weakest edges of cycles give way, and those of them that can
    /// be had all the same come back.
    fn settle(&mut self) {
        self.edges.sort_unstable();
        self.edges.dedup_by_key(|edge| (edge.after, edge.before));
        for weakest in [Bond::Keep, Bond::Rewire, Bond::Teardown, Bond::Taken, Bond::Must] {
            let cyclic = self.cyclic();
            if !cyclic.contains(&true) {
                return;
            }
            let gives_way = |edge: &Edge| edge.bond >= weakest && cyclic[edge.after] && cyclic[edge.before];
            let (mut given, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.edges).into_iter().partition(gives_way);
            self.edges = kept;
            given.sort_by_key(|edge| (edge.bond, *edge));
            self.restore(&given[..given.len().min(RESTORED_MAX)]);
        }
    }

    /// Adds each edge again unless it would close a cycle.
    fn restore(&mut self, given: &[Edge]) {
        let mut next = vec![Vec::new(); self.nodes];
        for edge in &self.edges {
            next[edge.before].push(edge.after);
        }
        for edge in given {
            let mut seen = vec![false; self.nodes];
            let mut open = vec![edge.after];
            while let Some(node) = open.pop() {
                if !std::mem::replace(&mut seen[node], true) {
                    open.extend(&next[node]);
                }
            }
            if !seen[edge.before] {
                next[edge.before].push(edge.after);
                self.edges.push(*edge);
            }
        }
    }

    /// The nodes on cycles or between cycles: what is left when everything without a predecessor, then everything without a
    /// successor, is taken away.
    fn cyclic(&self) -> Vec<bool> {
        let mut left = vec![true; self.nodes];
        for forwards in [true, false] {
            let ends = |edge: &Edge| if forwards { (edge.before, edge.after) } else { (edge.after, edge.before) };
            let mut waits = vec![0_usize; self.nodes];
            let mut next = vec![Vec::new(); self.nodes];
            for (from, to) in self.edges.iter().map(ends).filter(|&(from, to)| left[from] && left[to]) {
                waits[to] += 1;
                next[from].push(to);
            }
            let mut free: Vec<_> = (0..self.nodes).filter(|&node| left[node] && waits[node] == 0).collect();
            while let Some(node) = free.pop() {
                left[node] = false;
                for &to in &next[node] {
                    waits[to] -= 1;
                    if waits[to] == 0 {
                        free.push(to);
                    }
                }
            }
        }
        left
    }

    /// The predecessors of each node.
    fn before(&self) -> Vec<Vec<usize>> {
        let mut before = vec![Vec::new(); self.nodes];
        for edge in &self.edges {
            before[edge.after].push(edge.before);
        }
        before
    }
}

/// Numbers the steps; of those that are free at the same time, the one that was given first gets the lower number.
pub(super) fn number(steps: Vec<Step>, mut edges: Edges) -> Vec<Step> {
    edges.settle();
    let before = edges.before();
    let sequence = sequence(steps.len(), &before);

    // What each node waits for, as numbers of steps: a node without a step passes on what it waits for itself.
    let mut waits: Vec<Vec<u32>> = vec![Vec::new(); before.len()];
    let mut ids = vec![0_u32; steps.len()];
    let mut after = Vec::with_capacity(steps.len());
    for &node in &sequence {
        let mut all: Vec<u32> = Vec::new();
        for &earlier in &before[node] {
            match ids.get(earlier) {
                Some(&id) => all.push(id),
                None => all.extend(&waits[earlier]),
            }
        }
        all.sort_unstable();
        all.dedup();
        if let Some(id) = ids.get_mut(node) {
            after.push(all);
            *id = u32::try_from(after.len()).unwrap_or(u32::MAX);
        } else {
            waits[node] = all;
        }
    }
    reduce(&mut after);

    let mut numbered: Vec<_> = steps.into_iter().zip(ids).map(|(step, id)| Step { id, ..step }).collect();
    numbered.sort_unstable_by_key(|step| step.id);
    for (step, after) in numbered.iter_mut().zip(after) {
        step.after = after;
    }
    numbered
}

/// All nodes in a topological order.
fn sequence(steps: usize, before: &[Vec<usize>]) -> Vec<usize> {
    let mut waits: Vec<_> = before.iter().map(Vec::len).collect();
    let mut next = vec![Vec::new(); before.len()];
    for (node, earlier) in before.iter().enumerate() {
        for &earlier in earlier {
            next[earlier].push(node);
        }
    }
    // Nodes without a step go first: they take no number and only make others free.
    let key = |node: usize| Reverse((node < steps, node));
    let mut free: BinaryHeap<_> = (0..before.len()).filter(|&node| waits[node] == 0).map(key).collect();
    let mut sequence = Vec::with_capacity(before.len());
    while let Some(Reverse((_, node))) = free.pop() {
        sequence.push(node);
        for &to in &next[node] {
            waits[to] -= 1;
            if waits[to] == 0 {
                free.push(key(to));
            }
        }
    }
    sequence
}

/// Takes out every number from which another one of the same list follows. `after[n]` belongs to step `n + 1`.
///
/// Goes through the steps once for each block of 128 earlier steps, with one bit for each of them: 10,000 steps take at most
/// 80 passes over the edges. A block is left out when no path leads around an edge from it, as in graphs that are layered.
fn reduce(after: &mut [Vec<u32>]) {
    for start in led_around(after).into_iter().map(|block| block * BLOCK) {
        // Which steps of the block come before each step.
        let mut reach = vec![0_u128; after.len() - start];
        for step in start..after.len() {
            let in_block = |id: u32| {
                let place = (id as usize - 1).checked_sub(start)?;
                (place < BLOCK).then(|| 1_u128 << place)
            };
            let behind = |id: u32| (id as usize - 1).checked_sub(start).map_or(0, |place| reach[place]);
            let through = after[step].iter().fold(0, |bits, &id| bits | behind(id));
            let direct = after[step].iter().filter_map(|&id| in_block(id)).fold(0, |bits, bit| bits | bit);
            if through & direct != 0 {
                after[step].retain(|&id| in_block(id).is_none_or(|bit| through & bit == 0));
            }
            reach[step - start] = through | direct;
        }
    }
}

/// How many steps are looked at in one pass.
const BLOCK: usize = u128::BITS as usize;

/// The blocks from which an edge goes out that may follow from others. What follows from others leads around at least one
/// step more, so the longest path to its end is longer than by that edge.
fn led_around(after: &[Vec<u32>]) -> BTreeSet<usize> {
    let mut blocks = BTreeSet::new();
    let mut longest: Vec<usize> = Vec::with_capacity(after.len());
    for earlier in after {
        let places = earlier.iter().map(|&id| id as usize - 1);
        let length = places.clone().map(|place| longest[place] + 1).max().unwrap_or(0);
        blocks.extend(places.filter(|&place| longest[place] + 1 < length).map(|place| place / BLOCK));
        longest.push(length);
    }
    blocks
}
