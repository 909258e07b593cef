//! How what is owned does, on the server: a controller that is not there is played by the test.

use flashinfra::Stack;
use flashinfra::health::{Health, Verdict, health};
use flashinfra::ledgers::{LedgerKey, load};
use flashinfra::plans::Address;
use http::Method;
use serde_json::{Value as Json, json};

use crate::release::{WEB, with_controller};
use crate::world::Desk;

async fn asked(desk: &Desk, addresses: &[&str]) -> Vec<Health> {
    let key = LedgerKey::new(&desk.namespace, "test").unwrap();
    let loaded = load(desk.session.ledgers.as_ref(), &key).await.unwrap().unwrap();
    let addresses: Vec<Address> = addresses.iter().map(|address| Address::parse(address).unwrap()).collect();
    health(&desk.session, &loaded.ledger, &addresses, "here").await.unwrap()
}

fn told(all: &[Health]) -> Vec<String> {
    let one = |health: &Health| {
        let words: Vec<&str> =
            health.measures.iter().map(|measure| measure.told.as_str()).filter(|told| !told.is_empty()).collect();
        format!("{} {} {}", health.address.kind(), health.verdict.name(), words.join(", "))
    };
    all.iter().map(|health| one(health).trim_end().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rollouts_and_endpoints_are_looked_at() {
    let Some(desk) = Desk::new("health").await else { return };
    let define = |stack: &mut Stack| WEB.define(&desk, stack);
    with_controller(&desk, desk.converge(define)).await;
    let slice = |ready: bool| {
        let endpoint = json!({"addresses": ["10.0.0.1"], "conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "uid": "a"}});
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [endpoint]})
    };
    desk.applied_by("controller", "discovery.k8s.io/v1", "endpointslices/web-1", slice(true)).await;
    let all = asked(&desk, &[]).await;
    assert_eq!(
        told(&all),
        [
            "kubernetes.config_map healthy",
            "kubernetes.deployment healthy 2 of 2 replicas ready",
            "kubernetes.secret healthy",
            "kubernetes.service healthy 1 endpoint ready",
        ]
    );

    desk.applied_by("controller", "discovery.k8s.io/v1", "endpointslices/web-1", slice(false)).await;
    let web = desk.get("apps/v1", "deployments/web").await.unwrap();
    let waiting = json!({"observedGeneration": web["metadata"]["generation"], "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1,
        "availableReplicas": 1, "conditions": [{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]});
    desk.status("apps/v1", "deployments/web", waiting).await;
    let all = asked(&desk, &["kubernetes.deployment/web", "kubernetes.service/web"]).await;
    assert_eq!(told(&all), ["kubernetes.deployment waiting 1 of 2 replicas ready", "kubernetes.service failed"]);
    assert!(all[0].why.is_some(), "{all:?}");
    assert_eq!(all[1].why.as_deref(), Some("nobody answers behind it: no endpoint is ready"));

    let path = desk.path("v1", "configmaps/web");
    desk.send(Method::DELETE, &path, "application/json", &Json::Null).await.unwrap();
    let gone = asked(&desk, &["kubernetes.config_map/web"]).await;
    assert_eq!(gone[0].verdict, Verdict::Gone);
    desk.destroy().await;
}
