//! A reply, from the server or of the proxy's own.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;

use crate::node::{Element, Node};
use crate::operation::{Operation, Protocol};

/// A whole reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The same reply with another body.
    #[must_use]
    pub(crate) fn with_body(mut self, body: &Node) -> Self {
        self.body = body.write().into();
        self
    }

    /// The error of a service, written as it writes its errors.
    pub(crate) fn refusal(operation: &Operation, status: u16, code: &str, message: &str) -> Self {
        let xml = |root: Element| (HeaderValue::from_static("text/xml"), root.document());
        let error = Element::new("Error");
        let said = |error: Element| {
            error.with(Element::new("Code").with_text(code)).with(Element::new("Message").with_text(message))
        };
        let id = |name: &str| Element::new(name).with_text(REQUEST_ID);
        let mut headers = HeaderMap::new();
        let (content, body) = match operation.protocol {
            Protocol::Ec2 => {
                let errors = Element::new("Errors").with(said(error));
                xml(Element::new("Response").with(errors).with(id("RequestID")))
            }
            Protocol::Query => {
                let fault = Element::new("Type").with_text(if status < 500 { "Sender" } else { "Receiver" });
                let namespace = format!("http://{}.amazonaws.com/doc/", operation.service);
                let root = Element::new("ErrorResponse").in_namespace(&namespace);
                xml(root.with(said(error.with(fault))).with(id("RequestId")))
            }
            Protocol::RestXml => xml(said(error).with(id("RequestId"))),
            Protocol::Json | Protocol::RestJson | Protocol::Unknown => {
                if let Ok(code) = HeaderValue::from_str(code) {
                    headers.insert("x-amzn-errortype", code);
                }
                let body = match operation.protocol {
                    Protocol::RestJson => json!({ "message": message }),
                    _ => json!({ "__type": code, "message": message }),
                };
                (HeaderValue::from_static("application/x-amz-json-1.1"), body.to_string().into_bytes())
            }
        };
        headers.insert(CONTENT_TYPE, content);
        headers.insert("x-amzn-requestid", HeaderValue::from_static(REQUEST_ID));
        Self { status, headers, body: body.into() }
    }

    /// What a service says that is asked too often.
    pub(crate) fn throttled(operation: &Operation, retry_after_seconds: Option<u32>) -> Self {
        let (status, code, message) = match (operation.protocol, operation.service.as_str()) {
            (Protocol::Ec2, _) => (503, "RequestLimitExceeded", "Request limit exceeded."),
            (Protocol::RestXml, _) => (503, "SlowDown", "Please reduce your request rate."),
            (_, "eks") => (429, "ThrottlingException", "Rate exceeded"),
            (Protocol::Query, _) => (400, "Throttling", "Rate exceeded"),
            (Protocol::Json | Protocol::RestJson | Protocol::Unknown, _) => {
                (400, "ThrottlingException", "Rate exceeded")
            }
        };
        let mut reply = Self::refusal(operation, status, code, message);
        if let Some(seconds) = retry_after_seconds {
            reply.headers.insert(RETRY_AFTER, seconds.into());
        }
        reply
    }

    /// What a service says that broke.
    pub(crate) fn failed(operation: &Operation) -> Self {
        let code = match operation.protocol {
            Protocol::Ec2 | Protocol::RestXml => "InternalError",
            Protocol::Query => "InternalFailure",
            Protocol::RestJson => "ServerException",
            Protocol::Json | Protocol::Unknown => "InternalServerError",
        };
        Self::refusal(operation, 500, code, "An internal error has occurred.")
    }
}

/// The request id of replies of the proxy's own, so that they are told from the server's.
const REQUEST_ID: &str = "flashinfra-test-proxy";

#[cfg(test)]
mod tests {
    use super::Reply;
    use crate::operation::{Operation, Protocol};

    fn operation(service: &str, protocol: Protocol) -> Operation {
        Operation { service: service.into(), region: String::new(), name: "X".into(), protocol, mutating: true }
    }

    /// What throttling looks like: status, and a part of the body.
    fn check(service: &str, protocol: Protocol, status: u16, part: &str) {
        let reply = Reply::throttled(&operation(service, protocol), Some(3));
        let body = String::from_utf8(reply.body.to_vec()).unwrap();
        assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (status, "3"));
        assert!(body.contains(part), "{body}");
    }

    #[test]
    fn throttling_is_said_in_the_words_of_the_service() {
        check("ec2", Protocol::Ec2, 503, "<Response><Errors><Error><Code>RequestLimitExceeded</Code>");
        check("rds", Protocol::Query, 400, "<Error><Type>Sender</Type><Code>Throttling</Code>");
        check("s3", Protocol::RestXml, 503, "<Error><Code>SlowDown</Code>");
        check("eks", Protocol::RestJson, 429, r#"{"message":"Rate exceeded"}"#);
        check("kms", Protocol::Json, 400, r#""__type":"ThrottlingException""#);
        assert!(!Reply::throttled(&operation("ec2", Protocol::Ec2), None).headers.contains_key("retry-after"));
    }

    #[test]
    fn what_an_error_says_is_escaped() {
        let reply = Reply::refusal(&operation("ec2", Protocol::Ec2), 400, "Code", "a < b");
        assert!(String::from_utf8(reply.body.to_vec()).unwrap().contains("<Message>a &lt; b</Message>"));
    }
}
