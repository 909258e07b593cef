//! What changes in the account between a plan and its apply, and how the account throttles: FlashMM's production, by the real binary
//! through the proxy.

use flashinfra_test_proxy::{Fault, Origin, Rule};

use crate::server::Server;
use crate::sweep::{Account, Story, lane, whole};

#[test]
fn what_changed_since_the_plan_stops_its_step_and_the_rest_is_done() {
    let (lane, whole) = (lane(Server::Moto), whole(Server::Moto));
    let account = Account::new(&lane, &whole);
    account.prepare(Story::Change);
    lane.behind.does("go_on_living");
    lane.behind.does("rename_owner");

    let applied = account.apply();
    assert_eq!(applied.code, 4, "{applied}");
    let report = &applied.stdout;
    let stopped = report.lines().skip_while(|line| !line.contains("stopped    update aws.db_instance/data.main"));
    let told: Vec<&str> = stopped.skip(1).take(2).map(str::trim).collect();
    let delta = "tags.Owner  planned from trading-platform, live is the-night-shift";
    assert_eq!(told, ["flashmm-production is not what the plan was made from", delta], "{applied}");
    assert!(report.contains("47 of 48 steps done (45 updated · 1 replaced) · 1 stopped"), "{applied}");
    assert!(report.contains("Next: flashinfra plan"), "{applied}");

    // What is left is that one step, planned from what is live now.
    let again = account.run(&["apply", "--auto-approve", "--compiled=changed.json"]).succeeds();
    assert!(again.contains("1 to update · 56 unchanged"), "{again}");
    assert!(again.contains("the-night-shift → somebody-else"), "{again}");
    account.settled(Story::Change);
}

#[test]
fn what_nobody_planned_with_stops_nothing() {
    let (lane, whole) = (lane(Server::Moto), whole(Server::Moto));
    let account = Account::new(&lane, &whole);
    account.prepare(Story::Change);
    lane.behind.does("go_on_living");
    let report = account.apply().succeeds();
    assert!(!report.contains("stopped"), "{report}");
    account.settled(Story::Change);
}

#[test]
fn a_throttled_account_gets_the_time_that_it_asks_for() {
    let (lane, whole) = (lane(Server::Moto), whole(Server::Moto));
    let account = Account::new(&lane, &whole);
    account.prepare(Story::Create);
    let throttled = Fault::Throttled { retry_after_seconds: Some(1) };
    lane.proxy.set_rules(vec![Rule::any(throttled).percent(8)]);
    let _ = account.apply().succeeds();
    let struck = lane.proxy.log().iter().filter(|call| call.origin == Origin::Rule).count();
    assert!(struck >= 5, "only {struck} calls were throttled");
    lane.proxy.set_rules(Vec::new());
    account.settled(Story::Create);
}
