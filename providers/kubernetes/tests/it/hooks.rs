//! Hooks on the server: when they run, what waits for them, and what becomes of a release whose hook fails. And revisions: going
//! back to any of them runs the hooks again, and takes away what left the definition.

use flashinfra::error::Exit;
use flashinfra::kubernetes::{Hook, object};
use flashinfra::ledgers::LedgerKey;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::plan::{Options, Plan};
use flashinfra::{Stack, revisions};
use serde_json::{Value as Json, json};

use crate::world::{Desk, told};

/// What a version of the release is.
#[derive(Clone, Copy)]
struct Shop {
    image: &'static str,
    /// Whether it has a second ConfigMap.
    has_more: bool,
}

const ONE: Shop = Shop { image: "web:1", has_more: false };
const TWO: Shop = Shop { image: "web:2", has_more: true };

impl Shop {
    fn define(self, desk: &Desk, stack: &mut Stack) {
        let metadata = |name: &str| json!({"name": name, "namespace": desk.namespace});
        let job = |name: &str| {
            json!({
                "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(name),
                "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [
                    {"name": name, "image": "tools:1"},
                ]}}},
            })
        };
        let web = stack.add(
            "web",
            object(json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"),
                "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": self.image}]},
                }},
            })),
        );
        stack.add("migrate", Hook::before(&web, job("migrate")));
        stack.add("smoke", Hook::after(&web, job("smoke")));
        if self.has_more {
            let more =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("more"), "data": {"a": "b"}});
            stack.add("more", object(more));
        }
    }
}

