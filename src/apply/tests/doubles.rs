//! What an unanswered create made, when nobody could see it in time.

use flashinfra_plans::plan::{Act, Double, Options};
use flashinfra_plans::{Address, CompiledStack, Name, OwnerMark, map};
use flashinfra_providers_memory::Foreign;

use super::world::{World, stack, told};
use crate::apply::StepOutcome;
use crate::error::Exit;
use crate::plan::{Labels, plan};

fn net() -> CompiledStack {
    stack([("test.net/main", map! { "cidr" => "10.0.0.0/16" })])
}

/// A world where a net is made, the answer lost, and the net hidden for longer than anybody looks for it.
async fn doubled() -> (World, Vec<Name>) {
    let world = World::with_faults("create test.net/main lost-after\ncreate test.net/main hidden=12");
    let report = world.apply(&net()).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let nets: Vec<_> = world.objects().into_iter().map(|(_, id)| id).collect();
    assert_eq!(nets.len(), 2, "{nets:?}");
    (world, nets)
}

/// Plans until the double shows up.
async fn seen(world: &World) -> Double {
    for _ in 0..12 {
        let plan = world.plan(&net()).await.plan;
        assert!(plan.is_empty() && plan.refusals.is_empty(), "{plan:#?}");
        if let Some(double) = plan.doubles.into_iter().next() {
            return double;
        }
    }
    panic!("it never shows up");
}

#[tokio::test(start_paused = true)]
async fn a_double_that_shows_up_later_is_told_and_deleted_when_it_is_named() {
    let (world, nets) = doubled().await;
    let double = seen(&world).await;
    let owned = world.ledger().await.rows[&double.address].current.clone().unwrap().id;
    assert!(nets.contains(&double.object) && double.object != owned);
    assert_eq!((double.beside.as_ref(), double.generation), (Some(&owned), 1));

    let options = Options { delete_doubles: vec![double.object.clone()], ..Options::default() };
    let planned = plan(&world.session, &net(), &options, Labels::default()).await.unwrap().plan;
    let [step] = &planned.steps[..] else { panic!("{:#?}", planned.steps) };
    assert_eq!((&step.act, step.object.as_ref()), (&Act::DeleteDouble, Some(&double.object)));
    let report = world.apply_plan(planned).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(world.only("test.net"), owned);
    world.assert_settled(&net()).await;
}

#[tokio::test(start_paused = true)]
async fn a_guarded_double_is_unguarded_and_deleted_and_the_owned_one_is_left_alone() {
    let (world, _) = doubled().await;
    let double = seen(&world).await;
    let owned = world.ledger().await.rows[&double.address].clone();
    world.sandbox.tamper("test.net", &double.object, "locked", Some(true.into())).unwrap();
    let options = Options { delete_doubles: vec![double.object.clone()], ..Options::default() };
    let planned = || async { plan(&world.session, &net(), &options, Labels::default()).await.unwrap().plan };

    // What somebody changed since the plan is left alone.
    let stale = planned().await;
    world.sandbox.tamper("test.net", &double.object, "locked", Some(false.into())).unwrap();
    let report = world.apply_plan(stale).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(world.objects().len(), 2);

    world.sandbox.tamper("test.net", &double.object, "locked", Some(true.into())).unwrap();
    let report = world.apply_plan(planned().await).await.unwrap();
    assert_eq!(told(&report), ["UnguardDouble test.net/main: done", "DeleteDouble test.net/main: done"]);
    assert_eq!(world.ledger().await.rows[&double.address], owned);
    assert_eq!(Some(world.only("test.net")), owned.current.map(|owned| owned.id));
    world.assert_settled(&net()).await;
}

#[tokio::test(start_paused = true)]
async fn what_lost_its_mark_is_no_double_any_more() {
    let (world, _) = doubled().await;
    let double = seen(&world).await;
    let options = Options { delete_doubles: vec![double.object.clone()], ..Options::default() };
    let planned = plan(&world.session, &net(), &options, Labels::default()).await.unwrap().plan;
    // Somebody else's by now.
    world.sandbox.remove("test.net", &double.object).unwrap();
    let cidr = map! { "cidr" => "10.0.0.0/16" };
    let foreign = Foreign {
        kind: "test.net".into(),
        region: "here".into(),
        id: Some(double.object.clone()),
        attributes: cidr,
        ..Foreign::default()
    };
    world.sandbox.insert(&foreign).unwrap();
    let report = world.apply_plan(planned).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert!(told(&report)[0].contains("does not carry the mark"), "{:#?}", told(&report));
    assert_eq!(world.objects().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_create_is_remembered_for_a_while() {
    let (world, _) = doubled().await;
    let mut sent = world.ledger().await.unanswered.into_keys();
    assert_eq!(sent.next(), Some((Address::parse("test.net/main").unwrap(), 1)));
    assert_eq!(sent.next(), None);
    for number in 0..60 {
        let changed = stack([("test.net/main", map! { "cidr" => "10.0.0.0/16", "comment" => format!("{number}") })]);
        assert_eq!(world.apply(&changed).await.exit, Exit::Ok);
    }
    assert!(world.ledger().await.unanswered.is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_objects_under_one_mark_are_both_named_and_left_alone() {
    let world = World::with_faults("create test.net/main lost-after\nfind test.net denied times=6");
    let report = world.apply(&net()).await;
    assert!(matches!(report.steps[0].outcome, StepOutcome::Unknown(_)), "{:#?}", told(&report));
    let ours = world.only("test.net");
    let ledger = world.ledger().await;
    let mark = OwnerMark { stack: ledger.uuid, address: Address::parse("test.net/main").unwrap(), generation: 1 };
    let copy = Foreign {
        kind: "test.net".into(),
        region: "here".into(),
        attributes: map! { "cidr" => "10.0.0.0/16" },
        owner: Some(mark),
        ..Foreign::default()
    };
    let copy = world.sandbox.insert(&copy).unwrap();

    let error = world.try_plan(&net()).await.unwrap_err().to_string();
    assert!(error.contains(ours.as_str()) && error.contains(copy.as_str()), "{error}");
    assert_eq!(world.objects().len(), 2, "neither is touched");

    // Once only one carries the mark it is known again.
    world.sandbox.remove("test.net", &copy).unwrap();
    let planned = world.plan(&net()).await;
    assert!(planned.plan.is_empty(), "{:#?}", planned.plan.changes);
    assert_eq!(planned.ledger.rows.values().next().unwrap().current.as_ref().unwrap().id, ours);
}
