//! The commands: each turns arguments into values for the engine, and what comes back into words.

mod completions;
mod explain;

use flashinfra_providers::Registry;

use crate::args::{Cli, Command, Global};
use crate::output::Output;
use crate::problem::Ended;

/// What every command may use.
pub(crate) struct Context<'a> {
    /// The providers of this binary.
    pub(crate) registry: &'a Registry,
    /// The arguments that hold for every command.
    pub(crate) global: &'a Global,
    /// The terminal.
    pub(crate) output: &'a Output,
}

/// Runs what was typed.
pub(crate) async fn run(registry: &Registry, cli: &Cli, output: &Output) -> Ended {
    let context = Context {
        registry,
        global: &cli.global,
        output,
    };
    match &cli.command {
        Command::Explain(args) => explain::run(&context, args),
        Command::Completions(args) => completions::run(&context, args),
    }
}
