//! The order, shown on small worlds and held against random ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::Decision;
use crate::ledger::Row;
use crate::plan::{Act, Action, Reason, Step};
use crate::samples::{Shape, World, address, for_seeds};
use crate::value::Address;

/// The steps as text, one a line: `3 delete network/r0 g1 after 1 2`.
fn text(steps: &[Step]) -> String {
    let line = |step: &Step| {
        let after: String = step.after.iter().map(|id| format!(" {id}")).collect();
        let after = if after.is_empty() { after } else { format!(" after{after}") };
        let act = match &step.act {
            Act::Create => "create".to_owned(),
            Act::Update if step.changed == ["deletion_protection"] => "unprotect".to_owned(),
            Act::Update => "update".to_owned(),
            Act::Delete => "delete".to_owned(),
            Act::UnguardDouble => "unguard double".to_owned(),
            Act::DeleteDouble => "delete double".to_owned(),
            Act::Forget => "forget".to_owned(),
            Act::Move(from) => format!("move {from} to"),
            Act::Record => "record".to_owned(),
        };
        format!("{} {act} {} g{}{after}\n", step.id, step.address, step.generation)
    };
    steps.iter().map(line).collect()
}

/// A world of three addresses, `test.network/r0`, `test.database/r1` and `test.server/r2`: which of them the ledger owns
/// with which dependencies, and what is decided with which dependencies.
fn world(owned: &[(usize, &[usize])], decided: &[(usize, Action, &[usize])]) -> World {
    let mut world = World::small(owned);
    for &(number, action, depends_on) in decided {
        world.decide_one(number, action, depends_on);
    }
    world
}

fn check(owned: &[(usize, &[usize])], decided: &[(usize, Action, &[usize])], expect: &str) {
    check_world(&world(owned, decided), expect);
}

fn check_world(world: &World, expect: &str) {
    let expect: String = expect.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(text(&world.steps()), expect);
}

#[test]
fn creates_come_after_what_they_need() {
    check(
        &[],
        &[(0, Action::Create, &[1, 2]), (1, Action::Create, &[2]), (2, Action::Create, &[])],
        "1 create test.server/r2 g1
         2 create test.database/r1 g1 after 1
         3 create test.network/r0 g1 after 2",
    );
}

#[test]
fn an_unchanged_address_passes_waiting_on() {
    check(
        &[(1, &[2]), (2, &[])],
        &[(0, Action::Create, &[1]), (2, Action::Update, &[])],
        "1 update test.server/r2 g1
         2 create test.network/r0 g1 after 1",
    );
}

#[test]
fn deletes_come_before_what_they_depended_on() {
    check(
        &[(0, &[]), (1, &[0]), (2, &[0, 1])],
        &[(0, Action::Delete, &[]), (1, Action::Delete, &[]), (2, Action::Delete, &[])],
        "1 delete test.server/r2 g1
         2 delete test.database/r1 g1 after 1
         3 delete test.network/r0 g1 after 2",
    );
}

#[test]
fn a_delete_waits_until_dependents_are_rewired_to_the_new_object() {
    check(
        &[(0, &[]), (2, &[0])],
        &[(0, Action::Delete, &[]), (1, Action::Create, &[]), (2, Action::Update, &[1])],
        "1 create test.database/r1 g1
         2 update test.server/r2 g1 after 1
         3 delete test.network/r0 g1 after 2",
    );
}

#[test]
fn a_replaced_pair_is_taken_down_and_built_up() {
    check(
        &[(0, &[]), (2, &[0])],
        &[(0, Action::Replace, &[]), (2, Action::Replace, &[0])],
        "1 delete test.server/r2 g1
         2 delete test.network/r0 g1 after 1
         3 create test.network/r0 g2 after 2
         4 create test.server/r2 g2 after 3",
    );
}

#[test]
fn a_dependent_that_stays_is_updated_after_the_new_object_is_there() {
    check(
        &[(0, &[]), (2, &[0])],
        &[(0, Action::Replace, &[]), (2, Action::Update, &[0])],
        "1 delete test.network/r0 g1
         2 create test.network/r0 g2 after 1
         3 update test.server/r2 g1 after 2",
    );
}

