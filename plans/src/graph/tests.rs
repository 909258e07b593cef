use super::*;
use crate::compiled::Lifecycle;
use crate::value::{Expression, Map, Reference, Value};

/// Reads `a: x.0=b depends=c` as a declared resource: attribute `x`, a list whose first entry refers to `b`.
fn declared(line: usize, text: &str) -> Declared {
    let (name, rest) = text.split_once(':').unwrap();
    let mut attributes = Map::default();
    let mut depends_on = Vec::new();
    for (key, target) in rest.split_whitespace().map(|part| part.split_once('=').unwrap()) {
        if key == "depends" {
            depends_on.push(address(target));
            continue;
        }
        let reference = Reference { address: address(target), path: "id".into() };
        let value = Value::Expression(Box::new(Expression::Reference(reference)));
        attributes = match key.split_once('.') {
            Some((key, _)) => attributes.with(key, Value::from(vec![value])),
            None => attributes.with(key, value),
        };
    }
    let (lifecycle, at) = (Lifecycle::default(), Some(format!("stack.rs:{line}").into()));
    Declared { address: address(name), provider: "t".into(), attributes, lifecycle, depends_on, raw: Vec::new(), at }
}

fn row(depends_on: &[&str]) -> Row {
    Row {
        provider: "t".into(),
        schema_version: 1,
        current: None,
        deposed: Vec::new(),
        generation: 1,
        applied: Map::default(),
        computed: Map::default(),
        depends_on: depends_on.iter().map(|name| address(name)).collect(),
        protect: false,
        retain: false,
        recovered: false,
        at: None,
    }
}

fn address(name: &str) -> Address {
    Address::parse(&format!("t.t/{name}")).unwrap()
}

/// The order of a graph as names, or its error. `rows` are pairs of a name and what the row depends on.
fn check(lines: &str, rows: &[(&str, &[&str])], expect: &str) {
    let resources: Vec<_> = lines.lines().enumerate().map(|(line, text)| declared(line + 1, text.trim())).collect();
    let rows: BTreeMap<_, _> = rows.iter().map(|(name, depends_on)| (address(name), row(depends_on))).collect();
    let moved = BTreeMap::from([(address("old"), address("new"))]);
    let told = match Graph::new(&resources, rows.iter(), &moved) {
        Ok(graph) => {
            let names: Vec<_> = graph.order().iter().map(|&at| graph.addresses()[at].name()).collect();
            names.join(" ")
        }
        Err(error) => format!("{error} [{}]", error.help()),
    };
    assert_eq!(told.replace("t.t/", ""), expect);
}

#[test]
fn dependencies_come_first_and_ties_go_by_address() {
    check("c: x=a\nb:\na: x=d\nd:", &[], "b d a c");
    check("a: depends=c\nb: x.0=a\nc:", &[], "c a b");
    check("a: x=b y=b depends=b\nb:", &[], "b a");
    check("", &[], "");
}

#[test]
fn rows_without_a_declaration_depend_on_what_they_say() {
    check("b:", &[("a", &["b", "c", "gone"]), ("c", &[])], "b c a");
    // The row of a declared resource is not asked.
    check("a:\nb: x=a", &[("a", &["b"])], "a b");
    check("new: ", &[("a", &["old"])], "new a");
}

#[test]
fn rows_that_form_a_cycle_still_have_an_order() {
    check("", &[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["a"])], "a b c d");
    check("", &[("a", &["a"])], "a");
}

#[test]
fn a_cycle_is_told_as_a_chain_with_places() {
    check(
        "a: ingress.0=b\nb: x=c\nc: depends=a\nd: x=a",
        &[],
        "these resources depend on each other in a circle: a → (ingress.0) → b → (x) → c → (depends_on) → a\n  \
         a is declared at stack.rs:1\n  b is declared at stack.rs:2\n  c is declared at stack.rs:3 \
         [take one of these references out, or move what they share into a resource of its own]",
    );
    check(
        "a: x=a",
        &[],
        "these resources depend on each other in a circle: a → (x) → a\n  a is declared at stack.rs:1 \
         [take one of these references out, or move what they share into a resource of its own]",
    );
}

#[test]
fn of_a_tangle_the_shortest_circle_is_told() {
    let resources: Vec<_> = ["a: x=b", "b: x=c", "c: x=a y=d", "d: x=c"].iter().map(|text| declared(1, text)).collect();
    let Err(GraphError::Cycle(hops)) = Graph::new(&resources, std::iter::empty(), &BTreeMap::new()) else {
        panic!("there is a cycle")
    };
    assert_eq!(hops.iter().map(|hop| hop.address.name()).collect::<String>(), "abc");
}

#[test]
fn unknown_and_doubled_addresses_are_named() {
    check(
        "network:\nb: x=netwrok",
        &[],
        "`b` depends on `netwrok` (x), which is not declared; it is named at stack.rs:2 [did you mean `network`?]",
    );
    check(
        "a: depends=elsewhere",
        &[("elsewhere", &[])],
        "`a` depends on `elsewhere` (depends_on), which is not declared; it is named at stack.rs:1 \
         [declare it, or take the reference out]",
    );
    check(
        "a:\na:",
        &[],
        "`a` is declared twice at stack.rs:1 and at stack.rs:2 [give one of them another name, or put it into a scope]",
    );
}

#[test]
fn the_longest_path_leads_through_the_dependents() {
    let resources: Vec<_> =
        ["vpc:", "cluster: x=vpc", "nodes: x=cluster", "bucket:"].iter().map(|text| declared(1, text)).collect();
    let graph = Graph::new(&resources, std::iter::empty(), &BTreeMap::new()).unwrap();
    // In the order of the addresses: bucket, cluster, nodes, vpc.
    assert_eq!(graph.longest_paths(&[5, 600, 120, 2]), [5, 720, 120, 722]);
    assert_eq!(graph.dependents(1), [2]);
    assert_eq!(graph.dependencies(1), [3]);
}

#[test]
fn a_chain_of_a_hundred_thousand_is_walked_without_recursion() {
    let name = |at: usize| format!("n{at:06}");
    let resources: Vec<_> =
        (0..100_000).map(|at| declared(1, &format!("{}: x={}", name(at), name((at + 1) % 100_000)))).collect();
    let error = Graph::new(&resources, std::iter::empty(), &BTreeMap::new()).unwrap_err();
    assert!(matches!(error, GraphError::Cycle(hops) if hops.len() == 100_000));
}
