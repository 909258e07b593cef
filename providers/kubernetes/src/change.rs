//! Changing and deleting one object, on condition that it is still what the plan was made from.
//!
//! The condition is asked of an object as it was just read, and the request is made for that version of it: whoever writes in
//! between makes it another version, and the server refuses ("the object has been modified"), for the engine to ask anew. Most
//! who write in between are controllers with a status, which no condition looks at.

use flashinfra_plans::{Object, Value};
use flashinfra_providers::{Class, Condition, Delete, Error, Outcome, Update};
use http::{Method, StatusCode};
use serde_json::Value as Json;

use crate::adapter::{Adapter, Sent};
use crate::api::Id;
use crate::discovery::Served;
use crate::{body, live};

pub(crate) async fn update(
    adapter: &Adapter,
    request: &Update,
    condition: Option<&Condition<'_>>,
) -> Result<Outcome, Error> {
    let Update { kind, id, mark, changed, before, inputs, token: _ } = request;
    let served = adapter.served(kind, inputs.text("api_version")).await?;
    let (what, id) = (format!("{kind} {id}"), Id::parse(id));
    let live = adapter.object(&served, &id, &what).await?;
    if let Some(condition) = condition {
        // One that moves to another version of its API is expected as the plan read it.
        let planned = adapter.served(kind, condition.asked.get("api_version").and_then(Value::as_text)).await?;
        let moves = planned.api_version() != served.api_version();
        let seen = if moves { Some(adapter.object(&planned, &id, &what).await?) } else { None };
        if let Some(now) = unlike(condition, &planned, kind, seen.as_ref().unwrap_or(&live)) {
            return Ok(Outcome::Changed(now));
        }
    }
    let mut body = body::of(&served, inputs, mark, Some(&live))?;
    body::keep_replicas(&mut body, &live);
    if condition.is_some() {
        body::for_version_of(&mut body, &live);
    }
    let sent = Sent { changed, before, after: &inputs.attributes };
    let answer = adapter.apply_as_planned(&served, &id, &body, &sent, false).await;
    let answer = answer.map_err(|failure| failure.of_write(&what))?;
    Ok(Outcome::Done(live::object(&served, kind, &answer.body, &inputs.attributes, None)))
}

pub(crate) async fn delete(
    adapter: &Adapter,
    request: &Delete,
    condition: Option<&Condition<'_>>,
) -> Result<Outcome, Error> {
    let Delete { kind, id, arguments } = request;
    let api_version = arguments.get("api_version").and_then(Value::as_text);
    let served = match adapter.served(kind, api_version).await {
        // Objects go with what defines them.
        Err(error) if error.code == "NotServed" => return Err(Error { class: Class::NotFound, ..error }),
        served => served?,
    };
    let (what, parsed) = (format!("{kind} {id}"), Id::parse(id));
    let live = adapter.object(&served, &parsed, &what).await?;
    if let Some(now) = condition.and_then(|condition| unlike(condition, &served, kind, &live)) {
        return Ok(Outcome::Changed(now));
    }
    let path = served.path(parsed.namespace, Some(parsed.name));
    let (verb, options) = (format!("delete {}", served.plural), body::deletion(&live, condition.is_some()));
    let answer = adapter.api.change(&verb, Method::DELETE, &path, "application/json", &options).await;
    let answer = answer.map_err(|failure| match failure.is(StatusCode::NOT_FOUND) {
        true => Error { class: Class::NotFound, ..failure.of_write(&what) },
        false => failure.of_write(&what),
    })?;
    // What is still there, for its finalizers or its last seconds, is answered; of what is gone only that it is.
    let is_gone = answer.body.get("kind").and_then(Json::as_str) == Some("Status");
    Ok(if is_gone { Outcome::Gone } else { Outcome::Accepted(id.clone()) })
}

/// The object as it is now, when the condition does not hold for it.
fn unlike(condition: &Condition<'_>, served: &Served, kind: &str, live: &Json) -> Option<Object> {
    let Condition { asked, holds } = condition;
    let now = live::object(served, kind, live, asked, None);
    (!holds(&now)).then_some(now)
}
