//! Replacements: the old object stays when it is known already that the new one will not be made.

use flashinfra_plans::{CompiledStack, Map, map};
use flashinfra_providers_memory::Foreign;

use super::world::{World, of, stack, told};
use crate::apply::Report;
use crate::error::Exit;

/// Two nets, and a cluster of that name that is bound for life to the one called `net`, and may not be deleted as it is.
fn bound(name: &str, net: &str) -> CompiledStack {
    let net_of = |cidr: &str| map! { "cidr" => cidr };
    let cluster: Map = map! { "name" => name, "net" => of(net, "arn"), "locked" => true };
    stack([
        ("test.net/one", net_of("10.1.0.0/16")),
        ("test.net/two", net_of("10.2.0.0/16")),
        ("test.cluster/main", cluster),
    ])
}

fn is_kept(world: &World, report: &Report) {
    assert!(report.exit == Exit::Stale || report.exit == Exit::Error, "{:#?}", told(report));
    assert!(world.objects().contains(&("test.cluster".into(), "main".into())), "{:#?}", told(report));
    let live = world.sandbox.objects().unwrap().into_iter().find(|listed| listed.kind == "test.cluster").unwrap();
    assert_eq!(live.object.attributes.get("locked"), Some(&true.into()), "its guard stays: {:#?}", told(report));
}

fn taken() -> Foreign {
    Foreign {
        kind: "test.cluster".into(),
        region: "here".into(),
        attributes: map! { "name" => "other" },
        ..Foreign::default()
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_one_stays_when_somebody_took_the_new_name() {
    let world = World::new();
    world.made(&bound("main", "test.net/one")).await;
    let plan = world.plan(&bound("other", "test.net/one")).await.plan;
    world.sandbox.insert(&taken()).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    is_kept(&world, &report);
    assert!(told(&report).iter().any(|line| line.contains("other exists by now")), "{:#?}", told(&report));
    assert!(
        told(&report).iter().any(|line| line.starts_with("Delete test.cluster/main: skipped")),
        "{:#?}",
        told(&report)
    );

    // The next plan knows it beforehand.
    let plan = world.plan(&bound("other", "test.net/one")).await.plan;
    assert_eq!(plan.refusals.len(), 1, "{:#?}", plan.changes);
    world.sandbox.remove("test.cluster", "other").unwrap();
    world.made(&bound("other", "test.net/one")).await;
    world.assert_settled(&bound("other", "test.net/one")).await;
}

#[tokio::test(start_paused = true)]
async fn the_old_one_stays_when_what_the_new_one_needs_is_not_as_planned() {
    let world = World::new();
    world.made(&bound("main", "test.net/one")).await;
    let plan = world.plan(&bound("main", "test.net/two")).await.plan;
    let ledger = world.ledger().await;
    let two = ledger.rows.iter().find(|(address, _)| address.as_str() == "test.net/two").unwrap().1;
    let id = &two.current.as_ref().unwrap().id;
    world.sandbox.tamper("test.net", id, "arn", Some("arn:other".into())).unwrap();
    is_kept(&world, &world.apply_plan(plan).await.unwrap());

    // Or cannot be read.
    let world = World::with_faults("read test.net/two unreadable skip=2 times=always");
    world.made(&bound("main", "test.net/one")).await;
    let plan = world.plan(&bound("main", "test.net/two")).await.plan;
    is_kept(&world, &world.apply_plan(plan).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_goes_after_the_old_one_stays_as_well() {
    let world = World::new();
    world.made(&bound("main", "test.net/one")).await;
    // The net that the old one is bound to is to go after it.
    let mut after = bound("other", "test.net/two");
    after.resources.retain(|resource| resource.address.as_str() != "test.net/one");
    let plan = world.plan(&after).await.plan;
    world.sandbox.insert(&taken()).unwrap();
    let report = world.apply_plan(plan).await.unwrap();
    is_kept(&world, &report);
    assert_eq!(world.objects().iter().filter(|(kind, _)| kind == "test.net").count(), 2, "{:#?}", told(&report));
}

#[tokio::test(start_paused = true)]
async fn a_name_is_the_same_however_it_is_written() {
    let base = |name: &str, size: &str| stack([("test.base/main", map! { "name" => name, "size" => size })]);
    let world = World::new();
    world.made(&base("MyBase", "small")).await;
    assert_eq!(world.only("test.base"), "mybase");
    let report = world.apply(&base("MyBase", "large")).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(report.steps.len(), 2, "{:#?}", told(&report));
    world.assert_settled(&base("MyBase", "large")).await;
}
