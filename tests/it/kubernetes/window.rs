//! Between the last look at an object and the write stands the object's version: the server refuses a write that was made for another.

use std::thread;
use std::time::Duration;

use flashinfra_stacks_kubernetes::config_map;
use flashinfra_test_proxy::{Fault, Gate, Rule};
use serde_json::{Value, json};

use super::sweep::lane::Lane;
use crate::shell::Run;

/// How long the command may take to its first write.
const FIRST: Duration = Duration::from_secs(60);

/// Declares the ConfigMap `web` with a level, or nothing, and plans that.
fn plan(lane: &Lane, level: Option<&str>) {
    lane.desk.define("stack.json", &lane.kubeconfig(), |stack| {
        let metadata = json!({"name": "web", "namespace": lane.desk.namespace});
        if let Some(level) = level {
            let web = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"LEVEL": level}});
            stack.add("web", config_map(web));
        }
    });
    let _ = lane.desk.run(&["plan", "--out=web.plan"]).succeeds();
}

/// Applies the plan; when its first write is on its way to the server, somebody is faster.
fn apply_while(lane: &Lane, somebody: &[&str]) -> Run {
    let gate = Gate::for_one_call();
    lane.proxy.set_rules(vec![Rule::mutating(Fault::HoldBefore(gate.clone())).nth(1)]);
    let run = thread::scope(|scope| {
        let run = scope.spawn(|| lane.desk.shell.run(&["apply", "web.plan"]));
        let held = gate.wait(FIRST);
        if held.is_some() {
            lane.desk.others("kubectl", &[&["-n", &lane.desk.namespace], somebody].concat());
        }
        gate.release();
        let run = run.join().unwrap();
        assert!(held.is_some(), "nothing was written: {run}");
        run
    });
    lane.proxy.set_rules(Vec::new());
    run
}

fn level(lane: &Lane) -> Value {
    lane.desk.live("configmap/web")["data"]["LEVEL"].clone()
}

#[test]
fn who_comes_between_the_last_look_and_a_write_is_not_overwritten() {
    let Some(lane) = Lane::new("t-window", &[]) else { return };
    plan(&lane, Some("info"));
    let _ = lane.desk.shell.run(&["apply", "web.plan"]).succeeds();

    // A field that the step changes, and has not changed yet.
    plan(&lane, Some("debug"));
    let warn = ["patch", "configmap", "web", "--type=merge", r#"--patch={"data":{"LEVEL":"warn"}}"#];
    let stopped = apply_while(&lane, &warn);
    assert_eq!(stopped.code, 4, "{stopped}");
    for expected in ["LEVEL", "info", "warn"] {
        assert!(stopped.stdout.contains(expected), "no `{expected}` in {stopped}");
    }
    assert_eq!(level(&lane), "warn", "it is theirs until somebody has seen it in a plan");

    // What the plan does not look at makes another version of the object, and stops nothing.
    plan(&lane, Some("debug"));
    let applied = apply_while(&lane, &["annotate", "configmap", "web", "seen-by=scanner"]);
    assert_eq!((applied.code, level(&lane)), (0, json!("debug")), "{applied}");
    lane.desk.is_as_declared();

    // Nor is deleted what is not what it was.
    plan(&lane, None);
    let kept = apply_while(&lane, &warn);
    assert_eq!((kept.code, level(&lane)), (4, json!("warn")), "{kept}");
    plan(&lane, None);
    let deleted = apply_while(&lane, &["annotate", "configmap", "web", "seen-by-"]);
    assert_eq!(deleted.code, 0, "{deleted}");
    lane.desk.is_as_declared();
}
