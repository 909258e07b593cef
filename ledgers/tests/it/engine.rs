//! The whole engine over each kind of place, in a sandbox that stands for a cloud.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flashinfra::apply::{ApplyOptions, Report, apply};
use flashinfra::error::{EngineError, Exit};
use flashinfra::ledgers::{self, LedgerError, LedgerKey, LedgerStore};
use flashinfra::plan::{Labels, plan};
use flashinfra::session::Session;
use flashinfra::{Stack, aws, cidr, load};
use flashinfra_ledgers::{ObjectLedgers, Times};
use flashinfra_plans::plan::Options;
use flashinfra_plans::{CompiledStack, Plan, file};
use flashinfra_providers::Registry;
use flashinfra_providers_memory::{Latency, Options as World, Sandbox};
use object_store::memory::InMemory;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::places::{Place, holder};

crate::places::over!(
    everywhere: [local, memory, s3, gcs, azure, kubernetes]
    a_stack_is_applied_and_settles,
    of_two_applies_one_runs_and_one_is_told,
);

crate::places::over!(
    over_objects: [memory, s3, gcs, azure, kubernetes]
    a_damaged_ledger_names_the_version_to_go_back_to,
    replies_get_lost_while_applying,
);

/// A network with so many subnets.
fn stack(subnets: usize) -> CompiledStack {
    let mut stack = Stack::new("network", "test");
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    for (number, cidr) in cidr!("10.0.0.0/16").subnets(8).take(subnets).enumerate() {
        stack.add(format!("n{number}"), aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr));
    }
    stack.output("vpc_id", vpc.id());
    load::for_sandbox(stack.compile().unwrap().as_bytes()).unwrap()
}

fn key() -> LedgerKey {
    LedgerKey::new("network", "test").unwrap()
}

/// A cloud in which each call takes so long.
fn cloud(call: Duration) -> Sandbox {
    let latency = Latency { call, ..Latency::default() };
    Sandbox::open(None, stack(1).schemas, World { latency, ..World::default() }).unwrap()
}

fn session(ledgers: Arc<dyn LedgerStore>, cloud: &Sandbox, who: &str) -> Session {
    Session::over(Registry::new(), ledgers).with_open_sandbox(cloud.clone()).with_holder(holder(who))
}

/// The engine's calls may take two minutes, so the lease is the usual one; signs of life come often.
fn team(ledgers: ObjectLedgers) -> ObjectLedgers {
    ledgers.with_times(Times {
        heartbeat: Duration::from_millis(200),
        request: Duration::from_secs(5),
        ..Times::default()
    })
}

async fn ledgers_of(place: &Place) -> Arc<dyn LedgerStore> {
    match place.has_objects() {
        true => Arc::new(team(place.objects().await)),
        false => place.ledgers().await,
    }
}

async fn planned(session: &Session, stack: &CompiledStack) -> Plan {
    let plan = plan(session, stack, &Options::default(), Labels::default()).await.unwrap().plan;
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    plan
}

async fn applied(session: &Session, plan: Plan, options: &ApplyOptions) -> Result<Report, EngineError> {
    let digest = file::digest(&file::write(&plan));
    apply(session, plan, digest, options).await
}

async fn apply_all(session: &Session, stack: &CompiledStack) {
    let plan = planned(session, stack).await;
    let report = applied(session, plan, &ApplyOptions::default()).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:?}", report.steps);
}

/// Everything that is there is owned, and there is nothing left to do.
async fn assert_settled(session: &Session, cloud: &Sandbox, stack: &CompiledStack) {
    assert!(planned(session, stack).await.is_empty());
    let loaded = ledgers::load(session.ledgers.as_ref(), &key()).await.unwrap().unwrap();
    assert!(loaded.open.is_none());
    assert_eq!(cloud.objects().unwrap().len(), stack.resources.len());
    assert_eq!(loaded.ledger.rows.len(), stack.resources.len());
}

async fn a_stack_is_applied_and_settles(place: Place) {
    let cloud = cloud(Duration::ZERO);
    let ada = session(ledgers_of(&place).await, &cloud, "ada");
    apply_all(&ada, &stack(12)).await;
    assert_settled(&ada, &cloud, &stack(12)).await;

    // Somebody else, elsewhere, changes it and goes back.
    let bob = session(ledgers_of(&place).await, &cloud, "bob");
    apply_all(&bob, &stack(3)).await;
    assert_settled(&bob, &cloud, &stack(3)).await;
    apply_all(&ada, &stack(5)).await;
    assert_settled(&bob, &cloud, &stack(5)).await;
    assert_eq!(bob.ledgers.versions(&key()).await.unwrap(), [3, 2, 1, 0]);
    assert!(bob.ledgers.runs(&key()).await.unwrap().is_empty());
}

async fn of_two_applies_one_runs_and_one_is_told(place: Place) {
    let cloud = cloud(Duration::from_millis(300));
    let sessions = [session(ledgers_of(&place).await, &cloud, "ada"), session(ledgers_of(&place).await, &cloud, "bob")];
    let plans = [planned(&sessions[0], &stack(8)).await, planned(&sessions[1], &stack(8)).await];
    let [ada, bob] = plans;
    // One after the other, so that it takes a while.
    let slowly = ApplyOptions { parallelism: Some(1), ..ApplyOptions::default() };
    let (ada, bob) = tokio::join!(applied(&sessions[0], ada, &slowly), applied(&sessions[1], bob, &slowly));
    let (report, told, who) = match (ada, bob) {
        (Ok(report), Err(told)) => (report, told, "ada"),
        (Err(told), Ok(report)) => (report, told, "bob"),
        (ada, bob) => panic!("{ada:?}\n{bob:?}"),
    };
    assert_eq!(report.exit, Exit::Ok);
    let EngineError::Ledger(LedgerError::Locked { holder, .. }) = &told else { panic!("{told:?}") };
    assert_eq!((holder.who.as_str(), told.exit()), (who, Exit::Refused));
    assert_settled(&sessions[0], &cloud, &stack(8)).await;
}

