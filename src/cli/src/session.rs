//! From arguments to what the engine works with: the session, and the ledger that is meant.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use flashinfra::ledgers::{self, Holder, Lasts, LedgerKey, LedgerStore, LocalLedgers};
use flashinfra::session::{SandboxAt, Session};
use flashinfra_plans::Ledger;
use flashinfra_providers_memory::{Faults, Options};

use crate::args::Global;
use crate::commands::Context;
use crate::problem::{Problem, Problems};
use crate::{invocation, stack, suggest, told};

/// The directory of ledgers, below the directory that flashinfra works in.
const LEDGERS: &str = ".flashinfra";
/// The sandbox's file, beside the ledgers.
const SANDBOX: &str = "sandbox.json";
/// The variable that names the file of the sandbox's faults.
const FAULTS: &str = "FLASHINFRA_SANDBOX_FAULTS";
const WITHOUT_FAULTS: &str = "unset the variable, and nothing goes wrong on purpose";

/// The session of this process.
pub(crate) async fn open(context: &Context<'_>) -> Result<Session, Problems> {
    let session = Session::over(context.registry.clone(), store(context).await?);
    if !context.global.sandbox {
        return Ok(session);
    }
    let directory = if is_url(&place(context)) { default_directory(context) } else { PathBuf::from(place(context)) };
    // The planner refuses what a kind does not have, unless the stack sets it with `.raw(…)`: what comes here was meant.
    let options = Options { faults: faults(context)?, keep_unknown: true, ..Options::default() };
    Ok(Session { sandbox: Some(SandboxAt::File(directory.join(SANDBOX), options)), ..session })
}

/// What goes wrong in the sandbox on purpose, for who wants to rehearse it: nothing unless asked for.
fn faults(context: &Context<'_>) -> Result<Faults, Problem> {
    let Some(file) = std::env::var_os(FAULTS).filter(|file| !file.is_empty()).map(PathBuf::from) else {
        return Ok(Faults::default());
    };
    let told = || format!("the sandbox's faults in {}, which {FAULTS} names", file.display());
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Problem::caused(format!("could not read {}", told()), &error).help(WITHOUT_FAULTS))?;
    let faults = text.parse().map_err(|problem: String| {
        Problem::new(format!("could not understand {}: {problem}", told())).help(WITHOUT_FAULTS)
    })?;
    // A command may open several sessions.
    static TOLD: Once = Once::new();
    TOLD.call_once(|| context.output.note(&format!("the sandbox fails on purpose, as {} says", file.display())));
    Ok(faults)
}

/// Where the ledgers are: `--ledger`, or a directory below the working directory. Not below the stack crate: commands that need
/// no stack crate have to find them too.
fn place(context: &Context<'_>) -> String {
    let given = context.global.ledger.clone();
    given.unwrap_or_else(|| default_directory(context).to_string_lossy().into_owned())
}

fn default_directory(context: &Context<'_>) -> PathBuf {
    context.global.dir.as_deref().unwrap_or(Path::new("")).join(LEDGERS)
}

/// Whether the ledgers are in an object store, where who crashed holds on to the right to apply until it runs out.
pub(crate) fn is_remote(context: &Context<'_>) -> bool {
    is_url(&place(context))
}

/// `s3://…`; a directory has no `://` in its name.
fn is_url(place: &str) -> bool {
    place.contains("://")
}

async fn store(context: &Context<'_>) -> Result<Arc<dyn LedgerStore>, Problems> {
    let place = place(context);
    if is_url(&place) { remote(context, &place).await } else { Ok(Arc::new(LocalLedgers::new(place))) }
}

/// Ledgers in an object store.
#[cfg(feature = "ledgers")]
async fn remote(context: &Context<'_>, url: &str) -> Result<Arc<dyn LedgerStore>, Problems> {
    use flashinfra_ledgers::{Environment, ObjectLedgers, OpenError};
    let waiting = context.output.beside_notes();
    match ObjectLedgers::open(url, &Environment::of_this_process()).await {
        Ok(ledgers) => Ok(Arc::new(ledgers.telling(now_and_then(move |left| waiting(&left.to_string()))))),
        Err(OpenError::Unsupported { place, feature }) => Err(without_store(place, feature).into()),
        Err(error) => Err(Problem::from_error(&error).into()),
    }
}

