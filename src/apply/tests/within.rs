//! Objects in a place that the same plan makes: a cluster, and what is in it.

use std::time::Duration;

use flashinfra_plans::plan::{Action, Options as PlanOptions};
use flashinfra_plans::{CompiledStack, Map, Name, Plan, ProviderInstance, map};
use flashinfra_providers_memory::{Foreign, Latency, Options, Slow};

use super::crash::Mortal;
use super::world::{World, apply_in, of, secret, stack, told};
use crate::apply::{ApplyOptions, Next, StepOutcome};
use crate::error::{EngineError, Exit};
use crate::plan::{self, Labels};

const CLUSTER: &str = "test.cluster/main";

/// A cluster of this name, and what is in it.
fn cluster<'a>(name: &str, inside: impl IntoIterator<Item = (&'a str, Map)>) -> CompiledStack {
    let inside: Vec<(&str, Map)> = inside.into_iter().collect();
    let addresses: Vec<String> = inside.iter().map(|(address, _)| (*address).to_owned()).collect();
    let outside = [("test.net/outer", map! { "cidr" => "10.9.0.0/16" }), (CLUSTER, map! { "name" => name })];
    let mut stack = stack(outside.into_iter().chain(inside));
    let config = map! { "server" => of(CLUSTER, "arn") };
    stack.providers.insert("inside".into(), ProviderInstance { provider: "test".into(), config });
    for declared in &mut stack.resources {
        if addresses.iter().any(|address| address == declared.address.as_str()) {
            declared.provider = "inside".into();
            declared.depends_on.push(flashinfra_plans::Address::parse(CLUSTER).unwrap());
        }
    }
    stack
}

/// A bucket, a net, and a host in that.
fn application() -> Vec<(&'static str, Map)> {
    vec![
        ("test.bucket/app", map! { "name" => "app", "class" => of("test.net/inner", "id") }),
        ("test.net/inner", map! { "cidr" => "10.0.0.0/16" }),
        ("test.host/web", map! { "net" => of("test.net/inner", "id"), "password" => secret("PASSWORD", 1) }),
    ]
}

fn both(name: &str) -> CompiledStack {
    cluster(name, application())
}

fn deferred(plan: &Plan) -> Vec<String> {
    let told = |(provider, after): (&Name, &Vec<flashinfra_plans::Address>)| {
        let after: Vec<_> = after.iter().map(ToString::to_string).collect();
        format!("{provider} after {}", after.join(", "))
    };
    plan.basis.deferred.iter().map(told).collect()
}

fn actions(plan: &Plan) -> Vec<(Action, &str)> {
    plan.changes.iter().map(|change| (change.action, change.address.as_str())).collect()
}

