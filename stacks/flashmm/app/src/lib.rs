//! FlashMM's application on Kubernetes.
//!
//! `flashinfra plan --stack flashmm-app --env production` plans it for a cluster that is there; the stack `flashmm`, which makes
//! the cluster, calls [`application`] with the addresses of its database and cache. `environments/` holds what differs between the three environments.
//!
//! Not here, since they are other people's charts: the operators whose kinds are used (External Secrets, cert-manager, Prometheus),
//! ingress-nginx, Prometheus, Grafana and the logs.

mod alertmanager;
mod alerts;
mod backups;
mod config;
mod custom;
mod dashboard;
mod data;
mod ingress;
mod monitoring;
mod names;
mod namespaces;
mod network;
mod params;
mod secrets;
mod storage;
mod workload;

use flashinfra::kubernetes::ServiceHandle;
use flashinfra::{Input, Stack};

pub use params::Params;

/// Where the data is, when it is not in the cluster.
pub struct Data {
    /// The host name of PostgreSQL. In the cluster when there is none.
    pub database: Option<Input<String>>,
    /// The host name of Redis. In the cluster when there is none.
    pub cache: Option<Input<String>>,
}

impl Data {
    /// As the parameters say.
    pub fn of(params: &Params) -> Self {
        Self {
            database: params.database.host.clone().map(Input::from),
            cache: params.cache.host.clone().map(Input::from),
        }
    }
}

/// What others refer to.
pub struct Application {
    /// Where FlashMM answers within the cluster.
    pub service: ServiceHandle,
}

/// Declares the application.
pub fn application(stack: &mut Stack, params: &Params, data: &Data) -> Application {
    let names = stack.scope("namespaces", |stack| namespaces::namespaces(stack, params));
    let secrets = stack.scope("secrets", |stack| secrets::secrets(stack, params, &names, data));
    let classes = stack.scope("storage", |stack| storage::classes(stack, params));
    let inside = data::Inside { params, names: &names, secrets: &secrets, classes: &classes };
    let hosts = stack.scope("data", |stack| inside.declare(stack, data));
    let config = stack.scope("config", |stack| config::config(stack, params, &names, &hosts));
    if params.network.policies {
        stack.scope("network", |stack| network::policies(stack, params, &names, &hosts));
    }
    let service = workload::workload(stack, params, &names, &config, (&secrets, &classes));
    if params.ingress.enabled {
        stack.scope("ingress", |stack| ingress::ingress(stack, params, &names, &service));
    }
    if params.backups.enabled {
        stack.scope("backups", |stack| backups::backups(stack, params, &names, &hosts, &secrets));
    }
    if params.monitoring.enabled {
        stack.scope("monitoring", |stack| monitoring::monitoring(stack, params, &names, &secrets));
    }
    stack.output("url", format!("https://{}", params.host())).doc("Where FlashMM answers");
    stack.output("namespace", names.app.name()).doc("The namespace that it runs in");
    Application { service }
}
