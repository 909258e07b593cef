//! From arguments to a compiled stack.

use std::path::{Path, PathBuf};

use flashinfra::error::EngineError;
use flashinfra::load;
use flashinfra_plans::{CompiledStack, Ledger, Name};

use crate::commands::Context;
use crate::problem::{Problem, Problems};
use crate::{program, told};

/// A stack that was compiled.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What it declares.
    pub(crate) stack: CompiledStack,
    /// What the files that it names are relative to.
    pub(crate) root: PathBuf,
    /// The environment file that was read; empty without one.
    pub(crate) parameters: Name,
}

/// Builds and runs the stack program, or reads `--compiled`, for planning: its providers have to be there.
pub(crate) fn load(context: &Context<'_>) -> Result<Loaded, Problems> {
    let compiled = compile(context)?;
    let stack = match context.global.sandbox {
        true => load::for_sandbox(&compiled.bytes),
        false => load::compiled(&compiled.bytes, context.registry),
    };
    let program::Compiled { bytes: _, root, parameters_file } = compiled;
    loaded(context, root, parameters_file, stack)
}

/// The same for looking at the declarations alone: this binary may lack the providers.
pub(crate) fn load_declared(context: &Context<'_>) -> Result<Loaded, Problems> {
    Ok(load_written(context)?.0)
}

/// The same, and the compiled stack as it was written.
pub(crate) fn load_written(context: &Context<'_>) -> Result<(Loaded, Vec<u8>), Problems> {
    let compiled = compile(context)?;
    let stack = match load::compiled(&compiled.bytes, context.registry) {
        Err(EngineError::UnknownProvider { .. }) => load::for_sandbox(&compiled.bytes),
        stack => stack,
    };
    let program::Compiled { bytes, root, parameters_file } = compiled;
    Ok((loaded(context, root, parameters_file, stack)?, bytes))
}

fn loaded(
    context: &Context<'_>,
    root: PathBuf,
    parameters_file: Option<String>,
    stack: Result<CompiledStack, EngineError>,
) -> Result<Loaded, Problems> {
    let stack = stack.map_err(|error| match &context.global.compiled {
        Some(file) => told::compiled_file(&error, file, &root),
        None => told::engine(&error, &root),
    })?;
    if let Some(wanted) = context.global.stack.as_deref().filter(|wanted| *wanted != stack.stack) {
        return Err(Problem::new(format!("the compiled stack is `{}`, not `{wanted}`", stack.stack))
            .help("leave out --stack, or compile the other one")
            .into());
    }
    Ok(Loaded { stack, root, parameters: parameters_file.unwrap_or_default().into() })
}

/// The compiled stack as it was written.
fn compile(context: &Context<'_>) -> Result<program::Compiled, Problems> {
    let building = context.output.building();
    let compiled = program::load(context.global, &|progress| building.tell(&progress));
    compiled.map_err(|problems| with_environments(context, problems))
}

/// A stack that lacks parameters may lack only the name of the environment that sets them.
fn with_environments(context: &Context<'_>, mut problems: Problems) -> Problems {
    let global = context.global;
    let environments = environments(global.dir.as_deref().unwrap_or(Path::new(".")));
    if global.env.is_none() && global.env_file.is_none() && global.compiled.is_none() && !environments.is_empty() {
        let hint = format!("no --env was given; there are: {}", environments.join(", "));
        problems.0.iter_mut().for_each(|problem| problem.add_help(&hint));
    }
    problems
}

/// The environments of a stack crate that have a parameter file, sorted.
pub(crate) fn environments(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory.join("environments")) else { return Vec::new() };
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let is_parameters = |file: &PathBuf| {
        matches!(file.extension().and_then(|extension| extension.to_str()), Some("toml" | "yaml" | "yml"))
    };
    let mut names: Vec<String> =
        files.filter(is_parameters).filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// A stack that declares nothing, for what is planned from a ledger alone.
pub(crate) fn undeclared(ledger: &Ledger) -> CompiledStack {
    CompiledStack {
        stack: ledger.stack.clone(),
        environment: ledger.environment.clone(),
        flashinfra: env!("CARGO_PKG_VERSION").into(),
        providers: ledger.providers.clone(),
        schemas: ledger.schemas.clone(),
        resources: Vec::new(),
        outputs: Vec::new(),
    }
}
