//! What stays of each apply in the ledger's history, and going back to it.

use std::time::Duration;

use flashinfra_plans::plan::Options;
use flashinfra_plans::revision::Outcome;
use flashinfra_plans::{Action, Address, CompiledStack, Plan, Revision, map};
use flashinfra_providers_memory::{self as memory, Latency};

use super::world::{World, apply_in, key, of, shop, stack, told};
use crate::apply::{ApplyOptions, Report};
use crate::error::{EngineError, Exit};
use crate::plan::{Labels, plan};
use crate::revisions::{self, RevisionError};

fn net(comment: &str) -> CompiledStack {
    stack([("test.net/main", map! { "cidr" => "10.0.0.0/16", "comment" => comment })])
}

/// With something more, which is told apart by its name.
fn with_bucket(comment: &str, name: &str) -> CompiledStack {
    let main = map! { "cidr" => "10.0.0.0/16", "comment" => comment };
    stack([("test.net/main", main), ("test.bucket/logs", map! { "name" => name, "net" => of("test.net/main", "id") })])
}

async fn history(world: &World) -> Vec<Revision> {
    revisions::history(world.session.ledgers.as_ref(), &key()).await.unwrap()
}

/// The history as `number: outcome, created/updated/deleted`, the newest first.
async fn listed(world: &World) -> Vec<String> {
    let count = |revision: &Revision, action| revision.changes.get(&action).copied().unwrap_or_default();
    let line = |revision: &Revision| {
        let [created, updated, deleted] =
            [Action::Create, Action::Update, Action::Delete].map(|action| count(revision, action));
        format!("{}: {:?} {created}/{updated}/{deleted}", revision.number, revision.outcome)
    };
    history(world).await.iter().map(line).collect()
}

async fn plan_back(world: &World, number: u64) -> Plan {
    let kept = revisions::find(world.session.ledgers.as_ref(), &key(), number).await.unwrap();
    let labels = Labels { parameters: kept.revision.parameters, repeats: Some(number) };
    plan(&world.session, &kept.declared.unwrap(), &Options::default(), labels).await.unwrap().plan
}

