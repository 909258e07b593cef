//! What the services of the world really do, written by hand and apart from the schemas, so that the two can disagree.

use flashinfra_plans::{Map, Value};

/// What is true of a kind.
pub(super) struct Facts {
    /// The attribute that names its objects; none: the service makes up an id.
    pub(super) named_by: Option<&'static str>,
    /// Whether a client token makes a create happen once.
    pub(super) honours_tokens: bool,
    /// How an owner mark gets onto its objects.
    pub(super) mark: MarkBy,
    /// What a service refuses to change.
    pub(super) fixed: &'static [&'static str],
    /// The attributes that have to name an object of a kind, by its id or its ARN.
    pub(super) parents: &'static [(&'static str, &'static str)],
    /// Whether it can be deleted while a service is at work on it.
    pub(super) can_be_stopped: bool,
    /// While this attribute is true it cannot be deleted.
    pub(super) guard: Option<&'static str>,
    /// The maps of which a change names the keys that it means.
    pub(super) keyed: &'static [&'static str],
    /// How long a create, an update and a delete take, in milliseconds.
    pub(super) slow_ms: [u64; 3],
}

/// How an owner mark gets onto an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkBy {
    Create,
    SecondCall,
    Nothing,
}

const NET: Facts = Facts {
    named_by: None,
    honours_tokens: false,
    mark: MarkBy::Create,
    fixed: &["cidr"],
    parents: &[],
    can_be_stopped: false,
    guard: None,
    keyed: &["tags"],
    slow_ms: [0, 0, 0],
};

/// The facts of a kind; a kind that there is not has those of a net.
pub(super) fn of(kind: &str) -> Facts {
    match kind {
        "sim.host" => Facts {
            honours_tokens: true,
            fixed: &["net", "zone"],
            parents: &[("net", "sim.net")],
            keyed: &[],
            slow_ms: [15_000, 0, 8_000],
            ..NET
        },
        "sim.disk" => {
            Facts { fixed: &["type"], parents: &[("host", "sim.host")], keyed: &[], slow_ms: [0, 20_000, 0], ..NET }
        }
        "sim.bucket" => Facts {
            named_by: Some("name"),
            mark: MarkBy::SecondCall,
            fixed: &["name"],
            parents: &[("net", "sim.net")],
            guard: Some("locked"),
            keyed: &[],
            ..NET
        },
        "sim.cluster" => Facts {
            named_by: Some("name"),
            fixed: &["name", "net"],
            parents: &[("net", "sim.net")],
            guard: Some("protected"),
            keyed: &[],
            slow_ms: [480_000, 120_000, 200_000],
            ..NET
        },
        "sim.record" => Facts { named_by: Some("name"), mark: MarkBy::Nothing, fixed: &["name"], keyed: &[], ..NET },
        // It goes on when what it is about is gone.
        "sim.job" => Facts {
            named_by: Some("name"),
            fixed: &["name", "task", "of"],
            can_be_stopped: true,
            keyed: &[],
            slow_ms: [25_000, 0, 1_500],
            ..NET
        },
        _ => NET,
    }
}

/// What a service adds by itself: what it computes, and what it fills in where nobody set anything.
pub(super) fn completed(kind: &str, id: &str, attributes: Map) -> Map {
    let with = |map: Map, name: &str, value: String| map.with(name, Value::from(value));
    match kind {
        "sim.net" => with(with(attributes, "id", id.into()), "arn", format!("arn:sim:{id}")),
        "sim.host" => {
            let size = attributes.get("size").and_then(Value::as_text).unwrap_or("small").to_owned();
            let attributes = with(with(attributes, "id", id.into()), "address", format!("{size}.{id}.sim"));
            let attributes = or(attributes, "size", "small".into());
            let attributes = or(attributes, "zone", "z1".into());
            or(attributes, "replicas", Value::Integer(1))
        }
        "sim.disk" => with(attributes, "id", id.into()),
        "sim.bucket" => or(with(attributes, "arn", format!("arn:sim:{id}")), "locked", Value::Bool(false)),
        "sim.cluster" => {
            let attributes = or(with(attributes, "endpoint", format!("https://{id}.sim")), "version", "1.30.4".into());
            or(attributes, "protected", Value::Bool(false))
        }
        "sim.record" => or(attributes, "ttl", Value::Integer(300)),
        "sim.job" => with(attributes, "result", format!("done by {id}")),
        _ => attributes,
    }
}

/// How a service writes down what it was sent.
pub(super) fn normalised(kind: &str, name: &str, value: Value) -> Value {
    match (kind, name, &value) {
        // The host bits of a range are dropped.
        ("sim.net", "cidr", Value::Text(text)) => text.replace(".1.0/16", ".0.0/16").into(),
        // A version gets more precise.
        ("sim.cluster", "version", Value::Text(text)) if text.matches('.').count() == 1 => format!("{text}.4").into(),
        // A document is written in its own way.
        ("sim.bucket", "policy", Value::Text(text)) => text.replace(": ", ":").replace(", ", ",").into(),
        // A set has no order.
        ("sim.cluster", "zones", Value::List(entries)) => {
            let mut entries = entries.to_vec();
            entries.sort();
            entries.dedup();
            entries.into()
        }
        _ => value,
    }
}

fn or(attributes: Map, name: &str, value: Value) -> Map {
    match attributes.get(name) {
        None | Some(Value::Null) => attributes.with(name, value),
        Some(_) => attributes,
    }
}
