//! A file that is not what its name says.

use std::ops::Range;

/// Why a text is neither TOML nor YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) reason: String,
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
}
