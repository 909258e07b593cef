//! What a plan was made from: the ledger, and how far the run went that was not over.

use std::time::Duration;

use flashinfra_plans::{Address, CompiledStack, Map, OwnerMark, map};
use flashinfra_providers_memory::{Foreign, Latency, Options, Slow};

use super::world::{World, apply_in, key, of, secret, shop, stack, told};
use crate::apply::{ApplyOptions, StepOutcome};
use crate::error::{EngineError, Exit};
use crate::forget::forget;
use crate::ledgers;
use crate::secrets::Secrets;
use crate::session::Session;

/// A world where every call takes a second.
fn slow() -> World {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    World::with(Options { latency, ..Options::default() })
}

/// Nets of which each needs the one before it, so that they are made one after the other.
fn chain(last: Map) -> CompiledStack {
    let net = || map! { "cidr" => "10.0.0.0/16" };
    stack([
        ("test.net/a", net()),
        ("test.net/b", net().with("comment", of("test.net/a", "arn"))),
        ("test.net/c", net().with("comment", of("test.net/b", "arn"))),
        ("test.net/d", last.with("comment", of("test.net/c", "arn"))),
    ])
}

/// How many segments the journal of the open run has.
async fn segments(world: &World) -> u32 {
    let loaded = ledgers::load(world.session.ledgers.as_ref(), &key()).await.unwrap().unwrap();
    loaded.open.unwrap().segments
}

/// What happens to the run after the next plan was made.
#[derive(Clone, Copy, Debug)]
enum Since {
    Ended,
    WentOn,
    SomethingForgotten,
    AllForgotten,
}

#[tokio::test(start_paused = true)]
async fn a_run_that_went_on_since_is_told_and_nothing_is_done() {
    for since in [Since::Ended, Since::WentOn, Since::SomethingForgotten, Since::AllForgotten] {
        let world = slow();
        let mut first = chain(map! { "cidr" => "10.0.0.0/16" });
        if let Since::SomethingForgotten = since {
            // Two are on their way at once.
            let more = stack([("test.net/e", map! { "cidr" => "10.0.0.0/16", "comment" => of("test.net/a", "arn") })]);
            first.resources.extend(more.resources);
        }
        let run = world.plan(&first).await.plan;
        assert!(tokio::time::timeout(Duration::from_millis(2500), world.apply_plan(run.clone())).await.is_err());

        let other = world.plan(&chain(map! { "cidr" => "10.9.0.0/16" })).await;
        assert!(other.interrupted.is_some(), "{since:?}");
        match since {
            Since::Ended => assert_eq!(world.apply_plan(run).await.unwrap().exit, Exit::Ok),
            Since::WentOn => {
                let before = segments(&world).await;
                let mut applying = Box::pin(world.apply_plan(run));
                while segments(&world).await == before {
                    let ended = tokio::time::timeout(Duration::from_millis(100), &mut applying).await;
                    assert!(ended.is_err(), "it ended before it could die");
                }
            }
            Since::SomethingForgotten | Since::AllForgotten => {
                forget(&world.session, &key(), &Address::parse("test.net/b").unwrap()).await.unwrap();
            }
        }
        let before = world.objects();
        let told = world.apply_plan(other.plan).await.map(|report| told(&report));
        assert!(matches!(told, Err(EngineError::RunMoved { .. })), "{since:?}: {told:#?}");
        assert_eq!((told.unwrap_err().exit(), world.objects()), (Exit::Stale, before), "{since:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_began_since_is_told_and_not_closed() {
    let world = slow();
    let stack = chain(map! { "cidr" => "10.0.0.0/16" });
    world.made(&super::world::stack([("test.net/a", map! { "cidr" => "10.0.0.0/16" })])).await;
    let before = world.plan(&stack).await.plan;
    let run = world.plan(&chain(map! { "cidr" => "10.9.0.0/16" })).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(run.clone())).await.is_err());
    let error = world.apply_plan(before).await.unwrap_err();
    assert!(matches!(error, EngineError::RunMoved { .. }), "{error}");
    // It can still be gone on with.
    assert!(world.apply_plan(run).await.unwrap().resumed);
}

/// What a run left open is closed with the begin of the next one, not before.
#[tokio::test(start_paused = true)]
async fn a_plan_that_could_not_begin_can_still_be_applied() {
    let world = slow();
    let run = world.plan(&stack(shop())).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(run)).await.is_err());
    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("password", secret("PASSWORD", 2));
    let stack = stack(resources);
    let plan = world.plan(&stack).await.plan;
    let session = Session { secrets: Secrets::given([]), ..world.session.clone() };
    let error = apply_in(&session, plan.clone(), &ApplyOptions::default()).await.unwrap_err();
    assert!(matches!(error, EngineError::Secrets(_)), "{error}");
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&stack).await;
}

/// The plan finds that the object of an interrupted create is gone; when it is applied, the object is there.
#[tokio::test(start_paused = true)]
async fn nothing_is_made_beside_what_shows_up_between_plan_and_apply() {
    let kinds = [("test.net".into(), Slow { polls: 60, time: Duration::ZERO })].into();
    let world = World::with(Options { latency: Latency { kinds, ..Latency::default() }, ..Options::default() });
    let stack = stack([("test.net/main", map! { "cidr" => "10.0.0.0/16" })]);
    let run = world.plan(&stack).await.plan;
    assert!(tokio::time::timeout(Duration::from_secs(10), world.apply_plan(run)).await.is_err());
    let id = world.only("test.net");
    world.sandbox.remove("test.net", &id).unwrap();
    let plan = world.plan(&stack).await.plan;
    assert_eq!(plan.steps[0].generation, 2, "the first one is used up");

    let mark =
        OwnerMark { stack: plan.basis.uuid.clone(), address: Address::parse("test.net/main").unwrap(), generation: 1 };
    let back = Foreign {
        kind: "test.net".into(),
        region: "here".into(),
        id: Some(id.clone()),
        attributes: map! { "cidr" => "10.0.0.0/16" },
        owner: Some(mark),
        ..Foreign::default()
    };
    world.sandbox.insert(&back).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Stale(_))), 1, "{:#?}", told(&report));
    assert_eq!(world.only("test.net"), id);
    world.assert_settled(&stack).await;
}
