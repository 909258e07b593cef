//! The side that clients see: HTTP/1.1 on 127.0.0.1.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::call::{self, Outcome};
use crate::reply::Reply;
use crate::request::Request;
use crate::state::Shared;

/// The largest request that is taken: a stack's ledger in S3 is a few megabytes, everything else far less.
const REQUEST_BYTES_MAX: usize = 256 << 20;

/// Paths of the stand-ins' own switches (`/moto-api/reset`): passed on, neither counted nor struck.
const SWITCHES: [&str; 3] = ["/moto-api", "/_ministack", "/_localstack"];

/// Serves clients for as long as the runtime lives.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // An error here is that of one client, which gave up.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, Arc::clone(&shared)));
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
    // It ends with an error whenever a rule drops a connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Why a connection ends without a reply.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("a rule drops the connection")]
    Dropped,
    #[error("the request is not whole")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the reply is none")]
    Reply(#[source] hyper::http::Error),
}

async fn answer(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Result<Response<Sent>, Ended> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_BYTES_MAX).collect().await.map_err(Ended::Request)?.to_bytes();
    let is_switch = SWITCHES.iter().any(|path| head.uri.path().starts_with(path));
    let is_head = head.method == Method::HEAD;
    let request = Request::new(head, body);
    if is_switch {
        let reply = shared.upstream.send(&request).await;
        return sent(reply.map_err(|reason| Ended::Request(reason.into()))?, is_head, false);
    }
    // A task of its own: hyper drops this future when the client goes away, and the call must go on.
    let call = tokio::spawn(call::run(Arc::clone(&shared), request)).await;
    match call.map_err(|_| Ended::Dropped)? {
        (ticket, Outcome::Reply(reply)) => {
            let response = sent(reply, is_head, false)?;
            shared.note(ticket, |call| call.delivered = true);
            Ok(response)
        }
        (_, Outcome::Cut(reply)) => sent(reply, is_head, true),
        (_, Outcome::Dropped) => Err(Ended::Dropped),
    }
}

fn sent(reply: Reply, is_head: bool, is_cut: bool) -> Result<Response<Sent>, Ended> {
    let Reply { status, headers, body } = reply;
    let mut response = Response::new(if is_cut { Sent::half(body.clone()) } else { Sent::whole(body.clone()) });
    *response.status_mut() = StatusCode::from_u16(status).map_err(|error| Ended::Reply(error.into()))?;
    *response.headers_mut() = headers;
    if !is_head {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    Ok(response)
}

/// The body of a reply, sent whole or in part.
struct Sent {
    left: Option<Bytes>,
    cut: Option<Cut>,
}

/// Where a body stands that is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The half was handed over or is about to be.
    Half,
    /// hyper had the time to send it.
    Sent,
}

impl Sent {
    fn whole(body: Bytes) -> Self {
        Self { left: Some(body).filter(|body| !body.is_empty()), cut: None }
    }

    fn half(body: Bytes) -> Self {
        Self { left: Some(body.slice(..body.len() / 2)), cut: Some(Cut::Half) }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Ended;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        match (self.left.take(), self.cut) {
            (Some(left), _) => Poll::Ready(Some(Ok(Frame::data(left)))),
            (None, None) => Poll::Ready(None),
            (None, Some(Cut::Half)) => {
                // hyper sends what it has when there is nothing more for now; with the error it would throw it away.
                self.cut = Some(Cut::Sent);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (None, Some(Cut::Sent)) => Poll::Ready(Some(Err(Ended::Dropped))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.left, self.cut) {
            (_, Some(_)) => SizeHint::new(),
            (Some(left), None) => SizeHint::with_exact(left.len() as u64),
            (None, None) => SizeHint::with_exact(0),
        }
    }
}
