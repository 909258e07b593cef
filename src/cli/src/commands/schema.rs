//! `flashinfra schema`: what a file of parameters may hold, as a JSON Schema.

use super::Context;
use crate::json_schema;
use crate::problem::{Ended, Exit, Problem};
use crate::program;

/// Builds the stack crate and prints the schema of its parameters.
pub(super) fn run(context: &Context<'_>) -> Ended {
    if context.global.compiled.is_some() {
        let problem = Problem::new("a compiled stack has its parameters in it, and says no more of them");
        return Err(problem.help("leave out --compiled: the stack crate is asked").into());
    }
    let building = context.output.building();
    let (stack_crate, described) = program::describe(context.global, &|progress| building.tell(&progress))?;
    drop(building);
    let stack = stack_crate.choose(&described)?;
    context.output.document(&format!("{:#}", json_schema::of(stack)));
    Ok(Exit::Ok)
}
