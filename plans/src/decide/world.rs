//! Everything that is known, joined by address.

use std::collections::BTreeMap;

use super::kinds::{Kind, Kinds};
use super::moves::{self, Moves};
use super::{Input, PlanError, validate};
use crate::compiled::Declared;
use crate::graph::Graph;
use crate::ledger::{Owned, Row};
use crate::live::Live;
use crate::plan::Mode;
use crate::value::Address;

/// What decisions are made from.
pub(super) struct World<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) kinds: Kinds<'a>,
    pub(super) moves: Moves,
    pub(super) graph: Graph,
    /// By position in the graph.
    pub(super) nodes: Vec<Node<'a>>,
}

/// One address.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    /// Declared, unless the plan is made from the ledger alone.
    pub(super) declared: Option<&'a Declared>,
    /// The row, under the address that the ledger has for it.
    pub(super) row: Option<(&'a Address, &'a Row)>,
}

impl<'a> World<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Result<Self, PlanError> {
        validate::ledger(input)?;
        let Input { compiled, ledger, options, .. } = input;
        let declared: &'a [Declared] = match options.mode {
            Mode::Apply => &compiled.resources,
            Mode::Destroy | Mode::RefreshOnly => &[],
        };
        moves::check(declared, ledger)?;
        let moves = Moves::new(declared, ledger);
        let rows = ledger.rows.iter().map(|(address, row)| (moves.new_address(address), row));
        let graph = Graph::new(declared, rows, &moves.to)?;
        let kinds = Kinds::new(compiled, ledger);
        validate::rows(ledger, &kinds)?;
        if options.mode == Mode::Apply {
            validate::resources(compiled, &kinds)?;
        }

        let by_address: BTreeMap<_, _> = declared.iter().map(|resource| (&resource.address, resource)).collect();
        validate::options(input, &graph, &|address| options.mode != Mode::Apply || by_address.contains_key(address))?;
        let node = |address: &Address| Node {
            declared: by_address.get(address).copied(),
            row: ledger.rows.get_key_value(moves.old_address(address)),
        };
        let nodes = graph.addresses().iter().map(node).collect();
        Ok(Self { input, kinds, moves, graph, nodes })
    }

    pub(super) fn address(&self, position: usize) -> &Address {
        &self.graph.addresses()[position]
    }

    pub(super) fn kind(&self, position: usize) -> Option<&Kind<'a>> {
        self.kinds.get(self.address(position).kind())
    }

    /// What was found out about the current object of a row, or about who has the name of an address without one.
    pub(super) fn current(&self, address: &Address) -> Option<&'a Live> {
        self.input.observed.current.get(address)
    }

    /// What was found out about a deposed object.
    pub(super) fn deposed(&self, address: &Address, owned: &Owned) -> Option<&'a Live> {
        self.input.observed.deposed.get(&(address.clone(), owned.generation))
    }

    /// The positions that the ledger's row of an address depends on.
    pub(super) fn row_dependencies(&self, position: usize) -> Vec<usize> {
        let names = self.nodes[position].row.map_or(&[][..], |(_, row)| &row.depends_on);
        names.iter().filter_map(|name| self.graph.position(self.moves.new_address(name))).collect()
    }
}
