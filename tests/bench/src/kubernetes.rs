//! An empty plan of 1,000 objects of 20 kinds, beside what Helm and kubectl take to say the same of the same objects.
//!
//! Each has a namespace and objects of its own on one API server, so that none finds the fields of another. The server is on the same
//! machine: what a network adds, it adds for each call.

use std::path::{Path, PathBuf};
use std::process::Command;

use flashinfra::kubernetes::{Provider, object};
use flashinfra::{Secret, Stack, kubernetes};
use flashinfra_test_support::{Kubernetes, client};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Setting;
use crate::process::{Failed, Taken, median, run};
use crate::table::{mebibytes, row, seconds};

/// Objects of each kind.
const OF_EACH: usize = 50;
/// Kinds that are not Kubernetes' own, of one group: so many that there are twenty.
const CUSTOM: [&str; 6] = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"];
const GROUP: &str = "bench.flashinfra.example";
/// How often each is run; the middle counts.
const RUNS: usize = 3;
const WIDTHS: [usize; 4] = [34, 9, 9, 9];

/// Measures and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!(
        "Kubernetes: 1,000 objects of 20 kinds that are as they are declared, each side with its own, on one server"
    );
    let skipped = |why: &str| println!("\n  SKIPPED: {why}\n");
    let Some(server) = Kubernetes::shared("kubernetes") else {
        skipped("there is no Kubernetes API server");
        return Ok(());
    };
    let Some(flashinfra) = setting.with_kubernetes() else {
        skipped(
            "there is no command with the feature `kubernetes`; `make bench` builds it, FLASHINFRA_BENCH_KUBERNETES names another",
        );
        return Ok(());
    };
    let Some(kubectl) = client("kubectl", "kubernetes") else {
        skipped("there is no kubectl: run `make setup`");
        return Ok(());
    };
    let desk =
        Desk { directory: tempfile::tempdir_in(&setting.directory)?, kubeconfig: server.kubeconfig().to_owned() };
    desk.write("definitions.json", &list(CUSTOM.iter().map(|kind| definition(kind)).collect()))?;
    run(desk.program(&kubectl).args(["apply", "--server-side", "-f", "definitions.json"]))?;
    run(desk.program(&kubectl).args(["wait", "--for=condition=Established", "-f", "definitions.json"]))?;
    row(&["", "wall", "cpu", "memory"], &WIDTHS);
    ours(&desk, &flashinfra, &kubectl)?;
    match client("helm", "kubernetes") {
        Some(helm) => helms(&desk, &helm)?,
        None => skipped("there is no helm: run `make setup`"),
    }
    kubectls(&desk, &kubectl)?;
    println!();
    Ok(())
}

/// A directory, and the way to the server.
struct Desk {
    directory: TempDir,
    kubeconfig: PathBuf,
}

impl Desk {
    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.directory.path())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", self.directory.path());
        command
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Failed> {
        let path = self.directory.path().join(file);
        path.parent().map(std::fs::create_dir_all).transpose()?;
        Ok(std::fs::write(path, text)?)
    }
}

