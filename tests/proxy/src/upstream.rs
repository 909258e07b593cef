//! The server behind the proxy.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Uri;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::ProxyError;
use crate::reply::Reply;
use crate::request::Request;

/// How long the server may take. moto's slowest call, the first one to a service, takes three seconds; one that takes so much
/// longer never answers.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where the server is.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    /// Host and port.
    authority: String,
}

impl Upstream {
    /// The server at `http://host:port`.
    pub(crate) fn at(url: &str) -> Result<Self, ProxyError> {
        let uri: Option<Uri> = url.parse().ok();
        let plain = uri.filter(|uri| uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/"));
        let authority = plain.as_ref().and_then(Uri::authority);
        let authority = authority.filter(|authority| authority.port().is_some());
        let Some(authority) = authority else { return Err(ProxyError::Upstream { url: url.to_owned() }) };
        Ok(Self { authority: authority.to_string() })
    }

    /// Sends a request and waits for the whole reply.
    ///
    /// # Errors
    /// When there is none; what was wrong, for people.
    pub(crate) async fn send(&self, request: &Request) -> Result<Reply, String> {
        let sent = tokio::time::timeout(TIMEOUT, self.exchange(request)).await;
        let reply = sent.map_err(|_| format!("no reply within {} s", TIMEOUT.as_secs()))?;
        reply.map_err(|error| error.to_string())
    }

    /// One connection for each call: one that the server closes while it lies idle would look like a fault of ours.
    async fn exchange(&self, request: &Request) -> Result<Reply, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut sent = hyper::Request::builder().method(&request.method).uri(&request.uri);
        if let Some(headers) = sent.headers_mut() {
            headers.clone_from(&request.headers);
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
            if !headers.contains_key(HOST) {
                headers.insert(HOST, self.authority.parse()?);
            }
        }
        let (head, body) = sender.send_request(sent.body(Full::new(request.body.clone()))?).await?.into_parts();
        let body: Bytes = body.collect().await?.to_bytes();
        connection.abort();
        let mut headers = head.headers;
        headers.remove(CONNECTION);
        headers.remove(TRANSFER_ENCODING);
        // The length of a reply to HEAD is that of the body which GET would have had.
        if request.method != hyper::Method::HEAD {
            headers.remove(CONTENT_LENGTH);
        }
        Ok(Reply { status: head.status.as_u16(), headers, body })
    }
}
