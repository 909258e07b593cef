//! What is secret: by External Secrets from who keeps it, or from the environment of who applies. No value passes through here.

use flashinfra::kubernetes::{self, ObjectHandle, token};
use flashinfra::{Secret, Stack};
use serde_json::{Value as Json, json};

use crate::names::{Names, metadata, object};
use crate::params::{SecretsParams, SecretsSource};
use crate::{Data, Params, custom};

/// The Secrets of Kubernetes that pods read, by name: each workload has one of its own, with what it needs and nothing else.
pub(crate) struct Secrets {
    /// What FlashMM itself needs.
    pub(crate) app: String,
    /// What InfluxDB is set up with.
    pub(crate) metrics: String,
    /// The password of PostgreSQL, where it runs in the cluster.
    pub(crate) database: Option<String>,
    /// The password of Redis, where it runs in the cluster.
    pub(crate) cache: Option<String>,
    /// What backups log in with.
    pub(crate) backup: Option<String>,
    /// Where alerts are sent to.
    pub(crate) alerting: Option<String>,
}

/// A key of a Secret: what it is kept in, what it is called there, and what it is called here.
type Key = (&'static str, &'static str, &'static str);

const METRICS_PASSWORD: Key = ("application", "INFLUXDB_ADMIN_PASSWORD", "INFLUXDB_ADMIN_PASSWORD");
const METRICS_TOKEN: Key = ("application", "INFLUXDB_TOKEN", "INFLUXDB_TOKEN");
const DATABASE_PASSWORD: Key = ("database", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD");
const CACHE_PASSWORD: Key = ("cache", "password", "REDIS_PASSWORD");

/// What FlashMM needs, as variables.
const APP: &[Key] = &[
    ("application", "API_AUTH_TOKEN", "API_AUTH_TOKEN"),
    ("application", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"),
    ("application", "ENCRYPTION_KEY", "ENCRYPTION_KEY"),
    ("application", "SECRET_KEY", "SECRET_KEY"),
    ("exchange", "CAMBRIAN_API_KEY", "CAMBRIAN_API_KEY"),
    ("exchange", "CAMBRIAN_SECRET_KEY", "CAMBRIAN_SECRET_KEY"),
    ("exchange", "SEI_PRIVATE_KEY", "SEI_PRIVATE_KEY"),
    METRICS_TOKEN,
    DATABASE_PASSWORD,
    CACHE_PASSWORD,
];

/// Where alerts are sent to.
const ALERTING: &[Key] = &[
    ("alerting", "PAGERDUTY_ROUTING_KEY", "PAGERDUTY_ROUTING_KEY"),
    ("alerting", "SLACK_WEBHOOK_URL", "SLACK_WEBHOOK_URL"),
    ("alerting", "SMTP_PASSWORD", "SMTP_PASSWORD"),
    ("alerting", "TRADING_WEBHOOK_URL", "TRADING_WEBHOOK_URL"),
];

/// Declares them.
pub(crate) fn secrets(stack: &mut Stack, params: &Params, names: &Names, data: &Data) -> Secrets {
    let prefix = params.secrets.prefix.clone().unwrap_or_else(|| format!("flashmm/{}", names.environment));
    let mut keep = |role: &str, namespace: &ObjectHandle| Keep::of(stack, &params.secrets, &prefix, role, namespace);
    let app = keep("app", &names.app);
    let system = names.system.as_ref().map(|namespace| keep("system", namespace));
    let is_notified = params.monitoring.notified;
    let monitoring = names.monitoring.as_ref().filter(|_| is_notified).map(|namespace| keep("monitoring", namespace));
    let (in_cluster, cached) = (data.database.is_none(), data.cache.is_none());
    Secrets {
        app: app.add(stack, "app", "flashmm-secrets", APP),
        metrics: app.add(stack, "metrics", "influxdb", &[METRICS_PASSWORD, METRICS_TOKEN]),
        database: in_cluster.then(|| app.add(stack, "database", "postgres", &[DATABASE_PASSWORD])),
        cache: cached.then(|| app.add(stack, "cache", "redis", &[CACHE_PASSWORD])),
        backup: system.map(|system| system.add(stack, "backup", "backup", &[METRICS_TOKEN, DATABASE_PASSWORD])),
        alerting: monitoring.map(|monitoring| monitoring.add(stack, "alerting", "alerting", ALERTING)),
    }
}

/// Who keeps the secrets of a namespace.
struct Keep {
    namespace: ObjectHandle,
    /// None where that is the environment of who applies.
    store: Option<ObjectHandle>,
    prefix: String,
    refresh: String,
}

impl Keep {
    fn of(stack: &mut Stack, params: &SecretsParams, prefix: &str, role: &str, namespace: &ObjectHandle) -> Self {
        let provider = match params.source {
            SecretsSource::Environment => None,
            SecretsSource::Vault => Some(json!({ "vault": {
                "server": params.vault, "path": "secret", "version": "v2",
                "auth": { "kubernetes": { "mountPath": "kubernetes", "role": "flashmm" } },
            } })),
            // The controller acts by the role that its pods have: there is no key to keep.
            SecretsSource::SecretsManager => {
                Some(json!({ "aws": { "service": "SecretsManager", "region": params.region } }))
            }
        };
        let store = provider.map(|provider| {
            let metadata = json!({ "name": "flashmm", "namespace": token(namespace.name()) });
            let spec = json!({ "spec": { "provider": provider } });
            let store = object("external-secrets.io/v1", "SecretStore", metadata, spec);
            stack.add(format!("{role}-store"), custom::object(store))
        });
        let (prefix, refresh) = (prefix.to_owned(), params.refresh.clone());
        Self { namespace: namespace.clone(), store, prefix, refresh }
    }

    /// Declares a Secret with these keys; answers its name, as a token.
    fn add(&self, stack: &mut Stack, address: &str, name: &str, keys: &[Key]) -> String {
        let Some(store) = &self.store else {
            let secret = kubernetes::Secret::named(name).namespace(self.namespace.name());
            let value = |secret: kubernetes::Secret, (_, _, key): &Key| {
                secret.value(*key, Secret::env(format!("FLASHMM_{key}")))
            };
            return stack.add(address, keys.iter().fold(secret, value)).name_token();
        };
        let entry = |(kept, property, key): &Key| {
            let remote = json!({ "key": format!("{}/{kept}", self.prefix), "property": property });
            json!({ "secretKey": key, "remoteRef": remote })
        };
        let data: Vec<Json> = keys.iter().map(entry).collect();
        let spec = json!({
            "refreshInterval": self.refresh,
            "secretStoreRef": { "kind": "SecretStore", "name": store.name_token() },
            "target": { "name": name, "creationPolicy": "Owner" },
            "data": data,
        });
        let metadata = metadata(&self.namespace, name);
        let external = object("external-secrets.io/v1", "ExternalSecret", metadata, json!({ "spec": spec }));
        stack.add(address, custom::object(external)).name_token()
    }
}
