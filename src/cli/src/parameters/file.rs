//! The environment file: which one it is, and what it says.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::malformed::Malformed;
use super::mask;
use super::tree::{Node, Tree};
use super::{ENVIRONMENT_DEFAULT, Sources, toml, yaml};
use crate::problem::{Place, Problem};
use crate::program::Shape;
use crate::suggest::nearest;

/// The folder of the environment files, beside the stack's `Cargo.toml`.
pub(super) const FOLDER: &str = "environments";

/// What an environment file may end with. JSON is YAML too.
const EXTENSIONS: [&str; 3] = ["toml", "yaml", "yml"];

/// A file of parameters.
#[derive(Debug)]
pub(super) struct EnvironmentFile {
    /// Its path as people would write it.
    pub(super) shown: String,
    pub(super) text: String,
    format: Format,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Toml,
    Yaml,
}

/// The environment and its file. Only the default environment needs none.
pub(super) fn find(sources: &Sources<'_>) -> Result<(String, Option<EnvironmentFile>), Problem> {
    let environment = match (sources.environment, sources.env_file) {
        (Some(name), _) => checked_name(name)?.to_owned(),
        (None, Some(path)) => named_by(path, sources.directory).unwrap_or_else(|| ENVIRONMENT_DEFAULT.to_owned()),
        (None, None) => ENVIRONMENT_DEFAULT.to_owned(),
    };
    let path = match sources.env_file {
        Some(path) => Some(path.to_owned()),
        None => of_environment(sources, &environment)?,
    };
    let file = path.map(|path| EnvironmentFile::open(&path)).transpose()?;
    Ok((environment, file))
}

/// A name that stays inside the folder.
fn checked_name(name: &str) -> Result<&str, Problem> {
    if !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character)) {
        return Ok(name);
    }
    Err(Problem::new(format!("`{name}` cannot name an environment"))
        .help("names are made of letters, digits, - and _; to name a file, use --env-file"))
}

/// The environment whose own file this is: with `--env-file environments/staging.toml` nobody means another.
fn named_by(path: &Path, directory: &Path) -> Option<String> {
    let folder = fs::canonicalize(directory.join(FOLDER)).ok()?;
    let parent = fs::canonicalize(path).ok()?.parent()?.to_owned();
    let name = path.file_stem()?.to_str()?;
    (folder == parent && checked_name(name).is_ok()).then(|| name.to_owned())
}

/// The file of an environment in the folder.
fn of_environment(sources: &Sources<'_>, environment: &str) -> Result<Option<PathBuf>, Problem> {
    let folder = sources.directory.join(FOLDER);
    let candidates = EXTENSIONS.map(|extension| folder.join(format!("{environment}.{extension}")));
    let mut found = candidates.iter().filter(|path| path.is_file());
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => {
            let (first, second) = (shown(first), shown(second));
            let message = format!("environment `{environment}` has two files: {first} and {second}");
            Err(Problem::new(message).help("remove one, or name the one you mean with --env-file"))
        }
        (Some(path), None) => Ok(Some(path.clone())),
        (None, _) if sources.environment.is_none() => Ok(None),
        (None, _) => Err(unknown(environment, &folder)),
    }
}

fn unknown(environment: &str, folder: &Path) -> Problem {
    let existing = existing(folder);
    let names = existing.iter().map(String::as_str);
    let file = shown(&folder.join(format!("{environment}.toml")));
    let help = match nearest(environment, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None if existing.is_empty() => format!("create {file}; it may be empty"),
        None => format!("there are: {}; to add one, create {file}", existing.join(", ")),
    };
    Problem::new(format!("there is no environment `{environment}`: {file} does not exist")).help(help)
}

/// The environments that have a file, sorted.
pub(super) fn existing(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| {
        let path = entry.path();
        let extension = path.extension()?.to_str()?;
        EXTENSIONS.contains(&extension).then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

impl EnvironmentFile {
    fn open(path: &Path) -> Result<Self, Problem> {
        let shown = shown(path);
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Format::Toml,
            Some("yaml" | "yml" | "json") => Format::Yaml,
            Some(_) | None => {
                let message = format!("{shown} has no format: its name ends in none of .toml, .yaml, .yml and .json");
                return Err(Problem::new(message).help("rename it after its format"));
            }
        };
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Problem::new(format!("{shown} is not UTF-8 text")).help("save it as UTF-8"),
            _ => Problem::caused(format!("could not read {shown}"), &error),
        })?;
        Ok(Self { shown, text, format })
    }

    /// What the file says. A file of no values is an empty table.
    pub(super) fn read(&self, shape: &Shape) -> Result<Node, Problem> {
        let (name, read) = match self.format {
            Format::Toml => ("TOML", toml::read(&self.text)),
            Format::Yaml => ("YAML", yaml::read(&self.text)),
        };
        let root = read.map_err(|malformed| self.refuse(name, malformed, shape))?;
        match root.tree {
            Tree::Table(_) => Ok(root),
            Tree::Scalar(_) | Tree::List(_) => {
                let message = format!("{} holds no table of parameters", self.shown);
                Err(Problem::new(message).help("write one parameter a line: `name: value`"))
            }
        }
    }

    fn refuse(&self, format: &str, Malformed { reason, span }: Malformed, shape: &Shape) -> Problem {
        let text = mask::mask_lines(&self.text, shape);
        Problem::new(format!("{} is not {format}: {}", self.shown, reason.replace('\n', "; ")))
            .help("nothing was planned; correct the file and try again")
            .at(Some(Place::within(&self.shown, text, span)))
    }
}

/// The path as people would write it: from the current directory, when it is below that.
fn shown(path: &Path) -> String {
    let from_here = std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    from_here.as_deref().unwrap_or(path).display().to_string()
}
