//! How long certificates are good: those of cert-manager by their status, those in Secrets by themselves. Of such a Secret the certificate is
//! looked at and nothing else; its key goes no further than the answer that it came in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flashinfra_providers::{Measure, Metric};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::Value as Json;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::discovery::Discovery;
use crate::object::{at, items, text};

const METRIC: Metric = Metric {
    name: "certificate_days_left",
    help: "For how many whole days a certificate is good, of several the first to end; less than zero once it is not.",
};
const INGRESS: &str = "kubernetes.ingress";
const GATEWAY: &str = "kubernetes.gateway.gateway.networking.k8s.io";
const SECRET: &str = "kubernetes.secret";
pub(crate) const OF_CERT_MANAGER: &str = "kubernetes.certificate.cert-manager.io";
/// The type of a Secret that holds a certificate and its key.
const TLS: &str = "kubernetes.io/tls";
const SECONDS_OF_DAY: i64 = 86_400;
/// Around a certificate, as text.
const PEM: [&str; 2] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];

/// A Secret: its namespace and its name.
pub(crate) type SecretOf = (String, String);

/// What a Secret is found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// A certificate: from when and until when it is good, in seconds since 1970.
    Certificate { from: i64, until: i64 },
    /// Nothing that can be read as one.
    Nothing,
    /// There is no such Secret.
    Absent,
    /// Nobody could look, for this reason.
    Unread(String),
}

/// Whether objects of a kind name or hold certificates.
pub(crate) fn are_of(kind: &str) -> bool {
    matches!(kind, INGRESS | GATEWAY | SECRET)
}

/// The Secrets with certificates that an object names, or is.
pub(crate) fn named(object: &Json, kind: &str, id: &Id<'_>) -> Vec<SecretOf> {
    let namespace = id.namespace.unwrap_or_default();
    let mut names: Vec<SecretOf> = match kind {
        INGRESS => {
            let names = items(object, "spec.tls").iter().map(|tls| text(tls, "secretName"));
            names.filter(|name| !name.is_empty()).map(|name| (namespace.to_owned(), name.to_owned())).collect()
        }
        GATEWAY => {
            let listeners = items(object, "spec.listeners").iter();
            let references = listeners.flat_map(|listener| items(listener, "tls.certificateRefs"));
            let is_secret = |reference: &&Json| matches!(text(reference, "kind"), "" | "Secret");
            references
                .filter(is_secret)
                .map(|reference| {
                    let elsewhere = text(reference, "namespace");
                    let namespace = if elsewhere.is_empty() { namespace } else { elsewhere };
                    (namespace.to_owned(), text(reference, "name").to_owned())
                })
                .collect()
        }
        SECRET if text(object, "type") == TLS => vec![(namespace.to_owned(), id.name.to_owned())],
        _ => Vec::new(),
    };
    names.sort();
    names.dedup();
    names
}

/// Looks into each of these Secrets once.
pub(crate) async fn held(
    adapter: &Adapter,
    discovery: &Discovery,
    secrets: impl IntoIterator<Item = SecretOf>,
) -> BTreeMap<SecretOf, Held> {
    let Some(served) = discovery.served(SECRET, None) else { return BTreeMap::new() };
    let looks = secrets.into_iter().map(|secret| async {
        let (namespace, name) = &secret;
        let held = match adapter.api.object(served, &Id { namespace: Some(namespace), name }).await {
            Ok(Some(object)) => certificate_in(&object),
            Ok(None) => Held::Absent,
            Err(failure) if failure.is(StatusCode::FORBIDDEN) => Held::Unread("it may not be read".to_owned()),
            Err(failure) => Held::Unread(failure.of_read("it").message),
        };
        (secret, held)
    });
    join_all(looks).await.into_iter().collect()
}

fn certificate_in(secret: &Json) -> Held {
    let certificate = at(secret, "data").and_then(|data| data.get("tls.crt")).and_then(Json::as_str);
    certificate.and_then(validity).map_or(Held::Nothing, |(from, until)| Held::Certificate { from, until })
}

/// From when and until when the first certificate of a chain is good, which is the server's own. The chain is PEM, and that is Base64 once
/// more.
fn validity(encoded: &str) -> Option<(i64, i64)> {
    let chain = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let [begin, end] = PEM;
    let (first, _) = chain.split_once(begin)?.1.split_once(end)?;
    let first: String = first.split_ascii_whitespace().collect();
    let certificate = Certificate::from_der(&STANDARD.decode(first).ok()?).ok()?;
    let validity = &certificate.tbs_certificate.validity;
    let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    Some((seconds(validity.not_before)?, seconds(validity.not_after)?))
}

/// How long the certificates of an object are good that are in Secrets; none where it has no such.
pub(crate) fn measure(named: &[SecretOf], held: &BTreeMap<SecretOf, Held>, now: i64) -> Option<Measure> {
    let (mut first, mut told, mut trouble) = (None, Vec::new(), None);
    let mut bad = |why: String| trouble = trouble.take().or(Some(why));
    for secret in named {
        let (_, name) = secret;
        match held.get(secret)? {
            Held::Certificate { from, until } => {
                let days = days_left(*until, now);
                first = Some(first.map_or(days, |first: i64| first.min(days)));
                match (*from > now, *until <= now) {
                    (_, true) => bad(format!("the certificate in the secret {name} is not good since {}", day(*until))),
                    (true, false) => {
                        bad(format!("the certificate in the secret {name} is not good before {}", day(*from)))
                    }
                    (false, false) => {
                        told.push(format!("certificate {name} good for {days} days, until {}", day(*until)))
                    }
                }
            }
            Held::Nothing => bad(format!("the secret {name} holds no certificate that can be read")),
            Held::Absent => bad(format!("the secret {name}, which is to hold its certificate, is not there")),
            Held::Unread(why) => told.push(format!("certificate {name} not verified: {why}")),
        }
    }
    (!named.is_empty()).then(|| Measure { metric: METRIC, value: first, told: told.join(", "), trouble })
}

/// How long a certificate of cert-manager is good.
pub(crate) fn of_cert_manager(object: &Json, now: i64) -> Option<Measure> {
    let seconds = |path| text(object, path).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let until = seconds("status.notAfter")?;
    let (value, day) = (days_left(until, now), text(object, "status.notAfter"));
    let told = format!("certificate good for {value} days, until {day}");
    let renewal = seconds("status.renewalTime").filter(|renewal| renewal + SECONDS_OF_DAY < now);
    let (told, trouble) = match renewal {
        _ if until <= now => (String::new(), Some(format!("its certificate is not good since {day}"))),
        Some(_) => (told, Some(format!("it was to be renewed at {}, and was not", text(object, "status.renewalTime")))),
        None => (told, None),
    };
    Some(Measure { metric: METRIC, value: Some(value), told, trouble })
}

fn days_left(until: i64, now: i64) -> i64 {
    (until - now).div_euclid(SECONDS_OF_DAY)
}

/// A time as the API writes it.
fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
