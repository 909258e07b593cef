//! `flashinfra apply [FILE]`, and the part of it that `destroy` shares.

use std::ops::ControlFlow;
use std::path::Path;

use flashinfra::apply::{self, ApplyOptions, Interrupt, Report};
use flashinfra::error::EngineError;
use flashinfra::ledgers::LedgerKey;
use flashinfra::load::{self, PlanFile};
use flashinfra::plan::Planned;
use flashinfra::session::Session;
use flashinfra_plans::{Plan, render};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;

use super::{Context, plan, rollback, tidy};
use crate::args::{Apply, Execution, Running};
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::report::{self, Commands, Told};
use crate::{calls, interrupts, invocation, outputs, progress, session, told};

/// Applies a plan file exactly, or plans, shows, asks and applies that very plan.
pub(super) async fn run(context: &Context<'_>, args: &Apply) -> Ended {
    if let Some(file) = &args.file {
        return exactly(context, file, args).await;
    }
    let planned = plan::make(context, &args.changing).await?;
    let words = invocation::changing(&args.changing);
    let commands = Commands {
        apply: invocation::command(context.global, "apply", &words),
        plan: invocation::command(context.global, "plan", &words),
    };
    match asked(context, planned, args.atomic, &args.running, "Apply this plan?", &commands).await? {
        ControlFlow::Break(exit) => Ok(exit),
        ControlFlow::Continue(file) => attempt(context, file, args, commands).await,
    }
}

/// Applies a plan, and goes back if that fails and is asked for.
async fn attempt(context: &Context<'_>, file: PlanFile, args: &Apply, commands: Commands) -> Ended {
    if !args.atomic {
        return execute(context, file, &args.running, commands).await;
    }
    let plan = file.plan.clone();
    let report = carry_out(context, file, &args.running, commands).await?;
    match report.exit {
        Exit::Ok => Ok(Exit::Ok),
        _ => rollback::after_failure(context, &plan, &report, &args.running).await,
    }
}

/// Applies a plan file. Whoever names it has reviewed it, so nobody is asked.
async fn exactly(context: &Context<'_>, file: &Path, args: &Apply) -> Ended {
    let planned = read(context, file)?;
    let plan = &planned.plan;
    let commands = Commands {
        apply: invocation::apply_file(context.global, file),
        plan: invocation::plan_again(context.global, plan),
    };
    is_meant(context, plan, file)?;
    is_in_its_world(context, plan, &file.display().to_string(), &commands.apply)?;
    if !plan.refusals.is_empty() {
        context.output.result(&render::plan(plan, &context.output.style()));
        return Err(Problem::new(format!("{} is refused, for what stands above", file.display()))
            .help(format!("plan again with what it asks for:\n  {}", commands.plan))
            .exit(plan::exit(plan))
            .into());
    }
    if args.atomic {
        rollback::foretell(context, plan).await?;
    }
    attempt(context, planned, args, commands).await
}

/// What was made in the sandbox goes on there, and nowhere else.
pub(super) fn is_in_its_world(context: &Context<'_>, plan: &Plan, what: &str, command: &str) -> Result<(), Problem> {
    let is_sandboxed = plan.basis.places.values().any(|place| place.scope.starts_with("sandbox:"));
    if !is_sandboxed || context.global.sandbox {
        return Ok(());
    }
    Err(Problem::new(format!("{what} was made for the sandbox"))
        .help(format!("use it there:\n  {command} --sandbox"))
        .exit(Exit::Refused))
}

/// Whoever names a stack or an environment beside a plan file means that one, and no other.
fn is_meant(context: &Context<'_>, plan: &Plan, file: &Path) -> Result<(), Problem> {
    let (global, basis) = (context.global, &plan.basis);
    let differs = |named: &Option<String>, is: &str| named.as_deref().is_some_and(|named| named != is);
    if !differs(&global.stack, &basis.stack) && !differs(&global.env, &basis.environment) {
        return Ok(());
    }
    let named = [("--stack", &global.stack), ("--env", &global.env)];
    let named = named.into_iter().filter_map(|(option, name)| Some(format!("{option} {}", name.as_ref()?)));
    Err(Problem::new(format!("{} is for {}/{}", file.display(), basis.stack, basis.environment))
        .help(format!("leave out {}, or plan for it", named.collect::<Vec<_>>().join(" ")))
        .exit(Exit::Refused))
}

/// Shows a plan, asks, and applies it.
pub(super) async fn reviewed(
    context: &Context<'_>,
    planned: Planned,
    running: &Running,
    question: &str,
    commands: Commands,
) -> Ended {
    match asked(context, planned, false, running, question, &commands).await? {
        ControlFlow::Break(exit) => Ok(exit),
        ControlFlow::Continue(file) => execute(context, file, running, commands).await,
    }
}

