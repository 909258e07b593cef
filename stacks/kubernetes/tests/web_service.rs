//! The objects of a web service: what the API takes, what Pod Security asks for, and how they stand in a stack.

extern crate flashinfra_stacks as flashinfra;

use flashinfra::{Secret, Stack};
use flashinfra_stacks_kubernetes as kubernetes;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Service, ServiceAccount};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kubernetes::{WebService, WebServiceObjects};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn service() -> WebService {
    WebService::named("web", "shop", "registry.example.com/web:1", 8080)
        .requests("250m", "256Mi")
        .ready_at("/healthz")
        .env("LOG_LEVEL", "info")
        .writable("/tmp")
        .reached_from("ingress-nginx")
        .host("shop.example.com", "nginx")
        .certificate_by("letsencrypt")
}

/// The API's own type takes the object, and leaves nothing out: a field that it does not know would be gone.
#[track_caller]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn is_a<T: DeserializeOwned + Serialize>(object: &Value) {
    let typed: T = serde_json::from_value(object.clone()).unwrap();
    let back = serde_json::to_value(&typed).unwrap();
    assert_eq!(&back, object);
}

#[test]
fn the_api_takes_all_of_it() {
    let WebServiceObjects {
        service_account,
        deployment,
        service,
        network_policy,
        disruption_budget,
        autoscaler,
        ingress,
    } = service().autoscaled(2, 10, 70).objects();
    is_a::<ServiceAccount>(&service_account);
    is_a::<Deployment>(&deployment);
    is_a::<Service>(&service);
    is_a::<NetworkPolicy>(&network_policy);
    is_a::<PodDisruptionBudget>(&disruption_budget.unwrap());
    is_a::<HorizontalPodAutoscaler>(&autoscaler.unwrap());
    is_a::<Ingress>(&ingress.unwrap());
}

/// What the profile `restricted` of the Pod Security Standards asks of a pod, and a little more.
#[test]
fn its_pods_may_do_little() {
    let pod = service().objects().deployment["spec"]["template"]["spec"].clone();
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["automountServiceAccountToken"], false);
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["resources"]["limits"]["memory"], container["resources"]["requests"]["memory"]);
    assert!(container["resources"]["limits"]["cpu"].is_null());
    assert!(container["livenessProbe"].is_null(), "one that fails under load restarts what is left");
    assert_eq!(container["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
}

#[test]
fn an_autoscaler_has_the_replicas_for_itself() {
    let scaled = service().autoscaled(3, 9, 60).objects();
    assert!(scaled.deployment["spec"]["replicas"].is_null());
    assert_eq!(scaled.autoscaler.unwrap()["spec"]["scaleTargetRef"]["name"], "web");
    let fixed = service().replicas(3).objects();
    assert_eq!(fixed.deployment["spec"]["replicas"], 3);
    assert!(fixed.autoscaler.is_none());
    assert!(service().replicas(1).objects().disruption_budget.is_none(), "a single pod could never be moved");
}

#[test]
fn its_selectors_agree() {
    let objects = service().objects();
    let labels = &objects.deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&objects.deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&objects.service["spec"]["selector"], labels);
    assert_eq!(&objects.network_policy["spec"]["podSelector"]["matchLabels"], labels);
    assert_eq!(&objects.disruption_budget.unwrap()["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(
        objects.service["spec"]["ports"][0]["targetPort"],
        objects.network_policy["spec"]["ingress"][0]["ports"][0]["port"]
    );
}

#[test]
fn it_stands_in_a_stack_with_what_it_uses() {
    let mut stack = Stack::new("shop", "production");
    let login = kubernetes::Secret::named("login").namespace("shop").value("password", Secret::env("PASSWORD"));
    let login = stack.add("login", login);
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"}});
    let config = stack.add("web", kubernetes::config_map(config));
    let web = service().env_from("PASSWORD", &login, "password").env_of(&config).mounted("/etc/web.d", &config);
    let mut web = web.objects();
    is_a::<Deployment>(&web.deployment);
    web.deployment["spec"]["revisionHistoryLimit"] = 3.into();
    web.add_to(&mut stack, "web");
    let compiled = stack.compile().unwrap();
    for address in [
        "kubernetes.deployment/web.deployment",
        "kubernetes.service/web.service",
        "kubernetes.ingress/web.ingress",
        "kubernetes.pod_disruption_budget/web.disruption-budget",
        "kubernetes.network_policy/web.network-policy",
    ] {
        assert!(compiled.contains(address), "{address} is in {compiled}");
    }
    assert!(compiled.contains("revisionHistoryLimit"));
    assert!(compiled.contains("tests/web_service.rs:") && !compiled.contains("src/web_service.rs:"), "{compiled}");
    for digest in ["config-map.flashinfra/web", "secret.flashinfra/login"] {
        assert!(compiled.contains(digest), "{digest} is in {compiled}");
    }
}
