//! FlashMM's application on a Kubernetes API server, with the real command: made from nothing, changed, and unmade. The server has no
//! controllers: what they would say of objects is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flashinfra_test_support::{Kubernetes, client};
use serde_json::{Value, json};

use crate::shell::{Run, Shell};

/// A shell before the server.
struct Desk {
    shell: Shell,
    kubectl: Kubectl,
    options: Vec<String>,
}

/// Somebody else's way to the server.
#[derive(Clone)]
struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Kubectl {
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("KUBECONFIG", &self.kubeconfig).env("HOME", &self.home);
        let output = command.output().unwrap();
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
    }

    fn objects(&self, kinds: &str) -> Vec<Value> {
        // Before its definition is there, a kind is unknown.
        let Ok(list) = self.run(&["get", kinds, "--all-namespaces", "-o", "json"]) else { return Vec::new() };
        let list: Value = serde_json::from_str(&list).unwrap();
        list["items"].as_array().cloned().unwrap_or_default()
    }
}

/// The kinds of which controllers say something.
const KINDS: &str = "deployments,statefulsets,persistentvolumeclaims,ingresses,horizontalpodautoscalers,externalsecrets,secretstores,\
                     clusterissuers,poddisruptionbudgets,namespaces";

/// Says of every object that all is well, until it is told to stop. A namespace that goes is let go once it is empty.
fn all_is_well(kubectl: &Kubectl, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        for object in kubectl.objects(KINDS) {
            let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
            let name = metadata["name"].as_str().unwrap();
            if kind == "Namespace" {
                let is_going = metadata["deletionTimestamp"].is_string() && name.starts_with("flashmm");
                if is_going {
                    let path = format!("/api/v1/namespaces/{name}/finalize");
                    let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name }, "spec": { "finalizers": [] } });
                    let file = kubectl.home.join("finalize.json");
                    std::fs::write(&file, body.to_string()).unwrap();
                    // It may be gone by now.
                    drop(kubectl.run(&["replace", "--raw", &path, "-f", file.to_str().unwrap()]));
                }
                continue;
            }
            // Other tests share the server, and say themselves what becomes of their objects.
            if metadata["namespace"].as_str().is_some_and(|namespace| !namespace.starts_with("flashmm")) {
                continue;
            }
            let status = well(&object);
            let is_said = status.as_object().unwrap().iter().all(|(key, value)| object["status"][key] == *value);
            if !is_said {
                let patch = json!({ "status": status }).to_string();
                let namespace = metadata["namespace"].as_str().unwrap_or("default");
                let resource = format!("{}.{}", plural(kind), group(&object));
                let resource = resource.trim_end_matches('.');
                drop(kubectl.run(&[
                    "-n",
                    namespace,
                    "patch",
                    resource,
                    name,
                    "--subresource=status",
                    "--type=merge",
                    "-p",
                    &patch,
                ]));
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with("ss") => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}

fn group(object: &Value) -> &str {
    object["apiVersion"].as_str().unwrap().rsplit_once('/').map_or("", |(group, _)| group)
}

/// What a controller says when all is well.
fn well(object: &Value) -> Value {
    let is = |kind: &str| json!({ "type": kind, "status": "True", "reason": "AsExpected" });
    match object["kind"].as_str().unwrap() {
        "Deployment" | "StatefulSet" => {
            let replicas = object["spec"]["replicas"].as_i64().unwrap_or(1);
            let mut status = json!({
                "observedGeneration": object["metadata"]["generation"], "replicas": replicas,
                "readyReplicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas,
            });
            if object["kind"] == "StatefulSet" {
                (status["currentRevision"], status["updateRevision"]) = ("a-1".into(), "a-1".into());
            } else {
                let progressing =
                    json!({ "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable" });
                status["conditions"] = json!([is("Available"), progressing]);
            }
            status
        }
        "PersistentVolumeClaim" => json!({ "phase": "Bound", "capacity": object["spec"]["resources"]["requests"] }),
        "Ingress" => json!({ "loadBalancer": { "ingress": [{ "hostname": "balancer.example" }] } }),
        "HorizontalPodAutoscaler" => json!({ "conditions": [is("AbleToScale"), is("ScalingActive")] }),
        "PodDisruptionBudget" => json!({
            "observedGeneration": object["metadata"]["generation"], "disruptionsAllowed": 1,
            "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3,
        }),
        _ => json!({ "conditions": [is("Ready")] }),
    }
}

impl Desk {
    fn new(test: &str) -> Option<Self> {
        let server = Kubernetes::shared(test)?;
        let program = client("kubectl", test)?;
        let shell = Shell::new();
        let kubectl = Kubectl { program, kubeconfig: server.kubeconfig().to_owned(), home: shell.path().to_owned() };
        let context = kubectl.run(&["config", "current-context"]).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // What the operators' charts bring.
        let definitions = root.join("stacks/flashmm/app/crds.json");
        kubectl.run(&["apply", "-f", definitions.to_str().unwrap()]).unwrap();
        let options = vec![
            format!("--dir={}", root.display()),
            "--stack=flashmm-app".to_owned(),
            "--env=production".to_owned(),
            "--ledger=ledger".to_owned(),
            format!("--set=kubeconfig={}", kubectl.kubeconfig.display()),
            format!("--set=context={}", context.trim()),
        ];
        Some(Self { shell, kubectl, options })
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let options = self.options.iter().map(String::as_str);
        self.shell.run(&arguments.iter().copied().chain(options).collect::<Vec<_>>())
    }

