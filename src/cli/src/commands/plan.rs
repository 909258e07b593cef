//! `flashinfra plan`.

use std::path::Path;

use flashinfra::error::MissingSecret;
use flashinfra::plan::{self, Labels, Planned};
use flashinfra_plans::plan::{Mode, Options, Refusal};
use flashinfra_plans::{Plan, file, render};
use flashinfra_providers::Calls;

use super::Context;
use crate::args::{self, Changing, Planning, Recreate};
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::session;
use crate::stack::{self, Loaded};
use crate::text::{count, duration};
use crate::{calls, invocation, json_lines, permissions, told};

/// Plans, shows, and keeps the plan when asked to.
pub(super) async fn run(context: &Context<'_>, args: &args::Plan) -> Ended {
    let planned = make(context, &args.changing).await?;
    if args.permissions {
        permissions::print(context.output, context.registry, &planned);
    } else {
        show(context, &planned, args.out.as_deref());
    }
    if let Some(out) = &args.out {
        keep(context, &planned.plan, out)?;
    }
    lacking(context, &planned.missing);
    let found = exit(&planned.plan);
    let changes = args.detailed_exitcode && !planned.plan.is_empty();
    Ok(if changes { found.first(Exit::Changes) } else { found })
}

/// Makes the plan that the arguments ask for.
pub(super) async fn make(context: &Context<'_>, changing: &Changing) -> Result<Planned, Problems> {
    let Changing { planning, replace, restore, destroy, refresh_only } = changing;
    if *destroy {
        return destruction(context, planning).await;
    }
    let loaded = stack::load(context)?;
    let mode = if *refresh_only { Mode::RefreshOnly } else { Mode::Apply };
    let options = Options { mode, replace: replace.clone(), restore: restore.clone(), ..options(planning) };
    of_stack(context, &loaded, &options).await
}

/// Plans a compiled stack.
pub(super) async fn of_stack(context: &Context<'_>, loaded: &Loaded, options: &Options) -> Result<Planned, Problems> {
    let session = session::open(context).await?;
    let _reading = context.output.spinner("Reading what is live");
    let labels = Labels { parameters: loaded.parameters.clone(), repeats: None };
    plan::plan(&session, &loaded.stack, options, labels).await.map_err(|error| told::engine(&error, &loaded.root))
}

/// Plans the deletion of all that a ledger owns, without the stack.
pub(super) async fn destruction(context: &Context<'_>, planning: &Planning) -> Result<Planned, Problems> {
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let options = Options { mode: Mode::Destroy, ..options(planning) };
    let _reading = context.output.spinner("Reading what is live");
    plan::destroy(&session, key.stack(), key.environment(), &options)
        .await
        .map_err(|error| told::engine(&error, Path::new("")))
}

/// Prints a plan that was just made.
pub(super) fn show(context: &Context<'_>, planned: &Planned, out: Option<&Path>) {
    let output = context.output;
    json_lines::plan(output, &planned.plan, out.map(Path::to_string_lossy).as_deref());
    output.aside(&source(planned));
    output.aside(&[reading(planned)]);
    result(context, &planned.plan);
    if output.is_verbose() {
        calls::print(output, &planned.calls);
    }
}

/// Prints a plan, and says how to see what there was no room for.
pub(super) fn result(context: &Context<'_>, plan: &Plan) {
    let output = context.output;
    let text = render::plan(plan, &output.style());
    output.result(&text);
    // A place in the source is found without its beginning; what was cut of a value is what a reviewer looks for.
    let is_cut = |line: &str| line.contains('…') && !line.contains("…/");
    if !output.is_verbose() && text.lines().any(is_cut) {
        output.aside(&["`-v` shows what … leaves out".into()]);
    }
}

/// What the plan was made from.
fn source(planned: &Planned) -> Vec<String> {
    let basis = &planned.plan.basis;
    let mut parts = Vec::new();
    if !basis.parameters.is_empty() {
        parts.push(format!("parameters {}", basis.parameters));
    }
    parts.push(match basis.serial {
        0 => format!("no ledger yet at {}", basis.ledger),
        serial => format!("ledger {}, serial {serial}", basis.ledger),
    });
    if planned.interrupted.is_some() {
        parts.push(session::unfinished("and", planned.applying.as_ref(), "flashinfra resume"));
    }
    parts
}

/// How much was read. On a line of its own, so that the lines around it do not depend on how long it took.
fn reading(planned: &Planned) -> String {
    let calls: u64 = planned.calls.values().map(Calls::total).sum();
    let calls = count(usize::try_from(calls).unwrap_or(usize::MAX), "call");
    format!("read in {} with {calls}", duration(planned.read))
}

/// How a plan ends the process: with what stands in its way, if something does.
pub(super) fn exit(plan: &Plan) -> Exit {
    plan.refusals.iter().map(refusal_exit).fold(Exit::Ok, Exit::first)
}

fn refusal_exit(refusal: &Refusal) -> Exit {
    match refusal {
        Refusal::Unreadable(..) | Refusal::UnknownAddress(_) | Refusal::UnknownDouble(_) => Exit::Error,
        Refusal::Protected(..)
        | Refusal::ManyVanished { .. }
        | Refusal::Conflict { .. }
        | Refusal::Busy(..)
        | Refusal::Contested { .. }
        | Refusal::Rejected(..)
        | Refusal::MadeLate(..)
        | Refusal::Tombstone(..) => Exit::Refused,
    }
}

/// Writes the plan file. A refused plan is written too: what `apply` would take otherwise is the plan of an earlier run.
pub(super) fn keep(context: &Context<'_>, plan: &Plan, out: &Path) -> Result<(), Problem> {
    std::fs::write(out, file::write(plan))
        .map_err(|error| Problem::caused(format!("could not keep the plan in {}", out.display()), &error))?;
    if !plan.refusals.is_empty() {
        let shows = invocation::show(context.global, out);
        context.output.note(&format!(
            "\nThe refused plan is in {}. No apply takes it; to show it again:\n  {shows}",
            out.display()
        ));
    } else if !plan.is_empty() {
        let apply = invocation::apply_file(context.global, out);
        context.output.note(&format!("\nThe plan is in {}. To apply exactly this one:\n  {apply}", out.display()));
    }
    Ok(())
}

/// How many missing secrets are named.
const MISSING_MAX: usize = 10;

/// Says which secrets an apply from here would not find. No reason to fail: whoever applies may be elsewhere.
pub(super) fn lacking(context: &Context<'_>, missing: &[MissingSecret]) {
    json_lines::missing(context.output, missing);
    if missing.is_empty() {
        return;
    }
    let mut lines = vec![format!("\nAn apply from here would lack {}:", count(missing.len(), "secret"))];
    lines.extend(missing.iter().take(MISSING_MAX).map(|missing| format!("  {missing}")));
    if missing.len() > MISSING_MAX {
        lines.push(format!("  and {} more", missing.len() - MISSING_MAX));
    }
    context.output.note(&lines.join("\n"));
}

/// What the arguments ask the planner for.
pub(super) fn options(planning: &Planning) -> Options {
    let named = |what| match what {
        Recreate::All => None,
        Recreate::Of(address) => Some(address),
    };
    let Planning { target, exclude, allow_destroy, allow_recreate, allow_partial, delete_double } = planning.clone();
    Options {
        targets: target,
        excludes: exclude,
        allow_destroy,
        allow_recreate: allow_recreate.contains(&Recreate::All),
        allow_recreate_of: allow_recreate.into_iter().filter_map(named).collect(),
        allow_partial,
        delete_doubles: delete_double.into_iter().map(Into::into).collect(),
        ..Options::default()
    }
}
