//! The user's stack program: finding its crate, building it, and running it.
//!
//! Neither the build nor the program gets this process's environment: both run code that nobody here has read, and a pipeline
//! keeps its credentials there. The program runs twice, and a stack that differs between the two is refused, since its plan
//! would not be the one that was reviewed.

mod answer;
mod build;
mod compare;
mod description;
mod environment;
mod locate;
mod run;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::args::Global;
use crate::parameters::{self, Parameters, Sources};
use crate::problem::{Problem, Problems};

pub(crate) use description::{Description, Kind, Parameter, Shape, StackDescription};
pub(crate) use locate::{Locate, StackCrate, list, locate};

/// For how long a stack program may run. Compiling 100,000 resources takes seconds.
const RUN_SECONDS_MAX: u64 = 60;

/// What happens meanwhile, for whoever shows it.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// Cargo builds this package.
    Building(&'a str),
    /// Cargo is done, after this time.
    Built(Duration),
    /// The compiler refused the package, with this line.
    Compiler(&'a str),
    /// The program printed this line; stdout belongs to the result, so it goes to stderr.
    Printed(&'a str),
}

/// Shows progress.
pub(crate) type Report<'a> = &'a dyn Fn(Progress<'_>);

/// A compiled stack, and where it came from.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The compiled stack as it was written.
    pub(crate) bytes: Vec<u8>,
    /// What the files in it are relative to, for showing them.
    pub(crate) root: PathBuf,
    /// The environment file that was read, as people would write its path.
    pub(crate) parameters_file: Option<String>,
}

/// The compiled stack that the arguments ask for: the one in `--compiled`, else that of the stack crate.
///
/// # Errors
///
/// Whatever keeps it from compiling: no such crate, stack or environment, a crate that does not build, parameters that the
/// stack refuses, a stack that is different each time.
pub(crate) fn load(global: &Global, report: Report<'_>) -> Result<Compiled, Problems> {
    let directory = global.dir.as_deref().unwrap_or(Path::new("."));
    if let Some(file) = &global.compiled {
        return Ok(from_file(global, file, directory)?);
    }
    let program = build::build(locate(&Locate { directory, stack: global.stack.as_deref() })?, report)?;
    let description = program.describe(report)?;
    let stack = program.stack_crate().choose(&description)?;
    let sources = Sources {
        directory: &program.stack_crate().directory,
        environment: global.env.as_deref(),
        env_file: global.env_file.as_deref(),
        set: &global.set,
        set_file: &global.set_file,
    };
    let parameters = parameters::load(&sources, stack)?;
    program.compile(&stack.name, &parameters, report)
}

/// The crate that the arguments name, with its stacks and their parameters.
///
/// # Errors
///
/// As for [`load`], as far as a description needs it.
pub(crate) fn describe(global: &Global, report: Report<'_>) -> Result<(StackCrate, Description), Problems> {
    let directory = global.dir.as_deref().unwrap_or(Path::new("."));
    let stack_crate = locate(&Locate { directory, stack: global.stack.as_deref() })?;
    let description = build::build(stack_crate.clone(), report)?.describe(report)?;
    Ok((stack_crate, description))
}

fn from_file(global: &Global, file: &Path, directory: &Path) -> Result<Compiled, Problem> {
    let Global { env, env_file, set, set_file, .. } = global;
    let settled =
        [("--env-file", env_file.is_some()), ("--set", !set.is_empty()), ("--set-file", !set_file.is_empty())];
    if let Some((option, _)) = settled.iter().find(|(_, is_given)| *is_given) {
        let message = format!("{option} does not go with --compiled: a compiled stack has its parameters in it");
        return Err(Problem::new(message).help(format!("leave out {option}, or compile the stack again with it")));
    }
    let bytes = fs::read(file).map_err(|error| {
        Problem::caused(format!("could not read the compiled stack {}", file.display()), &error)
            .help("`flashinfra validate --out FILE` writes one")
    })?;
    match (env, answer::environment(&bytes)) {
        (Some(wanted), Some(environment)) if *wanted != environment => Err(Problem::new(format!(
            "{} was compiled for environment `{environment}`, not `{wanted}`",
            file.display()
        ))
        .help("leave out --env, or compile the stack again for the other one")),
        _ => Ok(Compiled { bytes, root: directory.to_owned(), parameters_file: None }),
    }
}

/// A stack program that was built.
#[derive(Debug)]
pub(crate) struct Program {
    stack_crate: StackCrate,
    executable: PathBuf,
    time_limit: Duration,
}

impl Program {
    fn new(stack_crate: StackCrate, executable: PathBuf) -> Self {
        Self { stack_crate, executable, time_limit: Duration::from_secs(RUN_SECONDS_MAX) }
    }

    /// Its crate.
    pub(crate) fn stack_crate(&self) -> &StackCrate {
        &self.stack_crate
    }

    /// Asks for its stacks and their parameters.
    pub(crate) fn describe(&self, report: Report<'_>) -> Result<Description, Problems> {
        let question = run::Question::Describe;
        let answer = run::ask(self, &question, report)?;
        let bytes = answer.compiled(self, None)?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| {
            Problem::caused("the stack program describes itself in a way that this flashinfra does not know", &error)
                .help("build the stack with the version of flashinfra that plans it")
        })?)
    }

    /// Compiles a stack, twice.
    pub(crate) fn compile(
        &self,
        stack: &str,
        parameters: &Parameters,
        report: Report<'_>,
    ) -> Result<Compiled, Problems> {
        let question = run::Question::Compile { stack, parameters };
        let first = run::ask(self, &question, report)?.compiled(self, Some(parameters))?;
        // What it prints was shown already.
        let second = run::ask(self, &question, &|_| {})?.compiled(self, Some(parameters))?;
        if let Some(difference) = compare::first_difference(&first, &second) {
            return Err(difference.refuse(stack, &self.stack_crate.workspace_root).into());
        }
        Ok(Compiled {
            bytes: first,
            root: self.stack_crate.workspace_root.clone(),
            parameters_file: parameters.file().map(str::to_owned),
        })
    }
}
