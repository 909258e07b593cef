//! Going on with an interrupted run, from nothing but the ledger.

use std::time::Duration;

use flashinfra_plans::{CompiledStack, Map, Value, map};
use flashinfra_providers_memory::{Latency, Options};

use super::crash::Mortal;
use super::world::{World, apply_in, key, of, shop, stack, told};
use crate::apply::{ApplyOptions, Next, Report, StepOutcome, apply};
use crate::error::{EngineError, Exit};
use crate::ledgers;
use crate::load::PlanFile;
use crate::resume::{self, Standing, Unfinished};

/// A world where every call takes a second, and this goes wrong.
fn slow(faults: &str) -> World {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    World::with(Options { latency, faults: faults.parse().unwrap(), ..Options::default() })
}

async fn unfinished(world: &World) -> Option<Unfinished> {
    resume::unfinished(&world.session, &key()).await.unwrap()
}

async fn go_on(world: &World, unfinished: Unfinished) -> Report {
    let PlanFile { plan, digest, bytes: _ } = unfinished.file;
    apply(&world.session, plan, digest, &ApplyOptions::default()).await.unwrap()
}

/// Where the steps stand, as `act address: standing`.
fn standings(unfinished: &Unfinished) -> Vec<String> {
    unfinished.steps().map(|(step, standing)| format!("{:?} {}: {standing:?}", step.act, step.address)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_goes_on_from_its_ledger_alone() {
    let world = slow("");
    let stack = stack(shop());
    assert!(unfinished(&world).await.is_none(), "there is no ledger yet");
    let plan = world.plan(&stack).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(plan)).await.is_err());

    let left = unfinished(&world).await.unwrap();
    let open = Standing::Open { accepted: None, unknown: None };
    assert_eq!(
        standings(&left),
        [
            "Create test.net/main: Done".to_owned(),
            format!("Create test.cluster/main: {open:?}"),
            format!("Create test.host/web: {open:?}"),
            "Create test.bucket/logs: Left".into(),
        ]
    );
    assert_eq!(left.run.by.as_str(), world.session.holder.to_string());
    let report = go_on(&world, left).await;
    assert!(report.resumed);
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::DoneBefore)), 1);
    assert!(unfinished(&world).await.is_none(), "it is over");
    world.assert_settled(&stack).await;
    let plans = world.directory.path().join("ledgers/shop/test/plans");
    assert_eq!(std::fs::read_dir(plans).unwrap().count(), 0, "its plan went with it");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cut_off_from_its_ledger_says_what_goes_on_with_it() {
    let world = slow("");
    let stack = stack(shop());
    let plan = world.plan(&stack).await.plan;
    let session = world.with_store(|inner| Mortal::new(inner, 4, false));
    let error = apply_in(&session, plan, &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, EngineError::CutOff { .. }), "{error}");
    assert!(error.help().is_some_and(|help| help.contains("flashinfra resume")), "{error}");
    let left = unfinished(&world).await.unwrap();
    assert_eq!(go_on(&world, left).await.exit, Exit::Ok);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_not_kept_is_told() {
    let world = slow("");
    let plan = world.plan(&stack(shop())).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(plan.clone())).await.is_err());
    std::fs::remove_dir_all(world.directory.path().join("ledgers/shop/test/plans")).unwrap();
    let error = resume::unfinished(&world.session, &key()).await.unwrap_err();
    assert!(matches!(error, EngineError::PlanNotKept { .. }), "{error}");
    // Whoever has the file goes on with it.
    assert!(world.apply_plan(plan).await.unwrap().resumed);
}

