//! Who may talk to whom: nobody, and then each pair that has to. Who may reach FlashMM stands with it.

use flashinfra::Stack;
use flashinfra::kubernetes::{self, ObjectHandle};
use serde_json::{Value as Json, json};

use crate::Params;
use crate::data::Hosts;
use crate::names::{APP, Names, metadata, object, selector};

/// Declares the policies.
pub(crate) fn policies(stack: &mut Stack, params: &Params, names: &Names, hosts: &Hosts) {
    let mut add = |address: &str, namespace: &ObjectHandle, name: &str, spec: Json| {
        let policy =
            object("networking.k8s.io/v1", "NetworkPolicy", metadata(namespace, name), json!({ "spec": spec }));
        stack.add(address, kubernetes::object(policy));
    };
    let closed = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
    add("deny", &names.app, "default-deny-all", closed.clone());
    add("names", &names.app, "dns", egress(json!({}), &[dns()]));
    add("app", &names.app, "flashmm-egress", egress(json!({ "matchLabels": selector(APP) }), &of_app(params, hosts)));
    for (name, port) in &hosts.inside {
        let mut from = vec![json!({ "podSelector": { "matchLabels": selector(APP) } })];
        from.extend(names.system.iter().map(namespace));
        // InfluxDB answers for its own metrics; the others would need an exporter beside them.
        from.extend(names.monitoring.iter().filter(|_| *name == "influxdb").map(namespace));
        let rule = json!({ "from": from, "ports": [tcp(*port)] });
        let pods = json!({ "matchLabels": selector(name) });
        add(name, &names.app, name, json!({ "podSelector": pods, "policyTypes": ["Ingress"], "ingress": [rule] }));
    }
    if let Some(system) = &names.system {
        let mut rules = vec![dns(), world()];
        let inside = hosts.inside.iter().filter(|(name, _)| *name != "redis").map(|(name, port)| {
            let pods =
                json!({ "namespaceSelector": by_name(&names.app), "podSelector": { "matchLabels": selector(name) } });
            json!({ "to": [pods], "ports": [tcp(*port)] })
        });
        rules.extend(inside);
        rules.extend((!hosts.is_inside("postgres")).then(|| vpc(params, 5432)));
        add("system-deny", system, "default-deny-all", closed);
        add("backup", system, "backup", egress(json!({ "matchLabels": selector("backup") }), &rules));
    }
}

/// What FlashMM talks to: its data, and the world by HTTPS.
fn of_app(params: &Params, hosts: &Hosts) -> Vec<Json> {
    let mut rules = vec![world()];
    for (name, port) in &hosts.inside {
        rules.push(json!({ "to": [{ "podSelector": { "matchLabels": selector(name) } }], "ports": [tcp(*port)] }));
    }
    let outside = [(!hosts.is_inside("postgres"), 5432), (!hosts.is_inside("redis"), 6379)];
    rules.extend(outside.into_iter().filter(|(is_outside, _)| *is_outside).map(|(_, port)| vpc(params, port)));
    rules
}

fn egress(pods: Json, rules: &[Json]) -> Json {
    json!({ "podSelector": pods, "policyTypes": ["Egress"], "egress": rules })
}

fn tcp(port: u16) -> Json {
    json!({ "protocol": "TCP", "port": port })
}

/// The cluster's own resolver, and no other: names are a way out, too.
fn dns() -> Json {
    let resolver = json!({
        "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
        "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
    });
    json!({ "to": [resolver], "ports": [{ "protocol": "UDP", "port": 53 }, tcp(53)] })
}

/// The world by HTTPS, without what a machine tells about itself.
fn world() -> Json {
    json!({ "to": [{ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"] } }], "ports": [tcp(443)] })
}

fn vpc(params: &Params, port: u16) -> Json {
    json!({ "to": [{ "ipBlock": { "cidr": params.network.vpc.to_string() } }], "ports": [tcp(port)] })
}

fn namespace(namespace: &ObjectHandle) -> Json {
    json!({ "namespaceSelector": by_name(namespace) })
}

/// By the label that Kubernetes itself puts on every namespace.
fn by_name(namespace: &ObjectHandle) -> Json {
    json!({ "matchLabels": { "kubernetes.io/metadata.name": namespace.name_token() } })
}
