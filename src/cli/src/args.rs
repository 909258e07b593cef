//! What a person can type. Only shapes here: what the words mean is in [`crate::commands`].

mod adopt;
mod argv;
mod by_hand;
mod elsewhere;
mod kubeconfig;
mod ledger;
mod misunderstood;
mod releases;
mod render;
mod running;
mod times;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use flashinfra_plans::Address;
use flashinfra_plans::plan::{Restore, RestoreFrom};

pub(crate) use adopt::Adopt;
pub(crate) use argv::normalise;
pub(crate) use by_hand::{Health, Logs, Restart, Scale};
pub(crate) use kubeconfig::{ClusterToken, InKubeconfig, Kubeconfig};
pub(crate) use ledger::Ledger;
pub(crate) use misunderstood::misunderstood;
pub(crate) use releases::{Rollback, Test};
pub(crate) use render::Render;
pub(crate) use running::{Execution, Running};

/// The exit codes, at the end of the help because pipelines read them.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  an error, wrong usage or a failed step
  2  there are changes (only with --detailed-exitcode)
  3  refused by a guard
  4  stopped, because live changed since the plan
  5  interrupted
  6  a step failed, and apply --atomic went back to the last good revision

Terraform's spellings with one dash work too: -out=FILE, -var 'a=b', -auto-approve.";

/// Declarative infrastructure as typed Rust: plans that hold, against live clouds.
#[derive(Debug, Parser)]
#[command(name = "flashinfra", version, after_help = EXIT_CODES, max_term_width = 88)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Global {
    /// The directory of the stack crate, instead of the current one
    #[arg(long, global = true, value_name = "DIR", alias = "chdir", help_heading = "Stack")]
    pub(crate) dir: Option<PathBuf>,
    /// Which stack, when there are several
    #[arg(long, short, global = true, value_name = "NAME", help_heading = "Stack")]
    pub(crate) stack: Option<String>,
    /// Which environment; its parameters are environments/NAME.toml (or .yaml)
    #[arg(long, short, global = true, value_name = "NAME", help_heading = "Stack")]
    pub(crate) env: Option<String>,
    /// Parameters from this file instead of environments/NAME.toml
    #[arg(long, global = true, value_name = "FILE", alias = "var-file", help_heading = "Stack")]
    pub(crate) env_file: Option<PathBuf>,
    /// Sets one parameter: `nodes.max=5`; may be repeated, later ones win
    #[arg(long, global = true, value_name = "NAME=VALUE", visible_alias = "var", help_heading = "Stack")]
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
    /// Where the ledgers are: a directory, or s3://, gs://, az:// or kubernetes:// [default: .flashinfra]
    #[arg(long, global = true, value_name = "PLACE", help_heading = "Where")]
    pub(crate) ledger: Option<String>,
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
    /// Make a new stack crate: program, parameters, README
    New(New),
    /// Check a stack without any network: it compiles, its parameters fit, no cycles
    Validate(Validate),
    /// Show what would change, and keep it in a file
    Plan(Plan),
    /// Make live what the stack declares, or what a plan file says
    Apply(Apply),
    /// Go on with the run that was interrupted, where it stopped
    Resume(Running),
    /// List what was made live so far, and how each time ended
    History,
    /// Go back to an earlier revision: a plan of the stack as it was then
    Rollback(Rollback),
    /// Run the stack's tests against what is applied; they are no part of it
    Test(Test),
    /// Delete all that the stack owns; works from the ledger, without the stack crate
    Destroy(Destroy),
    /// Show a plan file; `flashinfra ledger show` shows what is owned
    Show(Show),
    /// Show what depends on what
    Graph(Graph),
    /// Print the stack's Kubernetes objects as YAML, for kubectl or for git
    Render(Render),
    /// Show where live differs from what was last applied
    Drift(Drift),
    /// Print what the stack publishes, as of the last apply
    Output(Output),
    /// Write how kubectl reaches the stack's cluster, with tokens that need no other program
    #[command(alias = "update-kubeconfig")]
    Kubeconfig(Kubeconfig),
    /// Show whether what the stack owns is healthy just now
    Health(Health),
    /// Print what an address writes to its log
    Logs(Logs),
    /// Set the replicas of an address by hand; the next plan shows it
    Scale(Scale),
    /// Restart what an address runs, one pod after the other
    Restart(Restart),
    /// Look into the record of what the stack owns
    #[command(subcommand)]
    Ledger(Ledger),
    /// Make a ledger that was lost anew, from the marks on what is live
    Recover(Recover),
    /// Take over an object that exists already, for an address that is declared
    #[command(alias = "import")]
    Adopt(Adopt),
    /// Say who has the right to apply, and end it with --reason
    #[command(alias = "force-unlock")]
    Unlock(Unlock),
    /// Explain a kind of resource and its attributes; without a kind, list them
    Explain(Explain),
    /// List the stacks of this directory, their parameters and environments
    Stacks,
    /// Print the JSON Schema of a stack's parameters, for editors and pipelines
    Schema,
    /// Print the completions for a shell
    Completions(Completions),
}

/// `new`
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The name of the stack and of its directory
    pub(crate) name: String,
    /// Begins with a web service on Kubernetes instead of a network on AWS
    #[arg(long)]
    pub(crate) kubernetes: bool,
    /// Where the source of flashinfra is, unless it is around the new directory
    #[arg(long, value_name = "DIR")]
    pub(crate) flashinfra_path: Option<PathBuf>,
}

