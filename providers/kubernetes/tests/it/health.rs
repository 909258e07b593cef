//! How what is owned does, on the server: a controller that is not there is played by the test.

use std::time::Duration;

use flashinfra::Stack;
use flashinfra::error::Exit;
use flashinfra::health::{Health, Verdict, health};
use flashinfra::kubernetes::object;
use flashinfra::ledgers::{LedgerKey, load};
use flashinfra::plans::{Address, map};
use http::Method;
use serde_json::{Value as Json, json};

use crate::release::{WEB, with_controller};
use crate::world::Desk;

async fn asked(desk: &Desk, addresses: &[&str]) -> Vec<Health> {
    let key = LedgerKey::new(&desk.namespace, "test").unwrap();
    let loaded = load(desk.session.ledgers.as_ref(), &key).await.unwrap().unwrap();
    let addresses: Vec<Address> = addresses.iter().map(|address| Address::parse(address).unwrap()).collect();
    // Somebody else sees what there is with a kubeconfig of their own.
    let mut ledger = loaded.ledger;
    let path = desk.kubeconfig().to_str().unwrap();
    ledger.providers.values_mut().for_each(|instance| instance.config = map! { "kubeconfig" => path });
    health(&desk.session, &ledger, &addresses).await.unwrap()
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

/// Of shop.example.com, good from 2020 to 2100.
const CERTIFICATE: &str = include_str!("shop.example.com.pem");

#[tokio::test(flavor = "multi_thread")]
async fn certificates_in_secrets_are_looked_at_and_no_key_is_told() {
    let Some(desk) = Desk::new("health-tls").await else { return };
    let of = &desk;
    let define = move |stack: &mut Stack| {
        let metadata = |name: &str| json!({"name": name, "namespace": of.namespace});
        let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
        let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
        let tls = json!([{"hosts": ["shop.example.com"], "secretName": "web-tls"}]);
        stack.add(
            "web",
            object(json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata("web"),
                "spec": {"tls": tls, "rules": [{"host": "shop.example.com", "http": {"paths": paths}}]},
            })),
        );
    };
    let plan = desk.planned(define).await.plan;
    // Nobody admits an Ingress here, so that it is waited for in vain: it is there all the same.
    let address = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
    let (report, ()) = tokio::join!(desk.report(plan), async {
        while desk.get("networking.k8s.io/v1", "ingresses/web").await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        desk.status("networking.k8s.io/v1", "ingresses/web", address).await;
    });
    assert_eq!(report.exit, Exit::Ok);
    let ask = async |desk: &Desk| asked(desk, &["kubernetes.ingress/web"]).await.remove(0);
    let missing = ask(&desk).await;
    assert_eq!(missing.why.as_deref(), Some("the secret web-tls, which is to hold its certificate, is not there"));

    let secret = |chain: &str| {
        let data = json!({"tls.crt": chain, "tls.key": "the very key"});
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-tls"}, "type": "kubernetes.io/tls", "stringData": data})
    };
    desk.applied_by("issuer", "v1", "secrets/web-tls", secret(CERTIFICATE)).await;
    let well = ask(&desk).await;
    assert_eq!(well.verdict, Verdict::Healthy, "{well:?}");
    let told = &well.measures[0].told;
    assert!(
        told.starts_with("certificate web-tls good for ") && told.ends_with(", until 2100-01-01T00:00:00Z"),
        "{told}"
    );
    assert!(well.measures[0].value.is_some_and(|days| days > 365), "{well:?}");

    let viewer = desk.viewer("certificates_in_secrets_are_looked_at_and_no_key_is_told", &["ingresses"]).await;
    if let Some(viewer) = viewer {
        let unread = ask(&viewer).await;
        assert_eq!(unread.verdict, Verdict::Healthy, "{unread:?}");
        assert_eq!(
            (unread.measures[0].value, &*unread.measures[0].told),
            (None, "certificate web-tls not verified: it may not be read")
        );
    }

    desk.applied_by("issuer", "v1", "secrets/web-tls", secret("something else")).await;
    let broken = ask(&desk).await;
    assert_eq!(broken.verdict, Verdict::Failed);
    assert_eq!(broken.why.as_deref(), Some("the secret web-tls holds no certificate that can be read"));
    assert!(!format!("{missing:?} {well:?} {broken:?}").contains("the very key"));
    desk.destroy().await;
}
