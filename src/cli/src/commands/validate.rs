//! `flashinfra validate`: all that can be known without a network.

use flashinfra_plans::decide::{self, PlanError};
use flashinfra_plans::plan::Options;
use flashinfra_plans::{CompiledStack, Ledger, Name, Observed, lookups};

use super::Context;
use crate::args::Validate;
use crate::problem::{Ended, Exit, Problem};
use crate::text::count;
use crate::{stack, told};

/// Compiles the stack, checks it, and keeps the compiled stack when asked to.
pub(super) fn run(context: &Context<'_>, args: &Validate) -> Ended {
    let (loaded, bytes) = stack::load_written(context)?;
    let stack = &loaded.stack;
    check(stack).map_err(|error| told::planner(&error, &loaded.root))?;
    if let Some(out) = &args.out {
        std::fs::write(out, &bytes).map_err(|error| {
            Problem::caused(format!("could not keep the compiled stack in {}", out.display()), &error)
        })?;
    }
    let output = context.output;
    #[derive(serde::Serialize)]
    struct Valid<'a> {
        stack: &'a str,
        environment: &'a str,
        resources: usize,
        outputs: usize,
    }
    let (resources, outputs) = (stack.resources.len(), stack.outputs.len());
    output.line("valid", &Valid { stack: &stack.stack, environment: &stack.environment, resources, outputs });
    output.result(&format!(
        "{}/{} is valid: {}, {}\n",
        stack.stack,
        stack.environment,
        count(resources, "resource"),
        count(outputs, "output")
    ));
    Ok(Exit::Ok)
}

/// What the planner finds wrong with the declarations, whatever is live: references, cycles, attributes, names.
fn check(stack: &CompiledStack) -> Result<(), Box<PlanError>> {
    let nothing = Name::default();
    let stack = lookups::unanswered(stack).map_err(Box::new)?;
    let input = decide::Input {
        compiled: &stack,
        ledger: &Ledger::new(stack.stack.clone(), stack.environment.clone(), nothing.clone()),
        lookups: &[],
        observed: &Observed::default(),
        options: &Options::default(),
        ledger_label: nothing.clone(),
        parameters_label: nothing.clone(),
        compiled_digest: nothing,
    };
    decide::plan(input).map(drop).map_err(Box::new)
}
