//! Tests of a stack: run beside what is applied, kept in the history, tidied up, and found again after a crash.

use std::time::Duration;

use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::revision::Outcome;
use flashinfra_plans::{Address, CompiledStack, Plan, map};
use flashinfra_providers_memory::{self as memory, Latency, Slow};
use tokio::time::Instant;

use super::world::{World, key, of, shop, stack, told};
use crate::apply::Report;
use crate::error::Exit;
use crate::plan::{Labels, Planned, plan};
use crate::revisions;

/// The shop with a test of its net and one of its bucket.
fn tested() -> CompiledStack {
    let mut resources = shop();
    resources.push(("test.bucket/smoke", map! { "name" => "smoke", "net" => of("test.net/main", "id") }));
    resources.push(("test.cluster/slow", map! { "name" => "slow" }));
    let mut stack = stack(resources);
    for resource in &mut stack.resources {
        resource.lifecycle.test = TESTS.contains(&resource.address.as_str());
    }
    stack
}

const TESTS: [&str; 2] = ["test.bucket/smoke", "test.cluster/slow"];

async fn planned(world: &World, mode: Mode) -> Planned {
    planned_with(world, mode, None).await
}

async fn planned_with(world: &World, mode: Mode, timeout_seconds: Option<u32>) -> Planned {
    let tests = TESTS.map(|test| Address::parse(test).unwrap()).into();
    let options = Options { mode, tests, timeout_seconds, ..Options::default() };
    plan(&world.session, &tested(), &options, Labels::default()).await.unwrap()
}

async fn test(world: &World) -> Report {
    let plan = planned(world, Mode::Test).await.plan;
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    world.apply_plan(plan).await.unwrap()
}

async fn tidy(world: &World) -> Report {
    let plan = planned(world, Mode::Tidy).await.plan;
    world.apply_plan(plan).await.unwrap()
}

/// The rows of the tests that are there.
async fn left(world: &World) -> Vec<String> {
    let ledger = world.ledger().await;
    ledger.rows.keys().map(ToString::to_string).filter(|row| TESTS.contains(&row.as_str())).collect()
}

async fn history(world: &World) -> Vec<(u64, Mode, Outcome)> {
    let history = revisions::history(world.session.ledgers.as_ref(), &key()).await.unwrap();
    history.into_iter().map(|revision| (revision.number, revision.mode, revision.outcome)).collect()
}

