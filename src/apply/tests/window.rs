//! Between the last look at an object and the write: services that take a condition leave no window there.

use std::time::Duration;

use flashinfra_plans::{CompiledStack, Value, map};
use flashinfra_providers_memory::{Latency, Options};
use tokio::sync::mpsc;

use super::world::{World, apply_in, shop, stack, told};
use crate::apply::{ApplyOptions, EventKind, Report, StepOutcome};
use crate::error::Exit;

/// A world in which each call takes a second before the service does anything, and in which the shop is made.
async fn slow_world(faults: &str) -> World {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, faults: faults.parse().unwrap(), ..Options::default() });
    world.made(&stack(shop())).await;
    world
}

/// The shop with a larger host.
fn larger() -> CompiledStack {
    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("size", "large".into());
    stack(resources)
}

/// Applies a plan; when a step of this kind makes its call for the so manieth time, its last look being over, somebody changes something.
async fn apply_while(world: &World, stack: &CompiledStack, kind: &str, call: usize, somebody: impl Fn()) -> Report {
    let plan = world.plan(stack).await.plan;
    let (events, mut watched) = mpsc::unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let comes_between = async {
        let mut calls = 0;
        while let Some(event) = watched.recv().await {
            let pause = match event.kind {
                EventKind::Started => Duration::ZERO,
                EventKind::Retrying { after, .. } => after,
                _ => continue,
            };
            calls += usize::from(event.step.address.kind() == kind);
            if calls == call {
                tokio::time::sleep(pause + Duration::from_millis(500)).await;
                return somebody();
            }
        }
        panic!("{kind} is called less than {call} times");
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan, &options), comes_between);
    report.unwrap()
}

/// The attributes that stopped a step, as expected and as found.
fn deltas(report: &Report) -> Vec<(String, Option<Value>, Option<Value>)> {
    let stale = report.steps.iter().filter_map(|step| match &step.outcome {
        StepOutcome::Stale(stale) => Some(&stale.attributes),
        _ => None,
    });
    stale.flatten().map(|one| (one.path.to_string(), one.expected.clone(), one.live.clone())).collect()
}

fn size(world: &World) -> Option<Value> {
    let objects = world.sandbox.objects().unwrap();
    let host = objects.into_iter().find(|listed| listed.kind == "test.host").unwrap();
    host.object.attributes.get("size").cloned()
}

#[tokio::test(start_paused = true)]
async fn who_comes_between_the_last_look_and_an_update_stops_it() {
    let world = slow_world("").await;
    let id = world.only("test.host");
    let resize = || world.sandbox.tamper("test.host", &id, "size", Some("tiny".into())).unwrap();
    let report = apply_while(&world, &larger(), "test.host", 1, resize).await;
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(deltas(&report), [("size".to_owned(), Some("small".into()), Some("tiny".into()))]);
    assert_eq!(size(&world), Some("tiny".into()), "nothing of theirs is overwritten");
    world.made(&larger()).await;
    world.assert_settled(&larger()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_step_does_not_rely_on_may_change_there() {
    let world = slow_world("").await;
    let id = world.only("test.host");
    let move_it = || world.sandbox.tamper("test.host", &id, "address", Some("10.0.0.9".into())).unwrap();
    let report = apply_while(&world, &larger(), "test.host", 1, move_it).await;
    assert_eq!((report.exit, size(&world)), (Exit::Ok, Some("large".into())), "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn who_comes_between_the_last_look_and_a_delete_keeps_the_object() {
    let world = slow_world("").await;
    let rest = stack(shop().into_iter().filter(|(at, _)| *at != "test.cluster/main"));
    let change = || world.sandbox.tamper("test.cluster", "main", "net", Some("another".into())).unwrap();
    let report = apply_while(&world, &rest, "test.cluster", 1, change).await;
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(world.only("test.cluster"), "main");
}

#[tokio::test(start_paused = true)]
async fn what_a_try_without_an_answer_did_is_its_own() {
    let world = slow_world("update test.host lost-after").await;
    let report = world.apply(&larger()).await;
    assert_eq!((report.exit, size(&world)), (Exit::Ok, Some("large".into())), "{:#?}", told(&report));
    world.assert_settled(&larger()).await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_a_try_without_an_answer_stops_the_next_one() {
    let world = slow_world("update test.host lost-before").await;
    let id = world.only("test.host");
    let resize = || world.sandbox.tamper("test.host", &id, "size", Some("tiny".into())).unwrap();
    let report = apply_while(&world, &larger(), "test.host", 2, resize).await;
    assert_eq!((report.exit, size(&world)), (Exit::Stale, Some("tiny".into())), "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn a_delete_without_an_answer_is_sent_again() {
    for fault in ["delete test.cluster lost-after", "delete test.cluster lost-before"] {
        let world = slow_world(fault).await;
        let rest = stack(shop().into_iter().filter(|(at, _)| *at != "test.cluster/main"));
        let report = world.apply(&rest).await;
        assert_eq!(report.exit, Exit::Ok, "{fault}: {:#?}", told(&report));
        world.assert_settled(&rest).await;
    }
}

/// So that the cases above are not those of an attribute that no step looks at.
#[tokio::test(start_paused = true)]
async fn a_map_entry_that_changed_there_stops_its_update() {
    let world = slow_world("").await;
    let id = world.only("test.net");
    let mut resources = shop();
    resources[0].1 = resources[0].1.clone().with("tags", map! { "team" => "shop" }.into());
    let other = || world.sandbox.tamper("test.net", &id, "tags.team", Some("theirs".into())).unwrap();
    let report = apply_while(&world, &stack(resources), "test.net", 1, other).await;
    assert_eq!(deltas(&report), [("tags.team".to_owned(), Some("web".into()), Some("theirs".into()))]);
}
