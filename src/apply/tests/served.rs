//! What is deleted once it has done what it is for: how often it is made, and what becomes of it when the process dies.

use std::time::Duration;

use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::{Address, CompiledStack, Map, map};
use flashinfra_providers_memory::{self as memory, Latency};

use super::world::{World, of, stack, told};
use crate::apply::Report;
use crate::error::Exit;
use crate::plan::{Labels, plan};

const HOOK: &str = "test.bucket/hook";

/// A net, a hook that belongs to it, and a bucket that waits for the hook.
fn hooked(comment: &str) -> CompiledStack {
    let mut stack = stack([
        ("test.net/main", map! { "cidr" => "10.0.0.0/16", "comment" => comment }),
        (HOOK, map! { "name" => format!("hook-{comment}").as_str(), "net" => of("test.net/main", "id") }),
        ("test.bucket/logs", map! { "name" => "logs", "class" => comment }),
    ]);
    let hook = Address::parse(HOOK).unwrap();
    for resource in &mut stack.resources {
        if resource.address == hook {
            (resource.lifecycle.delete_after_success, resource.lifecycle.delete_after_failure) = (true, true);
        } else if resource.address.as_str() == "test.bucket/logs" {
            resource.depends_on.push(hook.clone());
        }
    }
    stack
}

/// What the command does after an apply.
async fn tidied(world: &World, stack: &CompiledStack) -> Report {
    let options = Options { mode: Mode::Tidy, ..Options::default() };
    let plan = plan(&world.session, stack, &options, Labels::default()).await.unwrap().plan;
    world.apply_plan(plan).await.unwrap()
}

async fn applied(world: &World, stack: &CompiledStack) {
    let report = world.apply(stack).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(tidied(world, stack).await.exit, Exit::Ok);
}

/// Which object of its address the hook was last, once it is gone and nothing is missing.
async fn spent(world: &World, stack: &CompiledStack) -> u32 {
    let plan = world.plan(stack).await.plan;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    let kinds: Vec<_> = world.objects().into_iter().map(|(kind, id)| format!("{kind} {id}")).collect();
    assert!(!kinds.iter().any(|object| object.contains("hook")) && kinds.len() == 2, "{kinds:?}");
    let ledger = world.ledger().await;
    let row = &ledger.rows[&Address::parse(HOOK).unwrap()];
    assert!(row.is_spent(), "{row:?}");
    row.generation
}

#[tokio::test(start_paused = true)]
async fn it_runs_once_for_each_change() {
    let world = World::new();
    for (times, comment) in (1..).zip(["one", "two", "three"]) {
        applied(&world, &hooked(comment)).await;
        assert_eq!(spent(&world, &hooked(comment)).await, times);
        // An apply with something else to do leaves it alone.
        let mut other = hooked(comment);
        other.resources.retain(|resource| resource.address.as_str() != "test.bucket/logs");
        applied(&world, &other).await;
        applied(&world, &hooked(comment)).await;
        assert_eq!(spent(&world, &hooked(comment)).await, times);
    }
    let destroy = crate::plan::destroy(&world.session, "shop", "test", &Options::default()).await.unwrap().plan;
    assert_eq!(world.apply_plan(destroy).await.unwrap().exit, Exit::Ok);
    assert!(world.ledger().await.rows.is_empty() && world.objects().is_empty());
    // After all is gone it is a new one, whose generation was never given out.
    applied(&world, &hooked("three")).await;
    assert_eq!(spent(&world, &hooked("three")).await, 4);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_deleted_and_made_again() {
    let world = World::with_faults("create test.bucket/hook fails");
    let stack = hooked("one");
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    assert_eq!(tidied(&world, &stack).await.exit, Exit::Ok);
    assert_eq!(world.objects().len(), 1, "the net, and neither the hook nor what waits for it: {:?}", world.objects());
    applied(&world, &stack).await;
    assert_eq!(spent(&world, &stack).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_moment_misses_and_repeats_nothing() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    let mut crashes = 0;
    for moment in 0.. {
        let world = World::with(memory::Options { latency: latency.clone(), ..memory::Options::default() });
        let world = world.with_ledgers_in_memory();
        applied(&world, &hooked("one")).await;
        let changed = hooked("two");
        let run = applied(&world, &changed);
        if tokio::time::timeout(Duration::from_millis(350) * moment, run).await.is_ok() {
            break;
        }
        crashes += 1;
        // What was done is deleted by the plan that comes next; what was made is not made beside it.
        let plan = world.plan(&changed).await.plan;
        assert!(plan.refusals.is_empty(), "{moment}: {:?}", plan.refusals);
        let report = world.apply_plan(plan).await.unwrap();
        assert_eq!(report.exit, Exit::Ok, "{moment}: {:#?}", told(&report));
        assert_eq!(tidied(&world, &changed).await.exit, Exit::Ok, "{moment}");
        // A create of which nothing was seen may have used its generation up; a second Job beside the first there never was.
        assert!(spent(&world, &changed).await <= 3, "{moment}");
    }
    assert!(crashes > 10, "only {crashes} moments");
}

/// A destroy that finds the hooks gone does not take them for lost.
#[tokio::test(start_paused = true)]
async fn many_that_are_done_are_not_many_that_vanished() {
    let world = World::new();
    let names: Vec<_> = (0..5).map(|at| (format!("test.bucket/hook{at}"), format!("hook-{at}"))).collect();
    let resources: Vec<(&str, Map)> =
        names.iter().map(|(at, name)| (at.as_str(), map! { "name" => name.as_str() })).collect();
    let mut hooks = stack(resources);
    hooks.resources.iter_mut().for_each(|resource| resource.lifecycle.delete_after_success = true);
    applied(&world, &hooks).await;
    assert!(world.objects().is_empty());
    assert!(world.plan(&hooks).await.plan.is_empty());
    let destroy = crate::plan::destroy(&world.session, "shop", "test", &Options::default()).await.unwrap().plan;
    assert!(destroy.refusals.is_empty(), "{:?}", destroy.refusals);
    assert_eq!(world.apply_plan(destroy).await.unwrap().exit, Exit::Ok);
    assert!(world.ledger().await.rows.is_empty());
}
