//! What is wrong with a stack, as data: the CLI renders it.

use std::fmt;
use std::panic::Location;

use crate::location;

/// Something that the author of a stack has to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, naming the thing.
    pub message: String,
    /// Where: `file:line:column`, the file relative to its workspace.
    pub at: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// The parameter that it is about, as a dotted path (`nodes.max`): the CLI knows where that was set.
    pub parameter: Option<String>,
}

impl Problem {
    /// A problem that has no place yet.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None, help: None, parameter: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which parameter it is about, as a dotted path.
    #[must_use]
    pub fn parameter(mut self, path: impl Into<String>) -> Self {
        self.parameter = Some(path.into());
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, location: &Location<'_>) -> Self {
        self.at = Some(location::describe(location));
        self
    }
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Problem {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(at) = &self.at {
            write!(f, "\n  at {at}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
