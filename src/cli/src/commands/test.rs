//! `flashinfra test [NAME…]`: makes the stack's tests beside what is applied, waits for them, tells which passed, and deletes what is
//! over. Two plans like any others, which leave everything else alone; a run that is killed is found by the next command.

use flashinfra::apply::{Report, StepReport};
use flashinfra::ledgers::{self, LedgerKey};
use flashinfra::load::PlanFile;
use flashinfra::resume;
use flashinfra::session::Session;
use flashinfra_plans::plan::{Act, Mode, Options};
use flashinfra_plans::{Address, CompiledStack};
use flashinfra_stacks::params::suggest;
use serde::Serialize;

use super::{Context, apply, plan, tidy};
use crate::args::Test;
use crate::json_lines;
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::report::{self, Form};
use crate::stack;
use crate::text::{count, duration};
use crate::{invocation, session, told};

/// Runs the tests that are named, or all.
pub(super) async fn run(context: &Context<'_>, args: &Test) -> Ended {
    let output = context.output;
    let loaded = stack::load(context)?;
    let tests = named(&loaded.stack, &args.names)?;
    let key = LedgerKey::new(&loaded.stack.stack, &loaded.stack.environment);
    let key = key.map_err(|error| told::ledger(&error.into()))?;
    if tests.is_empty() {
        output.line("tests", &Line::default());
        let none = format!("{key} has no tests: a resource is one with `Lifecycle::new().test()`.");
        output.result(&output.page().wrapped(0, &none));
        return Ok(Exit::Ok);
    }
    let session = session::open(context).await?;
    is_applied(context, &session, &key).await?;
    let timeout_seconds = args.timeout.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    let options = Options { mode: Mode::Test, tests: tests.clone(), timeout_seconds, ..Options::default() };
    let planned = plan::of_stack(context, &loaded, &options).await?;
    if !planned.plan.refusals.is_empty() {
        plan::show(context, &planned, None);
        return Ok(plan::exit(&planned.plan));
    }
    let plan = planned.plan;
    json_lines::plan(output, &plan, None);
    output.note(&format!("Testing {key}: {}", count(tests.len(), "test")));
    let (_, report) = apply::carried(context, &session, PlanFile::of(plan), args.execution).await?;
    tell(context, &tests, &report);
    if report.steps.iter().any(|step| step.outcome.is_open()) {
        output.note(&format!(
            "What is not over was left to go on. To wait for it until it is, and run it anew:\n  {}",
            invocation::command(context.global, "test", &args.names)
        ));
        return Ok(report.exit);
    }
    let tidied = tidy::run(context, &session, &loaded.stack, &tests, args.execution).await?;
    Ok(report.exit.first(tidied))
}

/// The tests of these names, all without any.
fn named(stack: &CompiledStack, names: &[String]) -> Result<Vec<Address>, Problem> {
    let tests: Vec<&Address> =
        stack.resources.iter().filter(|resource| resource.lifecycle.test).map(|test| &test.address).collect();
    let is_called = |test: &Address, name: &str| test.as_str() == name || test.name() == name;
    for name in names {
        if tests.iter().any(|test| is_called(test, name)) {
            continue;
        }
        let known = || tests.iter().flat_map(|test| [test.as_str(), test.name()]);
        let help = match suggest::nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if tests.is_empty() => "the stack has no tests".to_owned(),
            None => format!("there are {}", tests.iter().map(|test| test.as_str()).collect::<Vec<_>>().join(", ")),
        };
        return Err(Problem::new(format!("there is no test `{name}`")).help(help));
    }
    let is_meant = |test: &Address| names.is_empty() || names.iter().any(|name| is_called(test, name));
    Ok(tests.into_iter().filter(|test| is_meant(test)).cloned().collect())
}