/// Tells of a wait only once it is one, and then every half minute: somebody who is there shows that within seconds.
#[cfg(feature = "ledgers")]
fn now_and_then(
    tell: impl Fn(&flashinfra_ledgers::Waiting) + Send + Sync,
) -> impl Fn(&flashinfra_ledgers::Waiting) + Send + Sync {
    use std::sync::atomic::{AtomicU64, Ordering};

    const FIRST_SECOND: u64 = 8;
    const SECONDS_BETWEEN: u64 = 30;
    let next = AtomicU64::new(FIRST_SECOND);
    move |waiting| {
        let unchanged = waiting.unchanged.as_secs();
        if unchanged >= next.load(Ordering::Relaxed) {
            next.store(unchanged + SECONDS_BETWEEN, Ordering::Relaxed);
            tell(waiting);
        }
    }
}

#[cfg(not(feature = "ledgers"))]
async fn remote(_: &Context<'_>, url: &str) -> Result<Arc<dyn LedgerStore>, Problems> {
    let (place, feature) = match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("s3") => ("S3", "aws"),
        Some("gs") => ("Google Cloud Storage", "gcp"),
        Some("az") => ("Azure Blob Storage", "azure"),
        Some("kubernetes" | "k8s") => ("a Kubernetes cluster", "kubernetes"),
        _ => {
            return Err(Problem::new(format!("`{url}` names no place for ledgers"))
                .help(
                    "--ledger takes a directory, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://ACCOUNT/CONTAINER/PREFIX or \
                     kubernetes://NAMESPACE/PREFIX?context=NAME",
                )
                .into());
        }
    };
    Err(without_store(place, feature).into())
}

fn without_store(place: &str, feature: &str) -> Problem {
    Problem::new(format!("this flashinfra was built without ledgers in {place}")).help(format!(
        "install it with them, from flashinfra's source:\n  cargo install --locked --path src/cli --features {feature}"
    ))
}

/// The one ledger that the arguments mean, for commands that work without the stack.
pub(crate) async fn ledger_key(context: &Context<'_>, session: &Session) -> Result<LedgerKey, Problems> {
    let global = context.global;
    if global.compiled.is_some() {
        let stack = stack::load_declared(context)?.stack;
        return LedgerKey::new(&stack.stack, &stack.environment).map_err(|error| told::ledger(&error.into()));
    }
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
        _ if keys.is_empty() => Err(Problem::new(format!("there is no ledger in {}", place(context)))
            .help(format!(
                "nothing was applied from here yet; `--ledger DIR` looks elsewhere; if it was lost, `{LOST}` makes it anew"
            ))
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

/// The ledger as it is, with what an interrupted run did, which is told.
pub(crate) async fn ledger(context: &Context<'_>, session: &Session, key: &LedgerKey) -> Result<Ledger, Problems> {
    let store = session.ledgers.as_ref();
    match ledgers::load(store, key).await.map_err(|error| told::ledger(&error.into()))? {
        Some(loaded) => {
            if loaded.open.is_some() {
                let applying = store.holder(key).await.map_err(|error| told::ledger(&error.into()))?;
                let several = store.keys().await.is_ok_and(|keys| keys.len() > 1);
                let of = in_world_of(context.global, &loaded.ledger);
                let resume = invocation::resume(&of, Some(key).filter(|_| several));
                context.output.aside(&[unfinished("with", applying.as_ref(), &resume)]);
            }
            Ok(loaded.ledger)
        }
        None => Err(Problem::new(format!(
            "{} has nothing in {}: there is no ledger at {}",
            key.stack(),
            key.environment(),
            session.ledgers.location(key)
        ))
        .help(format!("nothing was applied there yet; if its ledger was lost, `{LOST}` makes it anew"))
        .into()),
    }
}

/// What makes a ledger anew that was lost.
const LOST: &str = "flashinfra recover";

/// What is to be known about a run that is not over, and what goes on with it.
pub(crate) fn unfinished(with: &str, applying: Option<&(Holder, Lasts)>, resume: &str) -> String {
    match applying {
        None => format!("{with} what an interrupted run did: `{resume}` goes on with it"),
        // What looks as if it was interrupted is going on.
        Some((holder, Lasts::WhileStopped)) => {
            format!("{with} what was done so far by {holder}, whose process is stopped")
        }
        Some((holder, Lasts::AsItsProcess | Lasts::Lease(_))) => {
            format!("{with} what was done so far by {holder}, who applies now")
        }
    }
}

/// The options for a command that goes on where a ledger's objects are: in the sandbox, when they are there.
pub(crate) fn in_world_of(global: &Global, ledger: &Ledger) -> Global {
    let is_sandboxed = ledger.places.values().any(|place| place.scope.starts_with("sandbox:"));
    Global { sandbox: global.sandbox || is_sandboxed, ..global.clone() }
}
