//! `flashinfra drift`: works from the ledger, which knows what was last applied.

use flashinfra::plan::{self, Labels};
use flashinfra_plans::plan::{Mode, Options};
use flashinfra_plans::render;

use super::Context;
use crate::args::Drift;
use crate::problem::{Ended, Exit};
use crate::{calls, json_lines, session, told};

/// Prints where live differs from what was last applied. Changes nothing, the ledger included.
pub(super) async fn run(context: &Context<'_>, args: &Drift) -> Ended {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let options = Options { mode: Mode::RefreshOnly, allow_partial: true, ..Options::default() };
    let reading = context.output.spinner("Reading what is live");
    let planned = plan::plan(&session, &plan::undeclared(&ledger), &options, Labels::default()).await;
    drop(reading);
    let planned = planned.map_err(|error| told::ledger(&error))?;
    let output = context.output;
    json_lines::drift(output, &planned.plan);
    output.result(&render::drift(&planned.plan, &output.style()));
    if output.is_verbose() {
        calls::print(output, &planned.calls);
    }
    let drifted = planned.plan.drift.iter().any(|drift| !drift.is_left_alone());
    Ok(if drifted && args.detailed_exitcode { Exit::Changes } else { Exit::Ok })
}