/// Shows a plan and asks: the plan that is to be applied, or how the command ends without.
async fn asked(
    context: &Context<'_>,
    planned: Planned,
    atomic: bool,
    running: &Running,
    question: &str,
    commands: &Commands,
) -> Result<ControlFlow<Exit, PlanFile>, Problems> {
    plan::show(context, &planned, None);
    let (plan, interrupted) = (planned.plan, planned.interrupted.is_some());
    let stands = plan::exit(&plan);
    // With nothing left to do, applying still closes the run that was interrupted: the ledger then says what it did.
    if stands != Exit::Ok || (plan.is_empty() && plan.steps.is_empty() && !interrupted) {
        return Ok(ControlFlow::Break(stands));
    }
    // Nobody is asked about what would then not begin.
    if !planned.missing.is_empty() {
        return Err(told::engine(&EngineError::Secrets(planned.missing), Path::new("")));
    }
    if atomic {
        rollback::foretell(context, &plan).await?;
    }
    let question = Question { text: question, without: without_being_asked(context, commands) };
    if !running.auto_approve && !plan.is_empty() && !approved(context, &question).await? {
        context.output.note("Nothing was changed.");
        return Ok(ControlFlow::Break(Exit::Interrupted));
    }
    Ok(ControlFlow::Continue(PlanFile::of(plan)))
}

/// Reads a plan file.
pub(super) fn read(context: &Context<'_>, file: &Path) -> Result<PlanFile, Problems> {
    let bytes = std::fs::read(file).map_err(|error| {
        Problem::caused(format!("could not read the plan file {}", file.display()), &error).help(format!(
            "`{} --out={}` makes one",
            invocation::plan(context.global),
            file.display()
        ))
    })?;
    load::plan_file(bytes).map_err(|error| told::plan_file(&error, file))
}

/// Something that a person has to agree to.
pub(super) struct Question<'a> {
    /// What is asked.
    pub(super) text: &'a str,
    /// What to type where nobody can be asked.
    pub(super) without: String,
}

fn without_being_asked(context: &Context<'_>, commands: &Commands) -> String {
    format!(
        "to go on without being asked:\n  {} --auto-approve\nto review first:\n  {} --out=FILE\n  {}",
        commands.apply,
        commands.plan,
        invocation::apply_file(context.global, Path::new("FILE")),
    )
}

/// Asks whether to go on.
pub(super) async fn approved(context: &Context<'_>, question: &Question<'_>) -> Result<bool, Problems> {
    let (output, Question { text, without }) = (context.output, question);
    if let Some(why) = output.why_silent() {
        return Err(Problem::new(why).help(without).exit(Exit::Refused).into());
    }
    Ok(output.answered(&format!("\n{} Type yes to go on:", output.paint_progress().bold(text)), "yes").await?)
}

/// Applies a plan and tells what became of it.
pub(super) async fn execute(context: &Context<'_>, file: PlanFile, running: &Running, commands: Commands) -> Ended {
    Ok(carry_out(context, file, running, commands).await?.exit)
}

/// The same, for who has to know more of it than how it ended.
pub(super) async fn carry_out(
    context: &Context<'_>,
    file: PlanFile,
    running: &Running,
    commands: Commands,
) -> Result<Report, Problems> {
    let session = session::open(context).await?;
    let (plan, report) = carried(context, &session, file, running.execution).await?;
    let resume = resume(context, &session, &plan).await;
    tell(context, &Told { plan: &plan, report: &report, commands, resume });
    let exit = tidy::after(context, &session, &plan, &report, running.execution).await?;
    Ok(Report { exit, ..report })
}

/// The same, for who tells it in words of its own.
pub(super) async fn carried(
    context: &Context<'_>,
    session: &Session,
    file: PlanFile,
    execution: Execution,
) -> Result<(Plan, Report), Problems> {
    let PlanFile { plan, digest, bytes } = file;
    let output = context.output;
    let (events, heard) = unbounded_channel();
    let (stages, raised) = unbounded_channel();
    let interrupt = Interrupt::new();
    let listener = interrupts::listen(interrupt.clone(), stages);
    let options = ApplyOptions {
        parallelism: execution.parallelism.map(usize::from),
        per_provider: None,
        history_max: execution.history_max,
        events: Some(events),
        interrupt,
    };
    let applying = async {
        let report = apply::apply_file(session, PlanFile { plan: plan.clone(), digest, bytes }, &options).await;
        // The progress ends when nobody can send an event any more.
        drop(options);
        report
    };
    let (report, ()) = tokio::join!(applying, progress::watch(output, &plan.steps, !execution.no_logs, heard, raised));
    listener.iter().for_each(JoinHandle::abort);
    let report = report.map_err(|error| told::engine(&error, Path::new("")))?;
    Ok((plan, report))
}

/// What goes on with a run. It names its ledger only where there are several.
pub(super) async fn resume(context: &Context<'_>, session: &Session, plan: &Plan) -> String {
    let several = session.ledgers.keys().await.is_ok_and(|keys| keys.len() > 1);
    let key = LedgerKey::new(&plan.basis.stack, &plan.basis.environment).ok().filter(|_| several);
    invocation::resume(context.global, key.as_ref())
}

fn tell(context: &Context<'_>, told: &Told<'_>) {
    let (output, report) = (context.output, told.report);
    report::print(output, told);
    outputs::print(output, &report.outputs, &report.outputs_left);
    if output.is_verbose() {
        calls::print(output, &report.calls);
    }
}
