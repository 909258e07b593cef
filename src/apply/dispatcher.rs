//! The owner of a run: what is ready, what runs, what is durable.
//!
//! Everything that happens reaches it as one [`Event`] of a closed set, and only it changes the run's state. It works in
//! waves: all that ended since the last one, and all that can start because of that, become durable in one segment of the
//! journal; only then the calls go out.

mod late;
mod limits;
mod outcomes;
mod turn;

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::journal::{Effect, Intent, Record};
use flashinfra_plans::plan::{Act, Basis, Mode, Reliance};
use flashinfra_plans::schedule::Schedule;
use flashinfra_plans::{Ledger, Map, Name, Object, Row, Step, journal};
use flashinfra_providers::retry::Paces;
use flashinfra_providers::{Class, Error};
use flashinfra_stacks::schema::Schema;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::events::{Event as Told, EventKind, Events};
use super::interrupt::{Interrupt, Stage};
use super::journal::Journal;
use super::relied::{self, Relied};
use super::report::StepReport;
use super::step::{self, Ended, Follows, History, Signal, Work};
use super::{recheck, request, rows};
use crate::ledgers::{LedgerError, Lock};
use crate::read::Opened;
use crate::session::Session;
pub(crate) use late::Entered;
use late::Late;
pub(crate) use limits::Bounds;
use limits::Limits;
use turn::Turn;

/// How many signals may wait for the dispatcher: a few for each step that runs. A step whose signal finds no room waits,
/// which slows polling down and nothing else.
const SIGNALS_MAX: usize = 256;

/// What a run works with.
pub(crate) struct Setting<'a> {
    pub(crate) run: Name,
    pub(crate) schemas: &'a BTreeMap<Name, Arc<Schema>>,
    pub(crate) basis: &'a Basis,
    pub(crate) mode: Mode,
    pub(crate) opened: &'a Opened,
    pub(crate) session: &'a Session,
    pub(crate) events: Option<Events>,
    pub(crate) interrupt: Interrupt,
    pub(crate) lock: Lock,
    /// What was read just before the run, by address: what a record of the ledger takes over.
    pub(crate) seen: BTreeMap<u32, Object>,
}

/// A run of a plan's steps.
pub(crate) struct Dispatcher<'a> {
    setting: Setting<'a>,
    steps: Vec<Arc<Step>>,
    schedule: Schedule,
    ledger: Ledger,
    journal: Journal,
    limits: Limits,
    /// What an interrupted run of this plan left open.
    histories: BTreeMap<u32, History>,
    running: BTreeMap<u32, Running>,
    paces: Arc<Paces>,
    tasks: JoinSet<(u32, Ended)>,
    names: BTreeMap<Id, u32>,
    late: Late,
    signals: (Sender<Signal>, Receiver<Signal>),
    outcomes: BTreeMap<u32, StepReport>,
    /// The creates of replacements, each with what makes room for it.
    makes_room: BTreeMap<u32, Vec<u32>>,
    /// The steps that follow an update of the same object: that update, and what it expected.
    follows: BTreeMap<u32, (u32, Option<Name>)>,
    /// When updates were done in this run.
    updated: BTreeMap<u32, Instant>,
    clock: Instant,
}

/// A step that runs.
struct Running {
    started: Instant,
    schema: Arc<Schema>,
    row: Option<Row>,
}

/// What happens to a run.
enum Event {
    /// A step's task ended.
    Ended(u32, Ended),
    /// A provider instance that had to wait for its place is open, or cannot be opened.
    Entered(Name, Result<Box<Entered>, Error>),
    /// A step tells something.
    Signal(Signal),
    /// The run was asked to stop, this far.
    Interrupted(Stage),
}

/// What a run leaves.
pub(crate) struct Finished {
    pub(crate) ledger: Ledger,
    pub(crate) journal: Journal,
    pub(crate) steps: Vec<StepReport>,
    /// The provider instances that were opened on the way.
    pub(crate) entered: BTreeMap<Name, Entered>,
}

