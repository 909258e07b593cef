//! What is watched: where metrics are read, what is an alert, who is told, and the dashboard.

use flashinfra::Stack;
use flashinfra::kubernetes;
use serde_json::json;

use crate::names::{APP, Names, metadata, object, selector};
use crate::secrets::Secrets;
use crate::{Params, alertmanager, alerts, custom, dashboard};

const OPERATOR: &str = "monitoring.coreos.com/v1";

/// Declares it.
pub(crate) fn monitoring(stack: &mut Stack, params: &Params, names: &Names, secrets: &Secrets) {
    let Some(namespace) = &names.monitoring else { return };
    // The job's name is that of the Service, which is what the alerts ask for.
    let endpoint = json!({ "port": "http", "path": "/metrics", "interval": "15s" });
    let spec = json!({
        "namespaceSelector": { "matchNames": [names.app.name_token()] },
        "selector": { "matchLabels": selector(APP) }, "endpoints": [endpoint],
    });
    let monitor = object(OPERATOR, "ServiceMonitor", metadata(namespace, APP), json!({ "spec": spec }));
    stack.add("app", custom::object(monitor));

    let rules = json!({ "spec": { "groups": alerts::groups(params) } });
    stack.add("alerts", custom::object(object(OPERATOR, "PrometheusRule", metadata(namespace, "flashmm"), rules)));

    if let Some(secret) = &secrets.alerting {
        let spec = json!({ "spec": alertmanager::config(&names.environment, secret) });
        let config =
            object("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", metadata(namespace, "flashmm"), spec);
        stack.add("routes", custom::object(config));
    }

    let mut metadata = metadata(namespace, "flashmm-overview");
    // What Grafana's sidecar looks for.
    metadata["labels"]["grafana_dashboard"] = "1".into();
    let data = json!({ "data": { "flashmm-overview.json": dashboard::overview() } });
    stack.add("overview", kubernetes::config_map(object("v1", "ConfigMap", metadata, data)));
}
