//! What a step is bound to beside its own object: what it is sent of others, and what the step before it left.

use std::time::Duration;

use flashinfra_plans::{CompiledStack, Live, Map, Name, Plan, Value, map};
use flashinfra_providers_memory::{self as memory, Latency, Options, Slow};

use super::world::{World, apply_in, of, stack, told};
use crate::apply::recheck::{self, Verdict};
use crate::apply::{ApplyOptions, Interrupt, Report, StepOutcome};
use crate::error::Exit;

fn net() -> (&'static str, Map) {
    ("test.net/main", map! { "cidr" => "10.0.0.0/16" })
}

/// A net that is there, and a cluster to be made that is sent what the net has.
async fn planned(world: &World) -> (CompiledStack, Plan) {
    world.made(&stack([net()])).await;
    let with_cluster =
        stack([net(), ("test.cluster/main", map! { "name" => "main", "net" => of("test.net/main", "arn") })]);
    let plan = world.plan(&with_cluster).await.plan;
    assert_eq!(plan.steps.len(), 1);
    (with_cluster, plan)
}

fn is_stale(report: &Report) -> bool {
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(report));
    matches!(report.steps.last().unwrap().outcome, StepOutcome::Stale(_))
}

#[tokio::test(start_paused = true)]
async fn what_a_step_is_sent_of_others_is_part_of_what_it_expects() {
    let world = World::new();
    let (with_cluster, plan) = planned(&world).await;
    world.sandbox.tamper("test.net", &world.only("test.net"), "arn", Some("arn:other".into())).unwrap();

    let report = world.apply_plan(plan).await.unwrap();
    assert!(is_stale(&report));
    let StepOutcome::Stale(stale) = &report.steps[0].outcome else { panic!("{:#?}", told(&report)) };
    let [arn] = &stale.attributes[..] else { panic!("{stale:?}") };
    assert_eq!((arn.path.as_str(), &arn.live), ("test.net/main.arn", &Some(Value::from("arn:other"))));
    assert!(arn.expected.is_some());
    assert_eq!(world.objects().len(), 1, "nothing was made from what is no longer so");

    world.made(&with_cluster).await;
    world.assert_settled(&with_cluster).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_step_is_sent_of_others_may_not_be_gone() {
    let world = World::new();
    let (_, plan) = planned(&world).await;
    let id = world.only("test.net");
    world.sandbox.remove("test.net", &id).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert!(is_stale(&report));
    assert!(
        told(&report)[0].contains(&format!("{id} of test.net/main, which this uses, is gone")),
        "{:#?}",
        told(&report)
    );
    assert!(world.objects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_sent_makes_nothing_stale() {
    let world = World::new();
    let (with_cluster, plan) = planned(&world).await;
    assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
    let mut changed = with_cluster;
    for resource in changed.resources.iter_mut().filter(|resource| resource.address.kind() == "test.cluster") {
        resource.attributes = resource.attributes.clone().with("class", "large".into());
    }
    let plan = world.plan(&changed).await.plan;
    world.sandbox.tamper("test.net", &world.only("test.net"), "arn", Some("arn:other".into())).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waited_long_looks_again_at_what_it_is_sent() {
    let slow = Slow { polls: 200, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    world.made(&stack([net()])).await;
    // The bucket waits for the cluster, and is sent what the net has.
    let bucket =
        map! { "name" => "logs", "class" => of("test.cluster/main", "arn"), "net" => of("test.net/main", "arn") };
    let whole = stack([net(), ("test.cluster/main", map! { "name" => "main" }), ("test.bucket/logs", bucket)]);
    let plan = world.plan(&whole).await.plan;
    let somebody = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        world.sandbox.tamper("test.net", &world.only("test.net"), "arn", Some("arn:other".into())).unwrap();
    };
    let (report, ()) = tokio::join!(world.apply_plan(plan), somebody);
    let report = report.unwrap();
    assert!(is_stale(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 1);
    world.made(&whole).await;
    world.assert_settled(&whole).await;
}

/// A cluster with a guard, and the deletion of it interrupted after the guard was taken away.
async fn unguarded() -> (World, Plan) {
    let slow = Slow { polls: 20, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(memory::Options { latency, ..memory::Options::default() });
    world
        .made(&stack([net(), ("test.cluster/main", map! { "name" => "main", "class" => "a", "locked" => true })]))
        .await;
    let plan = world.plan(&stack([net()])).await.plan;
    assert_eq!(plan.steps.len(), 2);

    let interrupt = Interrupt::new();
    let options = ApplyOptions { interrupt: interrupt.clone(), ..ApplyOptions::default() };
    let is_unlocked = || {
        let listed = world.sandbox.objects().unwrap().into_iter();
        let mut clusters = listed.filter(|listed| listed.kind == "test.cluster");
        clusters.all(|listed| listed.object.attributes.get("locked") == Some(&Value::Bool(false)))
    };
    let raise = async {
        while !is_unlocked() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        interrupt.raise();
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan.clone(), &options), raise);
    let report = report.unwrap();
    assert_eq!(told(&report), ["Update test.cluster/main: done", "Delete test.cluster/main: interrupted"]);
    (world, plan)
}

#[tokio::test(start_paused = true)]
async fn a_step_expects_what_the_one_before_it_left() {
    let (world, plan) = unguarded().await;
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&stack([net()])).await;

    let (world, plan) = unguarded().await;
    world.sandbox.tamper("test.cluster", "main", "class", Some("theirs".into())).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert!(is_stale(&report));
    assert_eq!(world.objects().len(), 2, "what somebody changed is not deleted");
}

#[tokio::test(start_paused = true)]
async fn what_a_service_still_shows_of_before_an_update_stops_nothing_for_a_while() {
    let world = World::new();
    world.made(&stack([("test.cluster/main", map! { "name" => "main", "locked" => true })])).await;
    let plan = world.plan(&stack([])).await.plan;
    let [update, delete] = &plan.steps[..] else { panic!("{:#?}", plan.steps) };
    let guarded = world.sandbox.objects().unwrap().remove(0).object;
    world.sandbox.tamper("test.cluster", "main", "locked", Some(false.into())).unwrap();
    let free = world.sandbox.objects().unwrap().remove(0).object;
    world.sandbox.tamper("test.cluster", "main", "name", Some("theirs".into())).unwrap();
    let theirs = world.sandbox.objects().unwrap().remove(0).object;

    let ledger = world.ledger().await;
    let schema = &plan.schemas["test.cluster"];
    let fits = |live: Live, before: Option<&Name>| {
        let verdict = recheck::again(delete, schema, live, before, &Map::default(), &ledger.uuid);
        matches!(verdict, Verdict::Fits(_))
    };
    let before = update.expects.as_ref();
    assert!(before.is_some() && before != delete.expects.as_ref());
    for (live, within, after) in [(&guarded, true, false), (&free, true, true), (&theirs, false, false)] {
        assert_eq!(fits(Live::Present(live.clone()), before), within, "{live:?}");
        assert_eq!(fits(Live::Present(live.clone()), None), after, "{live:?}");
    }
    assert!(fits(Live::Absent, before));
}