impl<'a> Dispatcher<'a> {
    /// A run of these steps, none of which is done yet.
    pub(crate) fn new(
        setting: Setting<'a>,
        steps: Vec<Step>,
        ledger: Ledger,
        journal: Journal,
        bounds: Bounds,
    ) -> Self {
        let paces = Arc::default();
        let limits = Limits::new(bounds, &steps, setting.basis, setting.opened, &paces);
        Self {
            schedule: Schedule::in_lanes(&steps, |step| limits.lane(step)),
            setting,
            ledger,
            journal,
            limits,
            histories: BTreeMap::new(),
            running: BTreeMap::new(),
            paces,
            tasks: JoinSet::new(),
            names: BTreeMap::new(),
            late: Late::default(),
            signals: mpsc::channel(SIGNALS_MAX),
            outcomes: BTreeMap::new(),
            makes_room: outcomes::makes_room(&steps),
            follows: recheck::follows(&steps)
                .into_iter()
                .map(|(step, update)| (step, (update.id, update.expects.clone())))
                .collect(),
            updated: BTreeMap::new(),
            clock: Instant::now(),
            steps: steps.into_iter().map(Arc::new).collect(),
        }
    }

    /// Runs until nothing runs and nothing can start, or an interrupt says to leave.
    ///
    /// # Errors
    /// When the journal cannot be written. What runs is then left as it is; the journal knows it is open.
    pub(crate) async fn run(mut self) -> Result<Finished, LedgerError> {
        let mut stage = self.setting.interrupt.stage();
        loop {
            let works = if stage == Stage::None { self.start_ready() } else { Vec::new() };
            self.journal.commit().await?;
            works.into_iter().for_each(|work| self.spawn(work));
            let opens = stage == Stage::None && self.late.is_opening();
            if (self.running.is_empty() && !opens) || stage == Stage::Leave {
                break;
            }
            let event = self.next_event(stage).await;
            self.handle(event, &mut stage);
            while let Some(event) = self.event_at_hand() {
                self.handle(event, &mut stage);
            }
        }
        self.tasks.abort_all();
        self.rest_is_interrupted();
        let Self { ledger, journal, outcomes, late, .. } = self;
        Ok(Finished { ledger, journal, steps: outcomes.into_values().collect(), entered: late.entered })
    }

    async fn next_event(&mut self, stage: Stage) -> Event {
        let further = match stage {
            Stage::None => Stage::NoNewSteps,
            Stage::NoNewSteps => Stage::CancelWaits,
            Stage::CancelWaits | Stage::Leave => Stage::Leave,
        };
        tokio::select! {
            // In this order, so that the same things happening make the same run.
            biased;
            () = self.setting.interrupt.reached(further) => Event::Interrupted(self.setting.interrupt.stage()),
            Some(signal) = self.signals.1.recv() => Event::Signal(signal),
            Some(ended) = self.tasks.join_next_with_id() => self.ended_task(ended),
            Some((name, entered)) = self.late.next() => Event::Entered(name, entered),
        }
    }

    /// What has happened already, so that one segment holds all of it.
    fn event_at_hand(&mut self) -> Option<Event> {
        if let Ok(signal) = self.signals.1.try_recv() {
            return Some(Event::Signal(signal));
        }
        self.tasks.try_join_next_with_id().map(|ended| self.ended_task(ended))
    }

    fn ended_task(&mut self, ended: Result<(Id, (u32, Ended)), JoinError>) -> Event {
        match ended {
            Ok((task, (step, ended))) => {
                self.names.remove(&task);
                Event::Ended(step, ended)
            }
            Err(error) => {
                // An adapter that panics may have acted before.
                let step = self.names.remove(&error.id()).unwrap_or_default();
                Event::Ended(step, Ended::Unknown("the provider's adapter failed; please report it".into()))
            }
        }
    }

