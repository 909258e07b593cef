//! Values that arrive and turn out to be the live ones: a plan comes down to less.

use std::time::Duration;

use flashinfra_plans::{Address, CompiledStack, Map, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, of, stack, told};
use crate::error::Exit;

/// A cluster, whose arn follows from its name, and a bucket that is bound to that arn for life.
fn bound(class: &str) -> CompiledStack {
    let bucket = map! { "name" => "logs", "class" => class, "net" => of("test.cluster/main", "arn") };
    stack([("test.cluster/main", map! { "name" => "main" }), ("test.bucket/logs", bucket)])
}

/// The same world once somebody deleted the cluster: its arn is known only when there is another one.
async fn without_cluster(options: Options) -> World {
    let world = World::with(options).with_ledgers_in_memory();
    world.made(&bound("small")).await;
    world.sandbox.remove("test.cluster", "main").unwrap();
    world
}

async fn generation(world: &World, address: &str) -> u32 {
    world.ledger().await.rows[&Address::parse(address).unwrap()].current.as_ref().unwrap().generation
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_not_done_when_the_value_is_the_same() {
    let world = without_cluster(Options::default()).await;
    let report = world.apply(&bound("small")).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(
        told(&report),
        [
            "Create test.cluster/main: done",
            "Record test.bucket/logs: done",
            "Delete test.bucket/logs: not needed",
            "Create test.bucket/logs: not needed"
        ]
    );
    assert_eq!(generation(&world, "test.bucket/logs").await, 1);
    world.assert_settled(&bound("small")).await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_comes_down_to_an_update() {
    let world = without_cluster(Options::default()).await;
    let report = world.apply(&bound("large")).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(told(&report)[1], "Update test.bucket/logs: done");
    assert_eq!(generation(&world, "test.bucket/logs").await, 1);
    world.assert_settled(&bound("large")).await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_done_when_the_value_is_another_one() {
    let whole = || {
        let host: Map = map! { "net" => of("test.net/main", "id"), "size" => "small" };
        stack([("test.net/main", map! { "cidr" => "10.0.0.0/16" }), ("test.host/web", host)])
    };
    let world = World::new();
    world.made(&whole()).await;
    world.sandbox.remove("test.net", &world.only("test.net")).unwrap();
    let report = world.apply(&whole()).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(
        told(&report)[1..],
        ["Record test.host/web: not needed", "Delete test.host/web: done", "Create test.host/web: done"]
    );
    assert_eq!(generation(&world, "test.host/web").await, 2);
    world.assert_settled(&whole()).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_sets_what_is_live_makes_no_call() {
    let bucket = map! { "name" => "logs", "class" => of("test.cluster/main", "arn") };
    let whole = stack([("test.cluster/main", map! { "name" => "main" }), ("test.bucket/logs", bucket)]);
    let world = World::with_faults("update test.bucket denied times=always");
    world.made(&whole).await;
    world.sandbox.remove("test.cluster", "main").unwrap();
    let report = world.apply(&whole).await;
    assert_eq!(told(&report), ["Create test.cluster/main: done", "Update test.bucket/logs: done"]);
    world.assert_settled(&whole).await;
}

#[tokio::test(start_paused = true)]
async fn it_comes_down_to_the_same_wherever_it_is_cut_off() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    for resumes in [true, false] {
        let mut crashes = 0;
        for moment in 0.. {
            let world = without_cluster(Options { latency: latency.clone(), ..Options::default() }).await;
            let plan = world.plan(&bound("large")).await.plan;
            let after = Duration::from_millis(350) * moment;
            if tokio::time::timeout(after, world.apply_plan(plan.clone())).await.is_ok() {
                break;
            }
            crashes += 1;
            if resumes {
                let report = world.apply_plan(plan).await.unwrap();
                assert_eq!(report.exit, Exit::Ok, "after {after:?}: {:#?}", told(&report));
            } else {
                world.made(&bound("large")).await;
            }
            assert_eq!(generation(&world, "test.bucket/logs").await, 1, "after {after:?}");
            world.assert_settled(&bound("large")).await;
        }
        assert!(crashes > 5, "only {crashes} moments");
    }
}
