//! `flashinfra test` before a Kubernetes API server: Jobs beside a release.

use flashinfra_stacks_kubernetes::{object, service, token};
use serde_json::{Value, json};

use super::controllers::{beside, end_job};
use crate::cluster::Desk;

/// A Service, and two tests of it.
fn declare(desk: &Desk) {
    desk.define("stack.json", &desk.kubeconfig, |stack| {
        let metadata = |name: &str| json!({"name": name, "namespace": desk.namespace});
        let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
        let web = service(json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata("web"), "spec": spec}));
        let web = stack.add("web", web);
        for name in ["login", "smoke"] {
            let url = format!("http://{}", token(web.name()));
            let container = json!({"name": name, "image": "curl:1", "args": [url]});
            // A cluster makes up a selector; what stands in for it here does not.
            let labels = json!({"job-name": name});
            let pod =
                json!({"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [container]}});
            let selector = json!({"matchLabels": labels});
            let spec = json!({"backoffLimit": 0, "manualSelector": true, "selector": selector, "template": pod});
            let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(name), "spec": spec});
            stack.add(name, object(job).test());
        }
    });
}

fn test(desk: &Desk, arguments: &[&str], failing: &str) -> crate::shell::Run {
    let controls = || ["login", "smoke"].iter().for_each(|name| end_job(desk, name, *name != failing));
    beside(controls, || desk.run(&[&["test"], arguments].concat()))
}

/// The Jobs that there are.
fn jobs(desk: &Desk) -> String {
    desk.others("kubectl", &["-n", &desk.namespace, "get", "jobs", "-o", "name"])
}

#[test]
fn tests_run_against_what_is_applied_and_leave_nothing_but_what_failed() {
    let Some(desk) = Desk::new("t-tested", &["kubectl"]) else { return };
    declare(&desk);
    let nothing = desk.run(&["test"]).fails(3);
    assert!(nothing.contains("nothing of t-tested/production is applied yet"), "{nothing}");
    let applied = desk.run(&["apply", "--auto-approve"]).succeeds();
    assert!(applied.contains("1 to create") && jobs(&desk).is_empty(), "{applied}");
    desk.is_as_declared();

    let passed = test(&desk, &[], "").succeeds();
    assert!(passed.contains("Passed in ") && passed.contains("2 tests"), "{passed}");
    assert_eq!(jobs(&desk), "");
    desk.is_as_declared();

    let run = test(&desk, &[], "login");
    assert_eq!(run.code, 1, "{run}");
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "failed kubernetes.job/login",
        "BackoffLimitExceeded",
        "pod login-1: login: exited with 3",
        "passed kubernetes.job/smoke",
        "1 of 2 tests",
    ] {
        assert!(words.contains(expected), "no `{expected}` in {run}");
    }
    // It is there to be looked at, is in nobody's way, and runs again.
    assert_eq!(jobs(&desk), "job.batch/login\n");
    desk.is_as_declared();
    desk.others("kubectl", &["-n", "t-tested", "delete", "pod", "login-1"]);
    let run = test(&desk, &["login", "--json"], "");
    assert_eq!(run.code, 0, "{run}");
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: Vec<_> = lines.filter(|line| line["type"] == "test" || line["type"] == "tests").collect();
    assert_eq!((&told[0]["address"], &told[0]["passed"]), (&json!("kubernetes.job/login"), &json!(true)), "{run}");
    assert_eq!((&told[1]["passed"], &told[1]["failed"]), (&json!(1), &json!(0)), "{run}");
    assert_eq!(jobs(&desk), "");

    // All of it is in the history, and nothing that was tested is gone back to.
    let history = desk.run(&["history"]).succeeds();
    assert!(history.contains("test · 1 passed"), "{history}");
    let destroyed = desk.run(&["apply", "--destroy", "--auto-approve"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
}

#[test]
fn a_test_run_that_is_killed_is_found_by_the_next_one_and_by_a_plan() {
    let Some(desk) = Desk::new("t-test-killed", &["kubectl"]) else { return };
    declare(&desk);
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
    for goes_on in ["test", "plan"] {
        // No controller ends the Jobs, so that the run waits for them.
        let mut process = desk.shell.start(&["test", "--compiled=stack.json"]);
        while jobs(&desk).lines().count() < 2 {
            assert!(process.try_wait().unwrap().is_none(), "it ended before it could be killed");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        if goes_on == "plan" {
            // They end while nobody looks; the plan finds them, and applying it deletes them.
            ["login", "smoke"].iter().for_each(|name| end_job(&desk, name, true));
            let plan = desk.run(&["plan"]).succeeds();
            assert!(plan.contains("left by a test that is over") && plan.contains("2 to delete"), "{plan}");
            let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
        } else {
            let passed = test(&desk, &[], "").succeeds();
            assert!(passed.contains("2 tests"), "{passed}");
        }
        assert_eq!(jobs(&desk), "");
        desk.is_as_declared();
    }
}
