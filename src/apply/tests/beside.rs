//! Two that applied at once, because somebody said that nobody did.

use std::path::PathBuf;
use std::time::Duration;

use flashinfra_plans::{CompiledStack, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, key, of, stack};
use crate::error::{EngineError, Exit};
use crate::ledgers::{self, LedgerError};

/// Two nets, one after the other.
fn nets(cidr: &str) -> CompiledStack {
    let after = map! { "cidr" => cidr, "comment" => of("test.net/a", "arn") };
    stack([("test.net/a", map! { "cidr" => cidr }), ("test.net/b", after)])
}

/// A world where the applier of a run is held to be gone: its journal is not there while the next one applies.
async fn overtaken() -> (World, PathBuf, PathBuf) {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let run = world.plan(&nets("10.0.0.0/16")).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(2500), world.apply_plan(run)).await.is_err());
    let ledger = world.directory.path().join("ledgers/shop/test");
    let (journal, aside) = (ledger.join("journal"), ledger.join("aside"));
    std::fs::rename(&journal, &aside).unwrap();
    (world, journal, aside)
}

/// Puts the journal back, as whoever was held to be gone writes it late.
fn written_late(journal: &PathBuf, aside: &PathBuf) {
    std::fs::create_dir_all(journal).unwrap();
    for run in std::fs::read_dir(aside).unwrap() {
        let run = run.unwrap();
        std::fs::rename(run.path(), journal.join(run.file_name())).unwrap();
    }
}

async fn runs(world: &World) -> Vec<String> {
    match ledgers::load(world.session.ledgers.as_ref(), &key()).await {
        Err(LedgerError::RunsBeside { runs, .. }) => runs,
        other => panic!("{other:#?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_another_one_overtook_is_named_and_kept() {
    let (world, journal, aside) = overtaken().await;
    let made = world.objects();
    let other = stack([("test.net/c", map! { "cidr" => "10.1.0.0/16" })]);
    let plan = world.plan(&other).await.plan;
    assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
    let next = world.plan(&other).await.plan;
    written_late(&journal, &aside);

    let runs_told = runs(&world).await;
    let [told] = &runs_told[..] else { panic!("{runs_told:?}") };
    let ids = made.iter().all(|(_, id)| told.contains(&format!("test.net/a ({id})")));
    assert!(ids && told.contains("test.net/b (its id is not known)"), "{told}");
    let error = world.apply_plan(next).await.unwrap_err();
    assert!(matches!(error, EngineError::Ledger(LedgerError::RunsBeside { .. })), "{error}");
    assert_eq!(runs(&world).await, runs_told, "it was not put away");

    // The next move that the help names: what it made is taken over after its journal was taken away.
    std::fs::remove_dir_all(journal).unwrap();
    assert!(world.plan(&other).await.plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_two_open_runs_none_is_taken_for_the_only_one() {
    let (world, journal, aside) = overtaken().await;
    let plan = world.plan(&nets("10.9.0.0/16")).await.plan;
    assert!(tokio::time::timeout(Duration::from_millis(2500), world.apply_plan(plan)).await.is_err());
    written_late(&journal, &aside);
    assert_eq!(runs(&world).await.len(), 2);
}
