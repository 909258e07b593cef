//! Interrupts in stages.

use std::time::Duration;

use flashinfra_plans::plan::{Options, Refusal};
use flashinfra_plans::{Address, CompiledStack, Plan, map};
use flashinfra_providers_memory::{self as memory, Latency, Slow};

use super::world::{self, World, apply_in, of, stack, told};
use crate::apply::{ApplyOptions, Interrupt, Next, Report, Stage, StepOutcome};
use crate::error::Exit;
use crate::ledgers;

/// A slow cluster, a quick net, and a host that comes after the net.
fn small() -> CompiledStack {
    stack([
        ("test.cluster/main", map! { "name" => "main" }),
        ("test.net/main", map! { "cidr" => "10.0.0.0/16" }),
        ("test.host/web", map! { "net" => of("test.net/main", "id") }),
    ])
}

/// A world where a call takes a second and the cluster twenty looks.
fn slow_world() -> World {
    let slow = Slow { polls: 20, time: Duration::ZERO };
    let latency =
        Latency { call: Duration::from_secs(1), kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    World::with(memory::Options { latency, ..memory::Options::default() })
}

/// Applies, and raises the interrupt at these times. The plan comes back, for going on with it.
async fn interrupted(world: &World, raise_after: &[Duration]) -> (Plan, Report, Duration) {
    let interrupt = Interrupt::new();
    let options = ApplyOptions { interrupt: interrupt.clone(), ..ApplyOptions::default() };
    let plan = world.plan(&small()).await.plan;
    let started = tokio::time::Instant::now();
    let raises = async {
        for after in raise_after {
            tokio::time::sleep_until(started + *after).await;
            interrupt.raise();
        }
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan.clone(), &options), raises);
    (plan, report.unwrap(), started.elapsed())
}

/// The same plan again does the rest.
async fn goes_on(world: &World, plan: Plan) {
    let report = world.apply_plan(plan).await.unwrap();
    assert!(report.resumed);
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&small()).await;
}

const DURING_THE_NET: Duration = Duration::from_millis(2500);

#[tokio::test(start_paused = true)]
async fn the_first_starts_no_new_step_and_waits_for_what_runs() {
    let world = slow_world();
    let (plan, report, took) = interrupted(&world, &[DURING_THE_NET]).await;
    assert_eq!((report.exit, &report.next[..]), (Exit::Interrupted, &[Next::ApplyAgain][..]));
    assert_eq!(
        told(&report),
        ["Create test.cluster/main: done", "Create test.net/main: done", "Create test.host/web: interrupted"]
    );
    assert!(took > Duration::from_secs(20), "{took:?}");
    goes_on(&world, plan).await;
}

#[tokio::test(start_paused = true)]
async fn the_second_leaves_what_only_waits() {
    let world = slow_world();
    let (plan, report, took) = interrupted(&world, &[DURING_THE_NET, DURING_THE_NET]).await;
    assert_eq!(report.exit, Exit::Interrupted);
    assert_eq!(
        told(&report),
        ["Create test.cluster/main: interrupted", "Create test.net/main: done", "Create test.host/web: interrupted"]
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
    goes_on(&world, plan).await;
}

#[tokio::test(start_paused = true)]
async fn the_third_leaves_at_once() {
    let world = slow_world();
    let (plan, report, took) = interrupted(&world, &[DURING_THE_NET; 3]).await;
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Interrupted)), 3, "{:#?}", told(&report));
    assert_eq!(took, DURING_THE_NET);
    goes_on(&world, plan).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_still_on_its_way_is_polled_by_the_next_run() {
    let world = slow_world();
    let (plan, report, _) = interrupted(&world, &[Duration::from_secs(15); 2]).await;
    assert_eq!(report.exit, Exit::Interrupted);
    // Nor does a new plan go around it.
    let refusals = world.plan(&small()).await.plan.refusals;
    assert!(matches!(&refusals[..], [Refusal::Busy(address, _)] if address.kind() == "test.cluster"), "{refusals:?}");

    let report = world.apply_plan(plan).await.unwrap();
    assert!(report.resumed);
    assert_eq!(
        told(&report),
        ["Create test.cluster/main: done", "Create test.net/main: done before", "Create test.host/web: done before"]
    );
    world.assert_settled(&small()).await;
}

