//! Last night's database, at night: a plan as any other, reviewed and applied.

use flashinfra_test_proxy::{Fault, Gate, Rule};

use super::{Account, actions};
use crate::compiled::Compiled;
use crate::server::Server;

const DATABASE: &str = "aws.db_instance/data.main";

/// The part of production that the database is and stands on.
fn database() -> Compiled {
    let production = Compiled::part_of(Server::Moto, "production", &[]);
    production.only(&production.with_what_they_stand_on(&[DATABASE]))
}

#[test]
fn the_database_of_a_moment_ago_takes_over_and_the_old_one_stays() {
    let account = Account::new(Server::Moto);
    let stack = database();
    let _ = account.run_on(&stack, &["apply", "--auto-approve"]).succeeds();

    let time = format!("--restore={DATABASE}=2026-11-27T02:00:00Z");
    let planned = account.run_on(&stack, &["plan", &time, "-o", "restore.plan"]).succeeds();
    assert_eq!(actions(&planned), [format!("restore {DATABASE}")]);
    assert!(planned.contains("-r2") && planned.contains("the old one stays"), "{planned}");
    let applied = account.shell.run(&["apply", "restore.plan", "--ledger=ledger"]).succeeds();
    assert!(applied.contains("1 restored"), "{applied}");

    // It is as it was declared, whatever its source was; and the old one has its data.
    account.plan_is_empty_on(&stack);
    assert_eq!(instances(&account), ["flashmm-production", "flashmm-production-r2"]);
    let shown = account.run_on(&stack, &["ledger", "show", DATABASE]).succeeds();
    assert!(shown.contains("flashmm-production-r2 (generation 2)"), "{shown}");
    assert!(shown.contains("flashmm-production (generation 1)"), "{shown}");

    // Its protection is lifted first, which is part of the plan.
    let allowed = format!("--allow-destroy={DATABASE}");
    let _ = account.run_on(&stack, &["apply", "--auto-approve", &allowed]).succeeds();
    assert_eq!(instances(&account), ["flashmm-production-r2"]);
    account.plan_is_empty_on(&stack);
}

#[test]
fn a_restore_that_is_killed_is_gone_on_with() {
    for before in [true, false] {
        let account = Account::new(Server::Moto);
        let stack = database();
        let _ = account.run_on(&stack, &["apply", "--auto-approve"]).succeeds();
        let latest = format!("--restore={DATABASE}=latest");
        let _ = account.run_on(&stack, &["plan", &latest, "-o", "restore.plan"]).succeeds();

        let gate = Gate::for_the_world();
        let fault = if before { Fault::HoldBefore(gate.clone()) } else { Fault::HoldAfter(gate.clone()) };
        account.proxy.set_rules(vec![Rule::on("rds:RestoreDBInstanceToPointInTime", fault)]);
        let mut process = account.shell.start(&["apply", "restore.plan", "--ledger=ledger"]);
        let held = gate.wait(std::time::Duration::from_secs(60));
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(held.is_some(), "the restore was called for");
        account.proxy.set_rules(Vec::new());
        gate.discard();

        // Without the plan file, and without asking for a restore again.
        let resumed = account.run_on(&stack, &["resume", "--auto-approve"]).succeeds();
        assert!(resumed.contains("going on where an earlier run had stopped"), "{resumed}");
        account.plan_is_empty_on(&stack);
        assert_eq!(instances(&account), ["flashmm-production", "flashmm-production-r2"], "held before it: {before}");
    }
}

/// The databases that there are.
fn instances(account: &Account) -> Vec<String> {
    let objects = account.behind.does("objects");
    objects.lines().filter_map(|line| line.strip_prefix("instance ")).map(str::to_owned).collect()
}