async fn replies_get_lost_while_applying(place: Place) {
    let faults = Arc::new(Faults::default());
    faults.loses_replies.store(true, Ordering::SeqCst);
    let cloud = cloud(Duration::ZERO);
    let ada = session(Arc::new(faults.on(team(place.objects().await))), &cloud, "ada");
    apply_all(&ada, &stack(6)).await;
    assert_settled(&ada, &cloud, &stack(6)).await;
}

async fn a_damaged_ledger_names_the_version_to_go_back_to(place: Place) {
    let cloud = cloud(Duration::ZERO);
    let ada = session(ledgers_of(&place).await, &cloud, "ada");
    apply_all(&ada, &stack(2)).await;
    apply_all(&ada, &stack(3)).await;
    let present = ada.ledgers.read(&key()).await.unwrap().unwrap();
    // Somebody edits it by hand, and leaves the half of it.
    let half = present.bytes[..present.bytes.len() / 2].to_vec();
    ada.ledgers.write(&key(), 3, half, Some(&present.edition)).await.unwrap();

    let error = ledgers::load(ada.ledgers.as_ref(), &key()).await.unwrap_err();
    let LedgerError::Damaged { location, previous: Some((version, 2)), .. } = &error else { panic!("{error:?}") };
    assert!(location.ends_with("/network/test/ledger.json"), "{location}");
    let place = version.rsplit_once('/').unwrap().0;
    assert!(place.ends_with("/network/test/versions"), "{version}");
}

/// An applier whose way to the store is cut in the middle of a run, in the times of a team and a paused clock.
#[tokio::test(start_paused = true)]
async fn an_applier_that_is_cut_off_stops_calling_and_another_goes_on() {
    let store = Arc::new(InMemory::new());
    let ledgers = || ObjectLedgers::over(store.clone(), "memory://ledgers", "team");
    let cloud = cloud(Duration::from_secs(10));
    let faults = Arc::new(Faults::default());
    let ada = session(Arc::new(faults.on(ledgers())), &cloud, "ada");
    let bob = session(Arc::new(ledgers()), &cloud, "bob");
    let plan = planned(&ada, &stack(40)).await;
    let same_plan = plan.clone();

    let options = ApplyOptions { parallelism: Some(1), ..ApplyOptions::default() };
    let applying = tokio::spawn(async move { applied(&ada, plan, &options).await });
    while cloud.objects().unwrap().len() < 4 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    faults.is_cut.store(true, Ordering::SeqCst);
    let cut = Instant::now();
    let error = applying.await.unwrap().unwrap_err();
    assert!(matches!(error, EngineError::CutOff { .. }), "{error:?}");
    let (lasted, made) = (cut.elapsed(), cloud.objects().unwrap().len());
    assert!(lasted < Duration::from_secs(300), "{lasted:?}");

    let report = applied(&bob, same_plan, &ApplyOptions::default()).await.unwrap();
    assert!(cut.elapsed() >= Duration::from_secs(415), "{:?}", cut.elapsed());
    assert!(report.resumed && report.exit == Exit::Ok, "{:?}", report.steps);
    assert!(made < 41, "it ended before it was cut off");
    assert_settled(&bob, &cloud, &stack(40)).await;
}

/// Somebody was impatient, and wrong: the applier was there. It notices, and stops.
#[tokio::test(start_paused = true)]
async fn an_applier_whose_lease_was_ended_stops() {
    let store = Arc::new(InMemory::new());
    let ledgers = || Arc::new(ObjectLedgers::over(store.clone(), "memory://ledgers", "team"));
    let cloud = cloud(Duration::from_secs(10));
    let (ada, bob) = (session(ledgers(), &cloud, "ada"), session(ledgers(), &cloud, "bob"));
    let plan = planned(&ada, &stack(20)).await;
    let same_plan = plan.clone();
    let options = ApplyOptions { parallelism: Some(1), ..ApplyOptions::default() };
    let applying = tokio::spawn(async move { applied(&ada, plan, &options).await });
    while cloud.objects().unwrap().len() < 4 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let had = bob.ledgers.unlock(&key(), &holder("bob"), "ada is on holiday").await.unwrap();
    assert_eq!(had, Some(holder("ada")));

    let error = applying.await.unwrap().unwrap_err();
    let EngineError::Ledger(LedgerError::LockLost { reason, .. }) = &error else { panic!("{error:?}") };
    assert!(reason.starts_with("bob on laptop") && reason.ends_with("ended it: ada is on holiday"), "{reason}");
    assert!(cloud.objects().unwrap().len() < 8);

    let report = applied(&bob, same_plan, &ApplyOptions::default()).await.unwrap();
    assert!(report.resumed && report.exit == Exit::Ok, "{:?}", report.steps);
    assert_settled(&bob, &cloud, &stack(20)).await;
}
