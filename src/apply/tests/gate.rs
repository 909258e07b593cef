//! What is refused before anything is done.

use std::time::Duration;

use flashinfra_plans::{ProviderInstance, file, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, key, shop, stack, told};
use crate::apply::StepOutcome;
use crate::apply::gate::run_of;
use crate::error::{EngineError, Exit};
use crate::ledgers::{self, Holder};
use crate::secrets::Secrets;
use crate::session::Session;

#[tokio::test(start_paused = true)]
async fn a_plan_is_applied_once() {
    let world = World::new();
    let plan = world.plan(&stack(shop())).await.plan;
    assert_eq!(world.apply_plan(plan.clone()).await.unwrap().exit, Exit::Ok);
    let before = world.objects();

    let error = world.apply_plan(plan).await.unwrap_err();
    assert!(matches!(error, EngineError::PlanUsed { .. }), "{error}");
    assert_eq!((error.exit(), world.objects()), (Exit::Refused, before));
}

/// The directory of the journal is there, and its first segment could not be written.
#[tokio::test(start_paused = true)]
async fn a_plan_whose_run_could_not_begin_is_not_used_up() {
    for is_first in [true, false] {
        let world = World::new();
        let stack = stack(shop());
        if !is_first {
            world.made(&super::world::stack([shop().remove(0)])).await;
        }
        let plan = world.plan(&stack).await.plan;
        let journals = world.directory.path().join("ledgers/shop/test/journal");
        std::fs::create_dir_all(journals.join(run_of(&file::digest(&file::write(&plan))))).unwrap();
        assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
        world.assert_settled(&stack).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_an_older_ledger_is_refused() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let older = world.plan(&stack([])).await.plan;
    let mut resources = shop();
    resources.pop();
    world.made(&stack(resources)).await;
    let error = world.apply_plan(older).await.unwrap_err();
    assert!(matches!(error, EngineError::LedgerMoved { planned: 1, present: 2, .. }), "{error}");
    assert_eq!(error.exit(), Exit::Stale);
}

#[tokio::test(start_paused = true)]
async fn two_first_plans_make_one_ledger() {
    let world = World::new();
    let (one, other) = (world.plan(&stack(shop())).await.plan, world.plan(&stack([shop().remove(0)])).await.plan);
    assert_eq!(world.apply_plan(one).await.unwrap().exit, Exit::Ok);
    let error = world.apply_plan(other).await.unwrap_err();
    assert!(matches!(error, EngineError::LedgerMoved { planned: 0, present: 1, .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_another_ledger_is_refused() {
    let (world, mut other) = (World::new(), World::new());
    other.session = other.session.with_uuids(|| "another".into());
    world.made(&stack(shop())).await;
    other.made(&stack(shop())).await;
    let plan = other.plan(&stack([])).await.plan;
    let error = world.apply_plan(plan).await.unwrap_err();
    assert!(matches!(error, EngineError::OtherLedger { .. }), "{error}");
    assert_eq!(error.exit(), Exit::Refused);
}

#[tokio::test(start_paused = true)]
async fn another_place_is_refused_before_any_other_read() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let mut elsewhere = stack(shop());
    let instance = ProviderInstance { provider: "test".into(), config: map! { "region" => "elsewhere" } };
    elsewhere.providers.insert("main".into(), instance);

    let error = world.try_plan(&elsewhere).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let text = error.to_string();
    assert!(text.contains("`main` was sandbox:") && text.contains("elsewhere"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_is_named_before_anything_starts() {
    let world = World::new();
    let plan = world.plan(&stack(shop())).await.plan;
    let session = Session { secrets: Secrets::given([]), ..world.session.clone() };
    let error = super::world::apply_in(&session, plan.clone(), &Default::default()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("PASSWORD") && text.contains("test.host/web") && text.contains("password"), "{text}");
    assert!(world.objects().is_empty());
    // The plan is not used up by that.
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 4, "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn the_second_applier_is_told_who_applies() {
    let world = World::new();
    let plan = world.plan(&stack(shop())).await.plan;
    let ada = Holder { who: "ada".into(), host: "laptop".into(), process: 7, since_unix_seconds: 0 };
    let lock = world.session.ledgers.lock(&key(), &ada).await.unwrap();
    let error = world.apply_plan(plan.clone()).await.unwrap_err();
    assert!(error.to_string().contains("ada on laptop"), "{error}");
    assert_eq!(error.exit(), Exit::Refused);
    drop(lock);
    assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_row_leaves_its_object() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let address = flashinfra_plans::Address::parse("test.bucket/logs").unwrap();
    crate::forget::forget(&world.session, &key(), &address).await.unwrap();
    assert_eq!(world.objects().len(), 4);
    assert!(!world.ledger().await.rows.contains_key(&address));
    let error = crate::forget::forget(&world.session, &key(), &address).await.unwrap_err();
    assert!(matches!(error, EngineError::NotOwned(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn of_several_open_things_one_can_be_forgotten() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let stack =
        stack([("test.net/a", map! { "cidr" => "10.0.0.0/16" }), ("test.net/b", map! { "cidr" => "10.1.0.0/16" })]);
    let plan = world.plan(&stack).await.plan;
    // Its place is proven, and both creates are on their way.
    assert!(tokio::time::timeout(Duration::from_millis(1500), world.apply_plan(plan)).await.is_err());
    let open = async || {
        let loaded = ledgers::load(world.session.ledgers.as_ref(), &key()).await.unwrap().unwrap();
        let intents = loaded.open.map(|run| run.intents).unwrap_or_default();
        intents.into_iter().map(|open| open.intent.address.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(open().await, ["test.net/a", "test.net/b"]);
    let address = flashinfra_plans::Address::parse("test.net/a").unwrap();
    crate::forget::forget(&world.session, &key(), &address).await.unwrap();
    assert_eq!(open().await, ["test.net/b"]);
    world.made(&stack).await;
    world.assert_settled(&stack).await;
}
