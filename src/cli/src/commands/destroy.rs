//! `flashinfra destroy`: works from the ledger, so that the stack's code may be gone.

use super::{Context, apply, plan};
use crate::args::Destroy;
use crate::invocation;
use crate::problem::Ended;
use crate::report::Commands;

/// Plans the deletion of all that the ledger owns, shows, asks, and applies that very plan.
pub(super) async fn run(context: &Context<'_>, args: &Destroy) -> Ended {
    let planned = plan::destruction(context, &args.planning).await?;
    let basis = &planned.plan.basis;
    let question = format!("Delete all this of {}/{}?", basis.stack, basis.environment);
    let words = invocation::planning(&args.planning);
    let commands = Commands {
        apply: invocation::command(context.global, "destroy", &words),
        plan: invocation::command(context.global, "plan", &[words, vec!["--destroy".to_owned()]].concat()),
    };
    apply::reviewed(context, planned, &args.running, &question, commands).await
}
