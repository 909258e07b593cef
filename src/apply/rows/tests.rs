use std::collections::BTreeMap;

use flashinfra_plans::plan::RowDraft;
use flashinfra_plans::{journal, map};

use super::*;
use crate::apply::tests::world::schemas;

fn address() -> Address {
    Address::parse("test.net/main").unwrap()
}

fn owned(id: &str, generation: u32) -> Owned {
    Owned { id: id.into(), generation, ready: true }
}

fn deposed(id: &str, generation: u32, depends_on: &[&str]) -> Deposed {
    let depends_on = depends_on.iter().map(|address| Address::parse(address).unwrap()).collect();
    Deposed { object: owned(id, generation), depends_on }
}

/// A ledger that owns `old` at generation 1, and perhaps older objects.
fn ledger(deposed: Vec<Deposed>) -> Ledger {
    let mut ledger = Ledger::new("shop".into(), "test".into(), "uuid".into());
    let row = Row {
        provider: "main".into(),
        schema_version: 1,
        current: Some(owned("old", 1)),
        deposed,
        generation: 1,
        applied: map! { "cidr" => "10.0.0.0/16" },
        computed: map! { "id" => "old" },
        depends_on: Vec::new(),
        protect: true,
        retain: false,
        recovered: false,
        at: None,
    };
    ledger.rows.insert(address(), row);
    ledger
}

fn step(act: Act, generation: u32, object: Option<&str>, row: bool) -> Step {
    let draft = RowDraft {
        depends_on: Vec::new(),
        protect: false,
        retain: true,
        released: vec!["comment".into()],
        deposed: BTreeMap::new(),
        at: None,
    };
    Step {
        id: 1,
        act,
        address: address(),
        generation,
        provider: "main".into(),
        object: object.map(Name::from),
        inputs: Map::default(),
        changed: Vec::new(),
        before: Map::default(),
        when: None,
        expects: None,
        watched: Vec::new(),
        relies_on: Vec::new(),
        after: Vec::new(),
        row: row.then_some(draft),
        typical_seconds: 1,
        timeout_seconds: 60,
    }
}

/// The row after a step that is done, and how the step said it would be.
fn after(step: &Step, mut ledger: Ledger, object: Option<&str>) -> Option<Row> {
    let schema = &schemas()["test.net"];
    let applied = map! { "cidr" => "10.1.0.0/16", "comment" => "default" };
    let object = object.map(|id| Object {
        id: id.into(),
        phase: Phase::Ready,
        attributes: map! { "cidr" => "10.1.0.0/16", "id" => id, "comment" => "default" },
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    });
    let row = intended(step, schema, &ledger, &applied);
    let effect = done(step, schema, row, object.as_ref(), &ledger);
    journal::apply(&mut ledger, &effect);
    ledger.rows.remove(&address())
}

#[test]
fn a_create_makes_the_row() {
    let empty = Ledger::new("shop".into(), "test".into(), "uuid".into());
    let row = after(&step(Act::Create, 1, None, true), empty, Some("new")).unwrap();
    assert_eq!((row.current, row.generation, row.retain), (Some(owned("new", 1)), 1, true));
    assert_eq!(row.applied, map! { "cidr" => "10.1.0.0/16" });
    assert_eq!(row.computed, map! { "id" => "new", "comment" => "default" });
}

#[test]
fn a_create_deposes_the_object_that_it_names() {
    let mut ledger = ledger(vec![deposed("older", 0, &["test.net/gone"])]);
    let row = ledger.rows.get_mut(&address()).unwrap();
    row.depends_on = vec![Address::parse("test.net/b").unwrap()];
    let mut step = step(Act::Create, 2, Some("old"), true);
    let row = after(&step, ledger.clone(), Some("new")).unwrap();
    let both = vec![deposed("older", 0, &["test.net/gone"]), deposed("old", 1, &["test.net/b"])];
    assert_eq!((row.current, row.deposed), (Some(owned("new", 2)), both), "each takes its edges along");
    // What moves in the same plan has another address by then.
    let moved = vec![Address::parse("test.net/moved").unwrap()];
    step.row.as_mut().unwrap().deposed = BTreeMap::from([(1, moved)]);
    let row = after(&step, ledger, Some("new")).unwrap();
    assert_eq!(row.deposed[1], deposed("old", 1, &["test.net/moved"]));
}

#[test]
fn a_create_lets_go_of_an_object_that_is_gone() {
    let row = after(&step(Act::Create, 2, None, true), ledger(Vec::new()), Some("new")).unwrap();
    assert_eq!((row.current, row.deposed), (Some(owned("new", 2)), Vec::new()));
}

#[test]
fn an_update_keeps_the_object() {
    let row = after(&step(Act::Update, 1, Some("old"), true), ledger(Vec::new()), Some("old")).unwrap();
    assert_eq!((row.current, row.protect), (Some(owned("old", 1)), false));
    assert_eq!(row.applied, map! { "cidr" => "10.1.0.0/16" });
}

#[test]
fn what_happens_to_a_deposed_object_leaves_the_rest_alone() {
    let before = ledger(vec![deposed("older", 0, &[])]);
    let updated = after(&step(Act::Update, 0, Some("older"), true), before.clone(), Some("older"));
    assert_eq!(updated.as_ref(), before.rows.get(&address()));
    let deleted = after(&step(Act::Delete, 0, Some("older"), true), before, None).unwrap();
    assert_eq!((deleted.current, deleted.deposed), (Some(owned("old", 1)), Vec::new()));
}

#[test]
fn the_last_delete_takes_the_row_and_retires_its_generation() {
    let mut ledger = ledger(Vec::new());
    let step = step(Act::Delete, 1, Some("old"), false);
    let effect = done(&step, &schemas()["test.net"], None, None, &ledger);
    journal::apply(&mut ledger, &effect);
    assert!(ledger.rows.is_empty());
    assert_eq!(ledger.next_generation(&address()), 2);
}

#[test]
fn a_failed_create_leaves_a_row_that_is_not_ready() {
    let ledger = ledger(Vec::new());
    let schema = &schemas()["test.net"];
    let row = intended(&step(Act::Create, 2, Some("old"), true), schema, &ledger, &Map::default()).unwrap();
    let Effect::Put(_, row) = left_behind(&address(), row, &"half".into()) else { panic!("a row is put") };
    assert_eq!(row.current, Some(Owned { id: "half".into(), generation: 2, ready: false }));
    assert_eq!(row.deposed, [deposed("old", 1, &[])]);
}

#[test]
fn a_generation_that_is_used_up_is_given_out_no_more() {
    for with_row in [true, false] {
        let mut ledger = ledger(Vec::new());
        if !with_row {
            ledger.rows.clear();
        }
        let effect = used_up(&address(), 4, &ledger);
        journal::apply(&mut ledger, &effect);
        assert_eq!(ledger.next_generation(&address()), 5);
        let current = ledger.rows.get(&address()).and_then(|row| row.current.clone());
        assert_eq!(current, with_row.then(|| owned("old", 1)));
    }
}

#[test]
fn what_moves_is_known_from_where_it_moves_from() {
    let ledger = ledger(Vec::new());
    let moved = Step {
        address: Address::parse("test.net/renamed").unwrap(),
        ..step(Act::Move(address()), 1, Some("old"), true)
    };
    assert_eq!(present(&moved, &ledger), ledger.rows.get(&address()));
    let updated = Step { act: Act::Update, ..moved };
    assert_eq!(present(&updated, &ledger), None);
}
