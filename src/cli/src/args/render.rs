//! What is written down for other tools.

use std::path::PathBuf;

use clap::Args;

/// `render`
#[derive(Debug, Args)]
pub(crate) struct Render {
    /// Writes a file for each object into this directory, instead of one text to stdout
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The provider whose objects these are, when the stack has several clusters
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
}
