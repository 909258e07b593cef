//! Requests to the API server, counted, and what their answers mean.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::error::chain;
use flashinfra_providers::{Calls, Class, Error};
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value as Json;

use crate::discovery::Served;
use crate::tokens::Tokens;
use crate::trouble::Trouble;

/// Who we are to server-side apply.
pub(crate) const MANAGER: &str = "flashinfra";
/// How many objects a page has.
const PAGE: usize = 500;
/// How often a read that surely changed nothing is sent.
const READS_MAX: u32 = 4;
/// The pause before a read is sent again, where the server names none.
const PAUSE: Duration = Duration::from_millis(300);
/// Longer than this no read waits, whatever the server asks for: the question is then unreadable.
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// The API of one cluster.
pub(crate) struct Api {
    client: kube::Client,
    /// The same, without a bound on how long nothing may come: programs may write nothing for hours.
    streams: kube::Client,
    /// Who makes tokens, where another provider does.
    tokens: Option<Tokens>,
    calls: Mutex<BTreeMap<Name, u64>>,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Json,
    /// What it warned of although it did as it was asked: an API that goes, a policy that only warns.
    pub(crate) warnings: Vec<String>,
}

/// A request that was refused, or that nobody answered.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The status; none when there was no answer.
    pub(crate) status: Option<StatusCode>,
    pub(crate) body: Json,
    /// How long the server asks to wait.
    retry_after: Option<Duration>,
    /// What went wrong where there was no answer.
    lost: String,
    /// What kept it from being sent at all.
    unsent: Option<Error>,
}

impl Failure {
    /// As an error of a request that changes something.
    pub(crate) fn of_write(&self, what: &str) -> Error {
        let error = self.told(what);
        match self.status {
            None if self.unsent.is_none() => Error { class: Class::Unknown, ..error },
            None | Some(_) => error,
        }
    }

    /// As an error of a request that changes nothing.
    pub(crate) fn of_read(&self, what: &str) -> Error {
        let error = self.told(what);
        match error.class {
            Class::Unknown => Error { class: Class::Retry, ..error },
            _ => error,
        }
    }

    fn told(&self, what: &str) -> Error {
        if let Some(error) = &self.unsent {
            return Error { message: format!("{what}: {}", error.message), ..error.clone() };
        }
        let Some(status) = self.status else {
            return Error::new(Class::Retry, format!("{what}: no answer: {}", self.lost));
        };
        let trouble = Trouble::of(status.as_u16(), &self.body);
        let reason = self.body.get("reason").and_then(Json::as_str).unwrap_or_default();
        let next = if trouble.next.is_empty() { String::new() } else { format!("; {}", trouble.next) };
        Error {
            retry_after: self.retry_after.or(trouble.retry_after_seconds.map(Duration::from_secs)),
            ..Error::new(trouble.class(), format!("{what}: {}{next}", trouble.message)).with_code(reason)
        }
    }

    pub(crate) fn is(&self, status: StatusCode) -> bool {
        self.status == Some(status)
    }
}

impl Api {
    pub(crate) fn new(client: kube::Client, streams: kube::Client, tokens: Option<Tokens>) -> Self {
        Self { client, streams, tokens, calls: Mutex::default() }
    }

