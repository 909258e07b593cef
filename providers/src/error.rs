//! Errors of providers, classed by what to do next.

use std::time::Duration;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Surely not done: throttled, refused before acting, never sent. The engine sends it again after a while.
    Retry,
    /// Maybe done: the reply was lost, or the service failed on the way. The engine reads before anything else.
    Unknown,
    /// Not yet: something it needs has not spread or is still going. The engine tries again within the kind's timeout.
    Wait,
    /// The input is wrong: somebody has to change the stack.
    FixInput,
    /// A person has to decide: permissions, quotas, credentials.
    AskPerson,
    /// There is no such object: for a delete that is success, for an update it means that live has changed.
    NotFound,
    /// There is such an object already: for a create with a unique name, ours or somebody else's; the engine reads.
    AlreadyExists,
}

/// An error of a provider, in the service's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", self.reference())]
pub struct Error {
    /// What to do about it.
    pub class: Class,
    /// The service's code: `DBInstanceAlreadyExists`. Empty when there was no answer.
    pub code: String,
    /// A sentence for people; holds no secret.
    pub message: String,
    /// The service's id of the request, for its support.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

/// An error of a library as one sentence: with its causes, each told once, since a library's own texts say little without them.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl Error {
    /// An error with a class and a message.
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, code: String::new(), message: message.into(), request_id: None, retry_after: None }
    }

    /// The same error with the service's code.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: code.into(), ..self }
    }

    fn reference(&self) -> String {
        let parts: Vec<_> = [Some(&self.code).filter(|code| !code.is_empty()), self.request_id.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", request ")) }
    }
}
