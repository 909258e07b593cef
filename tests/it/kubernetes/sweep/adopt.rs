//! A release of Helm that is adopted, disturbed at one call after the other: the command is killed, or a reply gets lost. Whatever happens, it
//! is adopted in the end as if nothing had: the plan is empty, what Helm leaves is told, and no object was made, changed or lost on the way.
//!
//! Some calls are chosen by a seed, and all of them with `FLASHINFRA_SWEEP=all` or `=adopt` (`make sweep`); `adopt:17` is one call.

use std::collections::BTreeSet;

use flashinfra_stacks_kubernetes::object;
use serde_json::{Value, json};

use super::lane::{self, Lane, SEED};
use crate::adopt_kubernetes::{chart, config, deployment, service};
use crate::shell::Run;
use crate::strike::{Way, asked};

/// What `FLASHINFRA_SWEEP` calls it.
const AREA: &str = "adopt";
/// How many places are disturbed unless somebody asks for all.
const SAMPLE: usize = 4;
/// The release, whose name no other test's has: the server is one for all.
const RELEASE: &str = "swept";
/// The objects of the release, and one declared field of each.
const FIELDS: [(&str, &str); 3] = [
    ("configmap/web", "/f:data/f:LEVEL"),
    ("deployment/web", "/f:spec/f:replicas"),
    ("service/web", "/f:spec/f:ports"),
];

/// A release that Helm installed, and the stack that declares its objects.
fn installed(namespace: &str) -> Option<Lane> {
    let lane = Lane::new(namespace, &["helm"])?;
    chart(&lane.desk.shell);
    lane.desk.others("helm", &["install", RELEASE, "chart", "-n", namespace]);
    lane.desk.define("stack.json", &lane.kubeconfig(), |stack| {
        let all =
            [("config", config(&json!({"LEVEL": "info", "OLD": "1"}))), ("web", deployment()), ("http", service())];
        for (name, mut declared) in all {
            declared["metadata"]["namespace"] = namespace.into();
            stack.add(name, object(declared));
        }
    });
    Some(lane)
}

/// The command.
fn adopt(lane: &Lane) -> Vec<String> {
    let (release, namespace) = (format!("--helm={RELEASE}"), format!("--namespace={}", lane.desk.namespace));
    vec!["adopt".into(), release, namespace, "--auto-approve".into(), "--compiled=stack.json".into()]
}

/// All that there is in the namespace and could be made twice, lost or made anew.
fn there(lane: &Lane) -> BTreeSet<String> {
    let namespace = lane.desk.namespace.as_str();
    let kinds = "configmaps,deployments,services,secrets";
    let found = lane.desk.others("kubectl", &["-n", namespace, "get", kinds, "-o", "json"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    let told =
        |object: &Value| format!("{} {} {}", object["kind"], object["metadata"]["name"], object["metadata"]["uid"]);
    found["items"].as_array().unwrap().iter().map(told).collect()
}

/// What Helm leaves, as the command says it.
fn left(lane: &Lane, run: &Run) -> BTreeSet<String> {
    let commands = run.stdout.lines().map(str::trim).filter(|line| line.starts_with("kubectl "));
    commands.map(|line| line.replace(&lane.desk.namespace, "NAMESPACE")).collect()
}

/// What it has come to, once it was made sure that there is nothing left to do.
fn settled(lane: &Lane) -> Vec<String> {
    lane.desk.is_as_declared();
    let mut told: Vec<String> = FIELDS
        .iter()
        .map(|(object, field)| {
            let live = lane.desk.live(object);
            let owner = live["metadata"]["annotations"]["flashinfra/owner"].as_str().unwrap_or_default();
            // The uuid is another one each time.
            let owner = owner.split_once('/').map_or("nobody's", |(_, rest)| rest);
            format!("{object} {owner} {} {:?}", live["data"], lane.desk.managers(object, field))
        })
        .collect();
    let rows = lane.desk.run(&["ledger", "ls"]).succeeds();
    told.extend(rows.lines().map(|row| row.replace(&lane.desk.namespace, "NAMESPACE")));
    told
}

#[expect(clippy::print_stderr, reason = "a long run says how far it is")]
fn sweep(name: &str, ways: [Way; 2]) {
    let Some(lane) = installed(&format!("adopt-{name}")) else { return };
    lane.proxy.clear_log();
    let run = lane.desk.shell.run(&adopt(&lane));
    let calls = lane.proxy.log().len() as u64;
    let leftovers = left(&lane, &run);
    let _ = run.succeeds();
    assert!(leftovers.len() > 2, "{leftovers:?}");
    let calm = settled(&lane);
    drop(lane);
    let places = asked(AREA, SEED, calls, SAMPLE);
    let mut missed = 0;
    for (number, place) in places.iter().enumerate() {
        let strike = lane::strike(AREA, *place, ways);
        let Some(lane) = installed(&format!("adopt-{name}-{number}")) else { return };
        let before = there(&lane);
        lane.proxy.clear_log();
        let (rule, gate) = strike.rule();
        lane.proxy.set_rules(vec![rule]);
        let command = adopt(&lane);
        if let Some(gate) = gate {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            missed += usize::from(!lane.run_and_kill(&words, &gate, &strike));
            lane.proxy.set_rules(Vec::new());
        }
        // One that was killed goes on where it was, whatever was done of it.
        let run = lane.desk.shell.run(&command);
        lane.proxy.set_rules(Vec::new());
        assert_eq!(run.code, 0, "{name}: {strike}: {run}");
        assert_eq!(left(&lane, &run), leftovers, "{name}: {strike}: {run}");
        assert_eq!(settled(&lane), calm, "{name}: {strike}");
        assert_eq!(there(&lane), before, "{name}: {strike}");
    }
    eprintln!("{name}: {} runs of {calls} calls, {missed} of them ended earlier", places.len());
    assert!(missed * 4 <= places.len(), "{missed} of {} runs test nothing", places.len());
}

#[test]
fn an_adoption_that_is_killed_at_any_call_goes_on() {
    sweep("killed", Way::KILLED);
}

#[test]
fn an_adoption_whose_replies_get_lost_is_made_once() {
    sweep("lost", Way::LOST);
}
