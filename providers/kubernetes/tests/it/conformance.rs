//! The suite of promises that every adapter keeps, on the server.

use std::sync::Arc;

use flashinfra::kubernetes;
use flashinfra_plans::value::Secret;
use flashinfra_plans::{ProviderInstance, Value, map};
use flashinfra_providers::Factory as _;
use flashinfra_providers::conformance::{Case, run};
use flashinfra_providers_kubernetes::KubernetesFactory;
use flashinfra_test_support::Kubernetes;

async fn conforms(test: &str, kind: &str, make: impl FnOnce(Arc<flashinfra::Schema>) -> Case) {
    let Some(server) = Kubernetes::shared(test) else { return };
    let config = map! { "kubeconfig" => server.kubeconfig().to_str().unwrap() };
    let instance = ProviderInstance { provider: "kubernetes".into(), config };
    let provider = KubernetesFactory::new().open(&instance).await.unwrap();
    let schema = kubernetes::schemas().into_iter().find(|schema| schema.kind == kind).unwrap().clone();
    run(provider, &make(Arc::new(schema))).await.assert_conforms();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_map() {
    let attributes = |name: &str| map! { "api_version" => "v1", "namespace" => "default", "name" => name, "data" => map! { "a" => "1" } };
    conforms("a_config_map", "kubernetes.config_map", |schema| {
        Case::new(schema, attributes("conformance"))
            .second(attributes("conformance-2"))
            .unknown_id("default/nobody")
            .update("data", map! { "a" => "2", "b" => "3" }.into())
            .update("labels", map! { "x" => "y" }.into())
            .clear("labels")
            .replacement("name", "conformance-3".into())
            .stack("11111111-0000-4000-8000-000000000001")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret() {
    let secret = || Value::Secret(Box::new(Secret::Env { name: "X".into(), version: 1 }));
    let attributes = |name: &str| {
        map! { "api_version" => "v1", "namespace" => "default", "name" => name, "type" => "Opaque", "data" => map! { "k" => secret() } }
    };
    conforms("a_secret", "kubernetes.secret", |schema| {
        Case::new(schema, attributes("conformance"))
            .secret("data.k", "correct-horse")
            .second(attributes("conformance-2"))
            .unknown_id("default/nobody")
            .update("labels", map! { "x" => "y" }.into())
            .stack("11111111-0000-4000-8000-000000000002")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_role() {
    let rule = |verb: &str| {
        let list = |text: &str| Value::from(vec![Value::from(text)]);
        Value::from(vec![Value::from(
            map! { "apiGroups" => list(""), "resources" => list("pods"), "verbs" => list(verb) },
        )])
    };
    let attributes =
        |name: &str| map! { "api_version" => "rbac.authorization.k8s.io/v1", "name" => name, "rules" => rule("get") };
    conforms("a_cluster_role", "kubernetes.cluster_role", |schema| {
        Case::new(schema, attributes("conformance"))
            .second(attributes("conformance-2"))
            .unknown_id("nobody")
            .update("rules", rule("list"))
            .stack("11111111-0000-4000-8000-000000000003")
    })
    .await;
}
