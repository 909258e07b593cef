//! What was looked up is part of what a plan is made from.

use std::time::Duration;

use flashinfra_plans::plan::{Action, Options};
use flashinfra_plans::{Address, CompiledStack, DeclaredLookup, Map, Name, Value, map};
use flashinfra_providers_memory::{self as memory, Latency, Slow};

use super::world::{World, of, stack, told};
use crate::apply::{Next, Report, StepOutcome};
use crate::error::{EngineError, Exit};
use crate::plan;

const IMAGE: &str = "test.image/node";

fn net() -> (&'static str, Map) {
    ("test.net/main", map! { "cidr" => "10.0.0.0/16", "comment" => of(IMAGE, "value") })
}

fn bucket() -> (&'static str, Map) {
    ("test.bucket/logs", map! { "name" => "logs" })
}

/// A stack that looks an image up.
fn asking(resources: impl IntoIterator<Item = (&'static str, Map)>) -> CompiledStack {
    let lookup = DeclaredLookup {
        address: Address::parse(IMAGE).unwrap(),
        provider: "main".into(),
        asked: map! { "name" => "node" },
        at: Some("main.rs:7:1".into()),
    };
    CompiledStack { lookups: vec![lookup], ..stack(resources) }
}

fn answer_with(world: &World, path: &str, value: &str) {
    world.sandbox.tamper("test.image", &world.only("test.image"), path, Some(value.into())).unwrap();
}

fn only_done(report: &Report) -> Vec<Name> {
    let done = report.steps.iter().filter(|step| matches!(step.outcome, StepOutcome::Done));
    done.map(|step| step.step.address.as_str().into()).collect()
}

#[tokio::test(start_paused = true)]
async fn another_answer_stops_what_uses_it_and_the_rest_is_done() {
    let world = World::new();
    let whole = asking([net(), bucket()]);
    let plan = world.plan(&whole).await.plan;
    answer_with(&world, "value", "image-2");

    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!((report.exit, &report.next[..]), (Exit::Stale, &[Next::PlanAgain][..]), "{:#?}", told(&report));
    assert_eq!(only_done(&report), ["test.bucket/logs"]);
    let stale = report.steps.iter().find_map(|step| match &step.outcome {
        StepOutcome::Stale(stale) => Some(stale.clone()),
        _ => None,
    });
    let stale = stale.unwrap();
    assert_eq!(
        stale.message,
        "the lookup test.image/node, which this uses, answers otherwise than when the plan was made"
    );
    let [value] = &stale.attributes[..] else { panic!("{stale:?}") };
    assert_eq!((value.path.as_str(), &value.live), ("test.image/node.value", &Some("image-2".into())));

    world.made(&whole).await;
    assert!(world.plan(&whole).await.plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_answer_is_an_ordinary_change_of_what_uses_it() {
    let world = World::new();
    let whole = asking([net(), bucket()]);
    world.made(&whole).await;
    answer_with(&world, "value", "image-2");
    let plan = world.plan(&whole).await.plan;
    let [change] = &plan.changes[..] else { panic!("{:#?}", plan.changes) };
    assert_eq!((change.action, change.address.as_str()), (Action::Update, "test.net/main"));
    assert_eq!(change.attributes[0].after, Some("image-2".into()));
    let lookup = &plan.basis.lookups[&Address::parse(IMAGE).unwrap()];
    assert_eq!((&lookup.asked, lookup.answer.get("value")), (&map! { "name" => "node" }, Some(&"image-2".into())));
    assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
    assert!(world.plan(&whole).await.plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_no_step_is_sent_of_an_answer_may_change() {
    let world = World::new();
    let plan = world.plan(&asking([net(), bucket()])).await.plan;
    answer_with(&world, "version", "2");
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn a_lookup_without_an_answer_is_told_before_there_is_a_plan_and_keeps_nothing_from_being_destroyed() {
    let world = World::new();
    let whole = asking([net(), bucket()]);
    world.made(&whole).await;
    let plan = world.plan(&whole).await.plan;
    assert!(plan.is_empty());
    world.sandbox.remove("test.image", &world.only("test.image")).unwrap();
    let error = world.try_plan(&whole).await.unwrap_err();
    let EngineError::Planner(error) = error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), r#"the lookup `test.image/node` found nothing, asked for {"name":"node"}"#);
    assert_eq!(error.at(), Some(&"main.rs:7:1".into()));

    let destroyed = plan::destroy(&world.session, "shop", "test", &Options::default()).await.unwrap();
    assert_eq!(world.apply_plan(destroyed.plan).await.unwrap().exit, Exit::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_finds_nothing_any_more_stops_what_uses_it() {
    let world = World::new();
    let plan = world.plan(&asking([net(), bucket()])).await.plan;
    world.sandbox.remove("test.image", &world.only("test.image")).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!((report.exit, only_done(&report)), (Exit::Stale, vec!["test.bucket/logs".into()]));
    assert!(told(&report).iter().any(|line| line.contains("finds nothing any more")), "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waited_long_asks_again() {
    let slow = Slow { polls: 200, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(memory::Options { latency, ..memory::Options::default() });
    let bucket = map! { "name" => "logs", "class" => of(IMAGE, "value"), "net" => of("test.cluster/main", "arn") };
    let whole = asking([("test.cluster/main", map! { "name" => "main" }), ("test.bucket/logs", bucket)]);
    let plan = world.plan(&whole).await.plan;
    let somebody = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        answer_with(&world, "value", "image-2");
    };
    let (report, ()) = tokio::join!(world.apply_plan(plan), somebody);
    let report = report.unwrap();
    assert_eq!((report.exit, only_done(&report)), (Exit::Stale, vec!["test.cluster/main".into()]));
    world.made(&whole).await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_made_of_an_answer_is_asked_for_like_any_other() {
    let world = World::new();
    let named = ("test.bucket/logs", map! { "name" => of(IMAGE, "value") });
    let whole = asking([named]);
    let _plan = world.plan(&whole).await;
    answer_with(&world, "value", "logs");
    let foreign = memory::Foreign {
        kind: "test.bucket".into(),
        region: "here".into(),
        attributes: map! { "name" => Value::from("logs") },
        ..memory::Foreign::default()
    };
    world.sandbox.insert(&foreign).unwrap();
    let plan = world.plan(&whole).await.plan;
    assert_eq!(plan.refusals.len(), 1, "somebody has the name already: {:?}", plan.refusals);
}