fn ours(desk: &Desk, flashinfra: &Path, kubectl: &Path) -> Result<(), Failed> {
    run(desk.program(kubectl).args(["create", "namespace", "bench-ours"]))?;
    let mut stack = Stack::new("bench", "test");
    stack.provider("kubernetes", Provider::builder().kubeconfig(desk.kubeconfig.to_string_lossy().into_owned()));
    for (number, json) in objects("bench-ours").into_iter().enumerate() {
        let name = format!("object-{number}");
        if json["kind"] == "Secret" {
            let named = json["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let secret = kubernetes::Secret::named(named).namespace("bench-ours".to_owned());
            stack.add(name, secret.value("password", Secret::env("BENCH_PASSWORD")));
        } else {
            stack.add(name, object(json));
        }
    }
    desk.write("stack.json", &stack.compile()?)?;
    let command = |arguments: &[&str]| {
        let mut command = desk.program(flashinfra);
        command
            .args(arguments)
            .args(["--compiled=stack.json", "--ledger=ledger"])
            .env("BENCH_PASSWORD", "nobody-knows");
        command
    };
    line("flashinfra apply (creates all)", vec![run(&mut command(&["apply", "--auto-approve"]))?]);
    let plans = (0..RUNS).map(|_| run(&mut command(&["plan", "--detailed-exitcode"]))).collect::<Result<_, _>>()?;
    line("flashinfra plan (empty)", plans);
    let plan = command(&["plan"]).output()?;
    let said = String::from_utf8_lossy(&plan.stdout).into_owned() + &String::from_utf8_lossy(&plan.stderr);
    said.lines().filter(|told| told.contains(" calls")).for_each(|told| println!("    {}", told.trim()));
    Ok(())
}

fn helms(desk: &Desk, helm: &Path) -> Result<(), Failed> {
    desk.write("chart/Chart.yaml", "apiVersion: v2\nname: bench\nversion: 1.0.0\n")?;
    for (number, json) in objects("bench-helm").into_iter().enumerate() {
        desk.write(&format!("chart/templates/{number}.yaml"), &json.to_string())?;
    }
    let release = ["bench", "chart", "--namespace=bench-helm", "--create-namespace"];
    run(desk.program(helm).arg("install").args(release))?;
    let upgrade = || run(desk.program(helm).arg("upgrade").args(release).arg("--dry-run=server"));
    line("helm upgrade --dry-run=server", (0..RUNS).map(|_| upgrade()).collect::<Result<_, _>>()?);
    Ok(())
}

fn kubectls(desk: &Desk, kubectl: &Path) -> Result<(), Failed> {
    run(desk.program(kubectl).args(["create", "namespace", "bench-kubectl"]))?;
    desk.write("objects.json", &list(objects("bench-kubectl")))?;
    run(desk.program(kubectl).args(["apply", "--server-side", "-f", "objects.json"]))?;
    line(
        "kubectl diff --server-side",
        vec![run(desk.program(kubectl).args(["diff", "--server-side", "-f", "objects.json"]))?],
    );
    Ok(())
}

fn line(name: &str, runs: Vec<Taken>) {
    let Some(taken) = median(runs) else { return };
    let cells = [format!("  {name}"), seconds(taken.wall), seconds(taken.cpu), mebibytes(taken.peak_bytes)];
    row(&cells.each_ref().map(String::as_str), &WIDTHS);
}

fn list(items: Vec<Value>) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn definition(kind: &str) -> Value {
    let singular = kind.to_lowercase();
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{singular}s.{GROUP}")},
        "spec": {"group": GROUP, "scope": "Namespaced", "versions": [version],
                 "names": {"plural": format!("{singular}s"), "singular": singular, "kind": kind}},
    })
}

/// The objects: what a release is made of, but for what controllers would have to bring about.
fn objects(namespace: &str) -> Vec<Value> {
    const RBAC: &str = "rbac.authorization.k8s.io/v1";
    let mut all = Vec::new();
    for number in 0..OF_EACH {
        let name = format!("{namespace}-{number}");
        let labels = json!({"app.kubernetes.io/name": name, "team": "shop"});
        let mut add = |is_namespaced: bool, api: &str, kind: &str, fields: Value| {
            let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}});
            if is_namespaced {
                object["metadata"]["namespace"] = namespace.into();
            }
            object
                .as_object_mut()
                .into_iter()
                .for_each(|all| all.extend(fields.as_object().cloned().unwrap_or_default()));
            all.push(object);
        };
        let rules = json!([{"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list", "watch"]}]);
        let bound = |kind: &str| {
            let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
            json!({"roleRef": role, "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]})
        };
        let pod = json!({"restartPolicy": "Never", "containers": [{"name": "job", "image": "job:1", "envFrom": [{"configMapRef": {"name": name}}]}]});
        let port = json!([{"port": 80, "targetPort": 8080, "protocol": "TCP"}]);
        add(true, "v1", "ConfigMap", json!({"data": {"LEVEL": "info", "settings.toml": "a = 1\n".repeat(20)}}));
        add(true, "v1", "Secret", json!({"stringData": {"password": "nobody-knows"}}));
        add(true, "v1", "ServiceAccount", json!({}));
        add(true, "v1", "Service", json!({"spec": {"selector": {"app": name}, "ports": port}}));
        add(true, "v1", "LimitRange", json!({"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}}));
        add(
            true,
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({"spec": {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Ingress"]}}),
        );
        add(
            true,
            "batch/v1",
            "CronJob",
            json!({"spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}}}),
        );
        add(true, RBAC, "Role", json!({ "rules": rules }));
        add(true, RBAC, "RoleBinding", bound("Role"));
        add(false, RBAC, "ClusterRole", json!({ "rules": rules }));
        add(false, RBAC, "ClusterRoleBinding", bound("ClusterRole"));
        add(false, "scheduling.k8s.io/v1", "PriorityClass", json!({"value": 1000}));
        add(
            false,
            "storage.k8s.io/v1",
            "StorageClass",
            json!({"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}),
        );
        add(false, "networking.k8s.io/v1", "IngressClass", json!({"spec": {"controller": "example.com/ingress"}}));
        for kind in CUSTOM {
            let spec = json!({"size": number, "parts": [{"name": "a", "text": "some text that stands in for more"}]});
            add(true, &format!("{GROUP}/v1"), kind, json!({ "spec": spec }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_a_thousand_objects_of_twenty_kinds() {
        let all = objects("a");
        let kinds: BTreeSet<_> = all.iter().map(|object| object["kind"].to_string()).collect();
        assert_eq!((all.len(), kinds.len()), (1000, 20));
    }
}
