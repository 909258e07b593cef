//! `flashinfra completions SHELL`.

use clap::CommandFactory;

use super::Context;
use crate::args::{Cli, Completions};
use crate::problem::{Ended, Exit};

/// Prints the completions of one shell.
pub(super) fn run(context: &Context<'_>, args: &Completions) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flashinfra", &mut script);
    context.output.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Ok)
}
