//! A process that dies: at every write of its ledger, and at every moment between.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::revision::Outcome;
use flashinfra_plans::{CompiledStack, Map, Name, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, apply_in, key, moved, of, secret, shop, stack, told};
use crate::apply::{ApplyOptions, StepOutcome};
use crate::error::{EngineError, Exit};
use crate::ledgers::{Edition, Holder, Lasts, LedgerError, LedgerKey, LedgerStore, Lock, Stored};
use crate::revisions;

/// A store whose process dies at a write: all that comes after fails.
pub(super) struct Mortal {
    inner: Arc<dyn LedgerStore>,
    writes_left: AtomicUsize,
    /// How long each write takes.
    takes: Duration,
    /// Whether the last write reaches the disk, and only its answer does not arrive.
    last_is_written: bool,
}

impl Mortal {
    pub(super) fn new(inner: Arc<dyn LedgerStore>, writes: usize, last_is_written: bool) -> Self {
        Self { inner, writes_left: AtomicUsize::new(writes), takes: Duration::ZERO, last_is_written }
    }

    /// One that does not die, and takes its time.
    pub(super) fn slow(inner: Arc<dyn LedgerStore>, takes: Duration) -> Self {
        Self { takes, ..Self::new(inner, usize::MAX, true) }
    }

    async fn write<T>(&self, write: impl Future<Output = Result<T, LedgerError>>) -> Result<T, LedgerError> {
        tokio::time::sleep(self.takes).await;
        let dead = || LedgerError::store("write", "a store whose process is dead", "dead");
        let left = self.writes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(1) if self.last_is_written => write.await.and(Err(dead())),
            Ok(1) | Err(_) => Err(dead()),
            Ok(_) => write.await,
        }
    }
}

#[async_trait]
impl LedgerStore for Mortal {
    fn location(&self, key: &LedgerKey) -> String {
        self.inner.location(key)
    }

    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError> {
        self.inner.keys().await
    }

    async fn read(&self, key: &LedgerKey) -> Result<Option<Stored>, LedgerError> {
        self.inner.read(key).await
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError> {
        self.write(self.inner.write(key, serial, bytes, expected)).await
    }

    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        self.inner.versions(key).await
    }

    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError> {
        self.inner.version(key, serial).await
    }

    async fn runs(&self, key: &LedgerKey) -> Result<Vec<Name>, LedgerError> {
        self.inner.runs(key).await
    }

    async fn segments(&self, key: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        self.inner.segments(key, run).await
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.write(self.inner.append(key, run, number, bytes)).await
    }

    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.write(self.inner.keep_plan(key, run, bytes)).await
    }

    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.kept_plan(key, run).await
    }

    async fn keep_revision(&self, key: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.write(self.inner.keep_revision(key, number, bytes)).await
    }

    async fn revisions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        self.inner.revisions(key).await
    }

    async fn revision(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.revision(key, number).await
    }

    async fn drop_revision(&self, key: &LedgerKey, number: u64) -> Result<(), LedgerError> {
        self.write(self.inner.drop_revision(key, number)).await
    }

    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        self.write(self.inner.finish(key, run)).await
    }

    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        self.inner.finished(key, run).await
    }

    async fn holder(&self, key: &LedgerKey) -> Result<Option<(Holder, Lasts)>, LedgerError> {
        self.inner.holder(key).await
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        self.inner.lock(key, holder).await
    }
}

/// What is typed after the crash.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// The same plan again.
    Resume,
    /// Plan, and apply that.
    PlanAnew,
}

/// A world with something in it, and a stack that updates, replaces, deletes, creates and moves.
async fn eventful(options: Options) -> (World, CompiledStack) {
    let world = World::with(options).with_ledgers_in_memory();
    let mut resources = shop();
    resources.push(("test.net/old", map! { "cidr" => "10.9.0.0/16" }));
    resources.push(("test.bucket/old", map! { "name" => "old", "net" => of("test.net/old", "id") }));
    // Names are unique within a kind only.
    resources.push(("test.bucket/twin", map! { "name" => "twin" }));
    resources.push(("test.cluster/twin", map! { "name" => "twin" }));
    let report = world.apply(&stack(resources)).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    (world, moved(stack(changed()), "test.cluster/twin", "test.cluster/moved"))
}

fn changed() -> Vec<(&'static str, Map)> {
    vec![
        ("test.net/main", map! { "cidr" => "10.0.0.0/16", "tags" => map! { "team" => "db" } }),
        (
            "test.host/web",
            map! { "net" => of("test.net/new", "id"), "size" => "small", "password" => secret("PASSWORD", 2) },
        ),
        ("test.net/new", map! { "cidr" => "10.7.0.0/16" }),
        ("test.bucket/logs", map! { "name" => "logs", "class" => of("test.host/web", "address") }),
        ("test.bucket/more", map! { "name" => "more", "net" => of("test.net/new", "arn") }),
        ("test.cluster/main", map! { "name" => "second", "net" => of("test.net/main", "arn") }),
        ("test.bucket/twin", map! { "name" => "twin" }),
        ("test.cluster/moved", map! { "name" => "twin" }),
    ]
}