/// `validate`
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Keeps the compiled stack in this file, for `--compiled`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What a plan is to cover and what it may do; for `plan`, `apply` and `destroy`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Planning {
    /// Only this address and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) target: Vec<Address>,
    /// Not this address, nor what depends on it; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) exclude: Vec<Address>,
    /// Allows deleting or replacing this protected address; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) allow_destroy: Vec<Address>,
    /// Allows making objects again of which many vanished at once: all of them, or this address; may be repeated
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "", value_parser = Recreate::parse)]
    pub(crate) allow_recreate: Vec<Recreate>,
    /// Accepts a plan that leaves out what could not be read
    #[arg(long)]
    pub(crate) allow_partial: bool,
    /// Deletes the object of this id, which an unanswered create made twice; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) delete_double: Vec<String>,
}

/// What may be made again of many that vanished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recreate {
    /// All of it.
    All,
    /// What was at this address.
    Of(Address),
}

impl Recreate {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self::All) } else { Address::parse(text).map(Self::Of) }
    }
}

/// What else `plan` and `apply` take.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Changing {
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Replaces this address although nothing forces it; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) replace: Vec<Address>,
    /// Makes this address anew from `snapshot:NAME`, from what it was at a time (`2026-11-27T02:00:00Z`), or from its last backup
    /// (`latest`); the object that it has stays; may be repeated
    #[arg(long, value_name = "ADDRESS=FROM", value_parser = restore)]
    pub(crate) restore: Vec<Restore>,
    /// Plans the deletion of all that the stack owns
    #[arg(long, conflicts_with_all = ["refresh_only", "replace", "restore"])]
    pub(crate) destroy: bool,
    /// Only takes what changed outside into the ledger; calls nothing that writes
    #[arg(long, conflicts_with_all = ["replace", "restore"])]
    pub(crate) refresh_only: bool,
}

fn restore(text: &str) -> Result<Restore, String> {
    let (address, from) = text.split_once('=').ok_or("an address, `=` and what to restore it from")?;
    let from = match from.split_once(':') {
        Some(("snapshot", name)) if !name.is_empty() => RestoreFrom::Snapshot(name.into()),
        _ if from == "latest" => RestoreFrom::Latest,
        _ if is_time(from) => RestoreFrom::Time(from.into()),
        _ => {
            return Err(
                "restores from `snapshot:NAME`, from a time such as `2026-11-27T02:00:00Z`, or from `latest`".into()
            );
        }
    };
    Ok(Restore { address: Address::parse(address)?, from })
}

/// Whether it looks as `2026-11-27T02:00:00Z` does. That there is such a day is for the service to say.
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    let fits = |(given, form): (char, char)| if form == '0' { given.is_ascii_digit() } else { given == form };
    text.len() == form.len() && text.chars().zip(form.chars()).all(fits)
}

/// `plan`
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) changing: Changing,
    /// Keeps the plan in this file, for `show` and `apply`
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit code 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Prints what credentials have to be allowed for this plan and its apply, instead of the plan
    #[arg(long)]
    pub(crate) permissions: bool,
}

/// `apply`
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The plan file to apply exactly; without it, plans, shows, asks and applies that plan
    #[arg(value_name = "FILE", conflicts_with_all = [
        "target", "exclude", "allow_destroy", "allow_recreate", "allow_partial", "delete_double",
        "replace", "restore", "destroy", "refresh_only",
        "compiled", "set", "set_file", "env_file",
    ])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) changing: Changing,
    /// If a step fails, goes back to the last revision that made the whole stack live, and ends with 6
    #[arg(long, alias = "rollback-on-failure", conflicts_with_all = ["destroy", "refresh_only"])]
    pub(crate) atomic: bool,
    #[command(flatten)]
    pub(crate) running: Running,
}

/// `destroy`
#[derive(Debug, Args)]
pub(crate) struct Destroy {
    #[command(flatten)]
    pub(crate) planning: Planning,
    #[command(flatten)]
    pub(crate) running: Running,
}

/// `show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The plan file
    pub(crate) file: PathBuf,
}

/// `graph`
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// In which form
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
}

/// The forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A list for terminals
    Text,
    /// Graphviz
    Dot,
    /// Mermaid, for Markdown
    Mermaid,
}

/// `drift`
#[derive(Debug, Args)]
pub(crate) struct Drift {
    /// Exit code 2 when live differs
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// `output`
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Only this one
    pub(crate) name: Option<String>,
    /// The bare value, for scripts
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub(crate) raw: bool,
}

/// `recover`
#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// The uuid of the stack, when objects of several are found
    #[arg(long, value_name = "UUID")]
    pub(crate) uuid: Option<String>,
    /// Which of several objects an address has; may be repeated
    #[arg(long, value_name = "ADDRESS=ID", value_parser = object)]
    pub(crate) object: Vec<(Address, String)>,
    /// Does not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
}

fn object(text: &str) -> Result<(Address, String), String> {
    let (address, id) = text.split_once('=').ok_or("an address, `=` and the id of an object")?;
    Ok((Address::parse(address).map_err(|error| error.to_string())?, id.to_owned()))
}

/// `unlock`
#[derive(Debug, Args)]
pub(crate) struct Unlock {
    /// Why they must not go on; they are told. Without it, only says who has the right to apply
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
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
