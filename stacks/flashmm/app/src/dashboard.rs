//! The dashboard. A panel has one unit: what is measured in another one is another panel.

use serde_json::{Value as Json, json};

/// A panel: its title, its kind, its unit, how wide it is of 24, and what it asks for.
struct Panel {
    title: &'static str,
    kind: &'static str,
    unit: &'static str,
    width: u32,
    asks: &'static [(&'static str, &'static str)],
}

const fn panel(
    title: &'static str,
    kind: &'static str,
    unit: &'static str,
    width: u32,
    asks: &'static [(&'static str, &'static str)],
) -> Panel {
    Panel { title, kind, unit, width, asks }
}

#[rustfmt::skip]
const PANELS: &[Panel] = &[
    panel("FlashMM", "stat", "none", 6, &[(r#"up{job="flashmm-app"}"#, "{{instance}}")]),
    panel("Active trading pairs", "piechart", "none", 6, &[("flashmm_trading_pairs_active", "{{pair}}")]),
    panel("Current result", "stat", "currencyUSD", 6, &[("sum(flashmm_pnl_unrealized)", "unrealised")]),
    panel("Volume of 24 hours", "stat", "currencyUSD", 6, &[("sum(increase(flashmm_trading_volume_usd[24h]))", "volume")]),
    panel("Requests", "timeseries", "reqps", 12, &[(r#"sum(rate(http_requests_total{job="flashmm-app"}[5m]))"#, "requests")]),
    panel("Latencies", "timeseries", "s", 12, &[
        (r#"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="flashmm-app"}[5m])))"#, "request, 95%"),
        ("histogram_quantile(0.95, sum by (le) (rate(flashmm_trading_latency_seconds_bucket[5m])))", "order, 95%"),
        ("histogram_quantile(0.95, sum by (le) (rate(flashmm_ml_inference_duration_seconds_bucket[5m])))", "prediction, 95%"),
    ]),
    panel("Memory and CPU of their limits", "timeseries", "percentunit", 12, &[
        (r#"container_memory_working_set_bytes{container="flashmm-app"} / container_spec_memory_limit_bytes{container="flashmm-app"}"#, "memory of {{pod}}"),
        (r#"rate(container_cpu_usage_seconds_total{container="flashmm-app"}[5m]) / (container_spec_cpu_quota{container="flashmm-app"} / container_spec_cpu_period{container="flashmm-app"})"#, "CPU of {{pod}}"),
    ]),
    panel("Filled orders, right predictions", "timeseries", "percentunit", 12, &[
        ("sum(rate(flashmm_orders_filled_total[5m])) / sum(rate(flashmm_orders_placed_total[5m]))", "filled"),
        ("flashmm_ml_model_accuracy", "accuracy of {{model_name}}"),
    ]),
];

/// How wide a row is, and how high.
const WIDTH: u32 = 24;

/// The dashboard as Grafana reads it.
pub(crate) fn overview() -> String {
    let (mut x, mut y) = (0, 0);
    let mut panels = Vec::new();
    for (id, panel) in (1_u32..).zip(PANELS) {
        let height = if panel.width < WIDTH / 2 { 4 } else { 8 };
        panels.push(panel.json(id, x, y, height));
        x += panel.width;
        if x >= WIDTH {
            (x, y) = (0, y + height);
        }
    }
    let dashboard = json!({
        "title": "FlashMM", "uid": "flashmm-overview", "tags": ["flashmm"], "schemaVersion": 39, "editable": false,
        "refresh": "30s", "time": { "from": "now-1h", "to": "now" }, "panels": panels,
    });
    format!("{dashboard:#}\n")
}

impl Panel {
    fn json(&self, id: u32, x: u32, y: u32, height: u32) -> Json {
        let targets = ('A'..).zip(self.asks).map(|(letter, (expression, legend))| {
            json!({ "refId": letter.to_string(), "expr": expression, "legendFormat": legend })
        });
        let mut defaults = json!({ "unit": self.unit });
        if self.kind == "stat" {
            // Red below the first step: nothing is up, or there is a loss.
            let green = if self.unit == "none" { 1 } else { 0 };
            let steps = json!([{ "color": "red", "value": null }, { "color": "green", "value": green }]);
            defaults["thresholds"] = json!({ "mode": "absolute", "steps": steps });
        }
        json!({
            "id": id, "type": self.kind, "title": self.title, "datasource": { "type": "prometheus" },
            "gridPos": { "x": x, "y": y, "w": self.width, "h": height },
            "fieldConfig": { "defaults": defaults, "overrides": [] },
            "targets": targets.collect::<Vec<_>>(),
        })
    }
}