    fn handle(&mut self, event: Event, stage: &mut Stage) {
        match event {
            Event::Ended(step, ended) => {
                // It may have told and ended since signals were looked for, on another thread: what it told comes first.
                while let Ok(signal) = self.signals.1.try_recv() {
                    self.signal(signal);
                }
                self.ended(step, ended);
            }
            Event::Entered(name, entered) => self.entered(&name, entered),
            Event::Signal(signal) => self.signal(signal),
            Event::Interrupted(now) => *stage = now,
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Begins { step } => {
                let Some(running) = self.running.get_mut(&step) else { return };
                running.started = Instant::now();
                self.tell(step, EventKind::Started);
            }
            Signal::Accepted { step, id } => {
                let Some(place) = self.running.contains_key(&step).then(|| self.step(step)).flatten() else { return };
                self.limits.only_waits(&place);
                self.journal.push(Record::Accepted { step, id });
            }
            Signal::Unanswered { step } => {
                let Some(step) = self.step(step) else { return };
                let (address, generation, provider) = (step.address.clone(), step.generation, step.provider.clone());
                let unanswered = Record::Unanswered { address, generation, provider };
                journal::enter(&mut self.ledger, &unanswered);
                self.journal.push(unanswered);
            }
            Signal::Waiting { step, phase } => {
                let elapsed = self.running.get(&step).map(|running| running.started.elapsed()).unwrap_or_default();
                self.tell(step, EventKind::Waiting { elapsed, phase });
            }
            Signal::Retrying { step, after, reason } => self.tell(step, EventKind::Retrying { after, reason }),
            Signal::Wrote { step, lines } => self.tell(step, EventKind::Wrote(lines)),
        }
    }

    /// Begins what is ready and fits, longest path first; writes of the ledger alone are done on the spot.
    fn start_ready(&mut self) -> Vec<Work> {
        let mut works = Vec::new();
        loop {
            self.open_ready();
            let mut taken = Vec::new();
            while let Some(step) = self.schedule.first(|lane| self.limits.is_open(lane)).and_then(|id| self.step(id)) {
                self.schedule.start(step.id);
                let turn = turn::of(&step, self.setting.schemas, &self.ledger);
                if matches!(turn, Turn::Call) {
                    self.limits.take(&step);
                }
                taken.push((step, turn));
            }
            let (taken_count, called) = (taken.len(), works.len());
            for (step, turn) in taken {
                match turn {
                    Turn::Record => self.record(&step),
                    Turn::NotNeeded => self.not_needed(&step),
                    Turn::Fail(error) => self.fail(step.id, error),
                    Turn::Call => works.extend(self.start(&step)),
                }
            }
            // Only what was done or failed on the spot makes others ready or leaves them its place at once.
            if works.len() - called == taken_count {
                return works;
            }
        }
    }

    /// Prepares a step and writes down that it starts.
    fn start(&mut self, step: &Arc<Step>) -> Option<Work> {
        match self.prepared(step) {
            Ok((work, intent, row)) => {
                if !self.histories.contains_key(&step.id) {
                    self.journal.push(Record::Started(intent));
                }
                self.running.insert(step.id, Running { started: Instant::now(), schema: work.schema.clone(), row });
                Some(work)
            }
            Err(error) => {
                // Nothing was sent, so there is nothing to write down. Its place is free when its outcome is known.
                self.fail(step.id, error);
                None
            }
        }
    }

    fn prepared(&self, step: &Arc<Step>) -> Result<(Work, Intent, Option<Row>), Error> {
        let broken = |what: String| Error::new(Class::FixInput, what);
        let schema =
            self.schema(step).ok_or_else(|| broken(format!("the plan has no schema of {}", step.address.kind())))?;
        let provider = match self.setting.basis.is_deferred(step) {
            true => self.late.provider(&step.provider),
            false => self.setting.opened.provider(&step.provider),
        };
        let provider = provider.ok_or_else(|| broken(format!("the provider `{}` is not open", step.provider)))?;
        let attributes = request::resolved(step, &self.ledger)?;
        let row = rows::intended(step, &schema, &self.ledger, &attributes);
        let mark = request::mark(step, &self.ledger);
        let intent = self.intent(step, &attributes, row.clone());
        let request =
            request::request(step, attributes.clone(), &self.ledger, &self.setting.run, &self.setting.session.secrets)?
                .ok_or_else(|| broken(format!("step {} has nothing to send", step.id)))?;
        let (service, room) =
            self.limits.room(step).ok_or_else(|| broken(format!("there is no room for step {}", step.id)))?;
        let work = Work {
            step: step.clone(),
            behind_seconds: self.schedule.behind_seconds(step.id),
            is_test: self.setting.mode == Mode::Test,
            schema,
            provider,
            request,
            mark,
            attributes,
            applied: rows::present(step, &self.ledger).map(|row| row.applied.clone()).unwrap_or_default(),
            checked: self.clock,
            follows: self.follows(step.id),
            relied: step.relies_on.iter().filter_map(|reliance| self.relied(reliance)).collect(),
            paces: self.paces.clone(),
            history: self.histories.get(&step.id).cloned().unwrap_or(History::Fresh),
            service,
            room,
            signals: self.signals.0.clone(),
            interrupt: self.setting.interrupt.clone(),
            lock: self.setting.lock.clone(),
        };
        Ok((work, intent, row))
    }

