//! One try: plan, write the plan down, read it back, apply it, while others do what they do.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use flashinfra::apply::{ApplyOptions, Interrupt, Report, StepOutcome, StepReport};
use flashinfra::error::{EngineError, Exit};
use flashinfra::load;
use flashinfra::session::Session;
use flashinfra_plans::plan::Mode;
use flashinfra_plans::{Step, file};
use futures_util::future::join_all;

use super::people::{NoPlan, Wishes};
use super::{Simulation, compiled};
use crate::kinds;
use crate::process::Process;
use crate::scenario::{Edit, Hand, Stop, Turn};
use crate::world::{Invariant, Permitted};

/// How long after the turn before it a turn begins at least: requests that are late have arrived by then.
const AFTER: Duration = Duration::from_secs(6);

/// What is left of the turns so far.
#[derive(Default)]
struct Memory {
    wishes: Wishes,
    /// The plan that was not over.
    plan: Option<Vec<u8>>,
}

/// How an apply ended.
pub(super) enum Ended {
    Reported(Box<Result<Report, EngineError>>),
    Died,
}

impl Simulation<'_> {
    /// All tries to reach what an edit wants.
    pub(super) async fn edit(&self, edit: &Edit) {
        let mut turns = edit.turns.as_slice();
        let mut memory = Memory::default();
        while let Some((first, rest)) = turns.split_first() {
            let beside = rest.iter().take_while(|turn| turn.beside).count();
            tokio::time::sleep(AFTER).await;
            let others = rest[..beside].iter().map(|turn| async {
                self.turn(turn, edit, &mut Memory::default()).await;
            });
            tokio::join!(self.turn(first, edit, &mut memory), join_all(others));
            if self.is_over() {
                return;
            }
            turns = &rest[beside..];
        }
    }

    async fn turn(&self, turn: &Turn, edit: &Edit, memory: &mut Memory) {
        let work = async {
            tokio::time::sleep(Duration::from_millis(turn.delay_ms)).await;
            self.tried(turn, edit, memory).await;
        };
        tokio::join!(work, self.hands(&turn.hands));
    }

    async fn hands(&self, hands: &[Hand]) {
        let each = hands.iter().map(|hand| async {
            tokio::time::sleep(Duration::from_millis(hand.at_ms)).await;
            self.world.now().done_by_others(&hand.deed);
        });
        join_all(each).await;
    }

    async fn tried(&self, turn: &Turn, edit: &Edit, memory: &mut Memory) {
        let (process, session) = self.process(&turn.who, turn.stop);
        let bytes = match memory.plan.take().filter(|_| turn.again) {
            Some(bytes) => {
                self.world.now().count("plans applied again");
                bytes
            }
            None => {
                let planned = match turn.tests {
                    true => self.tests_planned(&session, edit).await,
                    false => self.planned(&session, edit, &memory.wishes).await,
                };
                let Ok(planned) = planned else { return };
                if planned.plan.is_empty() && planned.interrupted.is_none() {
                    return;
                }
                file::write(&planned.plan)
            }
        };
        tokio::time::sleep(Duration::from_millis(turn.gap_ms)).await;
        memory.plan = match self.applied(&bytes, edit, &process, &session, turn).await {
            Ended::Died => Some(bytes),
            Ended::Reported(result) => match *result {
                Ok(report) => {
                    self.learnt(&report, &mut memory.wishes);
                    report.steps.iter().any(|step| step.outcome.is_open()).then_some(bytes)
                }
                Err(error) => {
                    self.told(&error, "apply").await;
                    Some(bytes)
                }
            },
        };
    }

    /// Applies a plan from its bytes, and tidies up after it, as long as the process lives.
    pub(super) async fn applied(
        &self,
        bytes: &[u8],
        edit: &Edit,
        process: &Arc<Process>,
        session: &Session,
        turn: &Turn,
    ) -> Ended {
        let file = match load::plan_file(bytes) {
            Ok(file) => file,
            Err(error) => return Ended::Reported(Box::new(Err(error))),
        };
        let plan = &file.plan;
        // Tests make nothing of it so.
        let is_apply = plan.mode != Mode::Test;
        let (protected, free): (Vec<_>, Vec<_>) = compiled(edit).resources.into_iter().partition(|resource| {
            let is_stateful = kinds::schema(resource.address.kind()).is_some_and(|schema| schema.stateful);
            resource.lifecycle.protect.unwrap_or(is_stateful)
        });
        {
            let mut world = self.world.now();
            world.count("applies");
            world.tell(|| {
                let step = |step: &Step| format!("{}. {:?} {} {:?}", step.id, step.act, step.address, step.after);
                let steps: Vec<_> = plan.steps.iter().map(step).collect();
                format!("process {} applies serial {}: {}", process.number, plan.basis.serial, steps.join("; "))
            });
            world.oracle.permit(process.number, Permitted::by(plan, edit));
            if is_apply {
                world.oracle.unprotect(free.into_iter().map(|resource| resource.address));
            }
        }
        let interrupt = Interrupt::new();
        let options = ApplyOptions { interrupt: interrupt.clone(), ..ApplyOptions::default() };
        let ended = tokio::select! {
            biased;
            () = process.died() => Ended::Died,
            result = self.carried(file, edit, process, session, &options) => {
                Ended::Reported(Box::new(result))
            }
            () = self.cut_short(turn, process, &interrupt) => Ended::Died,
        };
        self.world.now().tell(|| match &ended {
            Ended::Died => format!("process {} died", process.number),
            Ended::Reported(result) => match &**result {
                Ok(report) => format!("process {} ended: {}", process.number, spoken(report)),
                Err(error) => format!("process {} ended: {error}", process.number),
            },
        });
        // Whatever it left running is gone with it; what it sent goes on.
        process.die();
        if let Ended::Reported(result) = &ended
            && let Ok(Report { exit: Exit::Ok, .. }) = **result
            && is_apply
        {
            self.world.now().oracle.protect(protected.into_iter().map(|resource| resource.address));
        }
        ended
    }

    /// Kills, stops or interrupts a process when its time has come; returns only when it has died.
    async fn cut_short(&self, turn: &Turn, process: &Process, interrupt: &Interrupt) {
        let stop = async {
            match turn.stop {
                Some(Stop::Crash(ms)) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    self.world.now().count("crash at a moment");
                    process.die();
                }
                Some(Stop::Interrupt(ms, times)) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    for _ in 0..times {
                        self.world.now().count("interrupt");
                        interrupt.raise();
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    pending().await
                }
                Some(Stop::CrashBefore(_) | Stop::CrashAfter(_)) | None => pending().await,
            }
        };
        let freeze = async {
            let Some((from, length)) = turn.frozen else { return pending().await };
            tokio::time::sleep(Duration::from_millis(from)).await;
            self.world.now().count("stopped for a while");
            process.freeze();
            tokio::time::sleep(Duration::from_millis(length)).await;
            process.thaw();
            pending::<()>().await;
        };
        tokio::select! {
            () = stop => {}
            () = freeze => {}
        }
    }

    /// A try without trouble. None: nothing is left to do.
    pub(super) async fn tried_in_peace(&self, edit: &Edit, wishes: &mut Wishes) -> Option<String> {
        let (process, session) = self.process(&"carol".into(), None);
        let planned = match self.planned(&session, edit, wishes).await {
            Ok(planned) => planned,
            Err(NoPlan::NothingThere) => return None,
            Err(NoPlan::NotNow(why)) => return Some(why),
        };
        if planned.plan.is_empty() && planned.interrupted.is_none() {
            return None;
        }
        let bytes = file::write(&planned.plan);
        if file::read(&bytes).as_ref() != Ok(&planned.plan) {
            self.violated(Invariant::EngineMakesSense, "a plan is another one after it was written and read");
        }
        match self.applied(&bytes, edit, &process, &session, &Turn::of("carol")).await {
            Ended::Died => Some("it died".into()),
            Ended::Reported(result) => match *result {
                Ok(report) => {
                    self.learnt(&report, wishes);
                    Some(spoken(&report))
                }
                Err(error) => {
                    self.told(&error, "apply").await;
                    Some(error.to_string())
                }
            },
        }
    }
}

/// What became of the steps of a report.
pub(super) fn spoken(report: &Report) -> String {
    let step = |step: &StepReport| {
        let outcome = match &step.outcome {
            StepOutcome::Failed(error) => format!("failed: {error}"),
            StepOutcome::Stale(stale) => format!("stale: {}", stale.message),
            other => format!("{other:?}"),
        };
        format!("{:?} {} {outcome}", step.step.act, step.step.address)
    };
    report.steps.iter().map(step).collect::<Vec<_>>().join(", ")
}