/// Applies in a process that dies at a write, and says whether it did.
async fn dies(world: &World, plan: &flashinfra_plans::Plan, writes: usize) -> bool {
    let session = world.with_store(|inner| Mortal::new(inner, writes, true));
    apply_in(&session, plan.clone(), &ApplyOptions::default()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_run_that_had_ended_takes_no_further_record() {
    // With a step that fails each time, and without one.
    for faults in ["", "create test.bucket/logs denied times=always"] {
        for first in 1.. {
            let world = World::with_faults(faults).with_ledgers_in_memory();
            let plan = world.plan(&stack(shop())).await.plan;
            if !dies(&world, &plan, first).await {
                assert!(first > 5, "only {first} writes");
                break;
            }
            for again in 1..4 {
                dies(&world, &plan, again).await;
                let case = format!("{faults}: dies at write {first}, then at write {again}");
                let loaded = ledgers::load(world.session.ledgers.as_ref(), &key()).await;
                assert!(loaded.is_ok(), "{case}: {loaded:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again() {
    let world = slow("create test.net/second denied");
    let mut resources = shop();
    resources.push(("test.net/second", map! { "cidr" => "10.1.0.0/16" }));
    let stack = stack(resources);
    let plan = world.plan(&stack).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(plan)).await.is_err());
    let left = unfinished(&world).await.unwrap();
    let failed = left.steps().filter(|(_, standing)| *standing == Standing::Failed).count();
    assert_eq!(failed, 1, "{:?}", standings(&left));
    assert_eq!(go_on(&world, left).await.exit, Exit::Ok);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn what_failed_and_left_an_object_is_not_made_beside_it() {
    let stack = stack([
        ("test.net/main", map! { "cidr" => "10.0.0.0/16" }),
        ("test.net/second", map! { "cidr" => "10.1.0.0/16" }),
        ("test.host/web", map! { "net" => of("test.net/main", "id") }),
    ]);
    let mut died_after_it_failed = 0;
    for writes in 1.. {
        let world = World::with_faults("create test.net/main fails").with_ledgers_in_memory();
        let plan = world.plan(&stack).await.plan;
        if !dies(&world, &plan, writes).await {
            assert!(died_after_it_failed > 0, "it never died between the failure and the fold");
            return;
        }
        let case = format!("dies at write {writes}");
        let left = resume::unfinished(&world.session, &key()).await.unwrap_or_default();
        let has_failed = left.is_some_and(|left| left.steps().any(|(_, standing)| standing == Standing::Failed));
        died_after_it_failed += usize::from(has_failed);
        // The same plan, once more.
        let again = world.apply_plan(plan).await;
        let ledger = world.ledger().await;
        let owned: Vec<_> = ledger.rows.values().flat_map(|row| row.objects()).map(|owned| owned.id.clone()).collect();
        let lost: Vec<_> = world.objects().into_iter().filter(|(_, id)| !owned.contains(id)).collect();
        assert!(lost.is_empty(), "{case}: nobody owns {lost:?}: {again:#?}");
        let doubled = |kind: &str, max| world.objects().iter().filter(|(of, _)| of == kind).count() > max;
        assert!(!doubled("test.net", 2), "{case}: {:?}", world.objects());
        // A new plan replaces what never became ready.
        assert_eq!(world.apply(&stack).await.exit, Exit::Ok, "{case}");
        world.assert_settled(&stack).await;
    }
}

/// A world where a run was killed that is to change the host and the cluster and to delete the bucket: while it made its first calls,
/// or after so many of each step.
async fn killed(faults: &str, calls: u32) -> (World, CompiledStack, Unfinished) {
    let world = slow(faults);
    world.made(&stack(shop())).await;
    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("size", "large".into());
    resources[3].1 = resources[3].1.clone().with("class", "large".into());
    resources.remove(2);
    let changed = stack(resources);
    let plan = world.plan(&changed).await.plan;
    // The place, the last look at three kinds, and then all three are on their way.
    let took = Duration::from_secs(4 + u64::from(calls)) + Duration::from_millis(200);
    assert!(tokio::time::timeout(took, world.apply_plan(plan)).await.is_err());
    let left = unfinished(&world).await.unwrap();
    let open = left.steps().filter(|(_, standing)| matches!(standing, Standing::Open { .. })).count();
    assert_eq!(open, 3, "{:?}", standings(&left));
    (world, changed, left)
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_and_not_called_is_looked_at_before_it_is_called() {
    let (world, changed, left) = killed("", 0).await;
    world.sandbox.tamper("test.host", &world.only("test.host"), "size", Some("tiny".into())).unwrap();
    world.sandbox.tamper("test.bucket", "logs", "class", Some("theirs".into())).unwrap();
    let report = go_on(&world, left).await;
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Stale(_))), 2, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 1, "{:#?}", told(&report));
    assert!(world.objects().contains(&("test.bucket".into(), "logs".into())));

    assert_eq!(world.apply(&changed).await.exit, Exit::Ok);
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_called_before_a_run_was_killed_is_as_expected() {
    let lost = "update test.cluster lost-after\nupdate test.host lost-after\ndelete test.bucket lost-after";
    let (world, changed, left) = killed(lost, 1).await;
    let report = go_on(&world, left).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_stays_open() {
    let (world, changed, left) = killed("read test.host unreadable skip=3", 0).await;
    let report = go_on(&world, left).await;
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Unknown(_))), 1, "{:#?}", told(&report));
    assert_eq!(report.next[..1], [Next::ApplyAgain], "{:#?}", told(&report));
    let report = go_on(&world, unfinished(&world).await.unwrap()).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_run_deleted_only_after_the_next_plan_is_done() {
    let (world, changed, _) = killed("", 0).await;
    let plan = world.plan(&changed).await.plan;
    // Its call arrives late.
    world.sandbox.remove("test.bucket", "logs").unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_run_deleted_in_part_is_deleted() {
    let tags = |tags: Map| Value::Map(tags);
    let cases = [
        ("tags", Some(tags(map! { "team" => "core" })), Exit::Ok),
        ("tags", Some(tags(map! { "team" => "theirs", "tier" => "one" })), Exit::Stale),
        // As a gateway is detached before it goes.
        ("cidr", None, Exit::Ok),
        ("cidr", Some("10.9.0.0/16".into()), Exit::Stale),
    ];
    for (attribute, left, exit) in cases {
        let world = slow("");
        let both = tags(map! { "team" => "core", "tier" => "one" });
        world.made(&stack([("test.net/main", map! { "cidr" => "10.0.0.0/16", "tags" => both })])).await;
        let nothing = stack([]);
        let plan = world.plan(&nothing).await.plan;
        let took = Duration::from_millis(2200);
        assert!(tokio::time::timeout(took, world.apply_plan(plan)).await.is_err());
        let unfinished = unfinished(&world).await.unwrap();
        world.sandbox.tamper("test.net", &world.only("test.net"), attribute, left).unwrap();
        let report = go_on(&world, unfinished).await;
        assert_eq!(report.exit, exit, "{attribute}: {:#?}", told(&report));
    }
}
