//! A ledger that is made anew from what is live.

use std::time::Duration;

use flashinfra_plans::{Map, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, key, shop, stack, told};
use crate::error::{EngineError, Exit};
use crate::ledgers;
use crate::recover::{self, RecoverError};

fn home(world: &World) -> std::path::PathBuf {
    world.directory.path().join("ledgers/shop/test")
}

#[tokio::test(start_paused = true)]
async fn a_recovered_ledger_plans_empty_and_is_as_before_after_an_apply() {
    let world = World::new();
    let stack = stack(shop());
    world.made(&stack).await;
    let before = world.ledger().await;
    std::fs::remove_dir_all(home(&world)).unwrap();

    let found = recover::look(&world.session, &stack, &recover::Options::default()).await.unwrap();
    assert!(!home(&world).exists(), "looking writes nothing");
    recover::write(&world.session, &found).await.unwrap();
    let recovered = world.ledger().await;
    assert_eq!(recovered.uuid, before.uuid);
    for (address, row) in &recovered.rows {
        assert!(row.recovered && row.protect && row.applied == Map::default(), "{address}");
        assert_eq!(row.current, before.rows[address].current);
        assert_eq!(row.depends_on, before.rows[address].depends_on);
    }
    let planned = world.plan(&stack).await.plan;
    assert!(planned.is_empty(), "{:#?}", planned.changes);
    let report = world.apply_plan(planned).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    let after = world.ledger().await;
    assert_eq!(after.rows, before.rows);
    assert!(world.plan(&stack).await.plan.steps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_run_left_whose_ledger_was_lost_is_found_by_its_mark() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    let world = World::with(Options { latency, ..Options::default() });
    world.made(&stack(shop())).await;
    let mut changed = shop();
    changed.push(("test.net/more", map! { "cidr" => "10.8.0.0/16" }));
    changed.push(("test.net/most", map! { "cidr" => "10.9.0.0/16" }));
    let changed = stack(changed);
    let plan = world.plan(&changed).await.plan;
    // The process dies once both are made; only the journal is left of its ledger.
    assert!(tokio::time::timeout(Duration::from_millis(2500), world.apply_plan(plan)).await.is_err());
    std::fs::remove_file(home(&world).join("ledger.json")).unwrap();
    std::fs::remove_dir_all(home(&world).join("versions")).unwrap();

    let found = recover::look(&world.session, &changed, &recover::Options::default()).await.unwrap();
    recover::write(&world.session, &found).await.unwrap();
    let loaded = ledgers::load(world.session.ledgers.as_ref(), &key()).await.unwrap().unwrap();
    assert!(loaded.open.is_none(), "its journal is put away");
    assert!(loaded.ledger.serial > 1, "no serial is given twice");
    assert_eq!(world.apply(&changed).await.exit, Exit::Ok);
    world.assert_settled(&changed).await;
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_came_back_is_not_replaced() {
    let world = World::new();
    let stack = stack(shop());
    world.made(&stack).await;
    let there = home(&world);
    let away = world.directory.path().join("away");
    std::fs::rename(&there, &away).unwrap();
    let found = recover::look(&world.session, &stack, &recover::Options::default()).await.unwrap();
    std::fs::rename(&away, &there).unwrap();
    let before = std::fs::read(there.join("ledger.json")).unwrap();

    let error = recover::write(&world.session, &found).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Stale, "{error}");
    assert_eq!(std::fs::read(there.join("ledger.json")).unwrap(), before);
    let error = recover::look(&world.session, &stack, &recover::Options::default()).await.unwrap_err();
    assert!(matches!(error, EngineError::Recover(RecoverError::LedgerThere { owned: 4, .. })), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_is_a_loss_and_leads_back() {
    let latency = Latency { call: Duration::from_secs(1), ..Latency::default() };
    for gap in [false, true] {
        let world = World::with(Options { latency: latency.clone(), ..Options::default() });
        let stack = stack(shop());
        let plan = world.plan(&stack).await.plan;
        assert!(tokio::time::timeout(Duration::from_millis(6500), world.apply_plan(plan)).await.is_err());
        let run = std::fs::read_dir(home(&world).join("journal")).unwrap().next().unwrap().unwrap().path();
        match gap {
            true => std::fs::remove_file(run.join("0.jsonl")).unwrap(),
            false => std::fs::write(run.join("1.jsonl"), "{\"format\":1,\"nonce\":\"n\"}\nnonsense\n{}\n").unwrap(),
        }
        let error = world.try_plan(&stack).await.unwrap_err();
        let (text, help) = (error.to_string(), error.help().unwrap_or_default());
        assert!(text.contains("journal") && help.contains("backup") && help.contains("recover"), "{text}\n{help}");

        let found = recover::look(&world.session, &stack, &recover::Options::default()).await.unwrap();
        recover::write(&world.session, &found).await.unwrap();
        assert_eq!(world.apply(&stack).await.exit, Exit::Ok);
        world.assert_settled(&stack).await;
    }
}
