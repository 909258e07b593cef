//! What a person can type. Only shapes here: what the words mean is in [`crate::commands`].

mod argv;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use argv::normalise;

/// The exit codes, at the end of the help because pipelines read them.
const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 an error, wrong usage or a failed step · 2 changes present (--detailed-exitcode) ·
3 refused by a guard · 4 live changed since the plan · 5 interrupted

Terraform's spellings with one dash (-out=FILE, -var 'a=b', -target=ADDRESS, -auto-approve) work too.";

/// Declarative infrastructure as typed Rust: plans that hold, against live clouds.
#[derive(Debug, Parser)]
#[command(name = "flashinfra", version, after_help = EXIT_CODES, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The directory of the stack crate, instead of the current one
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        alias = "chdir",
        help_heading = "Stack"
    )]
    pub(crate) dir: Option<PathBuf>,
    /// Which stack, when there are several
    #[arg(
        long,
        short,
        global = true,
        value_name = "NAME",
        help_heading = "Stack"
    )]
    pub(crate) stack: Option<String>,
    /// Which environment; its parameters are environments/NAME.toml (or .yaml)
    #[arg(
        long,
        short,
        global = true,
        value_name = "NAME",
        help_heading = "Stack"
    )]
    pub(crate) env: Option<String>,
    /// Parameters from this file instead of environments/NAME.toml
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        alias = "var-file",
        help_heading = "Stack"
    )]
    pub(crate) env_file: Option<PathBuf>,
    /// Sets one parameter: `nodes.max=5`; may be repeated, later ones win
    #[arg(
        long,
        global = true,
        value_name = "NAME=VALUE",
        visible_alias = "var",
        help_heading = "Stack"
    )]
    pub(crate) set: Vec<String>,
    /// Sets one parameter to the contents of a file: `policy=policy.json`
    #[arg(long, global = true, value_name = "NAME=FILE", help_heading = "Stack")]
    pub(crate) set_file: Vec<String>,
    /// Takes a compiled stack from a file instead of building and running the stack crate
    #[arg(long, global = true, value_name = "FILE", help_heading = "Stack")]
    pub(crate) compiled: Option<PathBuf>,
    /// Swaps every provider for the sandbox: no account, no network
    #[arg(long, global = true, help_heading = "Where")]
    pub(crate) sandbox: bool,
    /// Where the ledgers are [default: .flashinfra beside the stack]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Where")]
    pub(crate) ledger: Option<PathBuf>,
    /// Prints JSON lines instead of text (docs/json.md)
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Says more: every API call by operation, every attribute
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// No colour, also on a terminal
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_color: bool,
    /// `--input=false`: never ask, as in Terraform
    #[arg(long, global = true, hide = true, default_value_t = true, action = clap::ArgAction::Set)]
    pub(crate) input: bool,
}

/// The commands, in the order in which people meet them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain a kind of resource and its attributes; without a kind, list them
    Explain(Explain),
    /// Print the completions for a shell
    Completions(Completions),
}

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A kind (`aws.vpc`) or an attribute of it (`aws.vpc.cidr_block`)
    pub(crate) kind: Option<String>,
}

/// `completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_together() {
        super::Cli::command().debug_assert();
    }
}
