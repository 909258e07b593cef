//! A dependency graph as a list, as Graphviz and as Mermaid.

use flashinfra_plans::graph::Graph;

use crate::args::GraphFormat;
use crate::paint::Paint;

/// The graph in one of its forms. Arrows go from what is made first to what needs it.
pub(crate) fn text(graph: &Graph, format: GraphFormat, paint: Paint, width: usize) -> String {
    match format {
        GraphFormat::Text => list(graph, paint, width),
        GraphFormat::Dot => dot(graph),
        GraphFormat::Mermaid => mermaid(graph),
    }
}

/// Each address after what it depends on, with these behind it.
fn list(graph: &Graph, paint: Paint, width: usize) -> String {
    let mut text = String::new();
    for &position in graph.order() {
        let address = graph.addresses()[position].as_str();
        let needs: Vec<&str> =
            graph.dependencies(position).into_iter().map(|other| graph.addresses()[other].as_str()).collect();
        text += &paint.bold(address);
        let line = needs.join(", ");
        let is_short = address.chars().count() + line.chars().count() + " ← ".chars().count() <= width;
        match needs.as_slice() {
            [] => text.push('\n'),
            _ if is_short => text += &format!(" ← {line}\n"),
            _ => {
                text.push('\n');
                needs.iter().for_each(|need| text += &format!("  ← {need}\n"));
            }
        }
    }
    text
}

fn dot(graph: &Graph) -> String {
    let mut text = "digraph flashinfra {\n  rankdir = LR;\n  node [shape = box];\n".to_owned();
    for address in graph.addresses() {
        text += &format!("  \"{address}\";\n");
    }
    for (from, to) in edges(graph) {
        text += &format!("  \"{}\" -> \"{}\";\n", graph.addresses()[from], graph.addresses()[to]);
    }
    text + "}\n"
}

fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (position, address) in graph.addresses().iter().enumerate() {
        text += &format!("  n{position}[\"{address}\"]\n");
    }
    for (from, to) in edges(graph) {
        text += &format!("  n{from} --> n{to}\n");
    }
    text
}

/// From what is made first to what needs it, sorted.
fn edges(graph: &Graph) -> impl Iterator<Item = (usize, usize)> {
    (0..graph.addresses().len()).flat_map(|from| graph.dependents(from).into_iter().map(move |to| (from, to)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flashinfra_plans::{Address, Declared, Lifecycle, Map};

    use super::*;

    fn graph() -> Graph {
        let declared = |address: &str, depends_on: &[&str]| Declared {
            address: Address::parse(address).unwrap(),
            provider: "test".into(),
            attributes: Map::default(),
            lifecycle: Lifecycle::default(),
            depends_on: depends_on.iter().map(|address| Address::parse(address).unwrap()).collect(),
            raw: Vec::new(),
            at: None,
        };
        let resources = [
            declared("test.app/web", &["test.network/main", "test.subnet/a"]),
            declared("test.network/main", &[]),
            declared("test.subnet/a", &["test.network/main"]),
        ];
        Graph::new(&resources, std::iter::empty(), &BTreeMap::new()).unwrap()
    }

    #[test]
    fn the_list_puts_first_what_is_made_first() {
        assert_eq!(
            text(&graph(), GraphFormat::Text, Paint::new(false), 40),
            "\
test.network/main
test.subnet/a ← test.network/main
test.app/web
  ← test.network/main
  ← test.subnet/a
"
        );
    }

    #[test]
    fn graphviz_and_mermaid_can_draw_it() {
        assert_eq!(
            text(&graph(), GraphFormat::Dot, Paint::new(false), 80),
            "\
digraph flashinfra {
  rankdir = LR;
  node [shape = box];
  \"test.app/web\";
  \"test.network/main\";
  \"test.subnet/a\";
  \"test.network/main\" -> \"test.app/web\";
  \"test.network/main\" -> \"test.subnet/a\";
  \"test.subnet/a\" -> \"test.app/web\";
}
"
        );
        assert_eq!(
            text(&graph(), GraphFormat::Mermaid, Paint::new(false), 80),
            "\
flowchart LR
  n0[\"test.app/web\"]
  n1[\"test.network/main\"]
  n2[\"test.subnet/a\"]
  n1 --> n0
  n1 --> n2
  n2 --> n0
"
        );
    }
}
