//! What an error of the API means: what happened, to which field, who else is in it, and what to do next.
//!
//! The server answers a refused request with a `Status`: a code, a reason, a message, and causes. Its messages quote values, which may be
//! secret and are often a page long (a whole selector in Go's notation), so they are taken apart and never repeated as they stand where
//! they quote.
//!
//! Sources: `k8s.io/apimachinery/pkg/api/errors`, `pkg/apis/meta/v1` (`StatusReason`, `CauseType`), `pkg/util/validation/field`; the words
//! of admission in `k8s.io/apiserver/pkg/admission`.

mod words;

use flashinfra_providers::Class;
use serde_json::Value;

use crate::object::{items, number, text};
use crate::path::Path;
use words::{between, quoted, without_value};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A value is wrong.
    Invalid,
    /// A field that never changes would have to.
    Immutable,
    /// The schema of the kind has no such field, or another type for it.
    UnknownField,
    /// The server knows no such kind: its definition is not there, or not yet.
    UnknownKind,
    /// Other managers own fields with other values.
    Conflict,
    /// The object has changed since it was read.
    Changed,
    /// It is another object than the one that was meant: same name, other uid.
    Other,
    /// There is one of this name.
    AlreadyExists,
    /// It is not there.
    NotFound,
    /// The namespace is not there.
    NoNamespace,
    /// The namespace is being deleted.
    NamespaceLeaves,
    /// Who asks may not do it.
    Forbidden,
    /// Nobody knows who asks.
    Unauthenticated,
    /// A quota is used up.
    Quota,
    /// A webhook or a policy refused it.
    Refused {
        /// Its name.
        by: String,
    },
    /// A webhook that has to be asked did not answer.
    NoAnswer {
        /// Its name.
        by: String,
    },
    /// The object is too large.
    TooLarge,
    /// The server has too much to do.
    Throttled,
    /// A budget of disruptions does not allow it now.
    Budget,
    /// A list was read too slowly: its pages are gone.
    Expired,
    /// The server failed on the way: it may have been done.
    Failed,
    /// Anything else.
    Unknown,
}

/// A field that somebody else owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The manager.
    pub manager: String,
    /// The field.
    pub path: Path,
}

/// What the server says of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTrouble {
    /// The field, as the server writes it.
    pub path: Path,
    /// What is the matter with it; never its value.
    pub why: String,
}

/// An error of the API, interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: What,
    /// A sentence for people, without values of fields.
    pub message: String,
    /// What is said of single fields.
    pub fields: Vec<FieldTrouble>,
    /// Who else owns which field.
    pub conflicts: Vec<Conflict>,
    /// What to do about it, as a sentence; empty when the engine does it by itself.
    pub next: String,
    /// How long the server asks to wait.
    pub retry_after_seconds: Option<u64>,
}

impl Trouble {
    /// Reads the answer to a refused request. `body` is its JSON; anything but a `Status` (a proxy's page) is [`What::Unknown`], or what
    /// the code says.
    pub fn of(code: u16, body: &Value) -> Self {
        let fields = fields(body);
        let what = what(code, body, &fields);
        let conflicts = conflicts(body);
        let retry_after_seconds =
            number(body, "details.retryAfterSeconds").and_then(|seconds| u64::try_from(seconds).ok());
        let message = message(&what, code, body, &fields, &conflicts);
        let next = next(&what, body, &conflicts);
        Self {
            what,
            message,
            fields,
            conflicts,
            next,
            retry_after_seconds: retry_after_seconds.filter(|seconds| *seconds > 0),
        }
    }

    /// What the engine does about it. What is not surely undone is [`Class::Unknown`], for a request that changes something.
    pub fn class(&self) -> Class {
        match &self.what {
            What::Invalid | What::Immutable | What::UnknownField | What::TooLarge | What::Other => Class::FixInput,
            What::Conflict | What::Forbidden | What::Unauthenticated | What::Quota | What::Refused { .. } => {
                Class::AskPerson
            }
            What::AlreadyExists => Class::AlreadyExists,
            What::NotFound => Class::NotFound,
            What::UnknownKind | What::NoNamespace | What::NamespaceLeaves | What::NoAnswer { .. } | What::Budget => {
                Class::Wait
            }
            What::Changed | What::Throttled | What::Expired => Class::Retry,
            What::Failed | What::Unknown => Class::Unknown,
        }
    }
}

fn message_of(body: &Value) -> &str {
    text(body, "message")
}

fn causes(body: &Value) -> &[Value] {
    items(body, "details.causes")
}

fn has_cause(body: &Value, reason: &str) -> bool {
    causes(body).iter().any(|cause| text(cause, "reason") == reason)
}

/// How a server says that an object does not have the form of its kind, under the code 500.
const UNFIT: [&str; 4] = [
    "cannot unmarshal",
    "error decoding from json",
    "failed to create typed patch object",
    "unable to convert unstructured object",
];

