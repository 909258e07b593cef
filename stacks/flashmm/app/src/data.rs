//! What FlashMM keeps in the cluster: InfluxDB, and PostgreSQL and Redis where no cloud runs them.

use flashinfra::kubernetes::{self, PersistentVolumeClaimHandle, Volume, token};
use flashinfra::{Input, Lifecycle, Stack};
use serde_json::{Value as Json, json};

use crate::names::{Names, container_security, labels, metadata, object, pod_security, selector};
use crate::secrets::Secrets;
use crate::storage::{self, Classes};
use crate::{Data, Params};

/// Where the data is, for the strings of others.
pub(crate) struct Hosts {
    pub(crate) database: String,
    pub(crate) cache: String,
    pub(crate) metrics: String,
    /// What runs in the cluster: its name and its port.
    pub(crate) inside: Vec<(&'static str, u16)>,
}

impl Hosts {
    /// Whether this runs in the cluster.
    pub(crate) fn is_inside(&self, name: &str) -> bool {
        self.inside.iter().any(|(inside, _)| *inside == name)
    }
}

/// Something that keeps data: one pod, its disk, and its name.
struct Store<'a> {
    name: &'static str,
    port: u16,
    user: u32,
    /// Where its disk is, and how large.
    disk: Option<(&'static str, &'a str)>,
    container: Json,
}

/// What runs in the cluster, before it is declared.
pub(crate) struct Inside<'a> {
    pub(crate) params: &'a Params,
    pub(crate) names: &'a Names,
    pub(crate) secrets: &'a Secrets,
    pub(crate) classes: &'a Classes,
}

impl Inside<'_> {
    /// Declares it; answers where all of the data is.
    pub(crate) fn declare(&self, stack: &mut Stack, data: &Data) -> Hosts {
        let Self { params, secrets, .. } = self;
        let mut stores = vec![metrics(params, secrets)];
        stores.extend(secrets.database.as_ref().map(|password| database(params, password)));
        stores.extend(secrets.cache.as_ref().map(|password| cache(password)));
        let inside = stores.iter().map(|store| (store.name, store.port)).collect();
        stores.into_iter().for_each(|store| store.add(stack, self));
        let at = |host: &Option<Input<String>>, name: &str| host.as_ref().map_or_else(|| name.to_owned(), token);
        let (database, cache) = (at(&data.database, "postgres"), at(&data.cache, "redis"));
        Hosts { database, cache, metrics: "influxdb".to_owned(), inside }
    }
}

fn variable(name: &str, secret: &str, key: &str) -> Json {
    json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": secret, "key": key } } })
}

fn metrics<'a>(params: &'a Params, secrets: &Secrets) -> Store<'a> {
    let of = &params.metrics;
    let ping = json!({ "httpGet": { "path": "/ping", "port": "influxdb" } });
    let [cpu, memory] = [&of.cpu, &of.memory].map(|pair| (pair.first(), pair.get(1)));
    let container = json!({
        "image": "influxdb:2.7.12-alpine",
        "env": [
            { "name": "DOCKER_INFLUXDB_INIT_MODE", "value": "setup" },
            { "name": "DOCKER_INFLUXDB_INIT_USERNAME", "value": "admin" },
            { "name": "DOCKER_INFLUXDB_INIT_ORG", "value": of.organization },
            { "name": "DOCKER_INFLUXDB_INIT_BUCKET", "value": "metrics" },
            { "name": "DOCKER_INFLUXDB_INIT_RETENTION", "value": of.retention },
            { "name": "INFLUXD_LOG_LEVEL", "value": "error" },
            { "name": "INFLUXD_REPORTING_DISABLED", "value": "true" },
            variable("DOCKER_INFLUXDB_INIT_PASSWORD", &secrets.metrics, "INFLUXDB_ADMIN_PASSWORD"),
            variable("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", &secrets.metrics, "INFLUXDB_TOKEN"),
        ],
        "resources": { "requests": { "cpu": cpu.0, "memory": memory.0 }, "limits": { "cpu": cpu.1, "memory": memory.1 } },
        "readinessProbe": ping, "volumeMounts": [{ "name": "settings", "mountPath": "/etc/influxdb2" }],
    });
    Store { name: "influxdb", port: 8086, user: 1000, disk: Some(("/var/lib/influxdb2", &of.storage)), container }
}