    /// The update of the same object that a step follows in this run.
    fn follows(&self, step: u32) -> Option<Follows> {
        let (update, expected) = self.follows.get(&step)?;
        Some(Follows { expected: expected.clone(), done: *self.updated.get(update)? })
    }

    fn relied(&self, reliance: &Reliance) -> Option<Relied> {
        let read = self.setting.opened.reader(&reliance.provider)?;
        let kind = reliance.address.kind();
        let schema = self.setting.schemas.get(kind).or_else(|| self.ledger.schemas.get(kind))?.clone();
        let applied = || self.ledger.rows.get(&reliance.address).map(|row| row.applied.clone()).unwrap_or_default();
        let question = relied::question(reliance, &self.setting.basis.lookups, applied);
        Some(Relied { reliance: reliance.clone(), read, schema, question })
    }

    fn intent(&self, step: &Step, attributes: &Map, row: Option<Row>) -> Intent {
        let act = match step.act {
            Act::Create => "create",
            Act::Update | Act::UnguardDouble => "update",
            Act::Delete | Act::DeleteDouble => "delete",
            Act::Move(_) => "move",
            Act::Forget => "forget",
            Act::Record => "record",
        };
        Intent {
            step: step.id,
            act: act.into(),
            address: step.address.clone(),
            generation: step.generation,
            provider: step.provider.clone(),
            object: step.object.clone(),
            token: request::token(step, &self.ledger.uuid, &self.setting.run, attributes),
            row,
        }
    }

    fn spawn(&mut self, work: Work) {
        let id = work.step.id;
        let task = self.tasks.spawn(async move { (id, step::run(work).await) });
        self.names.insert(task.id(), id);
    }

    /// A step that only writes the ledger: started and done in one segment.
    fn record(&mut self, step: &Arc<Step>) {
        let resolved = request::resolved(step, &self.ledger);
        let (Some(schema), Ok(attributes)) = (self.schema(step), &resolved) else {
            let missing = Error::new(Class::FixInput, format!("the plan has no schema of {}", step.address.kind()));
            self.fail(step.id, resolved.err().unwrap_or(missing));
            return;
        };
        let row = rows::intended(step, &schema, &self.ledger, attributes);
        self.journal.push(Record::Started(self.intent(step, attributes, row.clone())));
        let started = Instant::now();
        self.running.insert(step.id, Running { started, schema: schema.clone(), row });
        let seen = self.setting.seen.get(&step.id).cloned();
        self.done(step.id, seen.as_ref());
    }

    fn schema(&self, step: &Step) -> Option<Arc<Schema>> {
        let kind = step.address.kind();
        self.setting.schemas.get(kind).or_else(|| self.ledger.schemas.get(kind)).cloned()
    }

    fn step(&self, id: u32) -> Option<Arc<Step>> {
        at(&self.steps, id).cloned()
    }

    /// Applies an effect to the run's ledger, by the same rules as a recovery would.
    fn apply(&mut self, effect: &Effect) {
        journal::apply(&mut self.ledger, effect);
    }

    fn tell(&self, id: u32, kind: EventKind) {
        if let (Some(events), Some(step)) = (&self.setting.events, self.step(id)) {
            // Whoever watched may have gone; the run goes on.
            let _ = events.send(Told { at: self.clock.elapsed(), step, kind });
        }
    }
}

/// A plan numbers its steps from 1 without a gap.
fn at(steps: &[Arc<Step>], id: u32) -> Option<&Arc<Step>> {
    steps.get((id as usize).checked_sub(1)?)
}