/// Where what is inside is, as the ledger has it.
async fn inside(world: &World) -> Option<String> {
    world.ledger().await.places.get("inside").map(|place| place.scope.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_cluster_and_what_is_in_it_are_made_by_one_apply() {
    let world = World::new();
    let plan = world.plan(&both("main")).await.plan;
    assert_eq!(deferred(&plan), ["inside after test.cluster/main"]);
    assert!(!plan.basis.places.contains_key("inside"));
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let listed = world.sandbox.objects().unwrap();
    let account = |kind: &str, id: &str| {
        listed.iter().find(|listed| listed.kind == kind && listed.object.id == id).unwrap().account.clone()
    };
    let arn = listed.iter().find(|listed| listed.kind == "test.cluster").unwrap().object.attributes.get("arn").unwrap();
    assert_eq!(account("test.bucket", "app"), arn.as_text().unwrap());
    assert_eq!(
        inside(&world).await,
        Some(format!("sandbox:{}/{}", world.sandbox.uuid().unwrap(), arn.as_text().unwrap()))
    );
    world.assert_settled(&both("main")).await;

    // It is compared and changed as ever now.
    let mut changed = application();
    changed[0].1 = changed[0].1.clone().with("class", "cold".into());
    let planned = world.plan(&cluster("main", changed.clone())).await.plan;
    assert_eq!((deferred(&planned), actions(&planned)), (Vec::new(), vec![(Action::Update, "test.bucket/app")]));
    world.made(&cluster("main", changed.clone())).await;
    world.assert_settled(&cluster("main", changed)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_in_a_replaced_cluster_is_made_again_in_the_new_one() {
    let world = World::new();
    world.made(&both("main")).await;
    let before = inside(&world).await;
    let plan = world.plan(&both("second")).await.plan;
    let replaced =
        ["test.bucket/app", CLUSTER, "test.host/web", "test.net/inner"].map(|address| (Action::Replace, address));
    assert_eq!((deferred(&plan), actions(&plan)), (vec!["inside after test.cluster/main".into()], replaced.to_vec()));
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_ne!(inside(&world).await, before);
    world.assert_settled(&both("second")).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_in_a_cluster_is_destroyed_before_it() {
    let world = World::new();
    world.made(&both("main")).await;
    let planned = plan::destroy(&world.session, "shop", "test", &PlanOptions::default()).await.unwrap();
    let report = world.apply_plan(planned.plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(world.objects(), []);
    assert!(world.ledger().await.providers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_in_a_cluster_that_is_gone_is_made_again_without_asking_anybody() {
    let world = World::new();
    world.made(&both("main")).await;
    world.sandbox.remove("test.cluster", "main").unwrap();
    for lost in world.sandbox.objects().unwrap().iter().filter(|listed| !listed.account.is_empty()) {
        world.sandbox.remove(&lost.kind, &lost.object.id).unwrap();
    }
    let options = PlanOptions { allow_recreate: true, ..PlanOptions::default() };
    let plan = plan::plan(&world.session, &both("main"), &options, Labels::default()).await.unwrap().plan;
    assert_eq!(deferred(&plan), ["inside after test.cluster/main"]);
    assert!(plan.changes.iter().all(|change| change.action == Action::Create), "{:#?}", plan.changes);
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&both("main")).await;

    // And when all is to go, there is nobody to ask either.
    world.sandbox.remove("test.cluster", "main").unwrap();
    let planned = plan::destroy(&world.session, "shop", "test", &PlanOptions::default()).await.unwrap();
    let forgotten = planned.plan.changes.iter().filter(|change| change.action == Action::Forget).count();
    assert_eq!(forgotten, 4, "{:#?}", planned.plan.changes);
}

/// Where the cluster of a plan will be: the same in every world of one seed.
async fn account() -> Name {
    let world = World::new();
    world.made(&both("main")).await;
    world.sandbox.objects().unwrap().into_iter().find(|listed| listed.kind == "test.bucket").unwrap().account
}

#[tokio::test(start_paused = true)]
async fn what_has_a_name_in_the_new_place_stops_its_step_and_the_rest_is_done() {
    let (world, account) = (World::new(), account().await);
    let plan = world.plan(&both("main")).await.plan;
    let taken =
        Foreign { kind: "test.bucket".into(), account, attributes: map! { "name" => "app" }, ..Foreign::default() };
    world.sandbox.insert(&taken).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!((report.exit, &report.next[..]), (Exit::Stale, &[Next::PlanAgain][..]), "{:#?}", told(&report));
    let stale: Vec<_> = report
        .steps
        .iter()
        .filter_map(|step| match &step.outcome {
            StepOutcome::Stale(stale) => Some(stale.message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(stale, ["app is there, and test.bucket/app was to be made where nothing is"]);
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 4);
    // The place is known from now on, so that the next plan says whose the object is.
    let planned = world.plan(&both("main")).await.plan;
    assert_eq!((planned.refusals.len(), deferred(&planned)), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_new_place_is_tried_until_it_lets_somebody_in() {
    // The first proofs are those of the provider outside, for the plan and for the apply.
    let world = World::with_faults("place test lost-before skip=2 times=5");
    world.made(&both("main")).await;
    world.assert_settled(&both("main")).await;

    let world = World::with_faults("place test lost-before skip=2 times=500");
    let plan = world.plan(&both("main")).await.plan;
    let report = world.apply_plan(plan).await.unwrap();
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    let failed: Vec<_> = told(&report).into_iter().filter(|told| told.contains("failed: ")).collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert!(failed[0].contains("the provider `inside` cannot be reached"), "{failed:#?}");
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Done)), 2);
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_a_provider_that_opens_later_is_looked_for_before_anything_starts() {
    let world = World::new();
    let mut stack = both("main");
    let instance = stack.providers.get_mut("inside").unwrap();
    instance.config = instance.config.clone().with("token", secret("TOKEN", 1));
    let plan = world.plan(&stack).await.plan;
    match world.apply_plan(plan).await {
        Err(EngineError::Secrets(missing)) => {
            let told = missing[0].to_string();
            assert!(told.contains("`token` of the provider `inside`") && told.contains("TOKEN"), "{told}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.objects(), []);
}

/// What there is before a run that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    /// The cluster is replaced.
    Other,
}

/// What is typed after that.
#[derive(Clone, Copy, Debug)]
enum Then {
    Resume,
    PlanAnew,
}

async fn start(before: Before, options: Options) -> (World, CompiledStack) {
    let world = World::with(options).with_ledgers_in_memory();
    if before == Before::Other {
        world.made(&both("main")).await;
    }
    (world, both("second"))
}

async fn end(world: &World, stack: &CompiledStack, crashed: Plan, then: Then, case: &str) {
    let report = match then {
        Then::Resume => match world.apply_plan(crashed).await {
            Err(EngineError::PlanUsed { .. }) => return world.assert_settled(stack).await,
            report => report,
        },
        Then::PlanAnew => world.apply_plan(world.plan(stack).await.plan).await,
    };
    let report = report.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(report.exit, Exit::Ok, "{case}: {:#?}", told(&report));
    world.assert_settled(stack).await;
}

/// A run dies while its cluster is on its way, and at one read or the other of the plans after it the cluster is ready.
#[tokio::test(start_paused = true)]
async fn a_cluster_that_gets_ready_while_a_plan_is_made_is_looked_into() {
    for polls in 2..12 {
        let kinds = [("test.cluster".into(), Slow { polls, time: Duration::ZERO })].into();
        let latency = Latency { call: Duration::from_millis(100), kinds, ..Latency::default() };
        let (world, stack) = start(Before::Nothing, Options { latency, ..Options::default() }).await;
        let plan = world.plan(&stack).await.plan;
        let killed = tokio::time::timeout(Duration::from_millis(450), world.apply_plan(plan)).await;
        assert!(killed.is_err(), "{polls}: it ended before");
        let planned = loop {
            let planned = world.try_plan(&stack).await.unwrap_or_else(|error| panic!("{polls}: {error:?}"));
            // It says that the cluster is busy, until it is not.
            if planned.plan.refusals.is_empty() {
                break planned;
            }
        };
        let report = world.apply_plan(planned.plan).await.unwrap();
        assert_eq!(report.exit, Exit::Ok, "{polls}: {:#?}", told(&report));
        world.assert_settled(&stack).await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_write_and_converges() {
    for before in [Before::Nothing, Before::Other] {
        for then in [Then::Resume, Then::PlanAnew] {
            for last_is_written in [false, true] {
                let mut crashes = 0;
                for writes in 1.. {
                    let (world, stack) = start(before, Options::default()).await;
                    let plan = world.plan(&stack).await.plan;
                    let session = world.with_store(|inner| Mortal::new(inner, writes, last_is_written));
                    if apply_in(&session, plan.clone(), &ApplyOptions::default()).await.is_ok() {
                        break;
                    }
                    crashes += 1;
                    let case = format!("{before:?}, {then:?}, write {writes}, written: {last_is_written}");
                    end(&world, &stack, plan, then, &case).await;
                }
                assert!(crashes > 8, "only {crashes} writes");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_dies_at_any_moment_and_converges() {
    let latency = Latency { call: Duration::from_millis(700), ..Latency::default() };
    for before in [Before::Nothing, Before::Other] {
        for then in [Then::Resume, Then::PlanAnew] {
            let mut crashes = 0;
            for moment in 0.. {
                let (world, stack) = start(before, Options { latency: latency.clone(), ..Options::default() }).await;
                let plan = world.plan(&stack).await.plan;
                let after = Duration::from_millis(350) * moment;
                if tokio::time::timeout(after, world.apply_plan(plan.clone())).await.is_ok() {
                    break;
                }
                crashes += 1;
                end(&world, &stack, plan, then, &format!("{before:?}, {then:?} after {after:?}")).await;
            }
            assert!(crashes > 10, "only {crashes} moments");
        }
    }
}
