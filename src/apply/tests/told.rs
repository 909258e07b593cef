//! What is told while a plan is applied: never more than what the journal knows.

use std::collections::BTreeSet;

use flashinfra_plans::journal::State;
use flashinfra_plans::map;
use tokio::sync::mpsc;

use super::crash::Mortal;
use super::world::{World, apply_in, key, shop, stack};
use crate::apply::{ApplyOptions, EventKind};
use crate::ledgers;

#[tokio::test(start_paused = true)]
async fn a_step_is_told_to_start_once_its_intent_is_durable() {
    let mut told_in_all = 0;
    for writes in 1.. {
        let world = World::new().with_ledgers_in_memory();
        let plan = world.plan(&stack(shop())).await.plan;
        let session = world.with_store(|inner| Mortal::new(inner, writes, false));
        let (events, mut watched) = mpsc::unbounded_channel();
        let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
        let died = apply_in(&session, plan, &options).await.is_err();
        drop(options);
        let mut told = BTreeSet::new();
        while let Some(event) = watched.recv().await {
            if matches!(event.kind, EventKind::Started) {
                told.insert(event.step.id);
            }
        }
        if !died {
            assert_eq!(told.len(), 4, "without trouble all are told");
            assert!(told_in_all > 0 && writes > 5, "it died {writes} times, and told {told_in_all} steps before");
            return;
        }
        told_in_all += told.len();
        let loaded = ledgers::load(world.session.ledgers.as_ref(), &key()).await.unwrap();
        // A run that was put away had all of its records written.
        let Some(run) = loaded.and_then(|loaded| loaded.open) else { continue };
        let known = |step: &u32| run.steps.get(step).is_some_and(|state| *state != State::Planned);
        let unknown: Vec<_> = told.iter().filter(|step| !known(step)).collect();
        assert!(
            unknown.is_empty(),
            "dies at write {writes}: {unknown:?} were told, and the journal knows nothing of them"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_step_that_ends_at_once_is_told_to_start_before() {
    const BUCKETS: usize = 500;
    let world = World::new().with_ledgers_in_memory();
    let addresses: Vec<_> = (0..BUCKETS).map(|number| format!("test.bucket/b{number}")).collect();
    let buckets = addresses.iter().map(|address| (address.as_str(), map! { "name" => address.replace('/', "-") }));
    let plan = world.plan(&stack(buckets)).await.plan;
    let (events, mut watched) = mpsc::unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let _ = apply_in(&world.session, plan, &options).await.unwrap();
    drop(options);
    let (mut started, mut ended) = (BTreeSet::new(), 0);
    while let Some(event) = watched.recv().await {
        match event.kind {
            EventKind::Started => drop(started.insert(event.step.id)),
            EventKind::Done { .. } => {
                assert!(started.contains(&event.step.id), "{} was done and never told to start", event.step.address);
                ended += 1;
            }
            _ => {}
        }
    }
    assert_eq!(ended, BUCKETS);
}
