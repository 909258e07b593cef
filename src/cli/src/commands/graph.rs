//! `flashinfra graph`.

use std::collections::BTreeMap;

use flashinfra_plans::graph::Graph;
use flashinfra_plans::lookups;

use super::Context;
use crate::args;
use crate::problem::{Ended, Exit};
use crate::{graph_text, stack, told};

/// Prints what depends on what.
pub(super) fn run(context: &Context<'_>, args: &args::Graph) -> Ended {
    let loaded = stack::load_declared(context)?;
    let stack = lookups::unanswered(&loaded.stack).map_err(|error| told::planner(&error, &loaded.root))?;
    let graph = Graph::new(&stack.resources, std::iter::empty(), &BTreeMap::new())
        .map_err(|error| told::graph(&error, &loaded.root))?;
    let output = context.output;
    if output.is_json() {
        #[derive(serde::Serialize)]
        struct Node<'a> {
            address: &'a str,
            depends_on: Vec<&'a str>,
        }
        for &position in graph.order() {
            let name = |position: usize| graph.addresses()[position].as_str();
            let depends_on = graph.dependencies(position).into_iter().map(name).collect();
            output.line("resource", &Node { address: name(position), depends_on });
        }
    }
    output.result(&graph_text::text(&graph, args.format, output.paint(), output.width()));
    Ok(Exit::Ok)
}
