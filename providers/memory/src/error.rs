//! What can go wrong with a sandbox itself, as opposed to what its services refuse.

use std::io;
use std::path::PathBuf;

use flashinfra_plans::Name;
use flashinfra_providers::{Class, Error};

/// Why a sandbox could not be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The file could not be read, locked or written. Nothing was changed.
    #[error("could not {doing} the sandbox's file {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `lock`.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file does not hold what a sandbox writes. It is left as it is.
    #[error(
        "the sandbox's file {} is damaged in line {line}: {problem}",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The file is of a version of flashinfra that this one cannot read.
    #[error("the sandbox's file {} has format {format}; this flashinfra reads format {supported}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The format that this version reads.
        supported: u32,
    },
    /// There is no such object.
    #[error("the sandbox has no {kind} with the id `{id}`")]
    NoObject {
        /// The kind.
        kind: Name,
        /// The id.
        id: Name,
    },
    /// There is such an object already.
    #[error("the sandbox has a {kind} with the id `{id}` already")]
    Taken {
        /// The kind.
        kind: Name,
        /// The id.
        id: Name,
    },
    /// A value that no live object can have.
    #[error("`{attribute}` of {kind} cannot be set: {problem}")]
    Value {
        /// The kind.
        kind: Name,
        /// The attribute.
        attribute: Name,
        /// Why.
        problem: String,
    },
}

impl SandboxError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => {
                "Nothing was changed. Look at the file, its directory and their permissions, then try again."
            }
            Self::Damaged { .. } => {
                "It was left untouched. Repair the line, or restore a copy. To start anew, remove the sandbox together \
                 with the ledgers beside it."
            }
            Self::Format { .. } => {
                "It was left untouched. Use the version of flashinfra that wrote it, or a newer one. To start anew, remove \
                 the sandbox together with the ledgers beside it."
            }
            Self::NoObject { .. } | Self::Taken { .. } | Self::Value { .. } => "Nothing was changed.",
        }
    }
}

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        // A provider's error is one message, so the chain is told here.
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::new(Class::AskPerson, message).with_code("Sandbox")
    }
}
