//! What is done to an object by hand, beside what its definition says: what a person does at night, and no plan shows before.

use flashinfra_plans::{Map, Name, Value};

use crate::error::{Class, Error};

/// The code of an error that says that a kind cannot do this.
pub const UNSUPPORTED: &str = "Unsupported";

/// What to do to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operate {
    /// The kind.
    pub kind: Name,
    /// The object.
    pub id: Name,
    /// What was last applied, for kinds that need more than an id.
    pub attributes: Map,
    /// What is done.
    pub operation: Operation,
}

/// What can be done to an object by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// To run so many of what it runs.
    Scale(u32),
    /// To start anew all that it runs, one after the other. The time, RFC 3339 and UTC, tells one restart from the next.
    Restart(Name),
}

/// What an operation comes to, as its object is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operable {
    /// The attribute that it changes, by its path, and its value now; none when nothing that is declared could differ by it.
    pub changed: Option<(Name, Option<Value>)>,
    /// Whether the object shows that this very operation was done; none where an object does not show such a thing.
    pub is_done: Option<bool>,
}

impl Operation {
    /// The word for it: `scale`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scale(_) => "scale",
            Self::Restart(_) => "restart",
        }
    }
}

/// That a kind does not take an operation.
pub fn unsupported(kind: &str, operation: &str) -> Error {
    Error::new(Class::FixInput, format!("{operation} is not supported by {kind}")).with_code(UNSUPPORTED)
}
