//! Typed definitions of an outside provider: files on the machine that applies.

use flashinfra::{Computed, Input, Resource};

/// The folder that files are in.
#[derive(flashinfra::Provider)]
#[provider(name = "files")]
pub struct Provider {
    /// The folder, which has to exist. Relative to the working directory.
    pub root: Input<String>,
}

/// A text file.
#[derive(Resource)]
#[resource(kind = "files.text", identity = Named("path"), create_once = UniqueName)]
pub struct Text {
    /// Where, below the provider's folder: `index.html`.
    #[attr(replace)]
    pub path: Input<String>,
    /// What is in it.
    pub content: Input<String>,
    /// Its size in bytes.
    #[attr(changes_with("content"))]
    pub size: Computed<i64>,
}
