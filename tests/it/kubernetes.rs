//! The command on a Kubernetes API server, as people use it: drift, conflicts, replacements, upgrades that fail, pruning, and somebody
//! without rights. The server has no controllers: what they would say of a Deployment is written here.

mod controllers;
mod hooks;
mod release_tests;
mod sweep;
mod window;

use flashinfra_stacks_kubernetes::{Object, object};
use serde_json::{Value, json};

use crate::cluster::Desk;
use controllers::{beside, late, roll_out, well};

/// What a test changes about its release.
#[derive(Clone)]
struct Web {
    data: Value,
    image: &'static str,
    app: &'static str,
    has_service: bool,
    is_scaled: bool,
}

impl Web {
    fn new() -> Self {
        Self { data: json!({"LEVEL": "info"}), image: "web:1", app: "web", has_service: true, is_scaled: false }
    }

    fn declare(&self, desk: &Desk) {
        let mut objects = vec![
            (
                "config",
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": self.data}),
            ),
            ("web", self.deployment()),
        ];
        if self.has_service {
            let spec = json!({"selector": {"app": self.app}, "ports": [{"port": 80}]});
            objects.push((
                "web",
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}),
            ));
        }
        if self.is_scaled {
            let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
            let spec = json!({"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 9});
            let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec});
            objects.push(("web", scaler));
        }
        desk.declare(&objects);
    }

    fn deployment(&self) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": self.app}}, "template": {
                "metadata": {"labels": {"app": self.app}},
                "spec": {"containers": [{"name": "web", "image": self.image}]}}},
        })
    }
}

fn apply(desk: &Desk) -> String {
    beside(|| roll_out(desk, well), || desk.run(&["apply", "--auto-approve"])).succeeds()
}

#[test]
fn an_edit_is_drift_with_its_field_and_its_manager() {
    let Some(desk) = Desk::new("t-edit", &["kubectl"]) else { return };
    Web::new().declare(&desk);
    let _ = apply(&desk);
    desk.is_as_declared();
    let patch = r#"{"data":{"LEVEL":"trace"}}"#;
    desk.others(
        "kubectl",
        &["-n", "t-edit", "patch", "configmap", "web", "--type=merge", "--field-manager=kubectl-edit", "-p", patch],
    );
    let run = desk.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 2, "{run}");
    for words in ["Changed outside flashinfra", "data.LEVEL", "trace → info", "by kubectl-edit"] {
        assert!(run.stdout.contains(words), "no `{words}` in {run}");
    }
    let _ = apply(&desk);
    desk.is_as_declared();
}

#[test]
fn replicas_that_an_autoscaler_has_show_nothing() {
    let Some(desk) = Desk::new("t-scaled", &["kubectl"]) else { return };
    Web { is_scaled: true, ..Web::new() }.declare(&desk);
    let _ = beside(
        || roll_out(&desk, well),
        || desk.run(&["apply", "--auto-approve", "--exclude=kubernetes.horizontal_pod_autoscaler/web"]),
    )
    .succeeds();
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 9}});
    desk.shell.write("scaler.json", &scaler.to_string());
    desk.others("kubectl", &["-n", "t-scaled", "apply", "-f", "scaler.json"]);
    let patch = r#"{"spec":{"replicas":7}}"#;
    desk.others(
        "kubectl",
        &[
            "-n",
            "t-scaled",
            "patch",
            "deployment",
            "web",
            "--type=merge",
            "--field-manager=kube-controller-manager",
            "-p",
            patch,
        ],
    );
    Web::new().declare(&desk);
    desk.is_as_declared();
    assert_eq!(desk.live("deployment/web")["spec"]["replicas"], 7);
}

#[test]
fn a_changed_selector_is_a_replacement_with_its_reason_and_what_left_the_code_goes() {
    let Some(desk) = Desk::new("t-replaced", &["kubectl"]) else { return };
    Web::new().declare(&desk);
    let _ = apply(&desk);
    let before = desk.live("deployment/web")["metadata"]["uid"].clone();
    Web { app: "shop", has_service: false, ..Web::new() }.declare(&desk);
    let run = desk.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 2, "{run}");
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "replace kubernetes.deployment/web",
        "destroys t-replaced/web: spec.selector cannot be changed: it finds its pods by its selector for life",
        "delete kubernetes.service/web",
    ] {
        assert!(words.contains(expected), "no `{expected}` in {run}");
    }
    let _ = apply(&desk);
    assert_ne!(desk.live("deployment/web")["metadata"]["uid"], before);
    assert_eq!(desk.others("kubectl", &["-n", "t-replaced", "get", "services", "-o", "name"]), "");
    desk.is_as_declared();
}