#[tokio::test(start_paused = true)]
async fn it_need_not_wait_for_what_another_run_left_on_its_way() {
    let world = slow_world();
    let (_, report, _) = interrupted(&world, &[DURING_THE_NET; 3]).await;
    assert_eq!(report.exit, Exit::Interrupted);

    let net = Address::parse("test.net/main").unwrap();
    let options = Options { targets: vec![net], ..Options::default() };
    let planned = crate::plan::plan(&world.session, &small(), &options, Default::default()).await.unwrap();
    let interrupt = Interrupt::new();
    let options = ApplyOptions { interrupt: interrupt.clone(), ..ApplyOptions::default() };
    let raise = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        interrupt.raise();
    };
    let (result, ()) = tokio::join!(apply_in(&world.session, planned.plan.clone(), &options), raise);
    assert_eq!(result.unwrap_err().exit(), Exit::Interrupted);
    // Without the interrupt it closes the other run, cluster and all, and does its own part.
    assert_eq!(world.apply_plan(planned.plan).await.unwrap().exit, Exit::Ok);
    assert_eq!(world.apply(&small()).await.exit, Exit::Ok);
    world.assert_settled(&small()).await;
}

#[test]
fn stages_only_go_up() {
    let interrupt = Interrupt::new();
    assert_eq!(interrupt.stage(), Stage::None);
    let raised: Vec<_> = (0..4).map(|_| interrupt.clone().raise()).collect();
    assert_eq!(raised, [Stage::NoNewSteps, Stage::CancelWaits, Stage::Leave, Stage::Leave]);
}

/// Steps are begun in the journal before there is room for their calls.
#[tokio::test(start_paused = true)]
async fn what_was_not_called_yet_is_not_left_open() {
    let world = slow_world();
    let names: Vec<_> = (0..25).map(|number| (format!("test.bucket/b{number:02}"), format!("b{number:02}"))).collect();
    let buckets = stack(names.iter().map(|(address, name)| (address.as_str(), map! { "name" => name.as_str() })));
    let interrupt = Interrupt::new();
    let options = ApplyOptions { interrupt: interrupt.clone(), ..ApplyOptions::default() };
    let plan = world.plan(&buckets).await.plan;
    let raise = async {
        tokio::time::sleep(DURING_THE_NET).await;
        interrupt.raise();
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan.clone(), &options), raise);
    let report = report.unwrap();
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 10, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Interrupted)), 15);
    let loaded = ledgers::load(world.session.ledgers.as_ref(), &world::key()).await.unwrap().unwrap();
    assert_eq!(loaded.open.unwrap().intents, []);
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!((report.resumed, report.exit), (true, Exit::Ok), "{:#?}", told(&report));
    world.assert_settled(&buckets).await;
}

/// One net of which the service says that it wants an hour of rest, and another one that comes after it.
fn throttled() -> (World, CompiledStack) {
    let world = World::with_faults("create test.net/a throttled=3600000ms");
    let net = |cidr: &str| map! { "cidr" => cidr };
    (world, stack([("test.net/a", net("10.1.0.0/16")), ("test.net/b", net("10.2.0.0/16"))]))
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_service_longer_than_for_its_objects() {
    let (world, nets) = throttled();
    let options = ApplyOptions { parallelism: Some(1), ..ApplyOptions::default() };
    let plan = world.plan(&nets).await.plan;
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Failed(_))), 2, "{:#?}", told(&report));
    assert!(report.elapsed < Duration::from_secs(60), "{:?}", report.elapsed);
    assert!(told(&report)[1].contains("asked to be left alone"), "{:#?}", told(&report));
    assert!(world.objects().is_empty());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.apply(&nets).await.exit, Exit::Ok);
    world.assert_settled(&nets).await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_service_is_left_by_the_second() {
    let world = World::with_faults("create test.net/a throttled=1200000ms");
    let (_, nets) = throttled();
    let interrupt = Interrupt::new();
    let options = ApplyOptions { interrupt: interrupt.clone(), per_provider: Some(1), ..ApplyOptions::default() };
    let plan = world.plan(&nets).await.plan;
    let raises = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        interrupt.raise();
        interrupt.raise();
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan, &options), raises);
    let report = report.unwrap();
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Interrupted)), 2, "{:#?}", told(&report));
    assert!(report.elapsed < Duration::from_secs(60), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn what_waited_long_for_a_service_looks_again() {
    let net = |cidr: &str, comment: &str| map! { "cidr" => cidr, "comment" => comment };
    let nets = |comment: &str| {
        stack([("test.net/a", net("10.1.0.0/16", comment)), ("test.net/b", net("10.2.0.0/16", comment))])
    };
    let world = World::with_faults("update test.net/a throttled=300000ms");
    world.made(&nets("old")).await;
    let plan = world.plan(&nets("new")).await.plan;
    let options = ApplyOptions { per_provider: Some(1), ..ApplyOptions::default() };
    let ledger = world.ledger().await;
    let row = &ledger.rows[&Address::parse("test.net/b").unwrap()];
    let id = &row.current.as_ref().unwrap().id;
    let somebody = async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        world.sandbox.tamper("test.net", id, "comment", Some("theirs".into())).unwrap();
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan, &options), somebody);
    let report = report.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert!(told(&report)[1].contains("is not what the plan was made from"), "{:#?}", told(&report));
}