/// Brings a world to its end after a crash, and looks whether anything was lost or doubled on the way.
async fn recover(world: &World, stack: &CompiledStack, crashed: flashinfra_plans::Plan, then: Then, case: &str) {
    match then {
        Then::Resume => match world.apply_plan(crashed).await {
            Ok(report) => assert_eq!(report.exit, Exit::Ok, "{case}: {:#?}", told(&report)),
            // It died after the last write that matters.
            Err(EngineError::PlanUsed { .. }) => {}
            Err(error) => panic!("{case}: {error}"),
        },
        Then::PlanAnew => {
            let planned = world.plan(stack).await;
            let report = world.apply_plan(planned.plan).await.unwrap();
            assert_eq!(report.exit, Exit::Ok, "{case}: {:#?}", told(&report));
        }
    }
    world.assert_settled(stack).await;
    // Each run that became part of the ledger is in its history once, and the last one ended well.
    let history = revisions::history(world.session.ledgers.as_ref(), &key()).await.unwrap();
    let numbers: Vec<u64> = history.iter().map(|revision| revision.number).collect();
    assert_eq!(numbers, (1..=world.ledger().await.serial).rev().collect::<Vec<_>>(), "{case}");
    assert_eq!(history[0].outcome, Outcome::Done, "{case}");
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_write() {
    for then in [Then::Resume, Then::PlanAnew] {
        for last_is_written in [false, true] {
            let mut crashes = 0;
            for writes in 1.. {
                let (world, stack) = eventful(Options::default()).await;
                let plan = world.plan(&stack).await.plan;
                let session = world.with_store(|inner| Mortal::new(inner, writes, last_is_written));
                if apply_in(&session, plan.clone(), &ApplyOptions::default()).await.is_ok() {
                    break;
                }
                crashes += 1;
                let case = format!("{then:?}, write {writes}, written: {last_is_written}");
                recover(&world, &stack, plan, then, &case).await;
            }
            assert!(crashes > 8, "only {crashes} writes");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_moment() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    for then in [Then::Resume, Then::PlanAnew] {
        let mut crashes = 0;
        for moment in 0.. {
            let (world, stack) = eventful(Options { latency: latency.clone(), ..Options::default() }).await;
            let plan = world.plan(&stack).await.plan;
            let after = Duration::from_millis(350) * moment;
            let applied = tokio::time::timeout(after, world.apply_plan(plan.clone())).await;
            if applied.is_ok() {
                break;
            }
            crashes += 1;
            recover(&world, &stack, plan, then, &format!("{then:?} after {after:?}")).await;
        }
        assert!(crashes > 10, "only {crashes} moments");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_in_part_when_it_died_is_updated() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    for then in [Then::Resume, Then::PlanAnew] {
        let faults = "create test.bucket/logs half=class".parse().unwrap();
        let world = World::with(Options { faults, latency: latency.clone(), ..Options::default() });
        let stack = stack(shop());
        let plan = world.plan(&stack).await.plan;
        let bucket = || world.objects().iter().any(|(kind, _)| kind == "test.bucket");
        let mut applying = Box::pin(world.apply_plan(plan.clone()));
        while !bucket() {
            let ended = tokio::time::timeout(Duration::from_millis(100), &mut applying).await;
            assert!(ended.is_err(), "it ended before it could die");
        }
        drop(applying);
        let anew = world.plan(&stack).await.plan;
        assert!(anew.drift.is_empty(), "nobody changed it outside: {:?}", anew.drift);
        recover(&world, &stack, plan, then, &format!("{then:?}")).await;
    }
}

/// The service does not show any of them at the first look, and the looks take their time, one after the other.
#[tokio::test(start_paused = true)]
async fn what_was_made_when_it_died_is_looked_for_more_than_once() {
    let names = ["a", "b", "c", "d"];
    let addresses = names.map(|name| format!("test.bucket/{name}"));
    let stack = stack(addresses.iter().zip(names).map(|(address, name)| (address.as_str(), map! { "name" => name })));
    for then in [Then::Resume, Then::PlanAnew] {
        let faults = "create test.bucket lost-after times=4\ncreate test.bucket hidden=1 times=4".parse().unwrap();
        let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
        let world = World::with(Options { faults, latency, ..Options::default() });
        let plan = world.plan(&stack).await.plan;
        let mut applying = Box::pin(world.apply_plan(plan.clone()));
        while world.objects().len() < names.len() {
            let ended = tokio::time::timeout(Duration::from_millis(10), &mut applying).await;
            assert!(ended.is_err(), "it ended before it could die");
        }
        drop(applying);
        let anew = world.plan(&stack).await.plan;
        assert!(anew.refusals.is_empty() && anew.is_empty(), "{:?} {:#?}", anew.refusals, anew.changes);
        recover(&world, &stack, plan, then, &format!("{then:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_dies_again_and_again() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    for then in [Then::Resume, Then::PlanAnew] {
        let (world, stack) = eventful(Options { latency: latency.clone(), ..Options::default() }).await;
        let mut plan = world.plan(&stack).await.plan;
        let mut lives = 0;
        // Each life is a little longer than the one before, so that in the end one is long enough.
        loop {
            lives += 1;
            let after = Duration::from_millis(900) * lives;
            match tokio::time::timeout(after, world.apply_plan(plan.clone())).await {
                Ok(report) => {
                    let report = report.unwrap();
                    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
                    break;
                }
                Err(_) => match then {
                    Then::Resume => {}
                    Then::PlanAnew => plan = world.plan(&stack).await.plan,
                },
            }
        }
        assert!(lives > 3);
        world.assert_settled(&stack).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_not_done_again() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let stack = stack(shop());
    let plan = world.plan(&stack).await.plan;
    // The place, the last look at two kinds, the net; then the host is on its way.
    let cut = tokio::time::timeout(Duration::from_millis(4500), world.apply_plan(plan.clone())).await;
    assert!(cut.is_err());
    let interrupted = world.plan(&stack).await;
    assert!(interrupted.interrupted.is_some());

    let report = world.apply_plan(plan).await.unwrap();
    assert!(report.resumed);
    let before = report.count(|outcome| matches!(outcome, StepOutcome::DoneBefore));
    let now = report.count(|outcome| matches!(outcome, StepOutcome::Done));
    assert_eq!((before, now), (1, 3), "{:#?}", told(&report));
    world.assert_settled(&stack).await;
}
