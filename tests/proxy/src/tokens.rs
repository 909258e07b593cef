//! Client tokens: a second create with the same token is answered as the first one was.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::operation::Protocol;
use crate::reply::Reply;
use crate::request::Request;

/// What the parameter is called that holds a token.
const NAMES: [&str; 7] = [
    "ClientToken",
    "clientToken",
    "ClientRequestToken",
    "clientRequestToken",
    "CallerReference",
    "CreatorRequestId",
    "IdempotencyToken",
];

/// Replies by region, operation and token, kept in memory only. S3 and others that have no such parameter never come here.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    first: BTreeMap<(String, String, String), Place>,
}

/// The first successful call with a token.
#[derive(Debug)]
pub(crate) struct First {
    said: Value,
    reply: Reply,
}

/// The place of one token; while a call holds it, others with the same token wait.
pub(crate) type Place = Arc<Mutex<Option<First>>>;

impl Tokens {
    /// The place of a request's token; none when it has none or changes nothing.
    pub(crate) fn place(&mut self, request: &Request) -> Option<Place> {
        let token = NAMES.iter().find_map(|name| request.params.get(*name)).filter(|_| request.operation.mutating)?;
        let key = (request.operation.region.clone(), request.name.clone(), token.clone());
        Some(Arc::clone(self.first.entry(key).or_default()))
    }
}

/// What a call with this token was answered before; none when it is the first one, or none before it succeeded.
pub(crate) fn again(place: &OwnedMutexGuard<Option<First>>, request: &Request) -> Option<Reply> {
    let First { said, reply } = place.as_ref()?;
    if *said == what_it_says(request) {
        return Some(reply.clone());
    }
    let code = match request.operation.protocol {
        Protocol::Ec2 => "IdempotentParameterMismatch",
        Protocol::Query | Protocol::RestXml | Protocol::Unknown => "InvalidParameterValue",
        Protocol::Json | Protocol::RestJson => "InvalidParameterException",
    };
    let message = "The client token was used before, with other parameters";
    Some(Reply::refusal(&request.operation, 400, code, message))
}

/// Keeps the reply to the first successful call with a token.
pub(crate) fn keep(place: &mut OwnedMutexGuard<Option<First>>, request: &Request, reply: &Reply) {
    if reply.is_success() && place.is_none() {
        **place = Some(First { said: what_it_says(request), reply: reply.clone() });
    }
}

/// All that a request says, in no order: SDKs write the same map in another order each time.
fn what_it_says(request: &Request) -> Value {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    json!({ "params": request.params, "body": body })
}
