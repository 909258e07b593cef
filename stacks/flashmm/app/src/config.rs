//! What FlashMM is told by variables. A change of it makes its pods anew.

use flashinfra::Stack;
use flashinfra::kubernetes::{self, ConfigMapHandle};
use serde_json::json;

use crate::Params;
use crate::data::Hosts;
use crate::names::{Names, metadata, object};

/// Declares the configuration.
pub(crate) fn config(stack: &mut Stack, params: &Params, names: &Names, hosts: &Hosts) -> ConfigMapHandle {
    let (network, chain, rpc) = params.outside.sei_network.facts();
    let Hosts { database, cache, metrics, .. } = hosts;
    let trading = &params.trading;
    // A connection that leaves the cluster is encrypted: RDS and ElastiCache ask for it.
    let redis = if hosts.is_inside("redis") { "redis" } else { "rediss" };
    let ssl = if hosts.is_inside("postgres") { "" } else { "?sslmode=verify-full" };
    let data = json!({
        "ENVIRONMENT": names.environment,
        "FLASHMM_DEBUG": params.program.debug.to_string(),
        "FLASHMM_LOG_LEVEL": params.program.log_level,
        "PYTHONPATH": "/app/src",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "REDIS_URL": format!("{redis}://{cache}:6379/0"),
        "INFLUXDB_URL": format!("http://{metrics}:8086"),
        "POSTGRES_URL": format!("postgresql://flashmm@{database}:5432/{}{ssl}", params.database.name),
        "TRADING_ENABLED": trading.enabled.to_string(),
        "TRADING_MAX_POSITION_USDC": trading.max_position_usdc.to_string(),
        "TRADING_QUOTE_FREQUENCY_HZ": trading.quotes_per_second.to_string(),
        "TRADING_MAX_QUOTE_LEVELS": trading.quote_levels.to_string(),
        "TRADING_SPREAD_BUFFER_BPS": trading.spread_buffer_bps.to_string(),
        "ML_CONFIDENCE_THRESHOLD": format!("{}.{:02}", trading.confidence_percent / 100, trading.confidence_percent % 100),
        "ML_INFERENCE_TIMEOUT_MS": trading.inference_timeout_ms.to_string(),
        "ML_MODEL_PATH": "/app/models/latest.pt",
        "SEI_NETWORK": network,
        "SEI_CHAIN_ID": chain,
        "SEI_RPC_URL": format!("https://{rpc}"),
        "SEI_WS_URL": format!("wss://{rpc}/websocket"),
        "CAMBRIAN_BASE_URL": params.outside.cambrian_url,
        "AZURE_OPENAI_ENDPOINT": params.outside.openai_endpoint,
        "AZURE_OPENAI_API_VERSION": "2023-12-01-preview",
        "FLASHMM_CONFIG_PATH": "/app/config",
        "FLASHMM_LOG_PATH": "/app/logs",
        "FLASHMM_DATA_PATH": "/app/data",
        "HEALTH_CHECK_INTERVAL_SECONDS": "30",
        "METRICS_COLLECTION_INTERVAL_SECONDS": "10",
    });
    let metadata = metadata(&names.app, "flashmm-config");
    stack.add("flashmm", kubernetes::config_map(object("v1", "ConfigMap", metadata, json!({ "data": data }))))
}