/// Who refuses what is beyond the limits of a namespace.
const LIMITS: &str = "a LimitRange of the namespace";
/// Who refuses what nobody is named for.
const PLUG_IN: &str = "the admission of the cluster";

fn what(code: u16, body: &Value, fields: &[FieldTrouble]) -> What {
    let said = message_of(body);
    if let Some(by) = between(said, "admission webhook \"", "\" denied the request") {
        return What::Refused { by: by.to_owned() };
    }
    if let Some(by) = between(said, "failed calling webhook \"", "\"") {
        return What::NoAnswer { by: by.to_owned() };
    }
    if let Some(by) = between(said, "ValidatingAdmissionPolicy '", "'") {
        return What::Refused { by: by.to_owned() };
    }
    if let Some(profile) = between(said, "violates PodSecurity \"", "\"") {
        return What::Refused { by: format!("PodSecurity {profile}") };
    }
    if said.contains("unknown field \"") || said.contains("field not declared in schema") {
        return What::UnknownField;
    }
    // What does not fit the types of a kind is an error of the server's code, and not stored.
    if UNFIT.iter().any(|words| said.contains(words)) {
        return What::Invalid;
    }
    match text(body, "reason") {
        "Invalid" if fields.iter().any(|field| is_immutable(&field.why)) => What::Immutable,
        "Invalid" => What::Invalid,
        "Conflict" if has_cause(body, "FieldManagerConflict") => What::Conflict,
        "Conflict" if said.contains("UID in precondition") => What::Other,
        "Conflict" => What::Changed,
        "AlreadyExists" => What::AlreadyExists,
        "NotFound" if text(body, "details.kind") == "namespaces" => What::NoNamespace,
        "NotFound" if text(body, "details.name").is_empty() => What::UnknownKind,
        "NotFound" => What::NotFound,
        "Forbidden" if has_cause(body, "NamespaceTerminating") => What::NamespaceLeaves,
        "Forbidden" if words::quota(said).is_some() => What::Quota,
        "Forbidden" if words::is_of_limits(said) => What::Refused { by: LIMITS.to_owned() },
        // Who may not do something is named; all others are refused by what the cluster has for it.
        "Forbidden" if said.contains(" is forbidden: ") && !said.contains("User \"") => {
            What::Refused { by: PLUG_IN.to_owned() }
        }
        "Forbidden" => What::Forbidden,
        "Unauthorized" => What::Unauthenticated,
        "RequestEntityTooLarge" => What::TooLarge,
        "TooManyRequests" if has_cause(body, "DisruptionBudget") => What::Budget,
        "TooManyRequests" => What::Throttled,
        "Expired" | "Gone" => What::Expired,
        "BadRequest" => What::Invalid,
        "InternalError" | "Timeout" | "ServerTimeout" | "ServiceUnavailable" => of_failure(code, said),
        _ => of_code(code, said),
    }
}

fn of_code(code: u16, said: &str) -> What {
    match code {
        401 => What::Unauthenticated,
        403 => What::Forbidden,
        404 => What::UnknownKind,
        409 => What::Changed,
        410 => What::Expired,
        413 => What::TooLarge,
        429 => What::Throttled,
        400 | 422 => What::Invalid,
        500.. => of_failure(code, said),
        _ => What::Unknown,
    }
}

fn of_failure(code: u16, said: &str) -> What {
    if said.contains("request is too large") {
        What::TooLarge
    } else if code == 503 && said.contains("currently unable to handle the request") {
        // An aggregated API whose server is not there; the request went nowhere.
        What::UnknownKind
    } else {
        What::Failed
    }
}

fn is_immutable(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    ["immutable", "may not be changed", "may not change once set", "can not be changed", "updates to statefulset spec"]
        .iter()
        .any(|words| why.contains(words))
}

/// What the causes say of fields. A field that is named twice is told once for each thing that is the matter with it.
fn fields(body: &Value) -> Vec<FieldTrouble> {
    // That some rules could not be looked at because of others has no field.
    let of_field = |cause: &&Value| {
        text(cause, "reason") != "FieldManagerConflict" && !matches!(text(cause, "field"), "" | "<nil>")
    };
    let mut found: Vec<FieldTrouble> = causes(body)
        .iter()
        .filter(of_field)
        .map(|cause| FieldTrouble {
            path: Path::parse(text(cause, "field")),
            why: without_value(text(cause, "message")).to_owned(),
        })
        .collect();
    let said = message_of(body);
    // Strict decoding and typed patches name fields in the message alone.
    for name in quoted(said, "unknown field \"") {
        found.push(FieldTrouble { path: Path::parse(name), why: "there is no such field".to_owned() });
    }
    for (words, why) in [
        (": field not declared in schema", "there is no such field"),
        // Which it is would be the value, of a set.
        (": duplicate entries for key ", "two of its entries have the same key, by which the API tells them apart"),
        (": expected ", ""),
    ] {
        let Some((before, after)) = said.split_once(words) else { continue };
        let path = before.rsplit_once(": ").map_or(before, |(_, path)| path);
        if path.starts_with('.') {
            // What was got instead is the value.
            let expected = after.split(", got ").next().unwrap_or_default();
            let why = if why.is_empty() { format!("has to be a {expected}") } else { why.to_owned() };
            found.push(FieldTrouble { path: Path::parse(path), why });
        }
    }
    found
}

