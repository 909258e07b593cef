//! A web service on Kubernetes: a namespace, a configuration, a login, a Deployment with its Service, an autoscaler, and a test.
//! Types are those of k8s-openapi; what comes from another resource stands in their strings as a token.

use std::collections::BTreeMap;

use flashinfra::{Secret, Stack, kubernetes};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapEnvSource, Container, ContainerPort, EnvFromSource, HTTPGetAction, PodSpec, PodTemplateSpec,
    Probe, ResourceRequirements, SecretEnvSource, Service, ServicePort, ServiceSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kubernetes::{ConfigMapHandle, ObjectHandle, SecretHandle, ServiceHandle, kind, name, token};
use serde_json::json;

const PORT: i32 = 8080;

fn web(stack: &mut Stack) {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
    let namespace = stack.add("shop", kubernetes::object(namespace));
    let metadata = || ObjectMeta {
        name: Some("web".to_owned()),
        namespace: Some(token(namespace.name())),
        ..ObjectMeta::default()
    };

    let data = Some([("LOG_LEVEL".to_owned(), "info".to_owned())].into());
    let config = ConfigMap { metadata: metadata(), data, ..ConfigMap::default() };
    let config = stack.add("web", kubernetes::config_map(config));
    let login = kubernetes::Secret::named("database").namespace(namespace.name());
    let login = stack.add("database", login.value("PASSWORD", Secret::env("DB_PASSWORD")));

    let deployment = Deployment {
        metadata: metadata(),
        spec: Some(DeploymentSpec {
            replicas: Some(2),
            selector: LabelSelector { match_labels: labels(), ..LabelSelector::default() },
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: labels(), ..ObjectMeta::default() }),
                spec: Some(PodSpec { containers: vec![container(&config, &login)], ..PodSpec::default() }),
            },
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    };
    let deployment = stack.add("web", kubernetes::object(deployment));

    let port = ServicePort { port: 80, target_port: Some(IntOrString::Int(PORT)), ..ServicePort::default() };
    let spec = ServiceSpec { selector: labels(), ports: Some(vec![port]), ..ServiceSpec::default() };
    let service = Service { metadata: metadata(), spec: Some(spec), ..Service::default() };
    let service = stack.add("web", kubernetes::service(service));
    autoscaler(stack, &namespace, &deployment);
    smoke_test(stack, &namespace, &service);
    stack.output("namespace", namespace.name());
}

fn labels() -> Option<BTreeMap<String, String>> {
    Some([("app".to_owned(), "web".to_owned())].into())
}

fn container(config: &ConfigMapHandle, login: &SecretHandle) -> Container {
    let config = ConfigMapEnvSource { name: name::<kind::ConfigMap>(config), ..ConfigMapEnvSource::default() };
    let login = SecretEnvSource { name: name::<kind::Secret>(login), ..SecretEnvSource::default() };
    let ready =
        HTTPGetAction { path: Some("/ready".to_owned()), port: IntOrString::Int(PORT), ..HTTPGetAction::default() };
    let requests =
        [("cpu", "0.5"), ("memory", "512Mi")].map(|(what, much)| (what.to_owned(), Quantity(much.to_owned())));
    Container {
        name: "web".to_owned(),
        image: Some("ghcr.io/shop/web:1.4.2".to_owned()),
        env_from: Some(vec![
            EnvFromSource { config_map_ref: Some(config), ..EnvFromSource::default() },
            EnvFromSource { secret_ref: Some(login), ..EnvFromSource::default() },
        ]),
        ports: Some(vec![ContainerPort { container_port: PORT, ..ContainerPort::default() }]),
        readiness_probe: Some(Probe { http_get: Some(ready), ..Probe::default() }),
        resources: Some(ResourceRequirements { requests: Some(requests.into()), ..ResourceRequirements::default() }),
        ..Container::default()
    }
}

/// Once it is there, the replicas are its to say: those of the Deployment are left alone.
fn autoscaler(stack: &mut Stack, namespace: &ObjectHandle, deployment: &ObjectHandle) {
    let cpu = json!({ "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 70 } });
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": { "name": "web", "namespace": token(namespace.name()) },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": token(deployment.name()) },
            "minReplicas": 2, "maxReplicas": 10,
            "metrics": [{ "type": "Resource", "resource": cpu }],
        },
    });
    stack.add("web", kubernetes::object(autoscaler));
}

/// Left out of what is applied: `flashinfra test` runs it against that. Its deadline is how long it may take.
fn smoke_test(stack: &mut Stack, namespace: &ObjectHandle, service: &ServiceHandle) {
    let url = format!("http://{}/ready", token(service.name()));
    let container = json!({ "name": "smoke", "image": "docker.io/curlimages/curl:8.17.0", "args": ["--fail", "--retry", "5", url] });
    let test = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": { "name": "web-smoke", "namespace": token(namespace.name()) },
        "spec": { "backoffLimit": 0, "activeDeadlineSeconds": 60, "template": { "spec": {
            "restartPolicy": "Never", "containers": [container],
        } } },
    });
    stack.add("web-smoke", kubernetes::object(test).test());
}

flashinfra::main!("web-on-kubernetes", web);
