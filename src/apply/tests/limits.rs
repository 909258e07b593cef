//! How much runs at once.

use std::collections::BTreeSet;
use std::time::Duration;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{CompiledStack, Value, map};
use flashinfra_providers_memory::{Latency, Options};
use tokio::sync::mpsc::unbounded_channel;

use super::crash::Mortal;
use super::world::{World, apply_in, of, stack, told};
use crate::apply::{ApplyOptions, EventKind, StepOutcome};
use crate::error::Exit;

fn buckets(kind: &str, count: usize) -> CompiledStack {
    let names: Vec<_> = (0..count).map(|number| (format!("{kind}/b{number:02}"), format!("b{number:02}"))).collect();
    stack(names.iter().map(|(address, name)| (address.as_str(), map! { "name" => name.as_str() })))
}

/// Applies and answers the most steps that ran at the same time, and how long all took.
async fn most_at_once(stack: &CompiledStack, options: ApplyOptions) -> (usize, Duration) {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let plan = world.plan(stack).await.plan;
    let (events, mut heard) = unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..options };
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    drop(options);
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));

    let mut changes = Vec::new();
    while let Some(event) = heard.recv().await {
        match event.kind {
            EventKind::Started => changes.push((event.at, true, event.step.id)),
            EventKind::Done { .. } => changes.push((event.at, false, event.step.id)),
            _ => {}
        }
    }
    // What ends makes room in the same instant, and may be told of after what takes it.
    changes.sort_unstable();
    let (mut running, mut most) = (BTreeSet::new(), 0);
    for (_, starts, step) in changes {
        if starts {
            running.insert(step)
        } else {
            running.remove(&step)
        };
        most = most.max(running.len());
    }
    (most, report.elapsed)
}

#[tokio::test(start_paused = true)]
async fn a_provider_gets_so_many_calls_at_once() {
    let (most, took) = most_at_once(&buckets("test.bucket", 25), ApplyOptions::default()).await;
    assert_eq!(most, 10);
    // The place, the last look, three rounds of creates, and a look whether all can be seen.
    assert_eq!(took.as_secs(), 6);
    let options = ApplyOptions { per_provider: Some(3), ..ApplyOptions::default() };
    assert_eq!(most_at_once(&buckets("test.bucket", 25), options).await.0, 3);
}

#[tokio::test(start_paused = true)]
async fn parallelism_bounds_all_steps() {
    let options = || ApplyOptions { parallelism: Some(4), ..ApplyOptions::default() };
    assert_eq!(most_at_once(&buckets("test.bucket", 12), options()).await.0, 4);
    assert_eq!(most_at_once(&buckets("test.cluster", 12), options()).await.0, 4);
}

#[tokio::test(start_paused = true)]
async fn what_only_waits_keeps_nobody_from_calling() {
    let (most, _) = most_at_once(&buckets("test.cluster", 30), ApplyOptions::default()).await;
    assert!(most > 10, "{most}");
}

/// More steps than are begun at once wait for a service that wants rest; those of another one are called meanwhile.
#[tokio::test(start_paused = true)]
async fn what_waits_for_a_service_keeps_no_other_service_waiting() {
    let world = World::with_faults("create test.net throttled=60000ms");
    let nets: Vec<_> =
        (0..50).map(|n| (format!("test.net/n{n:02}"), map! { "cidr" => format!("10.{n}.0.0/16") })).collect();
    let buckets: Vec<_> =
        (0..50).map(|n| (format!("test.bucket/b{n:02}"), map! { "name" => format!("b{n:02}") })).collect();
    let all = nets.iter().chain(&buckets).map(|(address, attributes)| (address.as_str(), attributes.clone()));
    let plan = world.plan(&stack(all)).await.plan;
    let (events, mut heard) = unbounded_channel();
    let options = ApplyOptions { events: Some(events), per_provider: Some(2), ..ApplyOptions::default() };
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    drop(options);
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let mut last = [Duration::ZERO; 2];
    while let Some(event) = heard.recv().await {
        if let EventKind::Done { .. } = event.kind {
            last[usize::from(event.step.address.kind() == "test.net")] = event.at;
        }
    }
    assert!(last[0] < Duration::from_secs(10), "{last:?}");
    assert!(last[1] > Duration::from_secs(60), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_journal_keeps_no_call_waiting() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let takes = Duration::from_millis(900);
    let session = world.with_store(|inner| Mortal::slow(inner, takes));
    let plan = world.plan(&buckets("test.bucket", 40)).await.plan;
    let report = apply_in(&session, plan, &ApplyOptions::default()).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    // The place, the last look, four rounds of creates, a look whether all can be seen. Written before and after
    // them are the new ledger, the kept plan, the first segment; the last creates, the end, the ledger, and the journal is
    // put away. Nothing waits for what is written between the rounds.
    assert_eq!(report.elapsed, Duration::from_secs(7) + takes * 7);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_cannot_be_prepared_leaves_the_others_their_turn() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let file = world.directory.path().join("password");
    std::fs::write(&file, "hunter2").unwrap();
    // It is there when the run begins, and gone when its step's turn comes.
    let password = Value::Secret(Box::new(Secret::File { path: "password".into(), version: 1 }));
    let stack = stack([
        ("test.net/first", map! { "cidr" => "10.1.0.0/16" }),
        ("test.host/web", map! { "net" => of("test.net/first", "id"), "password" => password }),
        ("test.net/last", map! { "cidr" => "10.2.0.0/16", "comment" => of("test.net/first", "arn") }),
        ("test.net/very-last", map! { "cidr" => "10.3.0.0/16", "comment" => of("test.net/first", "arn") }),
    ]);
    let plan = world.plan(&stack).await.plan;
    let (events, mut heard) = unbounded_channel();
    let options = ApplyOptions { parallelism: Some(1), events: Some(events), ..ApplyOptions::default() };
    let gone = async {
        while let Some(event) = heard.recv().await {
            if let EventKind::Started = event.kind {
                std::fs::remove_file(&file).unwrap();
                break;
            }
        }
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan, &options), gone);
    let report = report.unwrap();
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 3, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Failed(_))), 1, "{:#?}", told(&report));
}
