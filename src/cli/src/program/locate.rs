//! Finding the crate of a stack.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use super::description::{Description, StackDescription};
use super::environment;
use crate::problem::Problem;
use crate::suggest::nearest;

/// Which stack is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locate<'a> {
    /// The directory to look from.
    pub(crate) directory: &'a Path,
    /// The stack's name, if one was given.
    pub(crate) stack: Option<&'a str>,
}

/// The crate of a stack program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StackCrate {
    /// The name of the package.
    pub(crate) package: String,
    /// The directory of its `Cargo.toml`.
    pub(crate) directory: PathBuf,
    /// What the compiler's paths are relative to.
    pub(crate) workspace_root: PathBuf,
    /// The name of the binary that `flashinfra::main!` is in.
    pub(crate) binary: String,
    /// The stacks that its `Cargo.toml` names; empty when it names none.
    pub(crate) stacks: Vec<String>,
    /// The stack that was asked for.
    pub(crate) chosen: Option<String>,
}

/// Finds the crate of the stack: that of the directory, or the one in its workspace that has the stack.
///
/// # Errors
///
/// When there is no such crate, or more than one.
pub(crate) fn locate(wanted: &Locate<'_>) -> Result<StackCrate, Problem> {
    let candidates = Candidates::below(wanted.directory)?;
    let found = match wanted.stack {
        Some(name) => candidates.with_stack(name)?,
        None => candidates.only()?,
    };
    found.stack_crate(&candidates.workspace_root, wanted.stack)
}

/// The stacks of a workspace by the packages that name them, for listing: the crates are not built. From inside a member's
/// directory, that member alone.
///
/// # Errors
///
/// When the directory belongs to no package and no workspace.
pub(crate) fn list(directory: &Path) -> Result<Vec<StackCrate>, Problem> {
    let candidates = Candidates::below(directory)?;
    if let Some(member) = candidates.here().filter(|package| package.directory() != candidates.workspace_root) {
        return Ok(vec![member.stack_crate(&candidates.workspace_root, None)?]);
    }
    let declared = candidates.packages.iter().filter(|package| package.is_declared());
    let here = candidates.here().filter(|package| !package.is_declared());
    declared.chain(here).map(|package| package.stack_crate(&candidates.workspace_root, None)).collect()
}

impl StackCrate {
    /// The stack that is meant, now that the program has told which it has.
    pub(crate) fn choose<'d>(&self, description: &'d Description) -> Result<&'d StackDescription, Problem> {
        let names: Vec<&str> = description.stacks.iter().map(|stack| stack.name.as_str()).collect();
        match (&self.chosen, description.stacks.as_slice()) {
            (None, [only]) => Ok(only),
            (None, []) => Err(Problem::new(format!("package `{}` has no stacks", self.package))
                .help("name one in its main function: flashinfra::main!(\"shop\", shop);")),
            (None, _) => {
                Err(Problem::new(format!("package `{}` has several stacks: {}", self.package, names.join(", ")))
                    .help("choose one with --stack NAME"))
            }
            (Some(name), stacks) => {
                stacks.iter().find(|stack| stack.name == *name).ok_or_else(|| no_stack(name, &names))
            }
        }
    }
}

/// What `cargo metadata` says.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    default_run: Option<String>,
    dependencies: Vec<Dependency>,
    metadata: Option<PackageMetadata>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Debug, Deserialize)]
struct PackageMetadata {
    flashinfra: Option<Declared>,
}

/// `[package.metadata.flashinfra]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    #[serde(default)]
    stacks: Vec<String>,
    #[serde(default)]
    bin: Option<String>,
}

/// The packages among which the stack's is.
struct Candidates {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    directory: PathBuf,
}