#[tokio::test(start_paused = true)]
async fn tests_are_no_part_of_what_is_applied() {
    let world = World::new();
    world.made(&tested()).await;
    assert_eq!(left(&world).await, [""; 0]);
    assert!(world.plan(&tested()).await.plan.is_empty());
    let before = world.objects();
    let report = test(&world).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(told(&report).len(), 2);
    assert_eq!(left(&world).await, TESTS);
    // They are not there for long, and nothing else was touched.
    assert_eq!(tidy(&world).await.exit, Exit::Ok);
    assert_eq!(world.objects(), before);
    world.assert_settled(&stack(shop())).await;
    assert_eq!(history(&world).await, [(2, Mode::Test, Outcome::Done), (1, Mode::Apply, Outcome::Done)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_stays_until_it_runs_again() {
    let world = World::with_faults("create test.bucket/smoke fails");
    world.made(&tested()).await;
    let report = test(&world).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    assert_eq!(tidy(&world).await.exit, Exit::Ok);
    assert_eq!(left(&world).await, ["test.bucket/smoke"], "the other one passed");
    assert!(world.plan(&tested()).await.plan.is_empty(), "it is no part of the stack");
    let report = test(&world).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(tidy(&world).await.exit, Exit::Ok);
    assert_eq!(left(&world).await, [""; 0]);
    world.assert_settled(&stack(shop())).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_takes_along_what_tests_left() {
    let world = World::with_faults("create test.bucket/smoke fails");
    world.made(&tested()).await;
    assert_eq!(test(&world).await.exit, Exit::Error);
    let destroy = crate::plan::destroy(&world.session, "shop", "test", &Options::default()).await.unwrap().plan;
    assert_eq!(world.apply_plan(destroy).await.unwrap().exit, Exit::Ok);
    assert_eq!(world.objects(), []);
    assert!(world.ledger().await.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_at_any_moment_is_found_again() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    let mut crashes = 0;
    for moment in 0.. {
        let world = World::with(memory::Options { latency: latency.clone(), ..memory::Options::default() });
        let world = world.with_ledgers_in_memory();
        world.made(&tested()).await;
        let before = world.objects();
        let run = async {
            assert_eq!(test(&world).await.exit, Exit::Ok);
            assert_eq!(tidy(&world).await.exit, Exit::Ok);
        };
        if tokio::time::timeout(Duration::from_millis(350) * moment, run).await.is_ok() {
            break;
        }
        crashes += 1;
        // The next plan finds what is left, or the next test; in turn.
        if moment % 2 == 0 {
            let anew: Plan = world.plan(&tested()).await.plan;
            assert!(anew.refusals.is_empty(), "{:?}", anew.refusals);
            let report = world.apply_plan(anew).await.unwrap();
            assert_eq!(report.exit, Exit::Ok, "{moment}: {:#?}", told(&report));
        }
        assert_eq!(test(&world).await.exit, Exit::Ok, "{moment}");
        assert_eq!(tidy(&world).await.exit, Exit::Ok, "{moment}");
        assert_eq!(world.objects(), before, "{moment}");
        world.assert_settled(&stack(shop())).await;
    }
    assert!(crashes > 10, "only {crashes} moments");
}

/// Runs the tests and kills that run once the slow one is there.
async fn killed_once_slow_is_made(world: &World) {
    let is_made = || world.objects().iter().any(|(_, id)| id == "slow");
    let mut running = Box::pin(test(world));
    while !is_made() {
        let ended = tokio::time::timeout(Duration::from_millis(10), &mut running).await;
        assert!(ended.is_err(), "it ended before it could be killed");
    }
}

/// One that was at work when the plan was made, and ends before that is applied, is replaced all the same.
#[tokio::test(start_paused = true)]
async fn what_a_killed_run_left_may_end_between_plan_and_apply() {
    let slow = Slow { polls: 6, ..Slow::default() };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(memory::Options { latency, ..memory::Options::default() });
    world.made(&tested()).await;
    killed_once_slow_is_made(&world).await;
    let plan = planned(&world, Mode::Test).await.plan;
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    // It ends after so many looks.
    for _ in 0..6 {
        let _ = world.plan(&tested()).await;
    }
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(tidy(&world).await.exit, Exit::Ok);
    world.assert_settled(&stack(shop())).await;
}

/// A world in which one of the tests never ends.
fn endless() -> World {
    World::with_faults("create test.cluster/slow slow=86400s times=always")
}

#[tokio::test(start_paused = true)]
async fn one_that_outlives_its_time_has_failed_and_nobody_waits_for_it_again() {
    let world = endless();
    world.made(&tested()).await;
    let began = Instant::now();
    let plan = planned_with(&world, Mode::Test, Some(30)).await.plan;
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Error);
    let told = told(&report).join("\n");
    assert!(told.contains("slow is not done after 30 s and creating") && !told.contains("go on"), "{told}");
    // The run is over: what is left of it stays to be looked at, in nobody's way.
    assert_eq!(tidy(&world).await.exit, Exit::Ok);
    assert_eq!(left(&world).await, ["test.cluster/slow"]);
    let mut changed = tested();
    changed.resources.retain(|resource| resource.address.as_str() != "test.bucket/logs");
    assert_eq!(world.apply(&changed).await.exit, Exit::Ok);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    world.made(&tested()).await;
    assert!(world.plan(&tested()).await.plan.is_empty(), "it is no part of the stack");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_what_a_killed_run_was_testing() {
    let world = endless();
    world.made(&tested()).await;
    killed_once_slow_is_made(&world).await;
    let (began, mut changed) = (Instant::now(), tested());
    changed.resources.retain(|resource| resource.address.as_str() != "test.bucket/logs");
    let report = world.apply(&changed).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn tests_push_out_nothing_that_was_applied() {
    let world = World::new();
    world.made(&tested()).await;
    for _ in 0..3 {
        assert_eq!(test(&world).await.exit, Exit::Ok);
        assert_eq!(tidy(&world).await.exit, Exit::Ok);
    }
    let kept = history(&world).await;
    assert_eq!(kept.iter().map(|(_, mode, _)| *mode).collect::<Vec<_>>(), [Mode::Test, Mode::Apply], "{kept:?}");
    // What is gone back to is what was applied before what is live, whatever was tested since.
    let mut changed = tested();
    changed.resources.retain(|resource| resource.address.as_str() != "test.bucket/logs");
    let report = world.apply(&changed).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(test(&world).await.exit, Exit::Ok);
    let store = world.session.ledgers.as_ref();
    assert_eq!(revisions::last_good(store, &key()).await.unwrap(), 1);
}
