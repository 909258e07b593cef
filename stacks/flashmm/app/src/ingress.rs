//! How FlashMM is reached from outside: by ingress-nginx, with a certificate of Let's Encrypt.

use flashinfra::Stack;
use flashinfra::kubernetes::{self, ServiceHandle};
use serde_json::{Value as Json, json};

use crate::names::{Names, metadata, object};
use crate::{Params, custom};

const NGINX: &str = "nginx.ingress.kubernetes.io";

/// Declares the ingress, and who signs its certificate.
pub(crate) fn ingress(stack: &mut Stack, params: &Params, names: &Names, service: &ServiceHandle) {
    let host = params.host();
    let mut annotations = json!({
        (format!("{NGINX}/proxy-body-size")): "10m",
        (format!("{NGINX}/proxy-read-timeout")): "600",
        (format!("{NGINX}/proxy-send-timeout")): "600",
        // By the name that ingress-nginx has for it: a hundred requests of one address in a minute, and bursts of half of that.
        (format!("{NGINX}/limit-rpm")): "100",
        (format!("{NGINX}/limit-burst-multiplier")): "1",
    });
    if !params.ingress.cors_origins.is_empty() {
        annotations[format!("{NGINX}/enable-cors")] = "true".into();
        annotations[format!("{NGINX}/cors-allow-origin")] = params.ingress.cors_origins.join(",").into();
        annotations[format!("{NGINX}/cors-allow-methods")] = "GET, POST, PUT, DELETE, OPTIONS".into();
    }
    let mut spec = spec(params, &host, "/", "Prefix", service);
    if let Some(issuer) = params.ingress.issuer {
        let (name, server) = issuer.facts();
        let solver = json!({ "http01": { "ingress": { "ingressClassName": params.ingress.class } } });
        let acme = json!({
            "server": server, "email": params.ingress.email,
            "privateKeySecretRef": { "name": name }, "solvers": [solver],
        });
        let issuer = json!({ "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer",
            "metadata": { "name": name }, "spec": { "acme": acme } });
        let issuer = stack.add("issuer", custom::object(issuer));
        annotations["cert-manager.io/cluster-issuer"] = issuer.name_token().into();
        annotations[format!("{NGINX}/force-ssl-redirect")] = "true".into();
        spec["tls"] = json!([{ "hosts": [host], "secretName": "flashmm-api-tls" }]);
    }
    add(stack, names, "api", "flashmm-api", annotations, spec);

    // Everything is below `/`, the metrics too: who is not named here is turned away from them.
    let from: Vec<String> = params.ingress.metrics_from.iter().map(ToString::to_string).collect();
    let from = if from.is_empty() { "127.0.0.1/32".to_owned() } else { from.join(",") };
    let annotations = json!({ (format!("{NGINX}/whitelist-source-range")): from });
    let spec = self::spec(params, &params.host(), "/metrics", "Exact", service);
    add(stack, names, "metrics", "flashmm-metrics", annotations, spec);
}

fn spec(params: &Params, host: &str, path: &str, path_type: &str, service: &ServiceHandle) -> Json {
    let path = json!({ "path": path, "pathType": path_type, "backend": service.backend("http") });
    json!({ "ingressClassName": params.ingress.class, "rules": [{ "host": host, "http": { "paths": [path] } }] })
}

fn add(stack: &mut Stack, names: &Names, address: &str, name: &str, annotations: Json, spec: Json) {
    let mut metadata = metadata(&names.app, name);
    metadata["annotations"] = annotations;
    let ingress = object("networking.k8s.io/v1", "Ingress", metadata, json!({ "spec": spec }));
    stack.add(address, kubernetes::object(ingress));
}