/// There has to be something to test, and an apply that was interrupted is for a person to look at first. A test that was is not: it
/// runs again.
async fn is_applied(context: &Context<'_>, session: &Session, key: &LedgerKey) -> Result<(), Problems> {
    let store = session.ledgers.as_ref();
    if ledgers::load(store, key).await.map_err(|error| told::ledger(&error.into()))?.is_none() {
        let apply = invocation::command(context.global, "apply", &[]);
        let problem = Problem::new(format!("nothing of {key} is applied yet"));
        return Err(problem.help(format!("tests run against what is applied:\n  {apply}")).exit(Exit::Refused).into());
    }
    let unfinished = resume::unfinished(session, key).await.map_err(|error| told::ledger(&error))?;
    let Some(unfinished) = unfinished.filter(|run| !matches!(run.file.plan.mode, Mode::Test | Mode::Tidy)) else {
        return Ok(());
    };
    let goes_on = apply::resume(context, session, &unfinished.file.plan).await;
    let problem =
        Problem::new(format!("an apply of {key} is not over, so that there is no telling what would be tested"));
    Err(problem.help(format!("go on with it first:\n  {goes_on}")).exit(Exit::Refused).into())
}

fn tell(context: &Context<'_>, tests: &[Address], report: &Report) {
    let output = context.output;
    let results: Vec<Ran<'_>> = tests.iter().map(|test| Ran::of(test, report)).collect();
    for result in &results {
        output.line("test", &TestLine::new(result));
    }
    output.line("tests", &Line::new(&results, report));
    output.result(&text(&results, report, Form::of(output)));
}

/// What became of a test.
struct Ran<'a> {
    address: &'a Address,
    /// The step that it ended with; none when it was not to be run.
    step: Option<&'a StepReport>,
}

impl<'a> Ran<'a> {
    fn of(address: &'a Address, report: &'a Report) -> Self {
        let steps = || report.steps.iter().filter(|step| step.step.address == *address);
        // Of what was not done the first says why.
        let step = steps().find(|step| !step.outcome.is_finished()).or_else(|| steps().next_back());
        Self { address, step }
    }

    fn has_passed(&self) -> bool {
        self.step.is_some_and(|step| step.outcome.is_finished())
    }
}

fn text(results: &[Ran<'_>], report: &Report, form: Form) -> String {
    let paint = form.paint;
    let mut text = "\n".to_owned();
    for result in results {
        let Some(step) = result.step else { continue };
        let what = match step.step.act {
            Act::Create => result.address.to_string(),
            _ => format!("what is left of {}", result.address),
        };
        text += &match report::trouble_with(&what, step, &report.steps, form) {
            Some(trouble) => trouble,
            None => format!("  {} {what}  {}\n", paint.green("passed    "), duration(step.elapsed)),
        };
    }
    let passed = results.iter().filter(|result| result.has_passed()).count();
    let time = duration(report.elapsed);
    match results.len() - passed {
        0 => text + &format!("\n{} in {time}: {}\n", paint.green("Passed"), count(passed, "test")),
        failed => {
            text + &format!("\n{} after {time}: {failed} of {}\n", paint.red("Failed"), count(results.len(), "test"))
        }
    }
}

/// What became of a test, for machines.
#[derive(Serialize)]
struct TestLine<'a> {
    address: &'a str,
    passed: bool,
    outcome: &'static str,
    elapsed_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl<'a> TestLine<'a> {
    fn new(result: &Ran<'a>) -> Self {
        let (outcome, message, _) =
            result.step.map_or(("skipped", None, None), |step| report::outcome_word(&step.outcome));
        let elapsed_ms = result.step.map_or(0, |step| step.elapsed.as_millis());
        Self { address: result.address.as_str(), passed: result.has_passed(), outcome, elapsed_ms, message }
    }
}

/// All of them, for machines.
#[derive(Default, Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    passed: usize,
    failed: usize,
    elapsed_ms: u128,
}

impl<'a> Line<'a> {
    fn new(results: &[Ran<'a>], report: &'a Report) -> Self {
        let passed = results.iter().filter(|result| result.has_passed()).count();
        let (failed, elapsed_ms) = (results.len() - passed, report.elapsed.as_millis());
        Self { run: Some(&report.run), passed, failed, elapsed_ms }
    }
}