/// The controllers: Jobs complete, but for one of this name, which fails; the Deployment rolls out, but not to an image that is broken.
async fn controllers(desk: &Desk, failing: &str, seen: &std::sync::Mutex<Vec<String>>) {
    loop {
        for name in ["migrate", "smoke"] {
            let Some(job) = desk.get("batch/v1", &format!("jobs/{name}")).await else { continue };
            // One that has ended stays until it is made anew.
            if job["metadata"]["deletionTimestamp"].is_string() || job["status"]["conditions"].is_array() {
                continue;
            }
            let image = match desk.get("apps/v1", "deployments/web").await {
                Some(web) => web["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned(),
                None => "none".to_owned(),
            };
            seen.lock().unwrap().push(format!("{name} with {image}"));
            let condition = if name == failing { "Failed" } else { "Complete" };
            let (succeeded, failed) = if name == failing { (0, 1) } else { (1, 0) };
            let now = "2026-11-27T12:00:00Z";
            let mut conditions = vec![
                json!({"type": condition, "status": "True", "reason": "BackoffLimitExceeded", "message": "it is broken",
                "lastProbeTime": now, "lastTransitionTime": now}),
            ];
            let earlier = if name == failing { "FailureTarget" } else { "SuccessCriteriaMet" };
            conditions
                .insert(0, json!({"type": earlier, "status": "True", "lastProbeTime": now, "lastTransitionTime": now}));
            let mut status =
                json!({"succeeded": succeeded, "failed": failed, "conditions": conditions, "startTime": now});
            if name != failing {
                status["completionTime"] = now.into();
            }
            desk.status("batch/v1", &format!("jobs/{name}"), status).await;
        }
        if let Some(web) = desk.get("apps/v1", "deployments/web").await
            && web["status"]["observedGeneration"] != web["metadata"]["generation"]
        {
            let is_broken = web["spec"]["template"]["spec"]["containers"][0]["image"] == "broken:1";
            desk.status("apps/v1", "deployments/web", rolled_out(&web, is_broken)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn rolled_out(web: &Json, is_broken: bool) -> Json {
    let progressing = match is_broken {
        true => {
            json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"})
        }
        false => json!({"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}),
    };
    let available = i64::from(!is_broken);
    json!({
        "observedGeneration": web["metadata"]["generation"], "replicas": 1, "updatedReplicas": 1,
        "readyReplicas": available, "availableReplicas": available,
        "conditions": [{"type": "Available", "status": if is_broken { "False" } else { "True" }}, progressing],
    })
}

/// Applies a plan beside the controllers; how it ended, and which hooks ran with which image.
async fn applied(desk: &Desk, plan: Plan, failing: &str) -> (Exit, Vec<String>) {
    let seen = std::sync::Mutex::default();
    let report = tokio::select! {
        report = desk.report(plan) => report,
        () = controllers(desk, failing, &seen) => unreachable!("controllers go on for ever"),
    };
    (report.exit, seen.into_inner().unwrap())
}

async fn released(desk: &Desk, shop: Shop) -> Vec<String> {
    let plan = desk.planned(|stack| shop.define(desk, stack)).await.plan;
    let (exit, ran) = applied(desk, plan, "").await;
    assert_eq!(exit, Exit::Ok, "{ran:?}");
    assert_eq!(desk.changes(|stack| shop.define(desk, stack)).await, [""; 0], "an unchanged release runs no hook");
    ran
}

async fn plan_back(desk: &Desk, number: u64) -> Plan {
    let key = LedgerKey::new(&desk.namespace, "test").unwrap();
    let kept = revisions::find(desk.session.ledgers.as_ref(), &key, number).await.unwrap();
    let labels = Labels { repeats: Some(number), ..Labels::default() };
    plan(&desk.session, &kept.declared.unwrap(), &Options::default(), labels).await.unwrap().plan
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_again_with_each_change_and_going_back_is_one() {
    let Some(desk) = Desk::new("hooks").await else { return };
    assert_eq!(released(&desk, ONE).await, ["migrate with none", "smoke with web:1"]);
    let plan = desk.planned(|stack| TWO.define(&desk, stack)).await.plan;
    let lines = told(&plan);
    for expected in
        ["replace kubernetes.job/migrate", "replace kubernetes.job/smoke", "update kubernetes.deployment/web"]
    {
        assert!(lines.iter().any(|line| line == expected), "no {expected} in {lines:#?}");
    }
    assert_eq!(released(&desk, TWO).await, ["migrate with web:1", "smoke with web:2"]);
    assert!(desk.get("v1", "configmaps/more").await.is_some());

    // What left the definition goes; the hooks of what is there now run for it.
    let back = plan_back(&desk, 1).await;
    assert!(told(&back).contains(&"delete kubernetes.config_map/more".to_owned()), "{:#?}", told(&back));
    let (exit, ran) = applied(&desk, back, "").await;
    assert_eq!((exit, ran), (Exit::Ok, vec!["migrate with web:2".to_owned(), "smoke with web:1".to_owned()]));
    assert!(desk.get("v1", "configmaps/more").await.is_none());
    assert_eq!(desk.changes(|stack| ONE.define(&desk, stack)).await, [""; 0]);
    let (exit, _) = applied(&desk, plan_back(&desk, 2).await, "").await;
    assert_eq!(exit, Exit::Ok);
    assert_eq!(desk.changes(|stack| TWO.define(&desk, stack)).await, [""; 0]);
    desk.destroy().await;
    assert!(desk.get("batch/v1", "jobs/migrate").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_stops_what_waits_for_it_and_runs_again() {
    let Some(desk) = Desk::new("hook_fails").await else { return };
    released(&desk, ONE).await;
    let plan = desk.planned(|stack| TWO.define(&desk, stack)).await.plan;
    let (exit, ran) = applied(&desk, plan, "migrate").await;
    assert_eq!((exit, ran), (Exit::Error, vec!["migrate with web:1".to_owned()]));
    let web = desk.get("apps/v1", "deployments/web").await.unwrap();
    assert_eq!(web["spec"]["template"]["spec"]["containers"][0]["image"], "web:1", "it stays as it was");
    // Its Job is there, for its log; the next plan makes it anew, and what waits for it is not changed before.
    let lines = desk.changes(|stack| TWO.define(&desk, stack)).await;
    assert!(lines.iter().any(|line| line == "replace kubernetes.job/migrate"), "{lines:#?}");
    assert_eq!(released(&desk, TWO).await, ["migrate with web:1", "smoke with web:2"]);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_never_becomes_ready_is_gone_back_from() {
    let Some(desk) = Desk::new("never_ready").await else { return };
    released(&desk, ONE).await;
    let broken = Shop { image: "broken:1", has_more: true };
    let plan = desk.planned(|stack| broken.define(&desk, stack)).await.plan;
    let (exit, ran) = applied(&desk, plan, "").await;
    assert_eq!((exit, ran), (Exit::Error, vec!["migrate with web:1".to_owned()]), "no smoke test of what is not ready");
    let key = LedgerKey::new(&desk.namespace, "test").unwrap();
    let store = desk.session.ledgers.as_ref();
    let good = revisions::newest_good(store, &key).await.unwrap();
    assert_eq!(good, 1);
    // The smoke test never got its turn: its Job is that of the revision that is gone back to, and has passed.
    let (exit, ran) = applied(&desk, plan_back(&desk, good).await, "").await;
    assert_eq!((exit, ran), (Exit::Ok, vec!["migrate with broken:1".to_owned()]));
    assert_eq!(desk.changes(|stack| ONE.define(&desk, stack)).await, [""; 0]);
    desk.destroy().await;
}
