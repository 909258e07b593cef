//! The rows of a recovered ledger: identity, edges, and what is seen of each object.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::graph::Graph;
use flashinfra_plans::journal::{self, Record};
use flashinfra_plans::ledger::Owned;
use flashinfra_plans::{Address, CompiledStack, Declared, Ledger, Map, Name, Row, lookups};
use flashinfra_stacks::schema::{Carrier, Schema};

use super::search::{Marked, schemas};
use super::whose;
use crate::apply::rows::observed;
use crate::read::Opened;
use crate::session::Session;

/// The ledger that these objects make.
pub(super) fn ledger(
    session: &Session,
    stack: &CompiledStack,
    opened: &Opened,
    objects: BTreeMap<Address, Marked>,
    uuid: Name,
    serial: u64,
) -> Ledger {
    let declared: BTreeMap<&Address, &Declared> =
        stack.resources.iter().map(|declared| (&declared.address, declared)).collect();
    let edges = edges(stack);
    let schemas = schemas(session, stack);
    let mut ledger = Ledger::new(stack.stack.clone(), stack.environment.clone(), uuid);
    ledger.serial = serial;
    ledger.providers.clone_from(&stack.providers);
    ledger.places.clone_from(&opened.places);
    for (address, marked) in objects {
        if let Some(schema) = schemas.get(address.kind()) {
            let depends_on = edges.get(&address).cloned().unwrap_or_default();
            let row = row(schema, marked, declared.get(&address).copied(), depends_on);
            ledger.rows.insert(address, row);
        }
    }
    ledger.schemas = schemas;
    // What no row names goes.
    journal::enter(&mut ledger, &Record::Ended);
    ledger
}

/// The row of an object of which only the identity is known.
pub(crate) fn row(schema: &Schema, marked: Marked, declared: Option<&Declared>, depends_on: Vec<Address>) -> Row {
    let Marked { provider, mark, object } = marked;
    let generation = mark.generation;
    let row = Row {
        provider,
        schema_version: schema.version,
        // One that never became ready is told by its phase; the others may be in the middle of an update.
        current: Some(Owned { id: object.id.clone(), generation, ready: true }),
        deposed: Vec::new(),
        generation,
        applied: Map::default(),
        computed: Map::default(),
        depends_on,
        protect: true,
        retain: declared.is_some_and(|declared| declared.lifecycle.retain),
        recovered: true,
        at: declared.and_then(|declared| declared.at.clone()),
    };
    observed(row, schema, &object)
}

/// What each declared resource depends on. A stack that is no graph has none; planning it says why.
pub(crate) fn edges(stack: &CompiledStack) -> BTreeMap<Address, Vec<Address>> {
    let Ok(stack) = lookups::unanswered(stack) else { return BTreeMap::new() };
    let Ok(graph) = Graph::new(&stack.resources, std::iter::empty(), &BTreeMap::new()) else {
        return BTreeMap::new();
    };
    let address = |position: usize| graph.addresses()[position].clone();
    let of = |position: usize| (address(position), graph.dependencies(position).into_iter().map(address).collect());
    (0..graph.addresses().len()).map(of).collect()
}

/// Rows that nothing declares.
pub(super) fn undeclared(stack: &CompiledStack, ledger: &Ledger) -> Vec<Address> {
    let declared: BTreeSet<&Address> = whose::declared(stack).collect();
    ledger.rows.keys().filter(|address| !declared.contains(address)).cloned().collect()
}

/// What is declared and has no row: because nothing carries its mark, or because nothing could.
pub(super) fn without(session: &Session, stack: &CompiledStack, ledger: &Ledger) -> (Vec<Address>, Vec<Address>) {
    let schemas = schemas(session, stack);
    let has_row = |declared: &Declared| {
        let mut addresses = std::iter::once(&declared.address).chain(&declared.lifecycle.moved_from);
        addresses.any(|address| ledger.rows.contains_key(address))
    };
    let without = stack.resources.iter().filter(|declared| !has_row(declared)).map(|declared| declared.address.clone());
    let carries = |address: &Address| schemas.get(address.kind()).is_none_or(|schema| schema.carrier != Carrier::None);
    without.partition(carries)
}
