//! What is done by hand: it dies between its intent and its record, and the next plan tells whose the difference is all the same.

use std::time::Duration;

use flashinfra_plans::ledger::by_hand::{Looked, Stage};
use flashinfra_plans::plan::{Finding, Note, Plan};
use flashinfra_plans::{Address, CompiledStack, Map, Value, map};
use flashinfra_providers_memory::{Latency, Options};

use super::crash::Mortal;
use super::world::{World, key, stack};
use crate::by_hand::{self, Done, Wanted};
use crate::error::EngineError;
use crate::ledgers::Holder;
use crate::resume;
use crate::session::Session;

const TOLD: &str = "by ada on laptop with `flashinfra scale`, 2000-02-28T23:59:59Z: load test";

fn address() -> Address {
    Address::parse("test.service/web").unwrap()
}

fn service(replicas: i64) -> Map {
    map! { "name" => "web", "replicas" => replicas }
}

/// A world in which a service runs twice.
async fn world(options: Options) -> (World, CompiledStack) {
    let world = World::with(options).with_ledgers_in_memory();
    let stack = stack([("test.service/web", service(2))]);
    world.made(&stack).await;
    (world, stack)
}

async fn operate(session: &Session, wanted: &Wanted) -> Result<Done, EngineError> {
    let holder = Holder { who: "ada".into(), host: "laptop".into(), process: 1, since_unix_seconds: 951_782_399 };
    let session = session.clone().with_holder(holder);
    by_hand::operate(&session, &key(), &address(), wanted, "load test").await
}

fn replicas(world: &World) -> Option<i64> {
    world.sandbox.objects().unwrap()[0].object.attributes.get("replicas").and_then(Value::as_integer)
}

/// Who a plan says the difference is of.
fn blamed(plan: &Plan) -> Option<&str> {
    let attributes = plan.changes.iter().flat_map(|change| &change.attributes);
    attributes.into_iter().find_map(|attribute| match &attribute.note {
        Some(Note::ByHand(who)) => Some(who.as_str()),
        Some(_) | None => None,
    })
}

/// What a plan says of what was begun.
fn findings(plan: &Plan) -> Vec<&str> {
    let told = plan.findings.iter().filter_map(|finding| match finding {
        Finding::ByHand { what, .. } => Some(what.as_str()),
        Finding::Careful { .. } | Finding::Untried { .. } => None,
    });
    told.collect()
}