fn database<'a>(params: &'a Params, password: &str) -> Store<'a> {
    let of = &params.database;
    let container = json!({
        "image": "postgres:15.14-alpine",
        "env": [
            { "name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata" },
            { "name": "POSTGRES_DB", "value": of.name },
            { "name": "POSTGRES_USER", "value": "flashmm" },
            variable("POSTGRES_PASSWORD", password, "POSTGRES_PASSWORD"),
        ],
        "resources": {
            "requests": { "cpu": "100m", "memory": "256Mi" },
            "limits": { "cpu": "500m", "memory": "512Mi" },
        },
        "readinessProbe": { "exec": { "command": ["pg_isready", "-U", "flashmm", "-d", of.name] }, "timeoutSeconds": 5 },
        "volumeMounts": [{ "name": "run", "mountPath": "/var/run/postgresql" }],
    });
    Store { name: "postgres", port: 5432, user: 70, disk: Some(("/var/lib/postgresql/data", &of.storage)), container }
}

/// It keeps nothing that could not be had again, so it has no disk.
fn cache(password: &str) -> Store<'static> {
    let container = json!({
        "image": "redis:7.2.11-alpine",
        "args": ["redis-server", "--requirepass", "$(REDIS_PASSWORD)", "--maxmemory", "192mb",
            "--maxmemory-policy", "allkeys-lru", "--save", ""],
        "env": [variable("REDIS_PASSWORD", password, "REDIS_PASSWORD")],
        "resources": {
            "requests": { "cpu": "50m", "memory": "128Mi" },
            "limits": { "cpu": "200m", "memory": "256Mi" },
        },
        "readinessProbe": { "tcpSocket": { "port": "redis" } },
    });
    Store { name: "redis", port: 6379, user: 999, disk: None, container }
}

impl Store<'_> {
    /// A StatefulSet of one pod: the new one starts when the old one is gone, so that a disk is never written to by two.
    fn add(self, stack: &mut Stack, inside: &Inside<'_>) {
        let Self { name, port, user, disk, mut container } = self;
        let names = inside.names;
        let claim = disk.map(|(_, size)| claim(stack, inside, name, size));
        let ports = json!([{ "name": name, "port": port, "targetPort": name, "protocol": "TCP" }]);
        let service = json!({ "spec": { "selector": selector(name), "ports": ports } });
        let service =
            stack.add(name, kubernetes::service(object("v1", "Service", metadata(&names.app, name), service)));

        container["name"] = name.into();
        container["ports"] = json!([{ "name": name, "containerPort": port, "protocol": "TCP" }]);
        container["securityContext"] = container_security();
        let mut volumes = vec![json!({ "name": "tmp", "emptyDir": { "sizeLimit": "1Gi" } })];
        let mut mounts = vec![json!({ "name": "tmp", "mountPath": "/tmp" })];
        for mount in container["volumeMounts"].as_array().into_iter().flatten() {
            volumes.push(json!({ "name": mount["name"], "emptyDir": {} }));
            mounts.push(mount.clone());
        }
        if let (Some(claim), Some((path, _))) = (&claim, disk) {
            volumes.push(claim.volume("data"));
            mounts.push(json!({ "name": "data", "mountPath": path }));
        }
        container["volumeMounts"] = mounts.into();
        let pod = json!({
            "automountServiceAccountToken": false, "securityContext": pod_security(user),
            "containers": [container], "volumes": volumes,
        });
        let spec = json!({
            "serviceName": service.name_token(), "replicas": 1, "selector": { "matchLabels": selector(name) },
            "template": { "metadata": { "labels": labels(name) }, "spec": pod },
        });
        let workload = object("apps/v1", "StatefulSet", metadata(&names.app, name), json!({ "spec": spec }));
        stack.add(name, kubernetes::object(workload));
    }
}

/// A disk that stays when its pod goes.
fn claim(stack: &mut Stack, inside: &Inside<'_>, name: &str, size: &str) -> PersistentVolumeClaimHandle {
    let names = inside.names;
    let spec = json!({ "spec": storage::claim(size, inside.classes.lasting.as_ref()) });
    let claim = object("v1", "PersistentVolumeClaim", metadata(&names.app, &format!("{name}-data")), spec);
    let lifecycle = Lifecycle::new().protect(names.environment != "development");
    stack.add(name, kubernetes::persistent_volume_claim(claim).lifecycle(lifecycle))
}
