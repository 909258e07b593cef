//! `scale` and `restart`, killed at one call after the other, and with one reply after the other lost: what was done is told with who did it,
//! and what may have been done is found out.
//!
//! Some calls are chosen by a seed, and all of them with `FLASHINFRA_SWEEP=all` or `=by-hand` (`make sweep`); `by-hand:7` is one call.

use std::cell::RefCell;

use flashinfra_stacks_kubernetes::object;
use serde_json::Value;

use super::lane::{self, Lane, SEED};
use crate::kubernetes::{Web, apply};
use crate::shell::Run;
use crate::strike::{Strike, Way, asked};

/// What `FLASHINFRA_SWEEP` calls it.
const AREA: &str = "by-hand";
/// How many places are disturbed unless somebody asks for all.
const SAMPLE: usize = 6;
const WEB: &str = "kubernetes.deployment/web";
const RESTARTED: &str = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";

/// A Deployment of the stack that runs twice.
fn made(namespace: &str) -> Option<Lane> {
    let lane = Lane::new(namespace, &[])?;
    let desk = &lane.desk;
    desk.define("stack.json", &lane.kubeconfig(), |stack| {
        let mut deployment = Web::new().deployment();
        deployment["metadata"]["namespace"] = namespace.into();
        stack.add("web", object(deployment));
    });
    let _ = apply(desk);
    Some(lane)
}

/// Does it at each place that is asked for; whether the process was killed is told with each.
fn each(
    lane: &Lane,
    ways: [Way; 2],
    command: impl Fn(usize) -> Vec<String>,
    look: impl Fn(usize, &Strike, Option<Run>),
) {
    lane.proxy.clear_log();
    let calm = lane.desk.run(&command(0).iter().map(String::as_str).collect::<Vec<_>>());
    let calls = lane.proxy.log().len() as u64;
    let _ = calm.succeeds();
    let (mut missed, places) = (0, asked(AREA, SEED, calls, SAMPLE));
    for (number, place) in places.iter().enumerate() {
        let strike = lane::strike(AREA, *place, ways);
        let (rule, gate) = strike.rule();
        lane.proxy.clear_log();
        lane.proxy.set_rules(vec![rule]);
        let command = [command(number + 1), vec!["--compiled=stack.json".into()]].concat();
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let ended = match gate {
            Some(gate) => {
                missed += usize::from(!lane.run_and_kill(&command, &gate, &strike));
                None
            }
            None => Some(lane.desk.shell.run(&command)),
        };
        lane.proxy.set_rules(Vec::new());
        look(number + 1, &strike, ended);
    }
    assert!(missed * 4 <= places.len(), "{missed} of {} runs test nothing", places.len());
}

/// What a run printed, however it was laid out.
fn words(run: Run) -> String {
    run.succeeds().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the ledger says that something was begun.
fn is_begun(lane: &Lane) -> bool {
    words(lane.desk.run(&["ledger", "show", WEB])).contains("(begun; the next plan tells what came of it)")
}

/// So many are asked for the nth time.
fn replicas(number: usize) -> usize {
    10 + number
}

fn scale(number: usize) -> Vec<String> {
    let reason = format!("--reason=load test {number}");
    vec!["scale".into(), WEB.into(), replicas(number).to_string(), reason]
}

/// Whose a difference is stands beside it when it was done, and only then.
fn told_of(number: usize, live: &Value, planned: &str) {
    let set = "spec.replicas was set by ada on laptop with `flashinfra scale`,";
    let is_told = planned.contains(set) && planned.contains(&format!(": load test {number}. An apply takes it back"));
    assert_eq!(is_told, live["spec"]["replicas"] == replicas(number), "{number}: {planned}");
}

#[test]
fn a_scale_that_is_killed_at_any_call_is_told_with_who_did_it() {
    let Some(lane) = made("by-hand-killed") else { return };
    each(&lane, Way::KILLED, scale, |number, strike, _| {
        let live = lane.desk.live("deployment/web");
        let is_done = live["spec"]["replicas"] == replicas(number);
        let planned = words(lane.desk.run(&["plan"]));
        told_of(number, &live, &planned);
        let is_open = is_begun(&lane);
        let shown = if is_done { "The object shows that it was done." } else { "The object does not show it" };
        let found = planned.split("By hand: ").nth(1).unwrap_or_default();
        assert_eq!(
            found.contains(&format!("load test {number}.")) && found.contains(shown),
            is_open,
            "{strike}: {planned}"
        );
        let noted = words(lane.desk.run(&["resume"]));
        assert_eq!(noted.contains(shown), is_open, "{strike}: {noted}");
        let planned = words(lane.desk.run(&["plan"]));
        told_of(number, &live, &planned);
        assert!(!planned.contains("By hand: ") && !is_begun(&lane), "{strike}: {planned}");
    });
}

#[test]
fn a_scale_whose_replies_get_lost_is_done_and_told() {
    let Some(lane) = made("by-hand-lost") else { return };
    each(&lane, Way::LOST, scale, |number, strike, run| {
        let run = run.unwrap();
        assert_eq!(run.code, 0, "{strike}: {run}");
        let live = lane.desk.live("deployment/web");
        assert_eq!(live["spec"]["replicas"], replicas(number), "{strike}");
        told_of(number, &live, &words(lane.desk.run(&["plan"])));
        assert!(!is_begun(&lane), "{strike}");
    });
}

#[test]
fn a_restart_that_is_killed_at_any_call_is_found_out() {
    let Some(lane) = made("by-hand-restart") else { return };
    let restarted = || lane.desk.live("deployment/web").pointer(RESTARTED).cloned();
    let before = RefCell::new(None);
    let restart = |_| {
        before.replace(restarted());
        vec!["restart".to_owned(), WEB.to_owned()]
    };
    each(&lane, Way::KILLED, restart, |_, strike, _| {
        let is_done = restarted() != *before.borrow();
        let is_open = is_begun(&lane);
        let noted = words(lane.desk.run(&["resume"]));
        let shown = if is_done { "The object shows that it was done." } else { "The object does not show it" };
        assert_eq!(noted.contains(shown), is_open, "{strike}: {noted}");
        let planned = words(lane.desk.run(&["plan"]));
        assert!(!planned.contains("spec.template") && !is_begun(&lane), "{strike}: {planned}");
    });
}
