//! `flashinfra health`: how what the stack owns does just now, for people, programs and Prometheus.

use std::collections::BTreeMap;

use flashinfra::health::{self, Health, Verdict};
use flashinfra_plans::Ledger;
use serde::Serialize;

use super::Context;
use crate::args;
use crate::problem::{Ended, Exit};
use crate::text::count;
use crate::{session, told};

/// Reads, and says it in the form that is asked for. It ends with 1 when something is not healthy.
pub(super) async fn run(context: &Context<'_>, args: &args::Health) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let global = session::in_world_of(context.global, &ledger);
    let session = session::open(&Context { global: &global, ..*context }).await?;
    let reading = context.output.spinner("Reading what is live");
    let all = health::health(&session, &ledger, &args.addresses).await;
    drop(reading);
    let all = all.map_err(|error| told::ledger(&error))?;
    let output = context.output;
    for health in &all {
        output.line("health", &Line::of(health));
    }
    match args.prometheus {
        true => output.raw(&exposition(&ledger, &all)),
        false => output.result(&text(context, &ledger, &all)),
    }
    let is_well = all.iter().all(|health| health.verdict == Verdict::Healthy);
    Ok(if is_well { Exit::Ok } else { Exit::Error })
}

fn text(context: &Context<'_>, ledger: &Ledger, all: &[Health]) -> String {
    let page = context.output.page();
    let paint = page.paint;
    let well = all.iter().filter(|health| health.verdict == Verdict::Healthy).count();
    let name = paint.bold(&format!("{}/{}", ledger.stack, ledger.environment));
    if all.is_empty() {
        return format!("{name} owns nothing.\n");
    }
    let mut text = match all.len() - well {
        0 => format!("{name} · {} healthy\n\n", count(well, "resource")),
        ill => format!("{name} · {ill} of {} not healthy\n\n", count(all.len(), "resource")),
    };
    let width = all.iter().map(|health| health.address.as_str().len()).max().unwrap_or(0);
    for Health { address, object: _, verdict, why, measures } in all {
        let word = format!("{:7}", verdict.name());
        let word = match verdict {
            Verdict::Healthy => paint.green(&word),
            Verdict::Waiting | Verdict::Unknown => paint.yellow(&word),
            Verdict::Failed | Verdict::Gone => paint.red(&word),
        };
        let told: Vec<&str> =
            measures.iter().map(|measure| measure.told.as_str()).filter(|told| !told.is_empty()).collect();
        let line = format!("  {word}  {:width$}  {}", address.as_str(), paint.dim(&told.join(", ")));
        text += &format!("{}\n", line.trim_end());
        if let Some(why) = why {
            text += &page.wrapped(11, why);
        }
    }
    text
}

/// The text format of Prometheus, version 0.0.4.
fn exposition(ledger: &Ledger, all: &[Health]) -> String {
    let labels = |health: &Health| {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let (stack, environment) = (quoted(&ledger.stack), quoted(&ledger.environment));
        format!(r#"{{stack="{stack}",environment="{environment}",address="{}"}}"#, quoted(health.address.as_str()))
    };
    let mut series: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for health in all {
        let healthy = i64::from(health.verdict == Verdict::Healthy);
        let is_healthy = ("healthy", "Whether a resource is healthy: 1, or 0.", healthy);
        let measured = health
            .measures
            .iter()
            .filter_map(|measure| Some((measure.metric.name, measure.metric.help, measure.value?)));
        for (name, help, value) in std::iter::once(is_healthy).chain(measured) {
            let sample = format!("flashinfra_{name}{} {value}\n", labels(health));
            series.entry(name).or_insert((help, Vec::new())).1.push(sample);
        }
    }
    let one = |(name, (help, samples)): (&str, (&str, Vec<String>))| {
        format!("# HELP flashinfra_{name} {help}\n# TYPE flashinfra_{name} gauge\n{}", samples.concat())
    };
    series.into_iter().map(one).collect()
}

/// How a resource does, for machines.
#[derive(Serialize)]
struct Line<'a> {
    address: &'a str,
    object: &'a str,
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    measures: BTreeMap<&'a str, i64>,
    /// What nobody could measure, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_verified: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn of(health: &'a Health) -> Self {
        let Health { address, object, verdict, why, measures } = health;
        let unread = measures.iter().filter(|measure| measure.value.is_none() && measure.trouble.is_none());
        Self {
            address: address.as_str(),
            object,
            verdict: verdict.name(),
            why: why.as_deref(),
            measures: measures.iter().filter_map(|measure| Some((measure.metric.name, measure.value?))).collect(),
            not_verified: unread.map(|measure| measure.told.as_str()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, Ledger};
    use flashinfra_providers::{Measure, Metric};

    use super::*;

    #[test]
    fn prometheus_gets_a_family_for_each_metric() {
        let ledger = Ledger::new("shop".into(), "production".into(), "u".into());
        let health = |name: &str, verdict, value| Health {
            address: Address::parse(&format!("kubernetes.deployment/{name}")).unwrap(),
            object: "shop/a".into(),
            verdict,
            why: None,
            measures: vec![Measure {
                metric: Metric { name: "replicas_ready", help: "How many pods are ready." },
                value: Some(value),
                told: String::new(),
                trouble: None,
            }],
        };
        let text = exposition(&ledger, &[health("a", Verdict::Healthy, 2), health("b", Verdict::Waiting, 0)]);
        let labels =
            |name: &str| format!(r#"{{stack="shop",environment="production",address="kubernetes.deployment/{name}"}}"#);
        let expect = format!(
            "# HELP flashinfra_healthy Whether a resource is healthy: 1, or 0.\n# TYPE flashinfra_healthy gauge\n\
             flashinfra_healthy{} 1\nflashinfra_healthy{} 0\n\
             # HELP flashinfra_replicas_ready How many pods are ready.\n# TYPE flashinfra_replicas_ready gauge\n\
             flashinfra_replicas_ready{} 2\nflashinfra_replicas_ready{} 0\n",
            labels("a"),
            labels("b"),
            labels("a"),
            labels("b")
        );
        assert_eq!(text, expect);
    }
}