impl Candidates {
    fn below(directory: &Path) -> Result<Self, Problem> {
        let directory = std::fs::canonicalize(directory)
            .map_err(|error| Problem::caused(format!("could not look into {}", directory.display()), &error))?;
        // Offline first: whether a dependency is missing is the build's business.
        let mut output = metadata(&directory, &["--offline"])?;
        if !output.status.success() {
            output = metadata(&directory, &[])?;
        }
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            if said.contains("could not find `Cargo.toml`") {
                return Err(no_crate(&directory));
            }
            let reason = said.trim().trim_start_matches("error: ");
            return Err(Problem::new(format!("cargo cannot read the package in {}: {reason}", directory.display())));
        }
        let Metadata { packages, workspace_root } = serde_json::from_slice(&output.stdout)
            .map_err(|error| Problem::caused("could not understand `cargo metadata`", &error).help(METADATA_HELP))?;
        Ok(Self { packages, workspace_root, directory })
    }

    /// The package of the directory, if it can be a stack program.
    fn here(&self) -> Option<&Package> {
        let around = self.packages.iter().filter(|package| self.directory.starts_with(package.directory()));
        around.max_by_key(|package| package.directory().as_os_str().len()).filter(|package| package.is_candidate())
    }

    fn with_stack(&self, name: &str) -> Result<&Package, Problem> {
        let declares = |package: &&Package| package.stacks().iter().any(|stack| stack == name);
        let mut declared = self.packages.iter().filter(declares);
        match (self.here(), declared.next(), declared.next()) {
            (Some(here), _, _) if declares(&here) => Ok(here),
            (_, Some(first), Some(second)) => {
                Err(Problem::new(format!("two packages have a stack `{name}`: {} and {}", first.name, second.name))
                    .help("name the directory of the one you mean with --dir"))
            }
            (_, Some(only), None) => Ok(only),
            // It names no stacks in its Cargo.toml; its program will tell.
            (Some(here), None, _) if here.stacks().is_empty() => Ok(here),
            (_, None, _) => {
                let names: Vec<&str> = self.packages.iter().flat_map(Package::stacks).map(String::as_str).collect();
                Err(if names.is_empty() { no_crate(&self.directory) } else { no_stack(name, &names) })
            }
        }
    }

    fn only(&self) -> Result<&Package, Problem> {
        if let Some(here) = self.here() {
            return Ok(here);
        }
        let declared: Vec<&Package> = self.packages.iter().filter(|package| package.is_declared()).collect();
        match declared.as_slice() {
            [] => Err(no_crate(&self.directory)),
            [only] => Ok(only),
            several => {
                let names: Vec<&str> =
                    several.iter().flat_map(|package| package.stacks()).map(String::as_str).collect();
                Err(Problem::new(format!("there are several stacks here: {}", names.join(", ")))
                    .help("choose one with --stack NAME"))
            }
        }
    }
}

/// How a package names its stacks.
const METADATA_HELP: &str = "in Cargo.toml, write [package.metadata.flashinfra] with stacks = [\"shop\"]";

impl Package {
    fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    fn stacks(&self) -> &[String] {
        let declared = self.metadata.as_ref().and_then(|metadata| metadata.flashinfra.as_ref());
        declared.map_or(&[], |declared| declared.stacks.as_slice())
    }

    fn is_declared(&self) -> bool {
        !self.stacks().is_empty()
    }

    fn is_candidate(&self) -> bool {
        let uses_flashinfra = self.dependencies.iter().any(|dependency| dependency.name == "flashinfra");
        self.is_declared() || (uses_flashinfra && self.binaries().next().is_some())
    }

    fn binaries(&self) -> impl Iterator<Item = &str> {
        let is_binary = |target: &&Target| target.kind.iter().any(|kind| kind == "bin");
        self.targets.iter().filter(is_binary).map(|target| target.name.as_str())
    }

    /// The binary with the program: the one that `Cargo.toml` names, the only one, or the one with the package's name.
    fn binary(&self) -> Result<String, Problem> {
        let declared = self.metadata.as_ref().and_then(|metadata| metadata.flashinfra.as_ref()?.bin.as_deref());
        let binaries: Vec<&str> = self.binaries().collect();
        let named = declared.or(self.default_run.as_deref()).unwrap_or(&self.name);
        match binaries.as_slice() {
            [] => Err(Problem::new(format!("package `{}` has no program", self.name))
                .help("its src/main.rs says flashinfra::main!(\"shop\", shop);")),
            [only] if declared.is_none() => Ok((*only).to_owned()),
            several if several.contains(&named) => Ok(named.to_owned()),
            several => {
                Err(Problem::new(format!("package `{}` has several programs: {}", self.name, several.join(", ")))
                    .help("in its Cargo.toml, name the stack's: [package.metadata.flashinfra] with bin = \"NAME\""))
            }
        }
    }

    fn stack_crate(&self, workspace_root: &Path, chosen: Option<&str>) -> Result<StackCrate, Problem> {
        let stacks = self.stacks().to_vec();
        let only = (stacks.len() == 1).then(|| stacks.first().cloned()).flatten();
        Ok(StackCrate {
            package: self.name.clone(),
            directory: self.directory().to_owned(),
            workspace_root: workspace_root.to_owned(),
            binary: self.binary()?,
            chosen: chosen.map(str::to_owned).or(only),
            stacks,
        })
    }
}

fn metadata(directory: &Path, arguments: &[&str]) -> Result<Output, Problem> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).args(arguments).current_dir(directory);
    environment::clear_for_build(&mut command);
    command.stdin(Stdio::null()).output().map_err(|error| no_cargo(&error))
}

/// The cargo to call: the one that runs us, if one does.
pub(super) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

pub(super) fn no_cargo(error: &std::io::Error) -> Problem {
    Problem::caused("could not run cargo, which builds the stack", error)
        .help("install Rust from https://rustup.rs, or plan a stack that was compiled elsewhere with --compiled FILE")
}

fn no_crate(directory: &Path) -> Problem {
    Problem::new(format!("there is no stack crate in {}", directory.display()))
        .help("`flashinfra new NAME` makes one; --dir DIR names another directory")
}

fn no_stack(name: &str, names: &[&str]) -> Problem {
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names.join(", ")),
    };
    Problem::new(format!("there is no stack `{name}`")).help(help)
}