    pub(crate) fn calls(&self) -> Calls {
        Calls(self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Reads a path, again if need be.
    pub(crate) async fn get(&self, verb: &str, path: &str, accept: &str) -> Result<Json, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let request = Request::get(path).header("accept", accept).body(Body::empty());
            let failure = match self.send(verb, request).await {
                Ok(answer) => return Ok(answer.body),
                Err(failure) => failure,
            };
            let class = failure.of_read("").class;
            let pause = failure.retry_after.unwrap_or(PAUSE * tries);
            if class != Class::Retry || tries == READS_MAX || pause > PAUSE_MAX {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One object; none when there is none of this name.
    pub(crate) async fn object(&self, served: &Served, id: &Id<'_>) -> Result<Option<Json>, Failure> {
        let path = served.path(id.namespace, Some(id.name));
        match self.get(&format!("get {}", served.plural), &path, JSON).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// All objects of a kind in a namespace, or in all of them, page by page.
    pub(crate) async fn list(
        &self,
        served: &Served,
        namespace: Option<&str>,
        label: Option<&str>,
    ) -> Result<Vec<Json>, Failure> {
        let (verb, path) = (format!("list {}", served.plural), served.path(namespace, None));
        let label = label.map(|label| format!("&labelSelector={}", encoded(label))).unwrap_or_default();
        let (mut objects, mut next) = (Vec::new(), String::new());
        loop {
            let page = self.get(&verb, &format!("{path}?limit={PAGE}{label}{next}"), JSON).await?;
            let Json::Object(mut page) = page else { return Ok(objects) };
            if let Some(Json::Array(items)) = page.remove("items") {
                objects.extend(items);
            }
            match page.get("metadata").and_then(|metadata| metadata.get("continue")).and_then(Json::as_str) {
                Some(token) if !token.is_empty() => next = format!("&continue={}", encoded(token)),
                Some(_) | None => return Ok(objects),
            }
        }
    }

    /// Server-side apply of one object, sent once.
    pub(crate) async fn apply(
        &self,
        served: &Served,
        id: &Id<'_>,
        body: &Json,
        force: bool,
    ) -> Result<Answer, Failure> {
        let path = apply_path(served, id, force);
        self.change(&format!("apply {}", served.plural), Method::PATCH, &path, APPLY, body).await
    }

    /// The same, of which nothing is kept: it is a read, and sent again like one.
    pub(crate) async fn try_apply(
        &self,
        served: &Served,
        id: &Id<'_>,
        body: &Json,
        force: bool,
    ) -> Result<Answer, Failure> {
        let path = format!("{}&dryRun=All", apply_path(served, id, force));
        let verb = format!("try {}", served.plural);
        let mut tries = 0;
        loop {
            tries += 1;
            let failure = match self.change(&verb, Method::PATCH, &path, APPLY, body).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = failure.retry_after.unwrap_or(PAUSE * tries);
            if failure.of_read("").class != Class::Retry || tries == READS_MAX || pause > PAUSE_MAX {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// A request that changes something, sent once.
    pub(crate) async fn change(
        &self,
        verb: &str,
        method: Method,
        path: &str,
        content_type: &str,
        body: &Json,
    ) -> Result<Answer, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", JSON)
            .header("content-type", content_type)
            .body(Body::from(body.to_string().into_bytes()));
        self.send(verb, request).await
    }

    /// Reads what goes on coming: its body, as it comes.
    pub(crate) async fn stream(&self, verb: &str, request: http::Result<Request<Body>>) -> Result<Body, Failure> {
        let request = self.allowed(request).await?;
        self.count(verb);
        let response = self.streams.send(request).await.map_err(|error| lost(chain(&error)))?;
        match response.status().is_success() {
            true => Ok(response.into_body()),
            false => Err(answer(response).await.err().unwrap_or_else(|| lost("it has no answer".into()))),
        }
    }

    fn count(&self, verb: &str) {
        let name = Name::from(format!("kubernetes:{verb}"));
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    /// A request that says who we are, where another provider makes the tokens for that.
    async fn allowed(&self, request: http::Result<Request<Body>>) -> Result<Request<Body>, Failure> {
        let mut request = request.map_err(|error| lost(chain(&error)))?;
        if let Some(tokens) = &self.tokens {
            let unsent = |error| Failure { unsent: Some(error), ..lost(String::new()) };
            request.headers_mut().insert(AUTHORIZATION, tokens.bearer().await.map_err(unsent)?);
        }
        Ok(request)
    }

    async fn send(&self, verb: &str, request: http::Result<Request<Body>>) -> Result<Answer, Failure> {
        let request = self.allowed(request).await?;
        self.count(verb);
        answer(self.client.send(request).await.map_err(|error| lost(chain(&error)))?).await
    }
}

/// Where an object is applied to, under our name, and with everything that it says taken seriously.
fn apply_path(served: &Served, id: &Id<'_>, force: bool) -> String {
    let force = if force { "&force=true" } else { "" };
    format!("{}?fieldManager={MANAGER}&fieldValidation=Strict{force}", served.path(id.namespace, Some(id.name)))
}

/// A request that nobody answered.
fn lost(lost: String) -> Failure {
    Failure { status: None, body: Json::Null, retry_after: None, lost, unsent: None }
}

/// What a response says, read to its end.
async fn answer(response: http::Response<Body>) -> Result<Answer, Failure> {
    let status = response.status();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let warnings = response.headers().get_all("warning").into_iter();
    let warnings = warnings.filter_map(|value| warning(std::str::from_utf8(value.as_bytes()).ok()?)).collect();
    let bytes = response.into_body().collect().await.map_err(|error| lost(chain(&error)))?.to_bytes();
    let body: Json = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok(Answer { status, body, warnings });
    }
    let retry_after = retry_after.map(Duration::from_secs);
    Err(Failure { status: Some(status), body, retry_after, lost: String::new(), unsent: None })
}

/// The text of a header `Warning`, on one line: `299 - "autoscaling/v1 \"X\" is deprecated"`.
fn warning(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once('"')?;
    let (mut text, mut escaped) = (String::new(), false);
    for letter in quoted.chars() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => break,
            _ => {
                text.push(letter);
                escaped = false;
            }
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// The content type of server-side apply.
const APPLY: &str = "application/apply-patch+yaml";
/// What is asked for of anything but discovery.
const JSON: &str = "application/json";

/// An object's namespace and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id<'a> {
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl<'a> Id<'a> {
    /// Reads `namespace/name`, or a name alone.
    pub(crate) fn parse(id: &'a str) -> Self {
        match id.split_once('/') {
            Some((namespace, name)) => Self { namespace: Some(namespace), name },
            None => Self { namespace: None, name: id },
        }
    }

    /// Whether anything can be called that: what cannot, nothing is.
    pub(crate) fn is_well_formed(&self) -> bool {
        let is_good =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:_".contains(&b));
        self.namespace.is_none_or(is_good) && is_good(self.name) && !matches!(self.name, "." | "..")
    }
}

/// A text in a query.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn a_warning_is_what_stands_in_quotes() {
        for (header, expected) in [
            (r#"299 - "policy/v1beta1 X is deprecated in v1.21+""#, Some("policy/v1beta1 X is deprecated in v1.21+")),
            (
                r#"299 - "unknown field \"spec.replica\", see\\n" "Fri, 27 Nov 2026""#,
                Some("unknown field \"spec.replica\", see\\n"),
            ),
            ("299 -", None),
            (r#"299 - """#, None),
        ] {
            assert_eq!(warning(header).as_deref(), expected, "{header}");
        }
    }
}