#[test]
fn what_is_made_anew_goes_only_once_what_the_new_object_needs_is_there() {
    check(
        &[(0, &[]), (2, &[0])],
        &[(1, Action::Create, &[]), (2, Action::Replace, &[0, 1])],
        "1 create test.database/r1 g1
         2 delete test.server/r2 g1 after 1
         3 create test.server/r2 g2 after 2",
    );
    // What it needs may need that it goes first: the new network comes after the old one, on which the server stands.
    check(
        &[(0, &[]), (2, &[0])],
        &[(0, Action::Replace, &[]), (1, Action::Create, &[0]), (2, Action::Replace, &[1])],
        "1 delete test.server/r2 g1
         2 delete test.network/r0 g1 after 1
         3 create test.network/r0 g2 after 2
         4 create test.database/r1 g1 after 3
         5 create test.server/r2 g2 after 4",
    );
}

#[test]
fn create_first_rewires_before_it_deletes() {
    check(
        &[(0, &[]), (1, &[0]), (2, &[0])],
        &[(0, Action::ReplaceCreateFirst, &[]), (1, Action::Update, &[0]), (2, Action::ReplaceCreateFirst, &[0])],
        "1 create test.network/r0 g2
         2 update test.database/r1 g1 after 1
         3 create test.server/r2 g2 after 1
         4 delete test.server/r2 g1 after 3
         5 delete test.network/r0 g1 after 2 4",
    );
}

#[test]
fn a_guard_is_lifted_last() {
    let mut world = world(&[(1, &[]), (2, &[1])], &[(1, Action::Delete, &[]), (2, Action::Delete, &[])]);
    world.decisions[0].delete_guards = vec!["deletion_protection".into()];
    check_world(
        &world,
        "1 delete test.server/r2 g1
         2 unprotect test.database/r1 g1 after 1
         3 delete test.database/r1 g1 after 2",
    );
    let steps = world.steps();
    assert_eq!(steps[1].inputs.get("deletion_protection"), Some(&false.into()));
    assert_eq!(steps[1].inputs.get("size"), Some(&1.into()), "an update is sent everything that was applied");
    assert_eq!(steps[1].before.get("deletion_protection"), Some(&true.into()));
    assert!(steps[1].row.is_some(), "the row stays while the object does");
    assert_ne!(steps[1].expects, steps[2].expects, "the delete expects what the update leaves");
    assert_eq!(steps[2].expects, world.decisions[0].expects_unguarded);
    assert_eq!(steps[2].row, None);
    assert_eq!((steps[2].typical_seconds, steps[2].timeout_seconds), (120, 900));
}

#[test]
fn what_changes_its_provider_instance_is_deleted_where_it_was() {
    let mut world = world(&[(1, &[])], &[(1, Action::Replace, &[])]);
    world.decisions[0].delete_guards = vec!["deletion_protection".into()];
    world.decisions[0].provider = "elsewhere".into();
    let steps = world.steps();
    let told: Vec<_> = steps.iter().map(|step| (step.act.clone(), step.provider.as_str())).collect();
    assert_eq!(told, [(Act::Update, "test"), (Act::Delete, "test"), (Act::Create, "elsewhere")]);
}

#[test]
fn a_contradiction_gives_up_the_rewiring() {
    // The server leaves r0 for r1, which needs the new r0: the server cannot be rewired before the old r0 goes.
    check(
        &[(0, &[]), (2, &[0])],
        &[(0, Action::Replace, &[]), (1, Action::Create, &[0]), (2, Action::Update, &[1])],
        "1 delete test.network/r0 g1
         2 create test.network/r0 g2 after 1
         3 create test.database/r1 g1 after 2
         4 update test.server/r2 g1 after 3",
    );
}

#[test]
fn a_name_is_free_once_its_former_holder_is_gone() {
    let mut world = world(&[(4, &[])], &[(1, Action::Create, &[]), (4, Action::Delete, &[])]);
    let name = world.ledger.rows[&address(4)].current.as_ref().unwrap().id.as_str().into();
    world.decisions[0].inputs = world.decisions[0].inputs.clone().with("name", name);
    check_world(
        &world,
        "1 delete test.database/r4 g1
         2 create test.database/r1 g1 after 1",
    );
}

fn moving(decision: &mut Decision, from: &Address) {
    decision.change.reasons.push(Reason::MovedFrom(from.clone()));
}

#[test]
fn moves_come_first_at_both_addresses() {
    // r3 takes over r0's object and changes it; r0 is a new object; the server depended on the moved one and goes.
    let mut world =
        world(&[(0, &[]), (2, &[0])], &[(0, Action::Create, &[]), (2, Action::Delete, &[]), (3, Action::Replace, &[])]);
    let from = address(0);
    let decision = world.decisions.iter_mut().find(|decision| decision.change.address == address(3)).unwrap();
    decision.owned.clone_from(&world.ledger.rows[&from].current);
    decision.generation = 2;
    moving(decision, &from);
    check_world(
        &world,
        "1 move test.network/r0 to test.network/r3 g1
         2 create test.network/r0 g2 after 1
         3 delete test.server/r2 g1
         4 delete test.network/r3 g1 after 1 3
         5 create test.network/r3 g2 after 4",
    );
}

