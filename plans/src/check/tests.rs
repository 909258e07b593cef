//! Sound plans pass; every way to spoil one is caught by the rule that names it.

mod spoils;

use super::Rule::{
    Agreement, Basis, Chain, Changed, Closed, DeclaredTwice, Dependencies, Expectations, Generations, Mode as ModeRule,
    Numbering, Owned, Parts, Protection, References, Replacement, Secrets, Teardown,
};
use super::{Rule, Violation, against, check};
use crate::ledger::Ledger;
use crate::plan::{Act, Plan};
use crate::samples::{Random, Shape, World, for_seeds, plans};

fn all(plan: &Plan, ledger: &Ledger) -> Vec<Violation> {
    let mut found = check(plan);
    found.extend(against(plan, ledger));
    found
}

fn told(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("{:?}: {violation}\n", violation.rule)).collect()
}

#[test]
fn sound_plans_pass() {
    for_seeds(400, |random| {
        let world = World::new(random, Shape { size: 24, one_direction: true });
        let found = all(&plans::of(&world), &world.ledger);
        assert!(found.is_empty(), "{}", told(&found));
    });
}

#[test]
fn plans_whose_dependencies_turn_around_pass_but_for_what_cannot_be_had() {
    for_seeds(200, |random| {
        let world = World::new(random, Shape { size: 24, one_direction: false });
        let found = all(&plans::of(&world), &world.ledger);
        assert!(found.iter().all(|violation| violation.rule == Teardown), "{}", told(&found));
    });
}

/// Spoils a plan or its ledger, if it has what it takes.
type Spoil = fn(&mut Random, &mut Plan, &mut Ledger) -> Option<()>;

/// What is spoiled, how, and the rule that has to catch it.
const SPOILS: &[(&str, Spoil, Rule)] = &[
    ("two steps change places", spoils::swap_numbers, Numbering),
    ("a step waits for a later one", spoils::wait_for_later, Numbering),
    ("a step waits for one that is not there", spoils::wait_for_nobody, Numbering),
    ("what a step waits for is doubled", spoils::double_wait, Numbering),
    ("a step does not wait for its dependency", spoils::forget_dependency, Dependencies),
    ("a step does not wait for the one before it at its address", spoils::forget_chain, Chain),
    ("the old object goes before the new one is there", spoils::delete_early, Replacement),
    ("the new object comes before the old one is gone", spoils::create_early, Replacement),
    ("a step is left out", spoils::leave_out, Agreement),
    ("a step is made twice", spoils::make_twice, Agreement),
    ("a generation is made twice", spoils::generation_twice, Generations),
    ("a generation is not above the old one", spoils::generation_low, Generations),
    ("a generation was given out before", spoils::generation_retired, Generations),
    ("a change says something else", spoils::other_action, Agreement),
    ("a change stands twice", spoils::change_twice, Agreement),
    ("changes are not sorted", spoils::changes_unsorted, Agreement),
    ("nobody allowed it", spoils::not_allowed, Protection),
    ("what was allowed is not sorted", spoils::allowed_unsorted, Protection),
    ("a change does not say that it destroys data", spoils::not_stateful, Protection),
    ("a secret is written out", spoils::secret_in_inputs, Secrets),
    ("a secret in a block is written out", spoils::secret_in_block, Secrets),
    ("a secret is shown as a value before", spoils::secret_before, Secrets),
    ("a secret is shown in a change", spoils::secret_in_change, Secrets),
    ("an update expects nothing", spoils::update_blindly, Expectations),
    ("a delete expects nothing", spoils::delete_blindly, Expectations),
    ("a create expects something", spoils::create_expects, Expectations),
    ("a schema is missing", spoils::no_schema, Closed),
    ("a provider instance is missing", spoils::no_provider, Closed),
    ("a place is missing", spoils::no_place, Closed),
    ("a plan to destroy creates", spoils::destroy_creates, ModeRule),
    ("a plan that refreshes deletes", spoils::refresh_deletes, ModeRule),
    ("a plan to tidy up creates", spoils::tidy_creates, ModeRule),
    ("an update changes what it does not say", spoils::changed_unknown, Changed),
    ("an update changes nothing", spoils::changed_nothing, Changed),
    ("a reference leads nowhere", spoils::refer_nowhere, References),
    ("a reference leads to itself", spoils::refer_to_itself, References),
    ("a reference leads to a later step", spoils::refer_later, References),
    ("an output refers to what goes", spoils::output_of_deleted, References),
    ("a create has no row", spoils::no_row, Parts),
    ("a delete has no object", spoils::no_object, Parts),
    ("what is forgotten has a row", spoils::row_of_forgotten, Parts),
    ("a move leads to where it is", spoils::move_nowhere, Parts),
    ("two resources have one name", spoils::same_name, DeclaredTwice),
    ("the ledger went on", spoils::other_serial, Basis),
    ("the ledger is another one", spoils::other_uuid, Basis),
    ("the ledger is another stack's", spoils::other_stack, Basis),
    ("the object is not the ledger's", spoils::other_object, Owned),
    ("a step is sent what is not the ledger's", spoils::relies_on_others, Owned),
    ("a step is sent what is nowhere", spoils::relies_on_nobody, Closed),
    ("an object is made beside the current one", spoils::beside_current, Owned),
    ("what is deposed is not the current object", spoils::other_deposed, Owned),
    ("a dependent is deleted too late", spoils::dependent_late, Teardown),
    ("what is deposed is deleted too late", spoils::deposed_late, Teardown),
    ("a dependent is rewired too late", spoils::rewired_late, Teardown),
];

#[test]
fn every_way_to_spoil_a_plan_is_caught_by_name() {
    for &(what, spoil, rule) in SPOILS {
        let spoiled = std::cell::Cell::new(0);
        for_seeds(80, |random| {
            let world = World::new(random, Shape { size: 20, one_direction: true });
            let (mut plan, mut ledger) = (plans::of(&world), world.ledger);
            if spoil(random, &mut plan, &mut ledger).is_none() {
                return;
            }
            spoiled.set(spoiled.get() + 1);
            let found = all(&plan, &ledger);
            assert!(found.iter().any(|violation| violation.rule == rule), "{what}: {}", told(&found));
            assert!(found.iter().all(|violation| !violation.help().is_empty()));
        });
        assert!(spoiled.get() >= 10, "{what}: only {} plans could be spoiled so", spoiled.get());
    }
}

#[test]
fn a_violation_names_the_address_the_step_and_what_to_do() {
    let mut plan = plans::sound(&mut Random::new(3), 9);
    let step = plan.steps.iter_mut().find(|step| step.act == Act::Create).unwrap();
    step.row = None;
    let (id, address) = (step.id, step.address.clone());
    let found = check(&plan);
    let violation = found.iter().find(|violation| violation.rule == Parts).unwrap();
    assert_eq!(
        violation.to_string(),
        format!("{address}: a create without a row would be forgotten at once (step {id})")
    );
    assert!(violation.help().contains("report it"));
}
