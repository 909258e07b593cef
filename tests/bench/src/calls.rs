//! API calls of an empty plan: pages, not objects.

use flashinfra::apply::{ApplyOptions, apply};
use flashinfra::ledgers::LocalLedgers;
use flashinfra::load;
use flashinfra::plan::{Labels, Planned, plan};
use flashinfra::plans::plan::Options;
use flashinfra::plans::{CompiledStack, file};
use flashinfra::providers::{Calls, Registry};
use flashinfra::session::Session;
use tempfile::TempDir;

use crate::layers::Layers;
use crate::process::Failed;
use crate::table::row;
use crate::{Setting, stacks};

const SIZES: [usize; 4] = [100, 1000, 1200, 10_000];
const WIDTHS: [usize; 3] = [24, 8, 40];

/// Counts and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!("API calls of an empty plan, in the sandbox, whose pages hold 100 objects");
    println!("  (AWS: providers/aws/tests/engine.rs counts them against moto)");
    row(&["", "calls", "which"], &WIDTHS);
    let runtime = tokio::runtime::Runtime::new()?;
    for resources in SIZES {
        let compiled = stacks::nodes(Layers { resources })?;
        let stack = load::for_sandbox(compiled.as_bytes()).map_err(Failed::engine)?;
        let calls = runtime.block_on(of_empty_plan(setting, &stack))?;
        let total: u64 = calls.iter().map(Calls::total).sum();
        let which: Vec<_> =
            calls.iter().flat_map(|calls| &calls.0).map(|(name, count)| format!("{name} {count}")).collect();
        row(&[&format!("  {resources} resources"), &total.to_string(), &which.join(", ")], &WIDTHS);
    }
    println!();
    Ok(())
}

async fn of_empty_plan(setting: &Setting, stack: &CompiledStack) -> Result<Vec<Calls>, Failed> {
    let directory = TempDir::new_in(&setting.directory)?;
    let session = Session::new(Registry::new(), LocalLedgers::new(directory.path()))
        .with_sandbox(directory.path().join("sandbox.json"));
    let options = Options::default();
    let planned = || plan(&session, stack, &options, Labels::default());
    let first = planned().await.map_err(Failed::engine)?.plan;
    let digest = file::digest(&file::write(&first));
    let report = apply(&session, first, digest, &ApplyOptions::default()).await.map_err(Failed::engine)?;
    let Planned { plan, calls, .. } = planned().await.map_err(Failed::engine)?;
    match plan.is_empty() {
        true => Ok(calls.into_values().collect()),
        false => Err(Failed::Engine(format!("the plan after the apply is not empty: {:?}", report.exit).into())),
    }
}
