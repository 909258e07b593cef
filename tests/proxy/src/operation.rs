//! Which operation of which AWS service a request is.
//!
//! The service is the one that the request is signed for, as its credential scope says: `ec2`, `rds`, `iam`, `sts`, `eks`,
//! `elasticache`, `kms`, `tagging`, `logs`, `secretsmanager`, `ecr`, `ssm`, `s3`. What a request does stands in a form field
//! (`Action=`), in a header (`X-Amz-Target`), or follows from method and path.

pub(crate) mod eks;
mod s3;

use std::collections::BTreeMap;

use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::node::Format;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The service as the credential scope calls it; empty when the request is not signed and nothing else tells.
    pub(crate) service: String,
    /// The region that the request is signed for.
    pub(crate) region: String,
    /// The operation's name, or method and path when it is not known.
    pub(crate) name: String,
    /// How requests, replies and errors are written.
    pub(crate) protocol: Protocol,
    /// Whether it may change something.
    pub(crate) mutating: bool,
}

/// A protocol of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Form in, XML out, as EC2 does it.
    Ec2,
    /// Form in, XML out, as the other old services do it.
    Query,
    /// JSON with `X-Amz-Target`.
    Json,
    /// JSON with method and path.
    RestJson,
    /// XML with method and path: S3.
    RestXml,
    /// Not known: passed on and counted, never rewritten.
    Unknown,
}

/// What a request says, by name, whatever way it is written: form fields, query parameters, parts of the path, and the fields of a
/// JSON body that are texts, numbers or flags.
pub(crate) type Params = BTreeMap<String, String>;

impl Operation {
    /// `service:Operation`.
    pub(crate) fn full_name(&self) -> String {
        let service = if self.service.is_empty() { "unknown" } else { &self.service };
        format!("{service}:{}", self.name)
    }
}

impl Protocol {
    /// How replies are written, where they are understood.
    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Self::Ec2 | Self::Query => Some(Format::Xml),
            Self::Json | Self::RestJson => Some(Format::Json),
            Self::RestXml | Self::Unknown => None,
        }
    }
}

/// Reads what a request is and says.
pub(crate) fn operation(head: &Parts, body: &[u8]) -> (Operation, Params) {
    let (service, region) = scope(&head.headers, head.uri.query().unwrap_or_default());
    let mut params = form(head.uri.query().unwrap_or_default().as_bytes());
    let content = header(&head.headers, "content-type");
    let make = |service: String, name: String, protocol, mutating| {
        let region = region.clone();
        Operation { service, region, name, protocol, mutating }
    };
    if content.starts_with("application/x-www-form-urlencoded") {
        params.extend(form(body));
        if let Some(action) = params.get("Action").cloned() {
            // Calls that trade a token for credentials are not signed.
            let service = if service.is_empty() && action.starts_with("AssumeRole") { "sts".into() } else { service };
            let protocol = if service == "ec2" { Protocol::Ec2 } else { Protocol::Query };
            let mutating = !reads(&action);
            return (make(service, action, protocol, mutating), params);
        }
    }
    let target = header(&head.headers, "x-amz-target");
    if let Some((_, name)) = target.rsplit_once('.') {
        params.extend(fields(body));
        let mutating = !reads(name);
        return (make(service, name.to_owned(), Protocol::Json, mutating), params);
    }
    let unknown = || format!("{} {}", head.method, head.uri.path());
    let method = &head.method;
    match service.as_str() {
        "eks" => {
            let Some((name, labels)) = eks::route(method, head.uri.path()) else {
                return (make(service, unknown(), Protocol::RestJson, changes(method)), params);
            };
            params.extend(fields(body));
            params.extend(labels);
            let mutating = !reads(name);
            (make(service, name.to_owned(), Protocol::RestJson, mutating), params)
        }
        "s3" => {
            let name = s3::name(head).map_or_else(unknown, str::to_owned);
            (make(service, name, Protocol::RestXml, changes(method)), params)
        }
        _ => match head.uri.path().rsplit_once("/operation/") {
            // Smithy's RPC over CBOR, which newer SDKs choose where a service has it.
            Some((_, name)) => {
                let (name, mutating) = (name.to_owned(), !reads(name));
                (make(service, name, Protocol::Unknown, mutating), params)
            }
            None => {
                params.extend(fields(body));
                params.extend(caller_reference(body));
                (make(service, unknown(), Protocol::Unknown, changes(method)), params)
            }
        },
    }
}

/// The first words of the names of operations that change nothing.
const READS: [&str; 15] = [
    "Assume", "BatchGet", "Check", "Describe", "Download", "Estimate", "Filter", "Get", "Head", "List", "Lookup",
    "Query", "Search", "Simulate", "Validate",
];

/// Whether an operation of this name changes nothing.
fn reads(name: &str) -> bool {
    READS.iter().any(|word| name.starts_with(word))
}

/// Whether a request of this method changes something, where the method is all there is to go by.
fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The service and the region that a request is signed for: `Credential=KEY/20261122/us-east-1/ec2/aws4_request`, in the header
/// or, when the URL itself is signed, in the query.
fn scope(headers: &HeaderMap, query: &str) -> (String, String) {
    let authorization = header(headers, "authorization");
    let credential = authorization.split("Credential=").nth(1).and_then(|rest| rest.split([',', ' ']).next());
    let credential = credential.map(str::to_owned).or_else(|| form(query.as_bytes()).remove("X-Amz-Credential"));
    let credential = credential.unwrap_or_default();
    let mut parts = credential.rsplit('/').skip(1);
    let service = parts.next().unwrap_or_default().to_owned();
    (service, parts.next().unwrap_or_default().to_owned())
}

/// A header's text; empty when it is missing.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn form(text: &[u8]) -> Params {
    form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The fields of a JSON body that are no lists or maps.
fn fields(body: &[u8]) -> Params {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Params::new() };
    let text = |value| match value {
        Value::String(text) => Some(text),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    fields.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// What Route 53 takes for a token, out of its XML.
fn caller_reference(body: &[u8]) -> Option<(String, String)> {
    let name = "CallerReference";
    let text = std::str::from_utf8(body).ok()?;
    let (value, _) = text.split_once(&format!("<{name}>"))?.1.split_once("</")?;
    Some((name.to_owned(), value.to_owned()))
}

/// A part of a path as it was before encoding.
fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests;