async fn go_back(world: &World, number: u64) -> Report {
    let plan = plan_back(world, number).await;
    world.apply_plan(plan).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_apply_keeps_what_it_made_live() {
    let world = World::new();
    let store = world.session.ledgers.clone();
    assert!(history(&world).await.is_empty(), "a ledger of before has none");
    world.made(&net("one")).await;
    let planned = world.plan(&with_bucket("two", "logs")).await.plan;
    let report = world.apply_plan(planned.clone()).await.unwrap();
    assert_eq!(listed(&world).await, ["2: Done 1/1/0", "1: Done 1/0/0"]);
    let newest = &history(&world).await[0];
    assert_eq!((&newest.run, &newest.compiled), (&report.run, &planned.basis.compiled));
    assert_eq!((newest.steps, newest.done, newest.repeats), (2, 2, None));
    assert!(newest.at.ends_with(" UTC") && newest.by.contains(" on "), "{newest:?}");
    let kept = revisions::find(store.as_ref(), &key(), 1).await.unwrap();
    assert_eq!(kept.declared.unwrap().resources, net("one").resources);
    // One object an apply, whatever it does.
    assert_eq!(store.revisions(&key()).await.unwrap(), [2, 1]);
}

#[tokio::test(start_paused = true)]
async fn any_revision_can_be_gone_back_to_and_that_is_a_revision() {
    let world = World::new();
    let versions = [net("one"), with_bucket("two", "logs"), with_bucket("three", "other")];
    for version in &versions {
        world.made(version).await;
    }
    for (number, version) in [(1, &versions[0]), (3, &versions[2]), (2, &versions[1])] {
        let report = go_back(&world, number).await;
        assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
        world.assert_settled(version).await;
        assert_eq!(history(&world).await[0].repeats, Some(number));
    }
    assert_eq!(plan_back(&world, 2).await.steps, [], "it is as that revision left it");
    // Undeclared values went with their release, so that nothing is left of what came later.
    assert_eq!(listed(&world).await.len(), 6);
}

/// What history tells is read without the stack; what is gone back to has to be there as a whole.
#[tokio::test(start_paused = true)]
async fn what_is_said_of_a_revision_needs_no_stack() {
    let world = World::new();
    world.made(&net("one")).await;
    world.made(&net("two")).await;
    let (told, store) = (history(&world).await, world.session.ledgers.as_ref());
    assert_eq!(told[0].resources, Some(1));
    let whole = store.revision(&key(), 2).await.unwrap().unwrap();
    let head = store.revision_head(&key(), 2).await.unwrap().unwrap();
    assert!(head.len() * 2 < whole.len() && whole.starts_with(&head), "{} of {}", head.len(), whole.len());
    store.keep_revision(&key(), 2, whole[..whole.len() - 10].to_vec()).await.unwrap();
    assert_eq!(history(&world).await, told);
    assert!(matches!(
        revisions::find(store, &key(), 2).await,
        Err(EngineError::Revision(RevisionError::Unreadable { .. }))
    ));
    assert_eq!(revisions::newest_good(store, &key()).await.unwrap(), 1);
    // What says of itself that it is newer is named as that.
    let newer = String::from_utf8(whole).unwrap().replacen("\"format\":1", "\"format\":9", 1);
    store.keep_revision(&key(), 2, newer.into_bytes()).await.unwrap();
    let refused = revisions::history(store, &key()).await.unwrap_err();
    assert!(matches!(refused, EngineError::Revision(RevisionError::Unreadable { number: 2, .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_apply_is_kept_as_that_and_is_nothing_to_go_back_to() {
    let world = World::with_faults("create test.bucket/logs denied times=always");
    world.made(&net("one")).await;
    let failed = world.apply(&with_bucket("two", "logs")).await;
    assert_eq!(failed.exit, Exit::Error, "{:#?}", told(&failed));
    assert_eq!(listed(&world).await, ["2: Failed 0/1/0", "1: Done 1/0/0"]);
    let store = world.session.ledgers.as_ref();
    assert_eq!(revisions::last_good(store, &key()).await.unwrap(), 1);
    assert_eq!(revisions::newest_good(store, &key()).await.unwrap(), 1);
    assert_eq!(go_back(&world, 1).await.exit, Exit::Ok);
    world.assert_settled(&net("one")).await;
    // Back again is what was before the going back that ended well; what failed is passed over.
    assert_eq!(revisions::last_good(store, &key()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_and_part_of_a_stack_are_kept_and_are_nothing_to_go_back_to() {
    let world = World::new();
    world.made(&net("one")).await;
    let options = Options { targets: vec![Address::parse("test.net/main").unwrap()], ..Options::default() };
    let part = plan(&world.session, &with_bucket("two", "logs"), &options, Labels::default()).await.unwrap().plan;
    assert_eq!(world.apply_plan(part).await.unwrap().exit, Exit::Ok);
    let destroy = crate::plan::destroy(&world.session, "shop", "test", &Options::default()).await.unwrap().plan;
    assert_eq!(world.apply_plan(destroy).await.unwrap().exit, Exit::Ok);
    assert_eq!(listed(&world).await, ["3: Done 0/0/1", "2: Done 0/1/0", "1: Done 1/0/0"]);
    let store = world.session.ledgers.as_ref();
    assert!(history(&world).await[1].partial);
    assert_eq!(revisions::last_good(store, &key()).await.unwrap(), 1);
    let destroyed = revisions::find(store, &key(), 3).await.unwrap();
    assert_eq!(destroyed.declared, None);
    // After a destroy the stack comes back as it was.
    assert_eq!(go_back(&world, 1).await.exit, Exit::Ok);
    world.assert_settled(&net("one")).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_cut_off_is_kept_by_whoever_closes_it() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(memory::Options { latency, ..memory::Options::default() });
    world.made(&net("one")).await;
    let plan = world.plan(&with_bucket("two", "logs")).await.plan;
    // The process is gone once the net is updated, before the bucket is made.
    let mut applying = Box::pin(world.apply_plan(plan));
    let comment = || world.sandbox.objects().unwrap()[0].object.attributes.get("comment").cloned();
    while comment() != Some("two".into()) {
        let ended = tokio::time::timeout(Duration::from_millis(100), &mut applying).await;
        assert!(ended.is_err(), "it ended before it could die");
    }
    drop(applying);
    assert_eq!(listed(&world).await, ["1: Done 1/0/0"], "it may go on");
    assert_eq!(revisions::last_good(world.session.ledgers.as_ref(), &key()).await.unwrap(), 1);
    assert_eq!(go_back(&world, 1).await.exit, Exit::Ok);
    world.assert_settled(&net("one")).await;
    let history = history(&world).await;
    let outcomes: Vec<_> = history.iter().map(|revision| (revision.number, revision.outcome)).collect();
    assert_eq!(outcomes, [(3, Outcome::Done), (2, Outcome::CutOff), (1, Outcome::Done)]);
    assert!(history[1].by.contains(" on ") && !history[1].by.contains("process"), "{}", history[1].by);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_go_and_the_last_good_one_stays() {
    let world = World::with_faults("create test.bucket/logs denied skip=1 times=always");
    let options = ApplyOptions { history_max: Some(3), ..ApplyOptions::default() };
    let mut versions = vec![net("one"), net("two"), with_bucket("two", "logs")];
    versions.extend((0..4).map(|number| {
        let mut failing = with_bucket("two", "logs");
        failing.resources[0].attributes = map! { "name" => format!("logs-{number}").as_str() };
        failing
    }));
    for version in &versions {
        let plan = world.plan(version).await.plan;
        let report = apply_in(&world.session, plan, &options).await.unwrap();
        assert!(matches!(report.exit, Exit::Ok | Exit::Error), "{:#?}", told(&report));
    }
    let numbers = world.session.ledgers.revisions(&key()).await.unwrap();
    assert_eq!(numbers, [7, 6, 5, 3], "three, and the one that can be gone back to");
    assert_eq!(revisions::last_good(world.session.ledgers.as_ref(), &key()).await.unwrap(), 3);

    let everything = ApplyOptions { history_max: Some(0), ..ApplyOptions::default() };
    let plan = world.plan(&net("ten")).await.plan;
    let report = apply_in(&world.session, plan, &everything).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(world.session.ledgers.revisions(&key()).await.unwrap(), [8, 7, 6, 5, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_kept_is_told_with_what_is() {
    let world = World::new();
    world.made(&net("one")).await;
    let store = world.session.ledgers.as_ref();
    let Err(EngineError::Revision(missing)) = revisions::find(store, &key(), 9).await else { panic!("it is kept") };
    assert!(matches!(&missing, RevisionError::Missing { kept, .. } if *kept == [1]), "{missing:?}");
    assert!(missing.help().contains("kept are 1"), "{}", missing.help());
    let none = revisions::last_good(store, &key()).await.unwrap_err();
    assert!(matches!(none, EngineError::Revision(RevisionError::NoneGood { .. })), "{none}");
}

#[tokio::test(start_paused = true)]
async fn a_revision_holds_no_secret() {
    let world = World::new();
    world.made(&stack(shop())).await;
    world.assert_unwritten("hunter2");
    let report = go_back(&world, 1).await;
    assert!(report.steps.is_empty());
    assert_eq!(history(&world).await[0].outcome, Outcome::Done);
}
