//! Hooks that are deleted once they have ended, by the command and before a Kubernetes API server.

use flashinfra_stacks_kubernetes::{Hook, config_map};
use serde_json::json;

use super::controllers::{beside, end_job};
use crate::cluster::Desk;
use crate::shell::Run;

/// A ConfigMap, and a Job that runs before it is changed.
fn declare(desk: &Desk, level: &str) {
    desk.define("stack.json", &desk.kubeconfig, |stack| {
        let metadata = |name: &str| json!({"name": name, "namespace": desk.namespace});
        let config =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("web"), "data": {"LEVEL": level}});
        let config = stack.add("web", config_map(config));
        let pod = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "migrate", "image": "tools:1"}]}});
        let spec = json!({"backoffLimit": 0, "template": pod});
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata("migrate"), "spec": spec});
        stack.add("migrate", Hook::before(&config, job).delete_after_success().delete_after_failure());
    });
}

fn apply(desk: &Desk, ends_well: bool) -> Run {
    beside(|| end_job(desk, "migrate", ends_well), || desk.run(&["apply", "--auto-approve"]))
}

fn jobs(desk: &Desk) -> String {
    desk.others("kubectl", &["-n", &desk.namespace, "get", "jobs", "-o", "name"])
}

#[test]
fn a_hook_that_has_ended_is_deleted_and_not_missed() {
    let Some(desk) = Desk::new("t-hooks", &["kubectl"]) else { return };
    declare(&desk, "info");
    let applied = apply(&desk, true).succeeds();
    assert!(applied.contains("deleted once it is done"), "{applied}");
    assert_eq!(jobs(&desk), "");
    desk.is_as_declared();

    // What it belongs to changes, and it fails: that stays as it was, and the report is all that is left of the Job.
    declare(&desk, "debug");
    let failed = apply(&desk, false);
    assert_eq!(failed.code, 1, "{failed}");
    let words = failed.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in ["it runs again", "failed create kubernetes.job/migrate", "BackoffLimitExceeded"] {
        assert!(words.contains(expected), "no `{expected}` in {failed}");
    }
    assert_eq!(jobs(&desk), "");
    assert_eq!(desk.live("configmap/web")["data"]["LEVEL"], "info");
    desk.others("kubectl", &["-n", "t-hooks", "delete", "pod", "migrate-1"]);

    let applied = apply(&desk, true).succeeds();
    assert!(applied.contains("1 created · 1 updated"), "{applied}");
    assert_eq!((jobs(&desk).as_str(), &desk.live("configmap/web")["data"]["LEVEL"]), ("", &json!("debug")));
    desk.is_as_declared();
    let back = beside(|| end_job(&desk, "migrate", true), || desk.run(&["rollback", "1", "--auto-approve"])).succeeds();
    assert!(back.contains("1 created · 1 updated") && jobs(&desk).is_empty(), "{back}");
    let destroyed = desk.run(&["apply", "--destroy", "--auto-approve"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
}

/// The stack with a hook that runs this image.
fn declare_with(desk: &Desk, level: &str, image: &str) {
    declare(desk, level);
    let stack = std::fs::read_to_string(desk.shell.path().join("stack.json")).unwrap();
    desk.shell.write("stack.json", &stack.replace("tools:1", image));
}

#[test]
fn a_hook_that_never_ends_is_in_nobodys_way_once_its_apply_was_killed() {
    let Some(desk) = Desk::new("t-hook-hangs", &["kubectl"]) else { return };
    declare(&desk, "info");
    let _ = apply(&desk, true).succeeds();
    let hang = || {
        // No controller ends the Job: its image cannot be pulled, say.
        declare_with(&desk, "debug", "tolos:1");
        let mut process = desk.shell.start(&["apply", "--auto-approve", "--compiled=stack.json"]);
        while jobs(&desk).is_empty() {
            assert!(process.try_wait().unwrap().is_none(), "it ended before it could be killed");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        process.kill().unwrap();
        process.wait().unwrap();
    };
    // The same plan has to wait for it: what it belongs to comes after it.
    hang();
    let waits = desk.run(&["plan"]);
    assert!(waits.code == 3 && waits.stdout.contains("kubernetes.job/migrate is busy"), "{waits}");
    // What is mended replaces it.
    declare_with(&desk, "debug", "tools:2");
    let image = "jsonpath={.items[*].spec.template.spec.containers[*].image}";
    let end_mended = || {
        if desk.others("kubectl", &["-n", &desk.namespace, "get", "jobs", "-o", image]) == "tools:2" {
            end_job(&desk, "migrate", true);
        }
    };
    let mended = beside(end_mended, || desk.run(&["apply", "--auto-approve"])).succeeds();
    assert!(mended.contains("replace  kubernetes.job/migrate"), "{mended}");
    assert_eq!(desk.live("configmap/web")["data"]["LEVEL"], "debug");
    desk.is_as_declared();
    // What takes it away does not wait for it either.
    hang();
    let destroyed = desk.run(&["apply", "--destroy", "--auto-approve"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    assert_eq!(jobs(&desk), "");
}
