//! What is there for a while only: the tests that people run, and what is deleted after them and after each apply, as the commands do it.

use flashinfra::apply::{ApplyOptions, Report, StepOutcome, apply_file};
use flashinfra::error::{EngineError, Exit};
use flashinfra::ledgers;
use flashinfra::load::PlanFile;
use flashinfra::plan::{Labels, Planned, plan};
use flashinfra::resume;
use flashinfra::session::Session;
use flashinfra_plans::plan::{Act, Mode, Options};
use flashinfra_plans::{Address, Ledger, Phase, Plan, file};

use super::people::{NoPlan, Wishes};
use super::turn::{Ended, spoken};
use super::{Simulation, compiled, key};
use crate::process::Process;
use crate::scenario::{Edit, Resource, Turn};
use crate::world::{Invariant, Maker, Permitted};

impl Simulation<'_> {
    /// Applies a plan, and then one that deletes what is over, unless something is to be looked at first.
    pub(super) async fn carried(
        &self,
        file: PlanFile,
        edit: &Edit,
        process: &Process,
        session: &Session,
        options: &ApplyOptions,
    ) -> Result<Report, EngineError> {
        let mode = file.plan.mode;
        let report = apply_file(session, file, options).await?;
        let has_ended = mode == Mode::Test || matches!(report.exit, Exit::Ok | Exit::Error);
        self.counted(mode, &report);
        if has_ended && !report.steps.iter().any(|step| step.outcome.is_open()) {
            let of_tests =
                if mode == Mode::Test { tests(edit).map(|test| test.address.clone()).collect() } else { Vec::new() };
            match self.tidied(edit, of_tests, process, session, options).await {
                Ok(None) => {}
                Ok(Some(tidied)) => {
                    self.counted(Mode::Tidy, &tidied);
                    self.world.now().tell(|| format!("process {} tidied up: {}", process.number, spoken(&tidied)));
                }
                Err(error) => self.told(&error, "tidying up").await,
            }
        }
        Ok(report)
    }

    /// After a run of tests only tests are tidied up.
    async fn tidied(
        &self,
        edit: &Edit,
        tests: Vec<Address>,
        process: &Process,
        session: &Session,
        options: &ApplyOptions,
    ) -> Result<Option<Report>, EngineError> {
        let stack = compiled(edit);
        if edit.stack.is_none() || !stack.resources.iter().any(|resource| resource.lifecycle.is_short_lived()) {
            return Ok(None);
        }
        let tidy = Options { mode: Mode::Tidy, tests, ..Options::default() };
        let Planned { plan, interrupted, .. } = plan(session, &stack, &tidy, Labels::default()).await?;
        if (plan.steps.is_empty() && interrupted.is_none()) || !plan.refusals.is_empty() {
            return Ok(None);
        }
        self.permit(process, &plan, edit);
        apply_file(session, PlanFile::of(plan), options).await.map(Some)
    }

    /// A process begins to apply a plan.
    pub(super) fn permit(&self, process: &Process, plan: &Plan, edit: &Edit) {
        self.world.now().oracle.permit(process.number, Permitted::by(plan, edit));
    }

    fn counted(&self, mode: Mode, report: &Report) {
        for step in &report.steps {
            let what = match (mode, &step.step.act, &step.outcome) {
                (Mode::Test, Act::Create, StepOutcome::Done) => "tests passed",
                (Mode::Test, Act::Create, StepOutcome::Failed(_)) => "tests failed",
                (Mode::Tidy, Act::Delete, StepOutcome::Done) => "tidied up",
                _ => continue,
            };
            self.world.now().count(what);
        }
    }

    /// Plans to run all tests of an edit, where the command would.
    ///
    /// # Errors
    /// Why it would not, or why there is no plan.
    pub(super) async fn tests_planned(&self, session: &Session, edit: &Edit) -> Result<Planned, NoPlan> {
        let tests: Vec<Address> = tests(edit).map(|test| test.address.clone()).collect();
        let Some(key) = key().filter(|_| !tests.is_empty()) else { return Err(NoPlan::NothingThere) };
        let is_applied = async {
            let is_there = ledgers::load(session.ledgers.as_ref(), &key).await?.is_some();
            let unfinished = resume::unfinished(session, &key).await?;
            let is_over = unfinished.is_none_or(|run| matches!(run.file.plan.mode, Mode::Test | Mode::Tidy));
            Ok::<_, EngineError>(is_there && is_over)
        };
        match is_applied.await {
            Ok(true) => {}
            Ok(false) => return Err(NoPlan::NotNow("nothing is applied, or an apply is not over".into())),
            Err(error) => {
                self.told(&error, "tests").await;
                return Err(NoPlan::NotNow(error.to_string()));
            }
        }
        self.planned_with(session, edit, Options { mode: Mode::Test, tests, ..Options::default() }).await
    }

    /// Once a plan is empty: what tests left is what is to be looked at, they pass, and leave nothing that a plan would see.
    pub(super) async fn tested_in_peace(&self, edit: &Edit, wishes: &mut Wishes) {
        if tests(edit).next().is_none() {
            return;
        }
        let (process, session) = self.process(&"carol".into(), None);
        // A stack of tests alone has nothing that they could test.
        let Some(key) = key() else { return };
        let Ok(Some(loaded)) = ledgers::load(session.ledgers.as_ref(), &key).await else { return };
        self.left_by_tests(edit, &loaded.ledger);
        let planned = match self.tests_planned(&session, edit).await {
            Ok(planned) => planned,
            Err(NoPlan::NothingThere) => return self.violated(Invariant::Converges, "there is nothing to test"),
            Err(NoPlan::NotNow(why)) => return self.violated(Invariant::Converges, format!("no test can run: {why}")),
        };
        let bytes = file::write(&planned.plan);
        match self.applied(&bytes, edit, &process, &session, &Turn::of("carol")).await {
            Ended::Died => {}
            Ended::Reported(result) => match *result {
                Ok(report) => self.all_passed(edit, &report),
                Err(error) => self.violated(Invariant::Converges, format!("no test can run: {error}")),
            },
        }
        if let Some(left) = self.tried_in_peace(edit, wishes).await {
            self.violated(Invariant::Converges, format!("after its tests a plan is not empty: {left}"));
        }
    }

    fn all_passed(&self, edit: &Edit, report: &Report) {
        for Resource { address, .. } in tests(edit) {
            let has_passed = report.steps.iter().any(|step| {
                step.step.address == *address
                    && step.step.act == Act::Create
                    && matches!(step.outcome, StepOutcome::Done)
            });
            if !has_passed {
                self.violated(Invariant::Converges, format!("{address} did not pass: {}", spoken(report)));
            }
        }
    }

    /// What tests left once a plan is empty has failed, and is kept to be looked at.
    fn left_by_tests(&self, edit: &Edit, ledger: &Ledger) {
        let mut world = self.world.now();
        let mut found = Vec::new();
        let is_ready = |address: &Address| {
            let row = ledger.rows.get(address);
            row.and_then(|row| row.current.as_ref()).is_some_and(|owned| owned.ready)
        };
        for ((kind, id), thing) in world.things() {
            let Maker::Stack(address, _) = &thing.maker else { continue };
            let Some(test) = tests(edit).find(|test| test.address == *address) else { continue };
            match thing.phase() {
                Phase::Failed if !test.lifecycle.delete_after_failure => found.push(None),
                // Nobody waits for it any more, and its next run deletes it. It has failed, whatever becomes of it.
                Phase::Creating => found.push(None),
                Phase::Ready if !is_ready(address) => found.push(None),
                phase => found.push(Some(format!("{kind} {id} of the test {address} is {phase:?}, and there still"))),
            }
        }
        for left in found {
            match left {
                None => world.count("tests kept to be looked at"),
                Some(message) => world.oracle.violated(Invariant::EndsAsDeclared, message),
            }
        }
    }
}

/// The tests of an edit.
fn tests(edit: &Edit) -> impl Iterator<Item = &Resource> {
    edit.stack.iter().flatten().filter(|resource| resource.lifecycle.test)
}
