//! A request that came in: what it is, what it says, and how to send it on.

use crate::operation::{Operation, Params, operation};
use bytes::Bytes;
use hyper::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Uri};

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
}
