//! From arguments to a compiled stack.

use std::path::PathBuf;

use flashinfra::error::EngineError;
use flashinfra::load;
use flashinfra_plans::{CompiledStack, Name};

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
    program::load(context.global, &|progress| building.tell(&progress))
}
