//! Live is not what the plan was made from.

use std::time::Duration;

use flashinfra_plans::{Value, map};
use flashinfra_providers_memory::{Foreign, Latency, Options, Slow};

use super::world::{World, moved, of, shop, stack, told};
use crate::apply::{Next, StepOutcome};
use crate::error::{EngineError, Exit};

/// The shop with a larger host and another comment on its net.
fn changed() -> flashinfra_plans::CompiledStack {
    let mut resources = shop();
    resources[0].1 = resources[0].1.clone().with("comment", "ours".into());
    resources[1].1 = resources[1].1.clone().with("size", "large".into());
    stack(resources)
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_stops_its_step_and_the_rest_is_done() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let plan = world.plan(&changed()).await.plan;
    world.sandbox.tamper("test.host", &world.only("test.host"), "size", Some("tiny".into())).unwrap();

    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!((report.exit, &report.next[..]), (Exit::Stale, &[Next::PlanAgain][..]), "{:#?}", told(&report));
    let stale: Vec<_> = report
        .steps
        .iter()
        .filter_map(|step| match &step.outcome {
            StepOutcome::Stale(stale) => Some(stale.attributes.clone()),
            _ => None,
        })
        .collect();
    let [attributes] = &stale[..] else { panic!("{:#?}", told(&report)) };
    let [size] = &attributes[..] else { panic!("{attributes:?}") };
    assert_eq!((size.path.as_str(), &size.expected, &size.live), ("size", &Some("small".into()), &Some("tiny".into())));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 1);

    assert_eq!(world.apply(&changed()).await.steps.len(), 1);
    world.assert_settled(&changed()).await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_here_declared_makes_nothing_stale() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let plan = world.plan(&changed()).await.plan;
    world.sandbox.tamper("test.host", &world.only("test.host"), "address", Some("10.0.0.9".into())).unwrap();
    world.sandbox.tamper("test.net", &world.only("test.net"), "tags.cost", Some(Value::from("7"))).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_gone_stops_its_step() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let plan = world.plan(&changed()).await.plan;
    world.sandbox.remove("test.host", &world.only("test.host")).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert!(told(&report).iter().any(|line| line.contains("is gone")), "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_to_be_deleted_may_be_gone() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let rest = stack(shop().into_iter().filter(|(at, _)| *at != "test.cluster/main"));
    let plan = world.plan(&rest).await.plan;
    world.sandbox.remove("test.cluster", "main").unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&rest).await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_somebody_took_meanwhile_is_not_ours() {
    let world = World::new();
    let stack = stack(shop());
    let plan = world.plan(&stack).await.plan;
    let foreign = Foreign {
        kind: "test.bucket".into(),
        region: "here".into(),
        attributes: map! { "name" => "logs" },
        ..Foreign::default()
    };
    world.sandbox.insert(&foreign).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert!(told(&report).iter().any(|line| line.contains("logs exists by now")), "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 3);
    // Nor does the next plan take it.
    assert!(!world.plan(&stack).await.plan.refusals.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_made_while_another_is_applied_does_nothing_twice() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    // One after the other, so that the apply outlasts every try to plan in peace.
    let names: Vec<String> = (b'a'..=b't').map(|letter| format!("test.net/{}", char::from(letter))).collect();
    let nets = names.iter().enumerate().map(|(at, name)| {
        let net = map! { "cidr" => "10.0.0.0/16" };
        (name.as_str(), if at == 0 { net } else { net.with("comment", of(&names[at - 1], "arn")) })
    });
    let stack = stack(nets);
    let first = world.plan(&stack).await.plan;
    let planning = async {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        world.plan(&stack).await
    };
    let (report, second) = tokio::join!(world.apply_plan(first), planning);
    assert_eq!(report.unwrap().exit, Exit::Ok);
    assert!(second.interrupted.is_some() && !second.plan.is_empty());

    let before = world.objects();
    let error = world.apply_plan(second.plan).await.unwrap_err();
    assert!(matches!(error, EngineError::RunMoved { .. }), "{error}");
    assert_eq!((error.exit(), world.objects()), (Exit::Stale, before));
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waited_long_looks_again() {
    let slow = Slow { polls: 200, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let with_comment = |resources: Vec<(&'static str, flashinfra_plans::Map)>, comment: flashinfra_plans::Value| {
        stack(resources.into_iter().map(|(at, attributes)| match at {
            "test.net/main" => (at, attributes.with("comment", comment.clone())),
            _ => (at, attributes),
        }))
    };
    let net_only: Vec<_> = shop().into_iter().filter(|(at, _)| *at == "test.net/main").collect();
    world.made(&with_comment(net_only.clone(), "small".into())).await;

    // The net's comment changes once the cluster is there, and somebody is faster.
    let mut resources = net_only;
    resources.push(("test.cluster/main", map! { "name" => "main" }));
    let changed = with_comment(resources, of("test.cluster/main", "arn"));
    let plan = world.plan(&changed).await.plan;
    let somebody = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        world.sandbox.tamper("test.net", &world.only("test.net"), "comment", Some("theirs".into())).unwrap();
    };
    let (report, ()) = tokio::join!(world.apply_plan(plan), somebody);
    let report = report.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 1);
}

#[tokio::test(start_paused = true)]
async fn a_plan_waits_for_an_apply_that_ends_soon() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let stack = stack(shop());
    let first = world.plan(&stack).await.plan;
    let planning = async {
        tokio::time::sleep(Duration::from_millis(3100)).await;
        world.plan(&stack).await
    };
    let (report, second) = tokio::join!(world.apply_plan(first), planning);
    assert_eq!(report.unwrap().exit, Exit::Ok);
    assert!(second.plan.is_empty() && second.interrupted.is_none(), "{:#?}", second.plan.refusals);
}

#[tokio::test(start_paused = true)]
async fn what_was_only_not_seen_is_not_made_again() {
    let world = World::new();
    let stack = stack(shop());
    world.made(&stack).await;
    let id = world.only("test.net");
    // A service that is behind does not show the net while the plan is made, and shows it later.
    world.sandbox.remove("test.net", &id).unwrap();
    let plan = world.plan(&stack).await.plan;
    assert!(plan.steps.iter().any(|step| step.address.kind() == "test.net"));
    let hidden = Foreign {
        kind: "test.net".into(),
        region: "here".into(),
        id: Some(id.clone()),
        attributes: map! { "cidr" => "10.0.0.0/16", "tags" => map! { "team" => "web" } },
        ..Foreign::default()
    };
    world.sandbox.insert(&hidden).unwrap();

    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", told(&report));
    let seen = format!("{id} is there, and could not be seen when the plan was made");
    assert!(told(&report).iter().any(|line| line.contains(&seen)), "{:#?}", told(&report));
    assert_eq!(world.only("test.net"), id);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_where_it_moves_from_is_made_where_it_moves_to() {
    let world = World::new();
    world.made(&stack([("test.net/old", map! { "cidr" => "10.0.0.0/16" })])).await;
    world.sandbox.remove("test.net", &world.only("test.net")).unwrap();
    let renamed = stack([("test.net/new", map! { "cidr" => "10.0.0.0/16" })]);
    let renamed = moved(renamed, "test.net/old", "test.net/new");
    world.made(&renamed).await;
    world.assert_settled(&renamed).await;
}
