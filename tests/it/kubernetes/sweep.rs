//! A release of ten objects, disturbed at one call after the other: the command is killed, or a reply gets lost. Whatever happens, it comes
//! out as if nothing had.
//!
//! Some calls are chosen by a seed, and all of them with `FLASHINFRA_SWEEP=all` or `=release` (`make sweep`); `release:17` is one call.

mod adopt;
mod by_hand;
pub(super) mod lane;

use flashinfra_stacks::{Secret, Stack};
use flashinfra_stacks_kubernetes::{self as kubernetes, object};
use serde_json::{Value, json};

use crate::shell::Run;
use crate::strike::{Strike, Way, asked};
use lane::{Lane, SEED};

/// What `FLASHINFRA_SWEEP` calls it.
const AREA: &str = "release";
/// How many places are disturbed unless somebody asks for all.
const SAMPLE: usize = 4;

/// What is done while it is disturbed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Create,
    Change,
    Destroy,
}

impl Story {
    fn planning(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["--compiled=first.json"],
            Self::Change => &["--compiled=changed.json"],
            Self::Destroy => &["--compiled=first.json", "--destroy"],
        }
    }
}

/// Ten objects of ten kinds. Changed, most of them are updated, one is replaced, one goes and one comes.
fn release(stack: &mut Stack, namespace: &str, is_changed: bool) {
    let level = if is_changed { "debug" } else { "info" };
    let metadata = |name: &str| json!({"name": name, "namespace": namespace, "labels": {"level": level}});
    let mut add = |name: &str, api: &str, kind: &str, fields: Value| {
        let mut all = json!({"apiVersion": api, "kind": kind, "metadata": metadata(name)});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        stack.add(name, object(all));
    };
    add("config", "v1", "ConfigMap", json!({"data": {"LEVEL": level}}));
    // Which is replaced by another one of the same name.
    add("sealed", "v1", "ConfigMap", json!({"data": {"LEVEL": level}, "immutable": true}));
    add("account", "v1", "ServiceAccount", json!({}));
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    add("role", "rbac.authorization.k8s.io/v1", "Role", json!({"rules": rules}));
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "role"});
    let subjects = json!([{"kind": "ServiceAccount", "name": "account", "namespace": namespace}]);
    add("bound", "rbac.authorization.k8s.io/v1", "RoleBinding", json!({"roleRef": role, "subjects": subjects}));
    add("web", "v1", "Service", json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}));
    add(
        "shut",
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}),
    );
    let container = json!({"name": "job", "image": "job:1", "envFrom": [{"configMapRef": {"name": "config"}}]});
    let pod = json!({"restartPolicy": "Never", "serviceAccountName": "account", "containers": [container]});
    let job = json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}});
    add("nightly", "batch/v1", "CronJob", json!({ "spec": job }));
    if is_changed {
        add("more", "v1", "ConfigMap", json!({"data": {"a": "b"}}));
    } else {
        add(
            "limits",
            "v1",
            "LimitRange",
            json!({"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}}),
        );
    }
    let version = if is_changed { 2 } else { 1 };
    let login = kubernetes::Secret::named("login").namespace(namespace.to_owned());
    stack.add("login", login.value("password", Secret::env("PASSWORD").version(version)));
}

/// The kinds of the release.
const KINDS: &str =
    "configmaps,secrets,serviceaccounts,roles,rolebindings,services,networkpolicies,cronjobs,limitranges";

/// A lane with the release defined in it.
struct Release {
    lane: Lane,
}

impl Release {
    fn new(namespace: &str) -> Option<Self> {
        let mut lane = Lane::new(namespace, &[])?;
        lane.desk.shell.set("PASSWORD", "correct-horse-battery");
        let path = lane.kubeconfig();
        lane.desk.define("first.json", &path, |stack| release(stack, namespace, false));
        lane.desk.define("changed.json", &path, |stack| release(stack, namespace, true));
        Some(Self { lane })
    }

    fn run(&self, story: Story, arguments: &[&str]) -> Run {
        self.lane.desk.shell.run(&[arguments, story.planning()].concat())
    }

    /// Makes what a story starts from, and its plan. From here on calls are counted.
    fn prepare(&self, story: Story) {
        if story != Story::Create {
            let _ = self.run(Story::Create, &["apply", "--auto-approve"]).succeeds();
        }
        let _ = self.run(story, &["plan", "--out=story.plan"]).succeeds();
        self.lane.proxy.clear_log();
    }

    fn apply(&self) -> Run {
        self.lane.desk.shell.run(&["apply", "story.plan"])
    }

    fn go_on(&self, story: Story, strike: &Strike) {
        if strike.plans_anew() {
            let _ = self.run(story, &["apply", "--auto-approve"]).succeeds();
            return;
        }
        let again = self.apply();
        let is_over = again.code == 3 && again.stderr.contains("was applied before");
        assert!(is_over || again.code == 0, "{again}");
    }

    /// What there is, once it was made sure that there is nothing left to do.
    fn settled(&self, story: Story) -> Vec<String> {
        let plan = self.run(story, &["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{plan}");
        let desk = &self.lane.desk;
        let namespace = &desk.namespace;
        let found = desk.others("kubectl", &["-n", namespace, "get", KINDS, "-o", "json", "-l", "flashinfra/stack"]);
        let found: Value = serde_json::from_str(&found).unwrap();
        let told = |object: &Value| {
            let mut object = object.clone();
            for given in ["clusterIP", "clusterIPs"] {
                object["spec"].as_object_mut().map(|spec| spec.remove(given));
            }
            let (kind, name, level) =
                (&object["kind"], &object["metadata"]["name"], &object["metadata"]["labels"]["level"]);
            format!("{kind} {name} {level} {} {} {}", object["data"], object["spec"], object["roleRef"])
        };
        let mut left: Vec<_> = found["items"].as_array().unwrap().iter().map(told).collect();
        left.sort();
        let rows = desk.shell.run(&["ledger", "ls", "--compiled=first.json"]).succeeds();
        left.extend(rows.lines().map(|row| format!("ledger {}", row.split_whitespace().next().unwrap_or_default())));
        left
    }
}

#[expect(clippy::print_stderr, reason = "a long run says how far it is")]
fn sweep(name: &str, story: Story, ways: [Way; 2]) {
    let Some(calm) = Release::new(&format!("sweep-{name}")) else { return };
    calm.prepare(story);
    let _ = calm.apply().succeeds();
    let calls = calm.lane.proxy.log().len() as u64;
    let left = calm.settled(story);
    drop(calm);
    let places = asked(AREA, SEED, calls, SAMPLE);
    let mut missed = 0;
    for (number, place) in places.iter().enumerate() {
        let strike = lane::strike(AREA, *place, ways);
        let Some(release) = Release::new(&format!("sweep-{name}-{number}")) else { return };
        release.prepare(story);
        let (rule, gate) = strike.rule();
        let proxy = &release.lane.proxy;
        proxy.set_rules(vec![rule]);
        let is_struck = match gate {
            Some(gate) => {
                let is_struck = release.lane.run_and_kill(&["apply", "story.plan"], &gate, &strike);
                proxy.set_rules(Vec::new());
                release.go_on(story, &strike);
                is_struck
            }
            None => {
                let run = release.apply();
                assert_eq!(run.code, 0, "{name}: {strike}: {run}");
                proxy.log().len() as u64 >= strike.call
            }
        };
        proxy.set_rules(Vec::new());
        missed += usize::from(!is_struck);
        assert_eq!(release.settled(story), left, "{name}: {strike}");
    }
    eprintln!("{name}: {} runs of {calls} calls, {missed} of them ended earlier", places.len());
    assert!(missed * 4 <= places.len(), "{missed} of {} runs test nothing", places.len());
}

#[test]
fn a_release_that_is_killed_at_any_call_is_made_once() {
    sweep("create-killed", Story::Create, Way::KILLED);
}

#[test]
fn a_release_whose_replies_get_lost_is_made_once() {
    sweep("create-lost", Story::Create, Way::LOST);
}

#[test]
fn a_change_of_a_release_that_is_killed_at_any_call_converges() {
    sweep("change-killed", Story::Change, Way::KILLED);
}

#[test]
fn a_change_of_a_release_whose_replies_get_lost_converges() {
    sweep("change-lost", Story::Change, Way::LOST);
}

#[test]
fn a_destroy_of_a_release_that_is_killed_at_any_call_leaves_nothing() {
    sweep("destroy-killed", Story::Destroy, Way::KILLED);
}

#[test]
fn a_destroy_of_a_release_whose_replies_get_lost_leaves_nothing() {
    sweep("destroy-lost", Story::Destroy, Way::LOST);
}
