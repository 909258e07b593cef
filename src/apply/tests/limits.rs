//! How much runs at once.

use std::collections::BTreeSet;
use std::time::Duration;

use flashinfra_plans::{CompiledStack, map};
use flashinfra_providers_memory::{Latency, Options};
use tokio::sync::mpsc::unbounded_channel;

use super::world::{World, apply_in, stack, told};
use crate::apply::{ApplyOptions, EventKind};
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

    let (mut running, mut most) = (BTreeSet::new(), 0);
    while let Some(event) = heard.recv().await {
        match event.kind {
            EventKind::Started => running.insert(event.step.id),
            EventKind::Done { .. } => running.remove(&event.step.id),
            _ => continue,
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
