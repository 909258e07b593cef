//! Arguments that are none: help and version, wrong usage, and the words of other tools.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use flashinfra_stacks::params::suggest;

use super::{Cli, elsewhere};
use crate::output::Output;
use crate::problem::{Exit, Problem};

/// Answers arguments that clap did not take. For wrong usage clap ends with 2, which means "changes present" to pipelines.
pub(crate) fn misunderstood(argv: &[OsString], error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Nobody is helped by an error about a closed stdout here.
        let _ = error.print();
        return Exit::Ok;
    }
    let typed: Vec<&str> = argv.iter().skip(1).filter_map(|argument| argument.to_str()).collect();
    let output = Output::before_arguments(typed.contains(&"--json"));
    if let Some(problem) = from_elsewhere(&typed, error) {
        return output.finish(Err(problem.into()));
    }
    if output.is_json() {
        let text = error.to_string();
        let (message, help) = text.split_once("\n\n").unwrap_or((&text, ""));
        let problem = Problem::new(message.trim_start_matches("error: ").trim()).help(help.trim());
        return output.finish(Err(problem.into()));
    }
    let _ = error.print();
    Exit::Error
}

/// The option of the command that was typed which is a slip away. Clap looks at how words begin, and `--evn` begins as no other does.
fn slip(typed: &[&str], name: &str) -> Option<String> {
    let mut all = Cli::command();
    all.build();
    let command = typed.iter().fold(&all, |command, word| command.find_subcommand(word).unwrap_or(command));
    let known: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    suggest::nearest(name, known).map(str::to_owned)
}

/// What another tool calls so, with what to type here.
fn from_elsewhere(typed: &[&str], error: &clap::Error) -> Option<Problem> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidSubcommand) else { return None };
            let words: Vec<&str> = typed.iter().copied().filter(|word| !word.starts_with('-')).collect();
            let first = words.iter().position(|word| word == unknown)?;
            // Below a command of ours, clap knows better what was meant.
            let is_ours = |word: &&str| Cli::command().find_subcommand(word).is_some();
            if words[..first].iter().any(is_ours) {
                return None;
            }
            let (name, help) = elsewhere::command(&words[first..])?;
            Some(Problem::new(format!("there is no `flashinfra {name}`")).help(help))
        }
        ErrorKind::UnknownArgument => {
            let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return None };
            let option = unknown.split('=').next().unwrap_or_default();
            let name = option.trim_start_matches('-');
            let problem = Problem::new(format!("there is no option `{option}`"));
            // Of `-frobnicate` clap tells `-f`, which nobody typed.
            let is_typed = typed.iter().any(|word| word.split('=').next() == Some(option));
            match elsewhere::option(name).filter(|_| is_typed) {
                Some((_, help)) => Some(problem.help(help)),
                None if unknown.starts_with("--") => {
                    Some(problem.help(format!("did you mean `--{}`?", slip(typed, name)?)))
                }
                None => None,
            }
        }
        _ => None,
    }
}
