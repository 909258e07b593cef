//! From arguments to what the engine works with: the stack, the ledgers, the session.

use std::path::{Path, PathBuf};

use flashinfra::error::EngineError;
use flashinfra::ledgers::{self, LedgerKey, LocalLedgers};
use flashinfra::load;
use flashinfra::session::Session;
use flashinfra_plans::{CompiledStack, Ledger, Name};

use crate::commands::Context;
use crate::problem::{Problem, Problems};
use crate::program;
use crate::suggest;
use crate::told;

/// The directory of ledgers, below the directory that flashinfra works in.
const LEDGERS: &str = ".flashinfra";
/// The sandbox's file, beside the ledgers.
const SANDBOX: &str = "sandbox.json";

/// A stack that was compiled.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What it declares.
    pub(crate) stack: CompiledStack,
    /// It, as it was written.
    pub(crate) bytes: Vec<u8>,
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
    loaded(context, compiled, stack)
}

/// The same for looking at the declarations alone: this binary may lack the providers.
pub(crate) fn load_declared(context: &Context<'_>) -> Result<Loaded, Problems> {
    let compiled = compile(context)?;
    let stack = match load::compiled(&compiled.bytes, context.registry) {
        Err(EngineError::UnknownProvider { .. }) => load::for_sandbox(&compiled.bytes),
        stack => stack,
    };
    loaded(context, compiled, stack)
}

fn loaded(
    context: &Context<'_>,
    compiled: program::Compiled,
    stack: Result<CompiledStack, EngineError>,
) -> Result<Loaded, Problems> {
    let program::Compiled { bytes, root, parameters_file } = compiled;
    let stack = stack.map_err(|error| told::engine(&error, &root))?;
    if let Some(wanted) = context.global.stack.as_deref().filter(|wanted| *wanted != stack.stack) {
        return Err(Problem::new(format!("the compiled stack is `{}`, not `{wanted}`", stack.stack))
            .help("leave out --stack, or compile the other one")
            .into());
    }
    Ok(Loaded { stack, bytes, root, parameters: parameters_file.unwrap_or_default().into() })
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

/// The session of this process.
pub(crate) fn open(context: &Context<'_>) -> Session {
    let session = Session::new(context.registry.clone(), ledgers(context));
    if context.global.sandbox { session.with_sandbox(ledger_directory(context).join(SANDBOX)) } else { session }
}

/// The ledgers of this directory.
pub(crate) fn ledgers(context: &Context<'_>) -> LocalLedgers {
    LocalLedgers::new(ledger_directory(context))
}

/// Where the ledgers are. Always below the working directory, and not below the stack crate: commands that need no stack crate
/// have to find them too.
fn ledger_directory(context: &Context<'_>) -> PathBuf {
    let global = context.global;
    global.ledger.clone().unwrap_or_else(|| global.dir.as_deref().unwrap_or(Path::new("")).join(LEDGERS))
}

/// The one ledger that the arguments mean, for commands that work without the stack.
pub(crate) async fn ledger_key(context: &Context<'_>, session: &Session) -> Result<LedgerKey, Problems> {
    let global = context.global;
    if global.compiled.is_some() {
        let stack = load_declared(context)?.stack;
        return LedgerKey::new(&stack.stack, &stack.environment).map_err(|error| told::ledger(&error.into()));
    }
    let directory = ledger_directory(context);
    let keys = session.ledgers.keys().await.map_err(|error| told::ledger(&error.into()))?;
    let fits = |key: &&LedgerKey| {
        global.stack.as_deref().is_none_or(|stack| key.stack() == stack)
            && global.env.as_deref().is_none_or(|environment| key.environment() == environment)
    };
    let mut fitting: Vec<&LedgerKey> = keys.iter().filter(fits).collect();
    if fitting.len() > 1 && global.env.is_none() {
        // The environment that a plan without --env is for.
        fitting.retain(|key| key.environment() == "default");
    }
    match fitting.as_slice() {
        [only] => Ok((*only).clone()),
        _ if keys.is_empty() => Err(Problem::new(format!("there is no ledger in {}", directory.display()))
            .help("nothing was applied from here yet; `--ledger DIR` looks elsewhere")
            .into()),
        _ => Err(ambiguous(context, &keys).into()),
    }
}

fn ambiguous(context: &Context<'_>, keys: &[LedgerKey]) -> Problem {
    let (stack, environment) = (context.global.stack.as_deref(), context.global.env.as_deref());
    let list = keys.iter().map(|key| format!("--stack {} --env {}", key.stack(), key.environment()));
    let list = list.collect::<Vec<_>>().join("\n");
    let wanted = match (stack, environment) {
        (None, None) => return Problem::new("there are several ledgers here").help(format!("choose one:\n{list}")),
        (Some(stack), None) => format!("no single ledger of the stack `{stack}`"),
        (None, Some(environment)) => format!("no single ledger of the environment `{environment}`"),
        (Some(stack), Some(environment)) => format!("no ledger of the stack `{stack}` in `{environment}`"),
    };
    let near = stack.and_then(|stack| suggest::nearest(stack, keys.iter().map(|key| key.stack().as_str())));
    let near = near.filter(|near| Some(*near) != stack).map(|near| format!("did you mean `{near}`? "));
    Problem::new(wanted).help(format!("{}the ledgers here are:\n{list}", near.unwrap_or_default()))
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

/// The ledger as it is, with what an interrupted run did.
pub(crate) async fn ledger(session: &Session, key: &LedgerKey) -> Result<Ledger, Problems> {
    match ledgers::load(session.ledgers.as_ref(), key).await.map_err(|error| told::ledger(&error.into()))? {
        Some(loaded) => Ok(loaded.ledger),
        None => Err(Problem::new(format!(
            "{} has nothing in {}: there is no ledger at {}",
            key.stack(),
            key.environment(),
            session.ledgers.location(key)
        ))
        .into()),
    }
}