    /// What the command says while controllers say that all is well.
    fn run_with_controllers(&self, arguments: &[&str]) -> Run {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let controllers = scope.spawn(|| all_is_well(&self.kubectl, &stop));
            let run = self.run(arguments);
            stop.store(true, Ordering::Relaxed);
            controllers.join().unwrap();
            run
        })
    }

    /// The kinds of all that is owned, as the API has them in its paths, each with the namespaces that it is in.
    fn places(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let listed = self.shell.run(&["ledger", "ls", "--json", "--ledger=ledger"]).succeeds();
        for row in listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let Some((address, object)) = row["address"].as_str().zip(row["object"].as_str()) else { continue };
            let kind = address.split(['.', '/']).nth(1).unwrap().replace('_', "");
            let namespace = object.split_once('/').map_or("", |(namespace, _)| namespace);
            places.entry(plural(&kind)).or_default().insert(namespace.to_owned());
        }
        assert!(places.len() > 20, "{listed}");
        places
    }

    /// An empty plan, and its calls by operation.
    fn calls_of_an_empty_plan(&self, arguments: &[&str]) -> BTreeMap<String, u64> {
        let planned = self.run(&[&["plan", "-v", "--detailed-exitcode"], arguments].concat());
        assert_eq!(planned.code, 0, "{planned}");
        let (_, calls) = planned.stdout.split_once("\nAPI calls\n").expect("-v prints the calls");
        let call = |line: &str| {
            line.trim().split_once("  ").map(|(number, operation)| (operation.to_owned(), number.parse().unwrap()))
        };
        calls.lines().filter_map(call).filter(|(operation, _)| operation.contains(':')).collect()
    }
}

#[test]
fn production_from_nothing_to_nothing() {
    let Some(desk) = Desk::new("flashmm-app") else { return };
    let applied = desk.run_with_controllers(&["apply", "--auto-approve"]).succeeds();
    assert!(applied.contains(" created"), "{applied}");
    let live = desk.kubectl.run(&["-n", "flashmm", "get", "deployment", "flashmm-app", "-o", "json"]).unwrap();
    let live: Value = serde_json::from_str(&live).unwrap();
    let digest = &live["spec"]["template"]["metadata"]["annotations"]["config-map.flashinfra/flashmm-config"];
    assert_eq!(digest.as_str().map(str::len), Some(16), "{live}");

    let calls = desk.calls_of_an_empty_plan(&[]);
    let places = desk.places();
    for (kind, namespaces) in &places {
        let of_kind = |(operation, _): &(&String, &u64)| operation.ends_with(&format!(" {kind}"));
        let made: u64 = calls.iter().filter(of_kind).map(|(_, number)| number).sum();
        let most = 2 * u64::try_from(namespaces.len()).unwrap();
        assert!((1..=most).contains(&made), "{made} calls for {kind} in {namespaces:?}: {calls:?}");
    }

    // Another level for the log is another configuration, and the pods that read it start anew.
    let change = "--set=program.log_level=DEBUG";
    let planned = desk.run(&["plan", change]).succeeds();
    for expect in ["2 to update", "data.FLASHMM_LOG_LEVEL", "config map `flashmm/flashmm-config` changed"] {
        assert!(planned.contains(expect), "{planned}");
    }
    desk.run_with_controllers(&["apply", "--auto-approve", change]).succeeds();
    desk.calls_of_an_empty_plan(&[change]);

    // An autoscaler's replicas are its own.
    desk.kubectl
        .run(&["-n", "flashmm", "patch", "deployment", "flashmm-app", "-p", r#"{"spec":{"replicas":7}}"#])
        .unwrap();
    desk.calls_of_an_empty_plan(&[change]);

    let refused = desk.run(&["destroy", "--auto-approve"]);
    assert_eq!(refused.code, 3, "{refused}");
    let named = refused.stdout.split_whitespace().filter(|word| word.starts_with("kubernetes."));
    let mut allowed: Vec<String> = named.map(|address| format!("--allow-destroy={address}")).collect();
    allowed.sort();
    allowed.dedup();
    let mut arguments = vec!["destroy", "--auto-approve"];
    arguments.extend(allowed.iter().map(String::as_str));
    let destroyed = desk.run_with_controllers(&arguments).succeeds();
    assert!(destroyed.contains(" deleted"), "{destroyed}");
    assert_eq!(
        desk.kubectl
            .run(&["get", "namespaces", "-l", "app.kubernetes.io/part-of=flashmm-platform", "-o", "name"])
            .unwrap(),
        ""
    );
}
