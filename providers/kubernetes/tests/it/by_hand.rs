//! What a person does by hand with this program: scaled and restarted on the server, told by the next plan.

use flashinfra::Stack;
use flashinfra::by_hand::{Wanted, operate};
use flashinfra::ledgers::{Holder, LedgerKey};
use flashinfra::plans::plan::Note;
use flashinfra::plans::{Address, Name};
use serde_json::json;

use crate::release::{WEB, Web, with_controller};
use crate::world::Desk;

fn web() -> Address {
    Address::parse("kubernetes.deployment/web").unwrap()
}

impl Desk {
    async fn by_hand(&self, wanted: &Wanted, why: &str) -> Result<bool, String> {
        self.by_hand_at(951_782_399, wanted, why).await
    }

    async fn by_hand_at(&self, since_unix_seconds: u64, wanted: &Wanted, why: &str) -> Result<bool, String> {
        let holder = Holder { who: "ada".into(), host: "laptop".into(), process: 1, since_unix_seconds };
        let session = self.session.clone().with_holder(holder);
        let key = LedgerKey::new(&self.namespace, "test").unwrap();
        let done = operate(&session, &key, &web(), wanted, why).await;
        done.map(|done| done.is_new).map_err(|error| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_is_told_with_who_did_it_and_taken_back_or_kept() {
    let Some(desk) = Desk::new("scaled-by-hand").await else { return };
    let of = &desk;
    let define = |web: Web| move |stack: &mut Stack| web.define(of, stack);
    with_controller(&desk, desk.converge(define(WEB))).await;
    assert_eq!(desk.by_hand(&Wanted::Scale(5), "load test").await, Ok(true));
    assert_eq!(desk.by_hand(&Wanted::Scale(5), "").await, Ok(false), "it has five already");
    assert_eq!(desk.get("apps/v1", "deployments/web").await.unwrap()["spec"]["replicas"], 5);
    let plan = desk.planned(define(WEB)).await.plan;
    let told: Name = "by ada on laptop with `flashinfra scale`, 2000-02-28T23:59:59Z: load test".into();
    let change = &plan.changes[0].attributes[0];
    assert_eq!((change.path.as_str(), &change.note), ("spec.replicas", &Some(Note::ByHand(told.clone()))));
    assert_eq!(plan.drift[0].attributes[0].note, Some(Note::ByHand(told)));
    // Declared, or not declared at all, it stays; taken back, it is forgotten.
    let undeclared = desk.changes(define(Web { replicas: None, ..WEB })).await;
    assert_eq!(undeclared, ["record kubernetes.deployment/web", "  spec.replicas"]);
    drop(with_controller(&desk, desk.apply(plan)).await);
    assert_eq!(desk.get("apps/v1", "deployments/web").await.unwrap()["spec"]["replicas"], 2);
    assert_eq!(desk.changes(define(WEB)).await, [""; 0]);

    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 9},
    });
    desk.applied_by("somebody", "autoscaling/v2", "horizontalpodautoscalers/web", autoscaler).await;
    let refused = desk.by_hand(&Wanted::Scale(7), "").await.unwrap_err();
    assert!(refused.contains("is scaled by HorizontalPodAutoscaler web"), "{refused}");
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_nobodys_difference() {
    let Some(desk) = Desk::new("restarted-by-hand").await else { return };
    let of = &desk;
    let define = |web: Web| move |stack: &mut Stack| web.define(of, stack);
    with_controller(&desk, desk.converge(define(WEB))).await;
    let restarted = || async {
        let live = desk.get("apps/v1", "deployments/web").await.unwrap();
        live["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].clone()
    };
    assert_eq!(desk.by_hand(&Wanted::Restart, "").await, Ok(true));
    assert_eq!(restarted().await, "2000-02-28T23:59:59Z");
    assert_eq!(with_controller(&desk, desk.changes(define(WEB))).await, [""; 0]);
    // An apply of something else leaves it as well, or it would restart everything once more.
    with_controller(&desk, desk.converge(define(Web { image: "web:2", ..WEB }))).await;
    assert_eq!(restarted().await, "2000-02-28T23:59:59Z");
    desk.patch("kubectl-rollout", "apps/v1", "deployments/web", json!({"spec": {"paused": true}})).await;
    assert_eq!(desk.by_hand(&Wanted::Restart, "").await, Ok(false), "this very restart was done");
    let refused = desk.by_hand_at(951_782_400, &Wanted::Restart, "").await.unwrap_err();
    assert!(refused.contains("is paused"), "{refused}");
    desk.destroy().await;
}
