//! A request that came in: what it is, what it says, and how to send it on.

use bytes::Bytes;
use hyper::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Uri};
use serde_json::Value;

use crate::operation::{Operation, Params, Protocol, eks, operation};

/// A whole request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) operation: Operation,
    /// `service:Operation`.
    pub(crate) name: String,
    pub(crate) params: Params,
}

impl Request {
    pub(crate) fn new(head: Parts, body: Bytes) -> Self {
        let (operation, params) = operation(&head, &body);
        let name = operation.full_name();
        let mut headers = head.headers;
        // What is between client and proxy, or would make replies unreadable.
        for header in [ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING] {
            headers.remove(header);
        }
        Self { method: head.method, uri: head.uri, headers, body, operation, name, params }
    }

    /// The same request without some parameters. Its signature is wrong then, which the stand-ins do not check.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let mut request = self.clone();
        if !names.iter().any(|name| self.params.contains_key(*name)) {
            return request;
        }
        request.params.retain(|name, _| !names.contains(&name.as_str()));
        let path = self.uri.path();
        let query = pairs_without(self.uri.query().unwrap_or_default().as_bytes(), names);
        let uri = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        request.uri = uri.parse().unwrap_or(request.uri);
        match self.operation.protocol {
            Protocol::Ec2 | Protocol::Query => request.body = pairs_without(&self.body, names).into(),
            Protocol::Json | Protocol::RestJson => {
                if let Ok(Value::Object(mut fields)) = serde_json::from_slice(&self.body) {
                    fields.retain(|name, _| !names.contains(&name.as_str()));
                    request.body = Value::Object(fields).to_string().into();
                }
            }
            Protocol::RestXml | Protocol::Unknown => {}
        }
        request
    }

    /// A request of the proxy's own for another operation of the same service, with these parameters; none when it cannot be
    /// put together.
    pub(crate) fn like(&self, operation: &str, params: &Params) -> Option<Self> {
        let name = operation.split_once(':')?.1;
        let mut request = self.clone();
        request.operation = Operation { name: name.to_owned(), mutating: false, ..self.operation.clone() };
        operation.clone_into(&mut request.name);
        request.params.clone_from(params);
        match self.operation.protocol {
            Protocol::Ec2 | Protocol::Query => {
                request.params.insert("Action".into(), name.into());
                request.params.insert("Version".into(), self.params.get("Version")?.clone());
                let mut form = form_urlencoded::Serializer::new(String::new());
                request.body = form.extend_pairs(&request.params).finish().into();
            }
            Protocol::Json => {
                let target = self.headers.get("x-amz-target")?.to_str().ok()?;
                let target = format!("{}.{name}", target.rsplit_once('.')?.0);
                request.headers.insert("x-amz-target", target.parse().ok()?);
                let fields = request.params.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
                request.body = Value::Object(fields.collect()).to_string().into();
            }
            Protocol::RestJson => {
                let (method, path) = eks::path(name, params)?;
                request.method = method.parse().ok()?;
                request.uri = path.parse().ok()?;
                request.body = Bytes::new();
            }
            Protocol::RestXml | Protocol::Unknown => return None,
        }
        Some(request)
    }
}

fn pairs_without(text: &[u8], names: &[&str]) -> String {
    let kept = form_urlencoded::parse(text).filter(|(name, _)| !names.contains(&name.as_ref()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}
