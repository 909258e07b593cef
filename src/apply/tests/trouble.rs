//! What providers do to an apply: lose replies, throttle, refuse, fail, hide.

use std::time::Duration;

use flashinfra_plans::plan::Action;
use flashinfra_plans::{CompiledStack, Phase, map};
use flashinfra_providers_memory::{Latency, Options, Slow};
use tokio::sync::mpsc::unbounded_channel;

use super::world::{World, apply_in, of, secret, shop, stack, told};
use crate::apply::{ApplyOptions, EventKind, Next, StepOutcome};
use crate::error::Exit;

/// Applies the shop in a world where one thing goes wrong, and expects all to be well all the same.
async fn check(faults: &str) {
    let world = World::with_faults(faults);
    let stack = stack(shop());
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Ok, "{faults}: {:#?}", told(&report));
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn lost_replies_double_nothing() {
    for address in ["test.net/main", "test.host/web", "test.bucket/logs", "test.cluster/main"] {
        check(&format!("create {address} lost-after")).await;
        check(&format!("create {address} lost-before")).await;
        check(&format!("create {address} lost-after times=2")).await;
        check(&format!("create {address} lost-before\ncreate {address} lost-after skip=1")).await;
        check(&format!("create {address} throttled=3000ms\ncreate {address} lost-after skip=1")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_in_part_is_completed() {
    // Making it takes several calls, and the connection broke before the last.
    let halves = ["test.net/main half=comment", "test.net/main half=gateway", "test.bucket/logs half=class"];
    for half in halves.into_iter().chain(["test.cluster/main half=class", "test.net/main half=tags"]) {
        let world = World::with_faults(&format!("create {half}"));
        let stack = with_all_set();
        let report = world.apply(&stack).await;
        assert_eq!(report.exit, Exit::Ok, "{half}: {:#?}", told(&report));
        world.assert_settled(&stack).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_completed_has_failed_and_is_updated_by_the_next_plan() {
    let world = World::with_faults("create test.bucket/logs half=class\nupdate test.bucket/logs denied");
    let stack = with_all_set();
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Error);
    assert!(
        told(&report).iter().any(|line| line.starts_with("Create test.bucket/logs: failed")),
        "{:#?}",
        told(&report)
    );
    let plan = world.plan(&stack).await.plan;
    assert!(plan.drift.is_empty(), "nobody changed it outside: {:?}", plan.drift);
    let actions: Vec<_> = plan.changes.iter().map(|change| (change.address.as_str(), change.action)).collect();
    assert_eq!(actions, [("test.bucket/logs", Action::Update)]);
    assert_eq!(world.apply_plan(plan).await.unwrap().exit, Exit::Ok);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_found_is_completed_once_the_service_knows_it() {
    let stack = with_all_set();
    let world = World::with_faults("create test.net/main half=comment\nupdate test.net/main not-found times=2");
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&stack).await;

    // Or it is kept as it is: nobody else would know of it.
    let world = World::with_faults("create test.net/main half=comment\nupdate test.net/main not-found times=always");
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    let net = world.only("test.net");
    let ledger = world.ledger().await;
    let owned: Vec<_> = ledger.rows.values().flat_map(|row| &row.current).map(|owned| &owned.id).collect();
    assert!(owned.contains(&&net), "{owned:?}");
    assert!(told(&report).iter().any(|line| line.contains("made in part")), "{:#?}", told(&report));
}

/// The shop, with what a create can leave out.
fn with_all_set() -> CompiledStack {
    let mut resources = shop();
    resources[0].1 = resources[0].1.clone().with("comment", "ours".into()).with("gateway", "east".into());
    resources[3].1 = resources[3].1.clone().with("class", "large".into());
    stack(resources)
}

#[tokio::test(start_paused = true)]
async fn what_is_hidden_for_a_while_is_waited_for() {
    // Found by the search that the kind's settle time allows.
    check("create test.net/main lost-after\ncreate test.net/main hidden=3").await;
    check("create test.bucket/logs lost-after\ncreate test.bucket/logs hidden=2").await;
    check("create test.cluster/main hidden=2").await;
}

#[tokio::test(start_paused = true)]
async fn lost_replies_of_updates_and_deletes_do_no_harm() {
    for fault in ["lost-after", "lost-before", "throttled=1000ms"] {
        for (act, address) in [("update", "test.host/web"), ("delete", "test.net/old"), ("delete", "test.bucket/old")] {
            let world = World::with_faults(&format!("{act} {address} {fault}"));
            let mut resources = shop();
            resources.push(("test.net/old", map! { "cidr" => "10.9.0.0/16" }));
            resources.push(("test.bucket/old", map! { "name" => "old", "net" => of("test.net/old", "id") }));
            world.made(&stack(resources)).await;

            let mut resources = shop();
            resources[1].1 = resources[1].1.clone().with("size", "large".into());
            let changed = stack(resources);
            let report = world.apply(&changed).await;
            assert_eq!(report.exit, Exit::Ok, "{act} {fault}: {:#?}", told(&report));
            world.assert_settled(&changed).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_given_the_time_it_asks_for() {
    let world = World::with_faults("create test.net/main throttled=90000ms");
    let report = world.apply(&stack(shop())).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let net = report.steps.iter().find(|step| step.step.address.as_str() == "test.net/main").unwrap();
    assert!((Duration::from_secs(90)..Duration::from_secs(92)).contains(&net.elapsed), "{:?}", net.elapsed);
}

/// Sixty creates at once, the tenth of which is throttled: from then on it is nine a second, and more with every answer.
#[tokio::test(start_paused = true)]
async fn a_throttled_service_is_asked_more_slowly_and_then_faster_again() {
    let nets = |count| (0..count).map(|n| (format!("test.net/n{n:02}"), map! { "cidr" => format!("10.{n}.0.0/16") }));
    let nets: Vec<_> = nets(60).collect();
    let stack = stack(nets.iter().map(|(address, attributes)| (address.as_str(), attributes.clone())));
    let world = World::with_faults("create test.net throttled skip=9");
    let plan = world.plan(&stack).await.plan;
    let (events, mut heard) = unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    drop(options);
    let mut done = [0; 8];
    let mut first = None;
    while let Some(event) = heard.recv().await {
        if let EventKind::Done { .. } = event.kind {
            let since = event.at - *first.get_or_insert(event.at);
            done[usize::try_from(since.as_secs()).unwrap().min(7)] += 1;
        }
    }
    assert!((9..=20).contains(&done[0]), "{done:?}");
    assert!((9..=13).contains(&done[1]), "{done:?}");
    assert!(done[2] > done[1], "{done:?}");
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn throttled_for_ever_is_given_up() {
    let world = World::with_faults("create test.net/main throttled=1000ms times=always");
    let report = world.apply(&stack(shop())).await;
    assert_eq!(report.exit, Exit::Error);
    assert!(world.objects().is_empty());
    assert!(world.ledger().await.rows.is_empty(), "nothing was made, so nothing is owned");
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_stops_what_depends_on_it_and_nothing_else() {
    let world = World::with_faults("create test.host/web denied");
    let mut resources = shop();
    resources.push(("test.bucket/other", map! { "name" => "other" }));
    let stack = stack(resources);
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Error);
    let told = told(&report);
    let of = |address: &str| told.iter().find(|line| line.contains(address)).unwrap().split(": ").nth(1).unwrap();
    assert_eq!(of("test.net/main"), "done");
    assert_eq!(of("test.bucket/other"), "done");
    assert_eq!(of("test.cluster/main"), "done");
    assert_eq!(of("test.host/web"), "failed");
    assert!(of("test.bucket/logs").starts_with("skipped because of"), "{told:#?}");
    assert!(matches!(report.next[..], [Next::AskPerson(_)]), "{:?}", report.next);

    // The fault struck once; the rest is done by the next plan.
    assert_eq!(world.apply(&stack).await.steps.len(), 2);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_object_is_polled_until_it_is_ready() {
    let slow = Slow { polls: 30, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let (events, mut heard) = unbounded_channel();
    let plan = world.plan(&stack(shop())).await.plan;
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let report = apply_in(&world.session, plan, &options).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    drop(options);
    let (mut looks, mut last) = (0, Duration::ZERO);
    while let Some(event) = heard.recv().await {
        if let EventKind::Waiting { elapsed, phase } = event.kind {
            assert_eq!((event.step.address.as_str(), phase), ("test.cluster/main", Some(Phase::Creating)));
            assert!(elapsed >= last);
            (looks, last) = (looks + 1, elapsed);
        }
    }
    assert_eq!(looks, 29);
}

#[tokio::test(start_paused = true)]
async fn what_never_became_ready_is_replaced() {
    let world = World::with_faults("create test.cluster/main fails");
    let stack = stack(shop());
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Error);
    let row = world.ledger().await.rows.into_iter().find(|(address, _)| address.kind() == "test.cluster").unwrap().1;
    assert!(!row.current.unwrap().ready);

    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_leaves_the_question_open() {
    // The object is made, nobody is told, and it cannot be looked for either.
    let world = World::with_faults("create test.net/main lost-after\nfind test.net denied times=always");
    let stack = stack(shop());
    let report = world.apply(&stack).await;
    assert_eq!((report.exit, &report.next[0]), (Exit::Error, &Next::ApplyAgain), "{:#?}", told(&report));
    assert_eq!(report.count(|outcome| matches!(outcome, StepOutcome::Unknown(_))), 1);
    // No plan goes around it.
    let error = world.try_plan(&stack).await.unwrap_err();
    assert!(error.to_string().contains("the create of test.net/main"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_not_seen_yet_is_not_taken_for_done() {
    // Accepted, and for three looks the cluster is ready and as it was.
    let slow = Slow { polls: 1, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let faults = "update test.cluster/main stale=3".parse().unwrap();
    let world = World::with(Options { latency, faults, ..Options::default() });
    world.made(&stack(shop())).await;
    let mut resources = shop();
    resources[3].1 = resources[3].1.clone().with("class", "large".into());
    let changed = stack(resources);
    let report = world.apply(&changed).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert!(report.steps[0].elapsed >= Duration::from_millis(600), "{:?}", report.steps[0].elapsed);
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_the_service_gave_up_on_has_failed_with_its_reason() {
    let slow = Slow { polls: 1, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let faults = "update test.cluster/main stale=100000".parse().unwrap();
    let world = World::with(Options { latency, faults, ..Options::default() });
    world.made(&stack(shop())).await;
    let mut resources = shop();
    resources[3].1 = resources[3].1.clone().with("class", "large".into());
    let report = world.apply(&stack(resources)).await;
    assert_eq!(report.exit, Exit::Error);
    let [told] = &told(&report)[..] else { panic!("{:#?}", told(&report)) };
    assert!(told.contains("main is as it was before: the sandbox goes on showing it as it was"), "{told}");
    let row = world.ledger().await.rows.into_iter().find(|(address, _)| address.kind() == "test.cluster").unwrap().1;
    assert_ne!(row.applied.get("class"), Some(&"large".into()), "it was not applied");
}

#[tokio::test(start_paused = true)]
async fn what_was_made_and_is_gone_again_uses_its_generation_up() {
    let slow = Slow { polls: 30, time: Duration::ZERO };
    let latency = Latency { kinds: [("test.cluster".into(), slow)].into(), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    let resources = [("test.cluster/main", map! { "name" => "main" })];
    let stack = stack(resources);
    let plan = world.plan(&stack).await.plan;
    let (events, mut heard) = unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let gone = async {
        while let Some(event) = heard.recv().await {
            if let EventKind::Waiting { phase: Some(_), .. } = event.kind {
                break;
            }
        }
        world.sandbox.remove("test.cluster", "main").unwrap();
    };
    let (report, ()) = tokio::join!(apply_in(&world.session, plan, &options), gone);
    let report = report.unwrap();
    assert!(matches!(report.steps[0].outcome, StepOutcome::Failed(_)), "{:#?}", told(&report));

    // The same token again would lead a service to the object that is gone.
    let next = world.plan(&stack).await.plan;
    assert_eq!(next.steps[0].generation, 2);
    world.made(&stack).await;
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_update_set_all_the_same_is_ours() {
    let world = World::with_faults("update test.net/main refused=gateway");
    let net = |with: &[(&'static str, &str)]| {
        let net = map! { "cidr" => "10.0.0.0/16", "tags" => map! { "team" => "web" } };
        stack([("test.net/main", with.iter().fold(net, |net, (name, value)| net.with(*name, (*value).into())))])
    };
    world.made(&net(&[])).await;
    let mut both = net(&[("comment", "ours"), ("gateway", "east")]);
    both.resources[0].attributes =
        both.resources[0].attributes.clone().with("tags", map! { "team" => "web", "cost" => "7" }.into());
    let report = world.apply(&both).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    let row = world.ledger().await.rows.into_values().next().unwrap();
    assert_eq!(row.applied.at("comment"), Some(&"ours".into()));
    assert_eq!(row.applied.at("tags.cost"), Some(&"7".into()));
    assert_eq!(row.applied.at("gateway"), None);

    // So it goes when it is not declared any more.
    world.made(&net(&[])).await;
    let live = world.sandbox.objects().unwrap().remove(0).object;
    assert_eq!((live.attributes.at("comment"), live.attributes.at("tags.cost")), (None, None));
    world.assert_settled(&net(&[])).await;
}

#[tokio::test(start_paused = true)]
async fn an_error_that_quotes_a_secret_is_told_and_written_down_without_it() {
    let world = World::with_faults("update test.host/web refused=password");
    world.made(&stack(shop())).await;
    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("password", secret("PASSWORD", 2));
    let report = world.apply(&stack(resources)).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    assert!(told(&report)[0].ends_with("does not take (secret) as its password"), "{:#?}", told(&report));
    world.assert_unwritten("hunter2");
}
