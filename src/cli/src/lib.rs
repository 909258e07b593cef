//! The `flashinfra` command.
//!
//! [`run`] is all of it: a binary with an outside provider, or a team's own, is ten lines.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     flashinfra_cli::run(flashinfra_providers::Registry::new())
//! }
//! ```
//!
//! Results go to stdout, everything else to stderr; only [`output`] prints. Exit codes: 0 done, 1 an error, wrong usage
//! or a failed step, 2 changes present (`--detailed-exitcode`), 3 refused, 4 live changed since the plan, 5 interrupted.

mod act_words;
mod args;
mod calls;
mod commands;
mod echo;
mod graph_text;
mod interrupts;
mod invocation;
mod json_lines;
mod json_schema;
mod kubeconfig;
mod ledger_text;
mod output;
mod outputs;
mod page;
mod paint;
mod parameters;
mod permissions;
mod problem;
mod program;
mod progress;
mod report;
#[cfg(test)]
mod samples;
mod schema_text;
mod session;
mod stack;
mod suggest;
mod text;
mod told;
mod visible;
mod waiting;

use std::process::ExitCode;

use clap::Parser;
use flashinfra_providers::Registry;

use crate::args::Cli;
use crate::output::Output;
use crate::problem::{Ended, Problem};

/// Runs the command that the process was started with, against these providers.
pub fn run(registry: Registry) -> ExitCode {
    let argv = args::normalise(std::env::args_os());
    let exit = match Cli::try_parse_from(&argv) {
        Ok(cli) => {
            let output = Output::new(&cli.global);
            let ended = execute(&registry, &cli, &output);
            output.finish(ended)
        }
        Err(error) => args::misunderstood(&argv, &error),
    };
    ExitCode::from(exit.code())
}

fn execute(registry: &Registry, cli: &Cli, output: &Output) -> Ended {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::caused("could not start the threads of this program", &error))?;
    let ended = runtime.block_on(commands::run(registry, cli, output));
    // A thread may still wait for an answer on stdin that nobody needs any more.
    runtime.shutdown_background();
    ended
}
