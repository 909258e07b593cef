//! What is an alert.

use serde_json::{Value as Json, json};

use crate::Params;

/// A rule: what is wrong when the expression has an answer for so long.
struct Alert {
    name: &'static str,
    expression: &'static str,
    lasts: &'static str,
    severity: &'static str,
    summary: &'static str,
    description: &'static str,
    runbook: &'static str,
}

/// Rules about the same, looked at together.
struct Group {
    name: &'static str,
    interval: &'static str,
    service: &'static str,
    team: &'static str,
    alerts: &'static [Alert],
}

const CRITICAL: &str = "critical";
const WARNING: &str = "warning";

#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "flashmm.application", interval: "30s", service: "flashmm", team: "platform", alerts: &[
        Alert { name: "FlashMMDown", lasts: "1m", severity: CRITICAL, runbook: "flashmm-down",
            expression: r#"up{job="flashmm-app"} == 0 or absent(up{job="flashmm-app"})"#,
            summary: "FlashMM is down", description: "{{ $labels.instance }} has not answered for a minute." },
        Alert { name: "FlashMMHighLatency", lasts: "2m", severity: WARNING, runbook: "high-latency",
            expression: r#"histogram_quantile(0.95, sum by (le, instance) (rate(http_request_duration_seconds_bucket{job="flashmm-app"}[5m]))) > 0.5"#,
            summary: "FlashMM answers slowly", description: "95% of requests to {{ $labels.instance }} take up to {{ $value }} s." },
        Alert { name: "FlashMMHighErrorRate", lasts: "1m", severity: CRITICAL, runbook: "high-error-rate",
            expression: r#"sum by (instance) (rate(http_requests_total{job="flashmm-app",status=~"5.."}[5m])) / sum by (instance) (rate(http_requests_total{job="flashmm-app"}[5m])) > 0.05"#,
            summary: "FlashMM fails often", description: "{{ $value | humanizePercentage }} of requests to {{ $labels.instance }} fail." },
        Alert { name: "FlashMMMemoryUsageHigh", lasts: "2m", severity: WARNING, runbook: "high-memory",
            expression: r#"container_memory_working_set_bytes{container="flashmm-app"} / container_spec_memory_limit_bytes{container="flashmm-app"} > 0.85"#,
            summary: "FlashMM is short of memory", description: "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory." },
        Alert { name: "FlashMMCPUUsageHigh", lasts: "5m", severity: WARNING, runbook: "high-cpu",
            expression: r#"rate(container_cpu_usage_seconds_total{container="flashmm-app"}[5m]) / (container_spec_cpu_quota{container="flashmm-app"} / container_spec_cpu_period{container="flashmm-app"}) > 0.8"#,
            summary: "FlashMM is short of CPU", description: "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its CPU." },
    ] },
    Group { name: "flashmm.trading", interval: "15s", service: "trading", team: "trading", alerts: &[
        Alert { name: "TradingEngineDown", lasts: "30s", severity: CRITICAL, runbook: "trading-engine-down",
            expression: "flashmm_trading_engine_status == 0",
            summary: "The trading engine is down", description: "That of {{ $labels.instance }} does not trade." },
        Alert { name: "HighTradingLatency", lasts: "1m", severity: CRITICAL, runbook: "high-trading-latency",
            expression: "histogram_quantile(0.95, sum by (le) (rate(flashmm_trading_latency_seconds_bucket[1m]))) > 0.1",
            summary: "Trading is slow", description: "95% of orders take up to {{ $value }} s, above 100 ms." },
        Alert { name: "OrderBookUpdateLag", lasts: "30s", severity: CRITICAL, runbook: "orderbook-lag",
            expression: "time() - flashmm_orderbook_last_update_timestamp > 10",
            summary: "The order book is old", description: "That of {{ $labels.pair }} is {{ $value }} s old." },
        Alert { name: "PositionLimitApproaching", lasts: "1m", severity: WARNING, runbook: "position-limit",
            expression: "flashmm_position_current / flashmm_position_limit > 0.9",
            summary: "A position is near its limit", description: "{{ $labels.symbol }} is at {{ $value | humanizePercentage }} of its limit." },
        Alert { name: "PnLThresholdBreach", lasts: "2m", severity: CRITICAL, runbook: "pnl-breach",
            expression: "flashmm_pnl_unrealized < -10000",
            summary: "A loss is larger than allowed", description: "The unrealised result is {{ $value }} USD, below -10,000." },
    ] },
    Group { name: "flashmm.ml", interval: "60s", service: "ml", team: "ml", alerts: &[
        Alert { name: "MLModelDown", lasts: "2m", severity: WARNING, runbook: "ml-model-down",
            expression: "flashmm_ml_model_status == 0",
            summary: "A model is down", description: "{{ $labels.model_name }} does not answer." },
        Alert { name: "MLInferenceLag", lasts: "3m", severity: WARNING, runbook: "ml-inference-lag",
            expression: "histogram_quantile(0.95, sum by (le) (rate(flashmm_ml_inference_duration_seconds_bucket[5m]))) > 0.005",
            summary: "Predictions are slow", description: "95% of predictions take up to {{ $value }} s, above 5 ms." },
        Alert { name: "MLModelAccuracyDrop", lasts: "5m", severity: WARNING, runbook: "ml-accuracy-drop",
            expression: "flashmm_ml_model_accuracy < 0.7",
            summary: "A model is less accurate", description: "{{ $labels.model_name }} is right in {{ $value | humanizePercentage }}, below 70%." },
    ] },
    Group { name: "flashmm.infrastructure", interval: "60s", service: "infrastructure", team: "platform", alerts: &[
        Alert { name: "KubernetesNodeDown", lasts: "2m", severity: CRITICAL, runbook: "node-down",
            expression: r#"kube_node_status_condition{condition="Ready",status="true"} == 0"#,
            summary: "A node is down", description: "{{ $labels.node }} has not been ready for two minutes." },
        Alert { name: "KubernetesNodeHighMemory", lasts: "5m", severity: WARNING, runbook: "node-high-memory",
            expression: "(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes) / node_memory_MemTotal_bytes > 0.85",
            summary: "A node is short of memory", description: "{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory." },
        Alert { name: "KubernetesNodeHighCPU", lasts: "5m", severity: WARNING, runbook: "node-high-cpu",
            expression: r#"100 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100 > 85"#,
            summary: "A node is short of CPU", description: "{{ $labels.instance }} uses {{ $value }}% of its CPU." },
        Alert { name: "KubernetesPodCrashLooping", lasts: "2m", severity: WARNING, runbook: "pod-crash-loop",
            expression: r#"increase(kube_pod_container_status_restarts_total{namespace=~"flashmm.*"}[15m]) > 2"#,
            summary: "A pod starts again and again", description: "{{ $labels.pod }} in {{ $labels.namespace }}." },
        Alert { name: "BackupMissing", lasts: "1h", severity: CRITICAL, runbook: "backup-missing",
            expression: r#"time() - kube_cronjob_status_last_successful_time{cronjob=~"backup-.*"} > 8 * 86400 or time() - kube_cronjob_status_last_successful_time{cronjob=~"backup-(database|metrics)"} > 26 * 3600"#,
            summary: "There is no backup of last night", description: "{{ $labels.cronjob }} has not succeeded." },
    ] },
    Group { name: "flashmm.database", interval: "60s", service: "database", team: "platform", alerts: &[
        Alert { name: "PostgreSQLDown", lasts: "1m", severity: CRITICAL, runbook: "postgres-down",
            expression: "pg_up == 0",
            summary: "PostgreSQL is down", description: "{{ $labels.instance }} does not answer." },
        Alert { name: "PostgreSQLHighConnections", lasts: "2m", severity: WARNING, runbook: "postgres-high-connections",
            expression: "sum by (instance) (pg_stat_activity_count) / max by (instance) (pg_settings_max_connections) > 0.8",
            summary: "PostgreSQL is short of connections", description: "{{ $value | humanizePercentage }} are taken on {{ $labels.instance }}." },
        Alert { name: "RedisDown", lasts: "1m", severity: CRITICAL, runbook: "redis-down",
            expression: "redis_up == 0",
            summary: "Redis is down", description: "{{ $labels.instance }} does not answer." },
        Alert { name: "RedisHighMemory", lasts: "2m", severity: WARNING, runbook: "redis-high-memory",
            expression: "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9",
            summary: "Redis is short of memory", description: "{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory." },
    ] },
    Group { name: "flashmm.external", interval: "120s", service: "external-api", team: "trading", alerts: &[
        Alert { name: "SeiNetworkDown", lasts: "2m", severity: CRITICAL, runbook: "sei-network-down",
            expression: r#"probe_success{instance="SEI:443"} == 0"#,
            summary: "Sei does not answer", description: "{{ $labels.instance }} cannot be reached." },
        Alert { name: "CambrianAPIDown", lasts: "2m", severity: CRITICAL, runbook: "cambrian-api-down",
            expression: r#"probe_success{instance="CAMBRIAN:443"} == 0"#,
            summary: "Cambrian does not answer", description: "{{ $labels.instance }} cannot be reached." },
        Alert { name: "AzureOpenAIDown", lasts: "3m", severity: WARNING, runbook: "azure-openai-down",
            expression: "flashmm_azure_openai_status == 0",
            summary: "Azure OpenAI does not answer", description: "FlashMM cannot reach it." },
    ] },
    Group { name: "flashmm.security", interval: "60s", service: "security", team: "security", alerts: &[
        Alert { name: "UnauthorizedAPIAccess", lasts: "1m", severity: WARNING, runbook: "unauthorized-access",
            expression: r#"sum(increase(http_requests_total{status="401"}[5m])) > 10"#,
            summary: "Many requests are not allowed", description: "{{ $value }} in five minutes." },
        Alert { name: "SuspiciousActivity", lasts: "30s", severity: CRITICAL, runbook: "suspicious-activity",
            expression: r#"sum(increase(http_requests_total{status="429"}[1m])) > 100"#,
            summary: "Many requests are too many", description: "{{ $value }} in a minute: it may be an attack." },
        Alert { name: "TLSCertificateExpiring", lasts: "1h", severity: WARNING, runbook: "cert-expiring",
            expression: "(certmanager_certificate_expiration_timestamp_seconds - time()) / 86400 < 20",
            summary: "A certificate ends soon", description: "{{ $labels.name }} ends in {{ $value }} days, and should have been renewed." },
    ] },
];

/// The groups of rules.
pub(crate) fn groups(params: &Params) -> Vec<Json> {
    let (_, _, sei) = params.outside.sei_network.facts();
    let cambrian = params.outside.cambrian_url.trim_start_matches("https://");
    let group = |group: &Group| {
        let rules = group.alerts.iter().map(|alert| {
            let expression = alert.expression.replace("SEI:443", &format!("{sei}:443"));
            json!({
                "alert": alert.name,
                "expr": expression.replace("CAMBRIAN:443", &format!("{cambrian}:443")),
                "for": alert.lasts,
                "labels": { "severity": alert.severity, "service": group.service, "team": group.team },
                "annotations": {
                    "summary": alert.summary, "description": alert.description,
                    "runbook_url": format!("https://runbooks.flashmm.com/{}", alert.runbook),
                },
            })
        });
        json!({ "name": group.name, "interval": group.interval, "rules": rules.collect::<Vec<_>>() })
    };
    GROUPS.iter().map(group).collect()
}
