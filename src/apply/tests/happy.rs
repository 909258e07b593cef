//! What goes well.

use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::{Address, Ledger, Value, ledger, map};

use super::world::{World, key, of, secret, shop, stack, told, with_output};
use crate::error::Exit;

#[tokio::test(start_paused = true)]
async fn what_was_applied_plans_empty() {
    let world = World::new();
    let stack = with_output(stack(shop()), "address", of("test.host/web", "address"));
    let report = world.apply(&stack).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(report.steps.len(), 4);
    assert!(matches!(report.outputs["address"], Value::Text(_)), "{:?}", report.outputs);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_changes_in_place_and_a_replacement_does_not() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let before = world.only("test.host");

    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("size", "large".into());
    let bigger = stack(resources.clone());
    assert_eq!(told(&world.apply(&bigger).await), ["Update test.host/web: done"]);
    assert_eq!(world.only("test.host"), before);
    world.assert_settled(&bigger).await;

    resources[0].1 = resources[0].1.clone().with("cidr", "10.1.0.0/16".into());
    let moved = stack(resources);
    let report = world.apply(&moved).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_ne!(world.only("test.host"), before);
    world.assert_settled(&moved).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_declared_is_deleted() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let nothing = stack([]);
    let report = world.apply(&nothing).await;
    assert_eq!((report.exit, report.steps.len()), (Exit::Ok, 4), "{:#?}", told(&report));
    world.assert_settled(&nothing).await;
    assert!(world.objects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_destroy_needs_no_stack() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let planned = crate::plan::destroy(&world.session, "shop", "test", &Default::default()).await.unwrap();
    let report = world.apply_plan(planned.plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert!(world.objects().is_empty());
    assert!(world.ledger().await.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_run_is_one_version_of_the_ledger_and_its_journal_is_put_away() {
    let world = World::new();
    let report = world.apply(&stack(shop())).await;
    let store = world.session.ledgers.as_ref();
    assert!(store.runs(&key()).await.unwrap().is_empty());
    assert!(store.finished(&key(), &report.run).await.unwrap());
    assert_eq!(store.versions(&key()).await.unwrap(), [1, 0]);
    assert_eq!(world.ledger().await.serial, 1);
}

#[tokio::test(start_paused = true)]
async fn a_moved_resource_keeps_its_object() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let before = world.only("test.host");

    let mut moved = stack(shop());
    let from = Address::parse("test.host/web").unwrap();
    for resource in &mut moved.resources {
        if resource.address == from {
            resource.address = Address::parse("test.host/front").unwrap();
            resource.lifecycle.moved_from = vec![from.clone()];
        }
        if resource.address.as_str() == "test.bucket/logs" {
            resource.attributes = map! { "name" => "logs", "class" => of("test.host/front", "address") };
        }
    }
    moved.resources.sort_by(|a, b| a.address.cmp(&b.address));
    let report = world.apply(&moved).await;
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    assert_eq!(world.only("test.host"), before);
    let listed = world.sandbox.objects().unwrap().into_iter().find(|listed| listed.object.id == before).unwrap();
    assert_eq!(listed.object.owner.unwrap().address.as_str(), "test.host/front");
    world.assert_settled(&moved).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_object_can_be_made_before_the_old_one_goes() {
    let world = World::new();
    let first = |cidr: &str| {
        let mut stack = stack([("test.net/main", map! { "cidr" => cidr })]);
        stack.resources[0].lifecycle.create_before_delete = true;
        stack
    };
    world.made(&first("10.0.0.0/16")).await;
    let report = world.apply(&first("10.1.0.0/16")).await;
    assert_eq!(told(&report), ["Create test.net/main: done", "Delete test.net/main: done"]);
    world.assert_settled(&first("10.1.0.0/16")).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_object_that_could_not_be_deleted_is_deleted_by_the_next_plan() {
    let world = World::with_faults("delete test.net denied");
    let first = |cidr: &str| {
        let mut stack = stack([("test.net/main", map! { "cidr" => cidr })]);
        stack.resources[0].lifecycle.create_before_delete = true;
        stack
    };
    world.made(&first("10.0.0.0/16")).await;
    let report = world.apply(&first("10.1.0.0/16")).await;
    assert_eq!(report.exit, Exit::Error, "{:#?}", told(&report));
    assert_eq!((world.objects().len(), world.ledger().await.rows.len()), (2, 1));
    let report = world.apply(&first("10.1.0.0/16")).await;
    assert_eq!(told(&report), ["Delete test.net/main: done"]);
    world.assert_settled(&first("10.1.0.0/16")).await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_takes_over_what_is_live_and_changes_nothing() {
    let world = World::new();
    let stack = stack(shop());
    world.made(&stack).await;
    let host = world.only("test.host");
    world.sandbox.tamper("test.host", &host, "size", Some("tiny".into())).unwrap();
    world.sandbox.remove("test.bucket", "logs").unwrap();

    let options = Options { mode: Mode::RefreshOnly, ..Options::default() };
    let planned = crate::plan::plan(&world.session, &stack, &options, Default::default()).await.unwrap();
    assert_eq!(planned.plan.drift.len(), 2);
    let report = world.apply_plan(planned.plan).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let rows = world.ledger().await.rows;
    assert_eq!(rows[&Address::parse("test.host/web").unwrap()].applied.get("size"), Some(&"tiny".into()));
    assert!(!rows.contains_key(&Address::parse("test.bucket/logs").unwrap()));
    assert_eq!(world.objects().len(), 3);

    // The next plan mends what the refresh only noted.
    assert_eq!(world.apply(&stack).await.exit, Exit::Ok);
    world.assert_settled(&stack).await;
}

#[tokio::test(start_paused = true)]
async fn secrets_are_written_nowhere() {
    let world = World::new();
    let stack = with_output(stack(shop()), "password", of("test.host/web", "password"));
    let report = world.apply(&stack).await;
    assert!(!format!("{report:?}{:?}", world.session.secrets).contains("hunter2"));
    world.assert_unwritten("hunter2");
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_sent_again_when_its_version_rises() {
    let world = World::new();
    world.made(&stack(shop())).await;
    let mut resources = shop();
    resources[1].1 = resources[1].1.clone().with("password", secret("PASSWORD", 2));
    let rotated = stack(resources);
    assert_eq!(told(&world.apply(&rotated).await), ["Update test.host/web: done"]);
    world.assert_settled(&rotated).await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_names_the_version_to_restore() {
    let world = World::new();
    let stack = stack(shop());
    world.made(&stack).await;
    let file = world.session.ledgers.location(&key());
    std::fs::write(&file, &std::fs::read(&file).unwrap()[..200]).unwrap();

    let error = world.try_plan(&stack).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Error);
    assert_eq!(error.to_string(), format!("{file} is damaged"));
    assert!(error.help().unwrap().contains("versions/1.json"), "{:?}", error.help());

    // Nor is a lost one taken for one that never was.
    std::fs::remove_file(&file).unwrap();
    let error = world.try_plan(&stack).await.unwrap_err();
    assert!(error.help().unwrap().contains("versions/1.json"), "{:?}", error.help());
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_was_only_begun_is_begun_again() {
    let world = World::new();
    let first = Ledger::new("shop".into(), "test".into(), "a uuid that nothing carries".into());
    world.session.ledgers.write(&key(), 0, ledger::write(&first), None).await.unwrap();
    // The first apply dies between the copy of the first version and the ledger itself.
    std::fs::remove_file(world.session.ledgers.location(&key())).unwrap();

    let stack = stack(shop());
    world.made(&stack).await;
    world.assert_settled(&stack).await;
}
