//! What an SDK error means: whether it was done, and what to do next. The only file that knows.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use flashinfra_providers::error::chain;
use flashinfra_providers::{Class, Error};
use flashinfra_stacks::schema::Schema;

use crate::pace::{Throttled, retry_after};

/// The error codes of a kind that mean something about the very object in question.
///
/// A code stands as it is (`InvalidVpcID.NotFound`), or with a part of the message where the service uses one code for
/// many things (`NoSuchEntity:role with name`). The kind's wait codes, in its schema, are written in the same way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes {
    /// The kind's schema, for its wait codes; none for calls that are about no kind.
    pub(crate) schema: Option<&'static Schema>,
    /// The object is not there.
    pub(crate) not_found: &'static [&'static str],
    /// An object of this name is there already.
    pub(crate) already_exists: &'static [&'static str],
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Read,
    Write,
}

impl Codes {
    /// For calls that are about no kind of resource.
    pub(crate) const fn of_no_kind() -> Self {
        Self { schema: None, not_found: &[], already_exists: &[] }
    }

    /// The error of a create that was answered without the id of what it made.
    pub(crate) fn nameless(self, operation: &'static str) -> Error {
        Error::new(Class::Unknown, format!("{operation} was done, but its answer names no id"))
    }

    /// The error of an operation that was answered, and says of the object in its answer why it was not done.
    pub(crate) fn refused(self, operation: &'static str, code: Option<&str>, message: Option<&str>) -> Error {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let answer =
            Answer { status: 200, code: text(code), message: text(message), request_id: None, retry_after: None };
        Error { class: self.class_of(&answer, Effect::Write), ..answer.told(operation) }
    }

    /// What the errors of an operation that changes nothing mean.
    pub(crate) fn read<E>(self, operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        move |error| self.class(operation, Effect::Read, &error)
    }

    /// What the errors of an operation that changes something mean.
    pub(crate) fn write<E>(self, operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        move |error| self.class(operation, Effect::Write, &error)
    }

    fn class<E>(self, operation: &'static str, effect: Effect, error: &SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            SdkError::ConstructionFailure(_) => {
                Error::new(Class::FixInput, format!("{operation} was not sent: {}", chain(error)))
            }
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => unanswered(operation, effect, error),
            SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
                let answer = Answer::of(error);
                let class = self.class_of(&answer, effect);
                Error { class, ..answer.told(operation) }
            }
            // The type is open; what it grows tells nothing about whether the call was done.
            _ => unanswered(operation, effect, error),
        }
    }

    fn class_of(self, answer: &Answer, effect: Effect) -> Class {
        let is = |codes: &[&str]| codes.iter().any(|code| answer.has(code));
        if is(self.not_found) {
            Class::NotFound
        } else if is(self.already_exists) {
            Class::AlreadyExists
        } else if self.schema.is_some_and(|schema| schema.wait_codes.iter().any(|code| answer.has(code))) {
            Class::Wait
        } else {
            class_of_any(answer, effect)
        }
    }
}

/// The classes of codes that all kinds share.
fn class_of_any(answer: &Answer, effect: Effect) -> Class {
    let code = answer.code.as_str();
    if THROTTLED.contains(&code) || answer.status == 429 {
        Class::Retry
    } else if DENIED.contains(&code) || is_quota(code) {
        Class::AskPerson
    } else if answer.status >= 500 || code == "InternalFailure" || code == "InternalError" || answer.code.is_empty() {
        // A service that failed on the way may have done it. An answer without a code is not AWS's: a proxy's page, say.
        match effect {
            Effect::Read => Class::Retry,
            Effect::Write => Class::Unknown,
        }
    } else {
        Class::FixInput
    }
}

/// Refused before acting, because of the rate of calls: the SDK's own list of such codes (`THROTTLING_ERRORS` of
/// aws-runtime), without `LimitExceededException`, which is a quota in IAM and EKS.
const THROTTLED: [&str; 13] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Credentials and permissions: the common errors of the API references, and EC2's own.
const DENIED: [&str; 19] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "Blocked",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "PendingVerification",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// Quotas and capacity: nothing in the stack is wrong, and sending it again does not help.
fn is_quota(code: &str) -> bool {
    let code = code.strip_suffix("Fault").or_else(|| code.strip_suffix("Exception")).unwrap_or(code);
    code.ends_with("LimitExceeded")
        || code.ends_with("QuotaExceeded")
        || code.starts_with("Insufficient") && code.ends_with("Capacity")
}

/// What a service, or what stands before it, answered.
struct Answer {
    status: u16,
    code: String,
    message: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Answer {
    fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let raw = error.raw_response();
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let message = meta.and_then(|meta| meta.message()).filter(|message| !message.is_empty());
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        Self {
            status: raw.map_or(0, |raw| raw.status().as_u16()),
            code: code.unwrap_or_default().to_owned(),
            message: message.map(str::to_owned).unwrap_or_else(|| foreign(raw)),
            request_id: meta.and_then(RequestId::request_id).or_else(|| error.request_id()).map(str::to_owned),
            retry_after: raw.and_then(|raw| retry_after(raw.headers())),
        }
    }

    /// Whether it has this code: `Code`, or `Code:part of the message`.
    fn has(&self, code: &str) -> bool {
        match code.split_once(':') {
            Some((code, part)) => self.code == code && self.message.contains(part),
            None => self.code == code,
        }
    }

    fn told(self, operation: &str) -> Error {
        let Self { status, code, message, request_id, retry_after } = self;
        let message = if code.is_empty() {
            format!("{operation}: the endpoint answered HTTP {status} and no AWS error{message}")
        } else {
            format!("{operation}: {message}")
        };
        Error { class: Class::Unknown, code, message, request_id, retry_after }
    }
}

/// The first words of a body that is not AWS's, so that a proxy's or a test server's page can be told.
fn foreign(raw: Option<&HttpResponse>) -> String {
    const SHOWN: usize = 120;
    let body = raw.and_then(|raw| raw.body().bytes()).unwrap_or_default();
    let text: String = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { String::new() } else { format!(", but: {}", text.chars().take(SHOWN).collect::<String>()) }
}

/// The error of a request that has no answer.
fn unanswered<E>(operation: &str, effect: Effect, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(throttled) = cause::<Throttled>(error) {
        return Error::new(Class::Retry, format!("{operation} was not sent, since {throttled}"));
    }
    let was_sent = !never_connected(error);
    let class = match effect {
        Effect::Write if was_sent => Class::Unknown,
        Effect::Read | Effect::Write => Class::Retry,
    };
    let what = if was_sent { "got no answer" } else { "was not sent, since the endpoint could not be reached" };
    Error::new(class, format!("{operation} {what}: {}", chain(error)))
}

/// The first of an error's causes that is of a type.
fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// Whether the request surely never left: the connection was refused or never made, or its host has no address.
fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable);
        }
        let text = error.to_string();
        // hyper-util and the SDK keep these types private; their texts are all that there is.
        if text.contains("HTTP connect timeout") || text.contains("dns error") || text.contains("failed to resolve") {
            return true;
        }
        next = error.source();
    }
    false
}

/// The error of a create whose first call was done: the object exists, so the engine has to look.
pub(crate) fn half_made(object: &str, error: Error) -> Error {
    Error {
        class: Class::Unknown,
        message: format!("{object} was created, but not all of it could be set; {}", error.message),
        ..error
    }
}

#[cfg(test)]
mod tests;
