//! The controllers that an API server for tests lacks: somebody who says of every object that all is well.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// Somebody else's way to a server.
#[derive(Clone)]
pub(crate) struct Kubectl {
    pub(crate) program: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    /// Where it may write.
    pub(crate) home: PathBuf,
}

impl Kubectl {
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("KUBECONFIG", &self.kubeconfig).env("HOME", &self.home);
        let output = command.output().unwrap();
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
    }

    pub(crate) fn objects(&self, kinds: &str) -> Vec<Value> {
        // Before its definition is there, a kind is unknown.
        let Ok(list) = self.run(&["get", kinds, "--all-namespaces", "-o", "json"]) else { return Vec::new() };
        let list: Value = serde_json::from_str(&list).unwrap();
        list["items"].as_array().cloned().unwrap_or_default()
    }
}

/// What controllers look after.
#[derive(Clone, Copy)]
pub(crate) struct Care {
    /// The kinds of which they say something, with `namespaces` among them.
    pub(crate) kinds: &'static str,
    /// What the namespaces begin with. Other tests share the server, and say themselves what becomes of their objects.
    pub(crate) prefix: &'static str,
}

/// Does something while controllers say, on all of the servers that there are by then, that all is well. A namespace that goes is let
/// go once it is empty.
pub(crate) fn while_all_is_well<T>(
    servers: impl Fn() -> Vec<Kubectl> + Sync,
    care: Care,
    does: impl FnOnce() -> T,
) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let controllers = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                servers().iter().for_each(|kubectl| care.look_after(kubectl));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let done = does();
        stop.store(true, Ordering::Relaxed);
        controllers.join().unwrap();
        done
    })
}

impl Care {
    fn look_after(self, kubectl: &Kubectl) {
        for object in kubectl.objects(self.kinds) {
            let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
            let name = metadata["name"].as_str().unwrap();
            if kind == "Namespace" {
                if metadata["deletionTimestamp"].is_string() && name.starts_with(self.prefix) {
                    let_go(kubectl, name);
                }
                continue;
            }
            if metadata["namespace"].as_str().is_some_and(|namespace| !namespace.starts_with(self.prefix)) {
                continue;
            }
            let status = well(&object);
            let is_said = status.as_object().unwrap().iter().all(|(key, value)| object["status"][key] == *value);
            if !is_said {
                let patch = json!({ "status": status }).to_string();
                let namespace = metadata["namespace"].as_str().unwrap_or("default");
                let resource = format!("{}.{}", plural(kind), group(&object));
                let resource = resource.trim_end_matches('.');
                let arguments =
                    ["-n", namespace, "patch", resource, name, "--subresource=status", "--type=merge", "-p"];
                drop(kubectl.run(&[&arguments[..], &[&patch]].concat()));
            }
        }
    }
}

fn let_go(kubectl: &Kubectl, name: &str) {
    let path = format!("/api/v1/namespaces/{name}/finalize");
    let body =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name }, "spec": { "finalizers": [] } });
    let file = kubectl.home.join("finalize.json");
    std::fs::write(&file, body.to_string()).unwrap();
    // It may be gone by now.
    drop(kubectl.run(&["replace", "--raw", &path, "-f", file.to_str().unwrap()]));
}

/// What a kind is called in the paths of the API.
pub(crate) fn plural(kind: &str) -> String {
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