/// What must hold after a scale to five died: whose the difference is stands in the plan, and what came of it is found out and noted.
/// Whether it left an intent.
async fn assert_told(world: &World, stack: &CompiledStack, case: &str) -> bool {
    let is_done = replicas(world) == Some(5);
    let plan = world.plan(stack).await.plan;
    assert_eq!(blamed(&plan), is_done.then_some(TOLD), "{case}");
    let stages: Vec<Stage> = world.ledger().await.by_hand.values().flatten().map(|noted| noted.stage).collect();
    let is_open = stages == [Stage::Begun];
    let told = findings(&plan);
    let ends = if is_done { "shows that it was done." } else { "it was not done, or somebody changed it since." };
    match is_open {
        true => assert!(told.len() == 1 && told[0].contains(TOLD) && told[0].ends_with(ends), "{case}: {told:?}"),
        false => assert!(told.is_empty() && (stages == [Stage::Done]) == is_done, "{case}: {told:?} {stages:?}"),
    }
    assert!(resume::unfinished(&world.session, &key()).await.unwrap().is_none(), "{case}: nothing is in the way");

    let settled = by_hand::settle(&world.session, &key()).await.unwrap();
    let looked = if is_done { Looked::Done } else { Looked::NotShown };
    assert_eq!(settled.iter().map(|settled| &settled.looked).collect::<Vec<_>>(), vec![&looked; usize::from(is_open)]);
    assert!(by_hand::begun(&world.session, &key()).await.unwrap().is_none(), "{case}");
    let plan = world.plan(stack).await.plan;
    assert_eq!((blamed(&plan), findings(&plan)), (is_done.then_some(TOLD), Vec::new()), "{case}");
    let report = world.apply_plan(plan).await;
    assert_eq!((report.is_ok(), replicas(world)), (true, Some(2)), "{case}");
    assert!(world.ledger().await.by_hand.is_empty(), "{case}");
    world.assert_settled(stack).await;
    is_open
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_write_and_the_next_plan_tells_who_did_it() {
    for last_is_written in [false, true] {
        let (mut crashes, mut open) = (0, 0);
        for writes in 1.. {
            let (world, stack) = world(Options::default()).await;
            let session = world.with_store(|inner| Mortal::new(inner, writes, last_is_written));
            if operate(&session, &Wanted::Scale(5)).await.is_ok() {
                break;
            }
            crashes += 1;
            let case = format!("write {writes}, written: {last_is_written}");
            open += usize::from(assert_told(&world, &stack, &case).await);
        }
        assert_eq!((crashes, open), (2, 1), "an intent and an outcome");
    }
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_moment_and_the_next_plan_tells_who_did_it() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    let (mut crashes, mut open, mut done) = (0, 0, 0);
    for moment in 0.. {
        let (world, stack) = world(Options { latency: latency.clone(), ..Options::default() }).await;
        let after = Duration::from_millis(350) * moment;
        if tokio::time::timeout(after, operate(&world.session, &Wanted::Scale(5))).await.is_ok() {
            break;
        }
        crashes += 1;
        done += usize::from(replicas(&world) == Some(5));
        open += usize::from(assert_told(&world, &stack, &format!("after {after:?}")).await);
    }
    assert!(crashes > 4 && open > 0, "{crashes} moments, {open} of them open, {done} done");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_leaves_no_record_and_what_is_not_answered_does() {
    for (fault, is_ok, is_done, is_open) in [
        ("denied", false, false, false),
        ("throttled", true, true, false),
        ("lost-after", true, true, false),
        ("lost-before", true, true, false),
        ("lost-after times=always", true, true, false),
        ("lost-before times=always", false, false, true),
    ] {
        let faults = format!("update test.service {fault}").parse().unwrap();
        let (world, stack) = world(Options { faults, ..Options::default() }).await;
        let done = operate(&world.session, &Wanted::Scale(5)).await;
        let is_begun = by_hand::begun(&world.session, &key()).await.unwrap().is_some();
        assert_eq!(
            (done.is_ok(), replicas(&world) == Some(5), is_begun),
            (is_ok, is_done, is_open),
            "{fault}: {done:?}"
        );
        let plan = world.plan(&stack).await.plan;
        assert_eq!((blamed(&plan).is_some(), findings(&plan).len()), (is_done, usize::from(is_open)), "{fault}");
        if is_open {
            assert!(done.unwrap_err().to_string().contains("the next plan looks, and tells"), "{fault}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_one_that_died_finds_out_first_what_that_one_did() {
    // Killed before the outcome was written, so that five is live and its record says that it was begun.
    for (wanted, expect) in
        [(Wanted::Scale(5), Some(TOLD)), (Wanted::Scale(9), Some(TOLD)), (Wanted::Restart, Some(TOLD))]
    {
        let (world, stack) = world(Options::default()).await;
        let session = world.with_store(|inner| Mortal::new(inner, 2, false));
        assert!(operate(&session, &Wanted::Scale(5)).await.is_err());
        let bob = Holder { who: "bob".into(), host: "phone".into(), process: 2, since_unix_seconds: 951_782_400 };
        // Who dies at once as well.
        let session = world.with_store(|inner| Mortal::new(inner, 2, false)).with_holder(bob);
        let second = by_hand::operate(&session, &key(), &address(), &wanted, "").await;
        assert_eq!(second.as_ref().is_ok_and(|done| !done.is_new), wanted == Wanted::Scale(5), "{second:?}");
        let plan = world.plan(&stack).await.plan;
        let told = match wanted {
            Wanted::Scale(9) => Some("by bob on phone with `flashinfra scale`, 2000-02-29T00:00:00Z"),
            Wanted::Scale(_) | Wanted::Restart => expect,
        };
        assert_eq!(blamed(&plan), told, "{wanted:?}");
        let ledger = world.ledger().await;
        let noted: Vec<_> = ledger.by_hand.values().flatten().map(|noted| (noted.act.as_str(), noted.stage)).collect();
        let expect = match wanted {
            Wanted::Scale(5) => vec![("scale", Stage::Done)],
            Wanted::Scale(_) => vec![("scale", Stage::Done), ("scale", Stage::Begun)],
            Wanted::Restart => vec![("restart", Stage::Begun), ("scale", Stage::Done)],
        };
        assert_eq!(noted, expect, "{wanted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_what_no_object_shows_nobody_can_tell_and_it_is_in_nobodys_way() {
    let (world, stack) = world(Options::default()).await;
    let session = world.with_store(|inner| Mortal::new(inner, 2, false));
    assert!(operate(&session, &Wanted::Restart).await.is_err());
    let plan = world.plan(&stack).await.plan;
    assert!(plan.is_empty());
    let told = findings(&plan);
    assert!(told[0].ends_with("nobody can tell: an object of this kind does not show it."), "{told:?}");
    // It is told until the row is written again.
    let settled = by_hand::settle(&world.session, &key()).await.unwrap();
    assert!(matches!(&settled[..], [one] if matches!(one.looked, Looked::Unknown(_))), "{settled:?}");
    assert!(by_hand::begun(&world.session, &key()).await.unwrap().is_some());
    world.made(&super::world::stack([("test.service/web", service(3))])).await;
    assert!(by_hand::begun(&world.session, &key()).await.unwrap().is_none());
}