#[test]
fn deposed_objects_go_after_the_rewiring_and_before_the_row() {
    let mut world = world(&[(0, &[]), (2, &[0])], &[(2, Action::Update, &[0])]);
    world.depose(0, &[], &[]);
    check_world(
        &world,
        "1 update test.server/r2 g1
         2 delete test.network/r0 g1 after 1",
    );
    assert!(world.steps()[1].row.is_some(), "the current object keeps its row");
    world.decide_one(0, Action::Delete, &[]);
    world.decisions.retain(|decision| decision.change.address != address(2));
    check_world(
        &world,
        "1 delete test.network/r0 g1
         2 delete test.network/r0 g2 after 1",
    );
    let rows: Vec<bool> = world.steps().iter().map(|step| step.row.is_some()).collect();
    assert_eq!(rows, [true, false], "the row goes with its last object");
}

#[test]
fn deposed_objects_go_before_what_they_stand_on_is_replaced() {
    let mut world = world(&[(0, &[])], &[(0, Action::Replace, &[]), (2, Action::Update, &[0])]);
    // The current object may stand on something else: each has its own edges.
    for current in [&[0][..], &[1]] {
        let mut world = world.clone();
        world.depose(2, &[0], current);
        check_world(
            &world,
            "1 delete test.server/r2 g1
             2 delete test.network/r0 g1 after 1
             3 create test.network/r0 g2 after 2
             4 update test.server/r2 g2 after 3",
        );
    }
    // What does not stand on it has time, as all else that is deposed.
    world.depose(2, &[1], &[0]);
    check_world(
        &world,
        "1 delete test.network/r0 g1
         2 create test.network/r0 g2 after 1
         3 update test.server/r2 g2 after 2
         4 delete test.server/r2 g1 after 3",
    );
}

#[test]
fn what_is_deposed_takes_its_edges_along() {
    let world = world(&[(0, &[]), (2, &[0])], &[(1, Action::Create, &[]), (2, Action::ReplaceCreateFirst, &[1])]);
    let steps = world.steps();
    let edges = |step: &Step| step.row.clone().unwrap().deposed;
    assert_eq!((&steps[1].act, edges(&steps[1])), (&Act::Create, BTreeMap::from([(1, vec![address(0)])])));
    assert_eq!((&steps[2].act, edges(&steps[2])), (&Act::Delete, BTreeMap::new()));
}

#[test]
fn a_create_names_what_it_deposes() {
    let first = world(&[(0, &[])], &[(0, Action::ReplaceCreateFirst, &[])]).steps();
    assert_eq!(first[0].object.as_deref(), Some("o-0-1"));
    let again = world(&[(0, &[])], &[(0, Action::Create, &[])]).steps();
    assert_eq!(again[0].object, None, "an object that vanished is not deposed");
}

/// Which steps come before each step, itself not among them.
fn ancestors(steps: &[Step]) -> Vec<BTreeSet<u32>> {
    let mut all: Vec<BTreeSet<u32>> = Vec::new();
    for step in steps {
        let mut own = BTreeSet::new();
        for &id in &step.after {
            own.insert(id);
            own.extend(&all[id as usize - 1]);
        }
        all.push(own);
    }
    all
}

/// The step that makes an address what the plan wants.
fn made(steps: &[Step]) -> BTreeMap<&Address, u32> {
    let makes = |step: &&Step| matches!(step.act, Act::Create | Act::Record | Act::Update) && !lifts_guard(step);
    steps.iter().filter(makes).map(|step| (&step.address, step.id)).collect()
}

fn lifts_guard(step: &Step) -> bool {
    step.changed == ["deletion_protection"]
}

/// The addresses that rows of the ledger move to.
struct Moved<'a>(BTreeMap<&'a Address, &'a Address>);

impl<'a> Moved<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let moves = steps.iter().filter_map(|step| match &step.act {
            Act::Move(from) => Some((from, &step.address)),
            _ => None,
        });
        Self(moves.collect())
    }

    /// The address that a row of this address has afterwards.
    fn to<'b>(&self, address: &'b Address) -> &'b Address
    where
        'a: 'b,
    {
        self.0.get(address).copied().unwrap_or(address)
    }
}

