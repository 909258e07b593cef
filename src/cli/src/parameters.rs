//! Parameters: defaults, over them the environment file, over it `--set` and `--set-file`.
//!
//! The stack program says what its parameters are and judges them; this module merges what was set, remembers where, and points
//! there when the program refuses a value. No value of a secret is ever shown: only what the program knows as an ordinary
//! parameter appears in a snippet.

#[cfg(test)]
mod damage;
mod file;
pub(crate) mod malformed;
mod mask;
mod merge;
mod set;
#[cfg(test)]
mod tests;
mod toml;
pub(crate) mod tree;
pub(crate) mod yaml;

use std::path::Path;

use flashinfra_stacks::params::path::ParameterPath;

use crate::parameters::file::EnvironmentFile;
use crate::parameters::set::shape_at;
use crate::parameters::tree::{Node, Origin, Tree};
use crate::problem::{Place, Problem, Problems};
use crate::program::{Shape, StackDescription};

/// The environment of a stack for which none is named.
pub(crate) const ENVIRONMENT_DEFAULT: &str = "default";

/// Where parameters come from.
#[derive(Clone, Debug)]
pub(crate) struct Sources<'a> {
    /// The directory of the stack crate; its environments are in `environments/`.
    pub(crate) directory: &'a Path,
    /// `--env`
    pub(crate) environment: Option<&'a str>,
    /// `--env-file`
    pub(crate) env_file: Option<&'a Path>,
    /// `--set` and `--var`
    pub(crate) set: &'a [String],
    /// `--set-file`
    pub(crate) set_file: &'a [String],
}

/// What was set, merged.
#[derive(Debug)]
pub(crate) struct Parameters {
    environment: String,
    file: Option<EnvironmentFile>,
    root: Node,
    shape: Shape,
    /// The environments that have a file, when none was named.
    unnamed: Vec<String>,
}

/// Reads and merges what was set.
///
/// # Errors
///
/// An environment without a file, a file that is not TOML or YAML, a malformed argument, the value of a secret in clear.
pub(crate) fn load(sources: &Sources<'_>, described: &StackDescription) -> Result<Parameters, Problems> {
    let shape = described.shape();
    let (environment, file) = file::find(sources)?;
    let mut root = match &file {
        Some(file) => file.read(&shape)?,
        None => Node::empty(),
    };
    let assignments = merge::assignments(sources, &shape)?;
    for (assignment, node) in assignments {
        merge::set(&mut root, &assignment, node, &shape)?;
    }
    let unnamed = match (sources.environment, sources.env_file) {
        (None, None) => environments(sources.directory),
        _ => Vec::new(),
    };
    let parameters = Parameters { environment, file, root, shape, unnamed };
    let clear = mask::secrets_in_clear(&parameters.root, &parameters.shape);
    let problems: Vec<Problem> = clear.iter().map(|path| parameters.refuse_clear(path)).collect();
    if problems.is_empty() { Ok(parameters) } else { Err(Problems(problems)) }
}

/// The environments of a stack crate that have a file, sorted.
pub(crate) fn environments(directory: &Path) -> Vec<String> {
    file::existing(&directory.join(file::FOLDER))
}

impl Parameters {
    /// The environment, `default` when none was named.
    pub(crate) fn environment(&self) -> &str {
        &self.environment
    }

    /// The environment file that was read, as people would write its path.
    pub(crate) fn file(&self) -> Option<&str> {
        self.file.as_ref().map(|file| file.shown.as_str())
    }

    /// The values as the JSON object that the stack program reads.
    pub(crate) fn to_json(&self) -> String {
        self.root.to_json().to_string()
    }

    /// Where a parameter was set, or else where it would be: none when it is not set at all.
    pub(crate) fn place(&self, path: &ParameterPath) -> Option<Place> {
        let (node, is_set) = self.root.nearest(path);
        match (&node.origin, &self.file) {
            (Origin::File { key, value }, Some(file)) => {
                // An unknown parameter is wrong by its name; a list or a table is too long to be pointed at.
                let by_key =
                    !is_set || shape_at(&self.shape, &path.steps).is_none() || !matches!(node.tree, Tree::Scalar(_));
                let span = key.clone().filter(|_| by_key).unwrap_or_else(|| value.clone());
                let is_root = std::ptr::eq(node, &self.root);
                (!is_root).then(|| Place::within(&file.shown, mask::mask(&file.text, &self.root, &self.shape), span))
            }
            (Origin::Argument(argument), _) if is_set => Some(Place::argument(argument)),
            (Origin::Argument(_) | Origin::Default | Origin::File { .. }, _) => None,
        }
    }

    /// What else may help where this parameter lacks a value: only the environment that sets it may not have been named.
    pub(crate) fn other_help(&self, path: &ParameterPath) -> Option<String> {
        let (_, is_set) = self.root.nearest(path);
        (!is_set && !self.unnamed.is_empty())
            .then(|| format!("no --env was given; there are: {}", self.unnamed.join(", ")))
    }

    fn refuse_clear(&self, path: &ParameterPath) -> Problem {
        Problem::new(format!("parameter `{path}` is a secret: it takes where the value is kept, not the value itself"))
            .help(format!(
                "put the value into an environment variable or a file, and set `{path}.env` or `{path}.file` to its name"
            ))
            .at(self.place(path))
    }
}
