//! Everything that is known, joined by address.

use std::collections::BTreeMap;

use super::kinds::{Kind, Kinds};
use super::moves::{self, Moves};
use super::{Input, PlanError, validate};
use crate::compiled::{Declared, ProviderInstance};
use crate::graph::Graph;
use crate::ledger::{Owned, Row};
use crate::live::Live;
use crate::plan::Mode;
use crate::value::{Address, Name};

/// What decisions are made from.
pub(super) struct World<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) kinds: Kinds<'a>,
    pub(super) moves: Moves,
    pub(super) graph: Graph,
    /// By position in the graph.
    pub(super) nodes: Vec<Node<'a>>,
    /// The positions of the resources that configure a provider instance, by its name: of those that any does.
    configuring: BTreeMap<&'a Name, Vec<usize>>,
}

/// One address.
#[derive(Clone, Copy, Default)]
pub(super) struct Node<'a> {
    /// Declared, unless the plan is made from the ledger alone.
    pub(super) declared: Option<&'a Declared>,
    /// The row, under the address that the ledger has for it.
    pub(super) row: Option<(&'a Address, &'a Row)>,
    /// What was found out about the current object of the row, or about who has the name of an address without one.
    pub(super) live: Option<&'a Live>,
    /// The number of its kind.
    kind: Option<usize>,
}

impl<'a> World<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Result<Self, PlanError> {
        validate::ledger(input)?;
        let Input { compiled, ledger, options, .. } = input;
        let declared: &'a [Declared] = match options.mode {
            Mode::Apply | Mode::Test | Mode::Tidy => &compiled.resources,
            Mode::Destroy | Mode::RefreshOnly => &[],
        };
        moves::check(declared, ledger)?;
        let moves = Moves::new(declared, ledger);
        let rows = ledger.rows.iter().map(|(address, row)| (moves.new_address(address), row));
        let graph = Graph::new(declared, rows, &moves.to)?;
        let kinds = Kinds::new(compiled, ledger);
        let nodes = nodes(input, declared, &moves, &graph, &kinds);
        let configuring = configuring(input, &moves, &graph);
        let world = Self { input, kinds, moves, graph, nodes, configuring };
        validate::rows(&world)?;
        if matches!(options.mode, Mode::Apply | Mode::Test) {
            validate::resources(&world)?;
        }
        validate::options(&world)?;
        Ok(world)
    }

    pub(super) fn address(&self, position: usize) -> &Address {
        &self.graph.addresses()[position]
    }

    /// The positions of the resources that configure a provider instance.
    pub(super) fn configuring(&self, provider: &Name) -> &[usize] {
        self.configuring.get(provider).map_or(&[], Vec::as_slice)
    }

    /// A provider instance that the resource at a position configures.
    pub(super) fn configured_with(&self, position: usize) -> Option<&'a Name> {
        self.configuring.iter().find(|(_, configuring)| configuring.contains(&position)).map(|(name, _)| *name)
    }

    pub(super) fn kind(&self, position: usize) -> Option<&Kind<'a>> {
        self.kinds.get(self.nodes[position].kind?)
    }

    /// What was found out about a deposed object.
    pub(super) fn deposed(&self, address: &Address, owned: &Owned) -> Option<&'a Live> {
        self.input.observed.deposed.get(&(address.clone(), owned.generation))
    }

    /// The positions that the ledger's row of an address depends on.
    pub(super) fn row_dependencies(&self, position: usize) -> Vec<usize> {
        let names = self.nodes[position].row.map_or(&[][..], |(_, row)| &row.depends_on);
        self.positions(names).collect()
    }

    /// The positions that the deposed objects of an address stand on.
    pub(super) fn deposed_dependencies(&self, position: usize) -> Vec<usize> {
        let deposed = self.nodes[position].row.into_iter().flat_map(|(_, row)| &row.deposed);
        deposed.flat_map(|deposed| self.positions(&deposed.depends_on)).collect()
    }

    /// The positions that any object of an address stands on.
    pub(super) fn stood_on(&self, position: usize) -> Vec<usize> {
        let has_current = self.nodes[position].row.is_some_and(|(_, row)| row.current.is_some());
        let mut stood_on = if has_current { self.row_dependencies(position) } else { Vec::new() };
        stood_on.extend(self.deposed_dependencies(position));
        stood_on
    }

    fn positions(&self, names: &'a [Address]) -> impl Iterator<Item = usize> {
        names.iter().filter_map(|name| self.graph.position(self.moves.new_address(name)))
    }
}

/// The resources that configure provider instances. What the stack says of an instance goes before what was last applied.
fn configuring<'a>(input: &Input<'a>, moves: &Moves, graph: &Graph) -> BTreeMap<&'a Name, Vec<usize>> {
    let mut instances: BTreeMap<_, _> = input.ledger.providers.iter().collect();
    instances.extend(&input.compiled.providers);
    let positions = |instance: &ProviderInstance| -> Vec<usize> {
        let addresses = instance.configured_by().into_iter();
        addresses.filter_map(|address| graph.position(moves.new_address(address))).collect()
    };
    instances
        .into_iter()
        .map(|(name, instance)| (name, positions(instance)))
        .filter(|(_, positions)| !positions.is_empty())
        .collect()
}

/// Joins what is known by position.
fn nodes<'a>(
    input: &'a Input<'a>,
    declared: &'a [Declared],
    moves: &Moves,
    graph: &Graph,
    kinds: &Kinds<'a>,
) -> Vec<Node<'a>> {
    let mut nodes = vec![Node::default(); graph.addresses().len()];
    let at = |address: &Address| graph.position(moves.new_address(address));
    for declared in declared {
        if let Some(position) = graph.position(&declared.address) {
            nodes[position].declared = Some(declared);
        }
    }
    for row in &input.ledger.rows {
        if let Some(position) = at(row.0) {
            nodes[position].row = Some(row);
        }
    }
    for (address, live) in &input.observed.current {
        if let Some(position) = at(address) {
            nodes[position].live = Some(live);
        }
    }
    // Addresses are sorted, so one kind is looked up once for all that follow each other.
    let mut last = ("", None);
    for (node, address) in nodes.iter_mut().zip(graph.addresses()) {
        if last.0 != address.kind() {
            last = (address.kind(), kinds.number(address.kind()));
        }
        node.kind = last.1;
    }
    nodes
}
