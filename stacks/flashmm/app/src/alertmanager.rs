//! Who is told of an alert: the team that it is of, and how urgently.

use serde_json::{Value as Json, json};

/// A receiver: a channel of Slack, and who else.
struct Receiver {
    name: &'static str,
    channel: &'static str,
    /// What a message begins with.
    title: &'static str,
    pages: bool,
    mail: Option<&'static str>,
    webhook: bool,
}

const fn slack(name: &'static str, channel: &'static str, title: &'static str) -> Receiver {
    Receiver { name, channel, title, pages: false, mail: None, webhook: false }
}

const RECEIVERS: &[Receiver] = &[
    slack("default", "#alerts", "FlashMM"),
    Receiver { pages: true, mail: Some("oncall@flashmm.com"), ..slack("critical", "#critical-alerts", "CRITICAL") },
    Receiver { pages: true, webhook: true, ..slack("trading-critical", "#trading-alerts", "TRADING") },
    Receiver { pages: true, ..slack("infrastructure-critical", "#infrastructure-alerts", "INFRASTRUCTURE") },
    slack("warning", "#warnings", "Warning"),
    Receiver { mail: Some("security@flashmm.com"), ..slack("security", "#security-alerts", "SECURITY") },
    slack("ml", "#ml-alerts", "Model"),
    slack("database", "#database-alerts", "Database"),
    slack("external-api", "#external-api-alerts", "External API"),
    slack("development", "#dev-alerts", "Development"),
    slack("staging", "#staging-alerts", "Staging"),
];

/// The configuration. `secret` holds what messages are sent with.
pub(crate) fn config(environment: &str, secret: &str) -> Json {
    let inhibit = |source: Json, target: Json, equal: &[&str]| json!({ "sourceMatch": [source], "targetMatch": [target], "equal": equal });
    json!({
        "route": route(environment),
        "receivers": RECEIVERS.iter().map(|receiver| receiver.json(secret)).collect::<Vec<_>>(),
        "inhibitRules": [
            inhibit(is("severity", "critical"), is("severity", "warning"), &["alertname", "instance"]),
            // When all of it is down, nobody has to hear that it is slow.
            inhibit(is("alertname", "FlashMMDown"), like("alertname", "FlashMMHigh.*|FlashMM.*UsageHigh"), &["namespace"]),
            inhibit(is("alertname", "KubernetesNodeDown"), like("alertname", "KubernetesPod.*"), &["node"]),
        ],
    })
}

fn is(name: &str, value: &str) -> Json {
    json!({ "name": name, "value": value, "matchType": "=" })
}

fn like(name: &str, value: &str) -> Json {
    json!({ "name": name, "value": value, "matchType": "=~" })
}

/// The first route that matches is taken. So what is of one team stands before what is urgent, which would take all of it; an
/// environment that nobody is woken for has one route for everything.
fn route(environment: &str) -> Json {
    let to = |matchers: &[Json], receiver: &str, waits: &str, repeats: &str| json!({ "matchers": matchers, "receiver": receiver, "groupWait": waits, "repeatInterval": repeats });
    let critical = || is("severity", "critical");
    let routes = match environment {
        "development" | "staging" => vec![to(&[], environment, "2m", "4h")],
        _ => vec![
            to(&[is("team", "security")], "security", "10s", "1h"),
            to(&[critical(), is("service", "trading")], "trading-critical", "10s", "30m"),
            to(&[critical(), is("service", "infrastructure")], "infrastructure-critical", "10s", "30m"),
            to(&[critical()], "critical", "10s", "30m"),
            to(&[is("service", "ml")], "ml", "1m", "4h"),
            to(&[is("service", "database")], "database", "30s", "4h"),
            to(&[is("service", "external-api")], "external-api", "2m", "4h"),
            to(&[is("severity", "warning")], "warning", "30s", "4h"),
        ],
    };
    json!({
        "receiver": "default", "groupBy": ["alertname", "service"], "groupWait": "10s", "groupInterval": "5m",
        "repeatInterval": "12h", "routes": routes,
    })
}

impl Receiver {
    fn json(&self, secret: &str) -> Json {
        const TEXT: &str = "{{ range .Alerts }}*{{ .Annotations.summary }}*\n{{ .Annotations.description }}\n{{ .Annotations.runbook_url }}\n{{ end }}";
        let key = |key: &str| json!({ "name": secret, "key": key });
        let slack = json!({
            "apiURL": key("SLACK_WEBHOOK_URL"), "channel": self.channel, "sendResolved": true,
            "title": format!("{}: {{{{ .GroupLabels.alertname }}}}", self.title), "text": TEXT,
        });
        let mut receiver = json!({ "name": self.name, "slackConfigs": [slack] });
        if self.pages {
            let description = "{{ range .Alerts }}{{ .Annotations.summary }} {{ end }}";
            receiver["pagerdutyConfigs"] =
                json!([{ "routingKey": key("PAGERDUTY_ROUTING_KEY"), "description": description }]);
        }
        if let Some(to) = self.mail {
            receiver["emailConfigs"] = json!([{
                "to": to, "from": "alerts@flashmm.com", "smarthost": "smtp.gmail.com:587",
                "authUsername": "alerts@flashmm.com", "authPassword": key("SMTP_PASSWORD"), "text": TEXT,
            }]);
        }
        if self.webhook {
            receiver["webhookConfigs"] = json!([{ "urlSecret": key("TRADING_WEBHOOK_URL"), "sendResolved": true }]);
        }
        receiver
    }
}