fn conflicts(body: &Value) -> Vec<Conflict> {
    let of_manager = |cause: &&Value| text(cause, "reason") == "FieldManagerConflict";
    let conflict = |cause: &Value| Conflict {
        manager: between(text(cause, "message"), "conflict with \"", "\"").unwrap_or("another manager").to_owned(),
        path: Path::parse(text(cause, "field")),
    };
    causes(body).iter().filter(of_manager).map(conflict).collect()
}

/// Which object it is about, as kubectl calls it: `deployments.apps "web"`.
fn object(body: &Value) -> String {
    let (kind, group) = (text(body, "details.kind"), text(body, "details.group"));
    let of = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    match text(body, "details.name") {
        _ if kind.is_empty() => "the object".to_owned(),
        "" => of,
        name => format!("{of} \"{name}\""),
    }
}

fn listed(fields: &[FieldTrouble]) -> String {
    let lines: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.path, field.why)).collect();
    lines.join("; ")
}

fn message(what: &What, code: u16, body: &Value, fields: &[FieldTrouble], conflicts: &[Conflict]) -> String {
    let (object, said) = (object(body), message_of(body));
    match what {
        What::Invalid | What::Immutable | What::UnknownField if !fields.is_empty() => {
            format!("{object} is refused: {}", listed(fields))
        }
        What::Conflict => {
            let lines: Vec<_> =
                conflicts.iter().map(|conflict| format!("{} owns {}", conflict.manager, conflict.path)).collect();
            lines.join("; ")
        }
        What::Refused { by } => format!("{by} refuses it: {}", words::refusal(said)),
        What::NoAnswer { by } => {
            format!("the webhook {by} has to be asked and did not answer: {}", words::unreachable(said))
        }
        What::Forbidden => words::permission(said).unwrap_or_else(|| without_value(said).to_owned()),
        What::Quota => words::quota(said).unwrap_or(said).to_owned(),
        What::NamespaceLeaves => "its namespace is being deleted".to_owned(),
        What::NoNamespace => format!("there is no namespace {}", text(body, "details.name")),
        What::UnknownKind => "the cluster does not serve this kind".to_owned(),
        What::Changed => format!("{object} has changed since it was read"),
        What::Other => {
            format!("{object} is another object than the one that was planned: it was deleted and made again")
        }
        What::NotFound => format!("there is no {object}"),
        What::AlreadyExists => format!("there is {object} already"),
        What::TooLarge => "it is larger than the cluster stores (1.5 MiB in most)".to_owned(),
        What::Invalid
        | What::Immutable
        | What::UnknownField
        | What::Unauthenticated
        | What::Throttled
        | What::Budget
        | What::Expired
        | What::Failed
        | What::Unknown => match said {
            "" => format!("the server answered {code}"),
            said => without_value(said).to_owned(),
        },
    }
}

fn next(what: &What, body: &Value, conflicts: &[Conflict]) -> String {
    match what {
        What::Invalid | What::UnknownField => "correct the field in the stack".to_owned(),
        What::Immutable => "replace the object: the field never changes".to_owned(),
        What::Conflict => {
            let mut managers: Vec<_> = conflicts.iter().map(|conflict| conflict.manager.as_str()).collect();
            managers.dedup();
            format!("leave the field to {}, or take it over by name", managers.join(", "))
        }
        What::Forbidden => match words::rule(message_of(body)) {
            Some(rule) => format!("grant {rule}"),
            None => "ask who administers the cluster".to_owned(),
        },
        What::Unauthenticated => "renew the credentials of this cluster".to_owned(),
        What::Quota if message_of(body).contains("must specify ") => {
            "say in each container what the quota counts, or give the namespace a LimitRange with defaults".to_owned()
        }
        What::Quota => "raise the quota of the namespace, or ask for less".to_owned(),
        What::Refused { by } if by == LIMITS => "stay within its limits, or change them".to_owned(),
        What::Refused { by } => format!("change what {by} refuses, or ask who keeps it"),
        What::NoAnswer { by } => format!("see whether what answers for {by} runs"),
        What::TooLarge => "make it smaller: what is large belongs into an image, a volume or a bucket".to_owned(),
        What::Other => "make a new plan".to_owned(),
        What::UnknownKind => "install what defines the kind, or wait until it is there".to_owned(),
        What::NoNamespace => "declare the namespace in the same stack, or create it first".to_owned(),
        What::NamespaceLeaves => "wait until it is gone; if it stays, see what holds it".to_owned(),
        What::Budget => "wait until more of its pods are ready".to_owned(),
        What::Changed
        | What::AlreadyExists
        | What::NotFound
        | What::Throttled
        | What::Expired
        | What::Failed
        | What::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests;