#[test]
fn a_field_of_another_manager_is_a_conflict_that_names_both() {
    let Some(desk) = Desk::new("t-contested", &["kubectl"]) else { return };
    Web::new().declare(&desk);
    let _ = apply(&desk);
    let theirs =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"MODE": "theirs"}});
    desk.shell.write("theirs.json", &theirs.to_string());
    desk.others(
        "kubectl",
        &["-n", "t-contested", "apply", "--server-side", "--field-manager=helm", "-f", "theirs.json"],
    );
    Web { data: json!({"LEVEL": "info", "MODE": "ours"}), ..Web::new() }.declare(&desk);
    let run = desk.run(&["plan"]);
    assert_eq!(run.code, 3, "{run}");
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "kubernetes.config_map/config declares data.MODE, which helm writes with another value.";
    assert!(words.contains(expected), "{run}");
}

#[test]
fn an_upgrade_that_never_becomes_ready_fails_with_the_reason() {
    let Some(desk) = Desk::new("t-late", &["kubectl"]) else { return };
    Web::new().declare(&desk);
    let _ = apply(&desk);
    Web { image: "web:2", ..Web::new() }.declare(&desk);
    let said = beside(|| roll_out(&desk, late), || desk.run(&["apply", "--auto-approve"])).fails(1);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("ProgressDeadlineExceeded: web:2 cannot be pulled"), "{said}");
    // The next plan goes on from there.
    Web { image: "web:3", ..Web::new() }.declare(&desk);
    let _ = apply(&desk);
    desk.is_as_declared();
}

#[test]
fn an_atomic_upgrade_that_never_becomes_ready_goes_back_to_the_last_good_revision() {
    let Some(desk) = Desk::new("t-atomic", &["kubectl"]) else { return };
    Web::new().declare(&desk);
    let _ = apply(&desk);
    // One that changes more than the image, so that there is something to take back beside it.
    Web { data: json!({"LEVEL": "debug"}), image: "web:2", has_service: false, ..Web::new() }.declare(&desk);
    let says = |web: &Value| match web["spec"]["template"]["spec"]["containers"][0]["image"] == "web:2" {
        true => late(web),
        false => well(web),
    };
    let run = beside(|| roll_out(&desk, says), || desk.run(&["apply", "--atomic", "--auto-approve"]));
    assert_eq!(run.code, 6, "{run}");
    let words = format!("{} {}", run.stdout, run.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "If this fails, it goes back to revision 1.",
        "failed update kubernetes.deployment/web",
        "ProgressDeadlineExceeded: web:2 cannot be pulled",
        "back to revision 1",
        "Gone back to revision 1.",
    ] {
        assert!(words.contains(expected), "no `{expected}` in {run}");
    }
    // What is live is what revision 1 made, down to the Service that the upgrade had deleted.
    assert_eq!(desk.live("deployment/web")["spec"]["template"]["spec"]["containers"][0]["image"], "web:1");
    assert_eq!(desk.live("configmap/web")["data"]["LEVEL"], "info");
    assert_eq!(desk.live("service/web")["spec"]["selector"]["app"], "web");
    Web::new().declare(&desk);
    desk.is_as_declared();
    let history = desk.run(&["history"]).succeeds();
    let outcomes: Vec<_> = history.lines().skip(3).filter_map(|line| line.split_whitespace().nth(6)).collect();
    assert_eq!(outcomes, ["done", "failed", "done"], "{history}");
    assert!(history.trim_end().ends_with("back to 1"), "{history}");
}

#[test]
fn a_definition_and_its_objects_come_in_one_apply_and_go_in_one() {
    let Some(desk) = Desk::new("t-defined", &["kubectl"]) else { return };
    let group = "defined.flashinfra.example";
    desk.define("stack.json", &desk.kubeconfig, |stack| {
        let widget = json!({"apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": {"name": "a", "namespace": desk.namespace}, "spec": {"size": 1}});
        stack.add("a", object(widget));
        stack.add("widgets", definition(group));
    });
    let said = desk.run(&["apply", "--auto-approve"]).succeeds();
    assert!(said.contains("2 to create"), "{said}");
    desk.is_as_declared();
    let destroyed = desk.run(&["apply", "--destroy", "--auto-approve"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
}

fn definition(group: &str) -> Object {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
    let names = json!({"plural": "widgets", "singular": "widget", "kind": "Widget"});
    object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("widgets.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }))
    .lifecycle(flashinfra_stacks::Lifecycle::new().protect(false))
}

#[test]
fn who_may_see_nothing_is_told_so_before_anything_is_read() {
    let Some(desk) = Desk::new("t-viewer", &["kubectl"]) else { return };
    let viewer = desk.kubeconfig.with_file_name("kubeconfig-viewer");
    if !viewer.is_file() {
        skipped("there is no kubeconfig-viewer beside that of the server");
        return;
    }
    desk.define("stack.json", &viewer, |stack| {
        let config =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": desk.namespace}});
        stack.add("web", object(config));
    });
    let said = desk.run(&["plan"]).fails(1);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("viewer may not get namespaces"), "{said}");
    assert!(words.contains("grant get namespaces"), "the next move is told: {said}");
}

#[expect(clippy::print_stderr, reason = "a test that nobody sees skipped is taken for one that passed")]
fn skipped(why: &str) {
    eprintln!("SKIPPED who_may_see_nothing_is_told_so_before_anything_is_read: {why}");
}
