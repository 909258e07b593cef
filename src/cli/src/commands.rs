//! The commands: each turns arguments into values for the engine, and what comes back into words.

mod adopt;
mod apply;
mod by_hand;
mod completions;
mod destroy;
mod drift;
mod explain;
mod graph;
mod health;
mod history;
mod kubeconfig;
mod ledger;
mod logs;
mod new;
mod output;
mod plan;
mod recover;
mod render;
mod resume;
mod rollback;
mod schema;
mod show;
mod stacks;
mod test;
mod tidy;
mod unlock;
mod validate;

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
    let context = Context { registry, global: &cli.global, output };
    match &cli.command {
        Command::New(args) => new::run(&context, args),
        Command::Validate(args) => validate::run(&context, args),
        Command::Plan(args) => plan::run(&context, args).await,
        Command::Apply(args) => apply::run(&context, args).await,
        Command::History => history::run(&context).await,
        Command::Rollback(args) => rollback::run(&context, args).await,
        Command::Test(args) => test::run(&context, args).await,
        Command::Destroy(args) => destroy::run(&context, args).await,
        Command::Health(args) => health::run(&context, args).await,
        Command::Logs(args) => logs::run(&context, args).await,
        Command::Scale(args) => by_hand::scale(&context, args).await,
        Command::Restart(args) => by_hand::restart(&context, args).await,
        Command::Adopt(args) => adopt::run(&context, args).await,
        Command::Recover(args) => recover::run(&context, args).await,
        Command::Resume(args) => resume::run(&context, args).await,
        Command::Show(args) => show::run(&context, args),
        Command::Graph(args) => graph::run(&context, args),
        Command::Render(args) => render::run(&context, args).await,
        Command::Drift(args) => drift::run(&context, args).await,
        Command::Output(args) => output::run(&context, args).await,
        Command::Kubeconfig(args) => kubeconfig::run(&context, args).await,
        Command::Ledger(args) => ledger::run(&context, args).await,
        Command::Unlock(args) => unlock::run(&context, args).await,
        Command::Explain(args) => explain::run(&context, args),
        Command::Stacks => stacks::run(&context),
        Command::Schema => schema::run(&context),
        Command::Completions(args) => completions::run(&context, args),
    }
}