fn hold(world: &World, whole: bool) {
    let steps = world.steps();
    let moved = Moved::of(&steps);
    let before = ancestors(&steps);
    let made = made(&steps);
    let mut last: BTreeMap<&Address, u32> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step.id as usize, index + 1, "numbers are dense");
        assert!(step.after.is_sorted() && step.after.iter().all(|&id| id < step.id), "{step:?}");
        for &id in &step.after {
            let others = step.after.iter().filter(|&&other| other != id);
            assert!(others.clone().all(|&other| !before[other as usize - 1].contains(&id)), "{id} follows: {step:?}");
        }
        if let Some(earlier) = last.insert(&step.address, step.id) {
            assert!(before[index].contains(&earlier), "two steps of {} at once", step.address);
        }
        if made.get(&step.address) == Some(&step.id) {
            for needed in step.row.iter().flat_map(|row| &row.depends_on).filter_map(|address| made.get(address)) {
                assert!(before[index].contains(needed), "{needed} before {step:?}");
            }
        }
        if step.act == Act::Delete && whole {
            for (dependent, row) in &world.ledger.rows {
                let stands = |other: &&Step| {
                    let deposed = row.deposed.iter().find(|deposed| deposed.object.generation == other.generation);
                    let edges = deposed.map_or(&row.depends_on, |deposed| &deposed.depends_on);
                    edges.iter().any(|known| *moved.to(known) == step.address)
                };
                let deletes =
                    steps.iter().filter(|other| other.address == *moved.to(dependent) && other.act == Act::Delete);
                for other in deletes.filter(stands) {
                    assert!(before[index].contains(&other.id), "{} before {}\n{}", other.id, step.id, text(&steps));
                }
            }
        }
    }
}

#[test]
fn random_worlds_hold_every_rule() {
    for_seeds(400, |random| {
        let world = World::new(random, Shape { size: 24, one_direction: true });
        hold(&world, true);
        rows_follow_objects(&world);
    });
}

/// Does the steps on the ledger's objects: a row is there exactly as long as it has one.
fn rows_follow_objects(world: &World) {
    let of = |row: &Row| row.objects().map(|owned| owned.generation).collect::<BTreeSet<_>>();
    let mut objects: BTreeMap<Address, BTreeSet<u32>> =
        world.ledger.rows.iter().map(|(address, row)| (address.clone(), of(row))).collect();
    for step in world.steps() {
        if let Act::Move(from) = &step.act {
            let moved = objects.remove(from).unwrap();
            assert!(objects.insert(step.address.clone(), moved).is_none(), "{} is taken", step.address);
        }
        let there = objects.entry(step.address.clone()).or_default();
        match step.act {
            Act::Create => assert!(there.insert(step.generation), "{step:?}"),
            Act::Delete => assert!(there.remove(&step.generation), "{step:?}"),
            Act::UnguardDouble | Act::DeleteDouble => {}
            Act::Forget => there.clear(),
            Act::Update | Act::Move(_) | Act::Record => assert!(there.contains(&step.generation), "{step:?}"),
        }
        assert_eq!(step.row.is_some(), !there.is_empty(), "{step:?}");
    }
    for decision in &world.decisions {
        let left = objects.get(&decision.change.address).map_or(0, BTreeSet::len);
        let expected = usize::from(!matches!(decision.change.action, Action::Delete | Action::Forget));
        if decision.change.action != Action::DeleteDeposed {
            assert_eq!(left, expected, "{} ends with one object or none", decision.change.address);
        }
    }
}

#[test]
fn worlds_turned_around_still_have_an_order() {
    for_seeds(400, |random| hold(&World::new(random, Shape { size: 24, one_direction: false }), false));
}

#[test]
fn the_order_of_decisions_does_not_matter() {
    for_seeds(50, |random| {
        let mut world = World::new(random, Shape { size: 20, one_direction: true });
        let steps = world.steps();
        random.shuffle(&mut world.decisions);
        assert_eq!(world.steps(), steps);
    });
}

#[test]
fn blocks_of_the_reduction_join() {
    // Longer than one block of the reduction: every create depends on all that came before it, so only one edge stays.
    let numbers: Vec<Vec<usize>> = (0..300).map(|n| (0..n).collect()).collect();
    let decided: Vec<_> = numbers.iter().enumerate().map(|(n, deps)| (n, Action::Create, deps.as_slice())).collect();
    let steps = world(&[], &decided).steps();
    for step in &steps[1..] {
        assert_eq!(step.after, [step.id - 1]);
    }
}
