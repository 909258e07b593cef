//! A run from its begin to its end: what has to hold before the first call, and what stays after the last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::journal::{self, Record, State};
use flashinfra_plans::plan::{Act, Mode};
use flashinfra_plans::{CompiledStack, Ledger, Name, Plan, ProviderInstance, Revision, Step, file, ledger, upgrade};
use flashinfra_stacks::schema::Schema;
use tokio::time::Instant;

use super::dispatcher::{Bounds, Dispatcher, Entered, Finished, Setting};
use super::journal::Journal;
use super::recheck::{Checked, gone_already, recheck};
use super::recover::{self, Patience};
use super::report::{self, Report, StepReport};
use super::{ApplyOptions, PER_PROVIDER, confirm, gate, request, vanished};
use crate::error::EngineError;
use crate::ledgers::{self, Edition, Holder, LedgerError, LedgerKey, Loaded, Lock, OpenRun};
use crate::load::PlanFile;
use crate::open::{self, Configuring};
use crate::outputs;
use crate::plan::of_intents;
use crate::read::Opened;
use crate::revisions::{self, REVISIONS_KEPT};
use crate::session::Session;

/// A run that may start calling.
pub(super) struct Run<'a> {
    session: &'a Session,
    options: &'a ApplyOptions,
    plan: Plan,
    key: LedgerKey,
    name: Name,
    started: Instant,
    lock: Lock,
    opened: Opened,
    ledger: Ledger,
    edition: Option<Edition>,
    /// What of it stays in the ledger's history.
    revision: Option<Revision>,
    journal: Journal,
    checked: Checked,
    begun: Begun,
    /// When it goes on with an interrupted run of the same plan: that run.
    resumed: Option<OpenRun>,
}

impl<'a> Run<'a> {
    /// Checks everything that has to hold before the first call. Nothing live is changed here; what an interrupted run of
    /// another plan left open is written down once all of that holds.
    pub(super) async fn begin(
        session: &'a Session,
        key: LedgerKey,
        lock: Lock,
        PlanFile { plan, digest, bytes }: PlanFile,
        options: &'a ApplyOptions,
    ) -> Result<Self, EngineError> {
        let started = Instant::now();
        let store = session.ledgers.as_ref();
        let name = gate::run_of(&digest);
        let loaded = load(session, &key, &plan).await?;
        if store.finished(&key, &name).await? {
            let by = ledgers::book::begun_by(store, &key, &name).await;
            return Err(EngineError::PlanUsed { run: name, by });
        }
        let mut opened = open(session, &plan, &loaded, &name).await?;
        let Loaded { mut ledger, mut edition, open, .. } = loaded;
        let (resumed, other) = match open {
            Some(run) if run.run != name => (None, Some(run)),
            Some(run) if is_given_up(&run, &plan) => {
                let records = settled(&opened, &mut ledger, &run, Patience::Settled).await?;
                close_with(session, &key, ledger, edition, &run, records).await?;
                return Err(EngineError::PlanUsed { run: name, by: run.by });
            }
            own => (own, None),
        };
        let mut closing = None;
        let mut differing = BTreeMap::new();
        if resumed.is_none() {
            gate::same_ledger(&plan, &ledger, other.as_ref(), &store.location(&key))?;
            if let Some(run) = other {
                closing = Some(settled_before(session, &key, &mut opened, &mut ledger, run, &plan).await?);
            }
            differing = gate::differing(&plan, &ledger)?;
        }
        // The plan was made with older rows understood like this.
        upgrade::bring_along(&mut ledger, &plan.schemas);
        let begun = begun(resumed.as_ref(), &plan.steps, &ledger);
        let left = plan.steps.iter().filter(|step| !begun.done.contains(&step.id));
        let missing = request::missing_secrets(left, &plan.basis, &session.secrets);
        if !missing.is_empty() {
            return Err(EngineError::Secrets(missing));
        }
        let mut checked = recheck(&opened, &plan, &begun, differing, &ledger).await;
        vanished::look_again(&opened, &plan, &begun.all(), &ledger, &mut checked).await;

        // Only now, so that whatever kept this run from its begin leaves the other as the plan knows it.
        if let Some((run, records)) = closing {
            (ledger, edition) = close_with(session, &key, ledger, edition, &run, records).await?;
        }
        let segments = resumed.as_ref().map_or(0, |run| run.segments);
        let mut journal = Journal::new(session.ledgers.clone(), key.clone(), name.clone(), segments);
        let revision = revisions::begun(&plan, &name, &digest);
        if resumed.is_none() {
            store.keep_plan(&key, &name, bytes.unwrap_or_else(|| file::write(&plan))).await?;
            let begin = begin(&plan, &name, digest, &session.holder);
            journal::enter(&mut ledger, &begin);
            journal.push(begin);
        }
        Ok(Self {
            session,
            options,
            plan,
            key,
            name,
            started,
            lock,
            opened,
            ledger,
            edition,
            revision,
            journal,
            checked,
            begun,
            resumed,
        })
    }

    /// What it is called.
    pub(super) fn name(&self) -> &Name {
        &self.name
    }

    /// Does the steps, and folds the journal into the ledger.
    pub(super) async fn finish(self) -> Result<Report, EngineError> {
        let Self {
            session,
            options,
            plan,
            key,
            name,
            started,
            lock,
            opened,
            ledger,
            edition,
            revision,
            journal,
            checked,
            begun,
            resumed,
        } = self;
        let bounds = Bounds {
            steps: options.parallelism.unwrap_or(usize::MAX),
            calls: options.per_provider.unwrap_or(PER_PROVIDER),
        };
        let setting = Setting {
            run: name.clone(),
            schemas: &plan.schemas,
            basis: &plan.basis,
            mode: plan.mode,
            opened: &opened,
            session,
            events: options.events.clone(),
            interrupt: options.interrupt.clone(),
            lock: lock.clone(),
            seen: checked.seen,
        };
        let mut dispatcher = Dispatcher::new(setting, plan.steps, ledger, journal, bounds);
        dispatcher.done_before(begun.done);
        dispatcher.open_before(begun.open);
        dispatcher.stale(checked.stale);
        dispatcher.unfit(checked.unfit);
        let Finished { mut ledger, mut journal, steps, entered } = dispatcher.run().await?;
        let mut opened = opened;
        for (name, Entered { instance, provider, place, .. }) in entered {
            opened.insert(name, instance, provider, place);
        }

        confirm::confirm(&opened, &steps, &ledger, &plan.schemas, &options.interrupt, &lock).await;
        let (outputs, outputs_left) = outputs::evaluate(&plan.outputs, &ledger);
        if is_over(&steps) {
            let revision =
                revision.map(|begun| revisions::concluded(begun, &plan.changes, &steps, session.holder.person()));
            // Of a run that had ended, only the ledger was not written.
            if !resumed.as_ref().is_some_and(|run| run.ended) {
                let published = Record::Outputs(outputs.clone());
                journal::enter(&mut ledger, &published);
                journal.push(published);
                journal.push(Record::Ended);
            }
            let kept = revision.as_ref().map(|revision| (revision, plan.basis.declared.as_deref()));
            end(session, &key, &mut journal, kept).await?;
            fold(session, &key, &name, ledger, edition, plan.basis.serial).await?;
            if let Some(revision) = &revision {
                let max = options.history_max.unwrap_or(REVISIONS_KEPT);
                revisions::prune(session.ledgers.as_ref(), &key, max, revision).await;
            }
        }
        let (exit, next) = report::conclude(&steps);
        let (calls, elapsed) = (opened.calls(), started.elapsed());
        Ok(Report { run: name, resumed: resumed.is_some(), steps, outputs, outputs_left, calls, elapsed, exit, next })
    }
}

/// Reads the ledger, and makes it when this is the first apply: its uuid has to be durable before any object carries it.
async fn load(session: &Session, key: &LedgerKey, plan: &Plan) -> Result<Loaded, EngineError> {
    let store = session.ledgers.as_ref();
    if let Some(loaded) = ledgers::load(store, key).await? {
        for run in &loaded.folded {
            store.finish(key, run).await?;
        }
        return Ok(loaded);
    }
    if !plan.basis.uuid.is_empty() {
        return Err(EngineError::OtherLedger { location: store.location(key) });
    }
    let ledger = Ledger::new(key.stack().clone(), key.environment().clone(), (session.uuids)());
    let edition = store.write(key, 0, ledger::write(&ledger), None).await?;
    Ok(Loaded { ledger, edition: Some(edition), open: None, folded: Vec::new() })
}

/// Opens the provider instances of the plan, and of an interrupted run, and proves their places before anything is read.
///
/// Of an instance whose place the plan replaces, the place before is opened as long as `run` has something to do there.
async fn open(session: &Session, plan: &Plan, loaded: &Loaded, run: &Name) -> Result<Opened, EngineError> {
    let basis = &plan.basis;
    let own = loaded.open.as_ref().filter(|open| open.run == *run);
    let is_done = |step: &Step| own.is_some_and(|own| own.steps.get(&step.id) == Some(&State::Done));
    let has_left = |name: &Name| {
        let mut there = plan.steps.iter().filter(|step| step.provider == *name && !basis.is_deferred(step));
        there.any(|step| !is_done(step))
    };
    let mut instances: BTreeMap<Name, ProviderInstance> = basis
        .providers
        .iter()
        .filter(|(name, _)| basis.places.contains_key(*name))
        .filter(|(name, _)| !basis.deferred.contains_key(*name) || has_left(name))
        .map(|(name, instance)| (name.clone(), instance.clone()))
        .collect();
    // What this very run began in a place that it makes is found out once that is open.
    let is_later = |name: &Name| own.is_some() && basis.deferred.contains_key(name);
    let of_intents = loaded.open.iter().flat_map(|run| of_intents(run, &loaded.ledger));
    for (name, instance) in of_intents.filter(|(name, _)| !is_later(name)) {
        instances.entry(name).or_insert(instance);
    }
    let mut schemas: BTreeMap<Name, Arc<Schema>> = loaded.ledger.schemas.clone();
    schemas.extend(plan.schemas.iter().map(|(kind, schema)| (kind.clone(), schema.clone())));
    let moves = plan.steps.iter().filter_map(|step| match &step.act {
        Act::Move(from) if !is_done(step) => Some((step.address.clone(), from.clone())),
        _ => None,
    });
    let configuring = Configuring { ledger: &loaded.ledger, former: moves.collect() };
    let opened = open::open(session, &instances, &schemas, &configuring).await?;
    opened.check_places(&basis.places)?;
    opened.check_places(&loaded.ledger.places)?;
    Ok(opened)
}

/// [`settled`] for another run than the plan's: what it left may be what providers are configured by.
async fn settled_before(
    session: &Session,
    key: &LedgerKey,
    opened: &mut Opened,
    ledger: &mut Ledger,
    run: OpenRun,
    plan: &Plan,
) -> Result<(OpenRun, Vec<Record>), EngineError> {
    let patience = patience(session, key, &run).await?;
    let records = settled(opened, ledger, &run, patience).await?;
    open::further(session, opened, &Configuring::of(ledger)).await?;
    opened.check_places(&plan.basis.places)?;
    Ok((run, records))
}

/// How long to look at what another run left open. Nobody waits for its tests: they are made anew.
async fn patience(session: &Session, key: &LedgerKey, run: &OpenRun) -> Result<Patience, EngineError> {
    let kept = session.ledgers.kept_plan(key, &run.run).await?;
    Ok(match kept.and_then(|bytes| file::read(&bytes).ok()).map(|plan| plan.mode) {
        Some(Mode::Test) => Patience::Visible,
        Some(Mode::Apply | Mode::Destroy | Mode::RefreshOnly | Mode::Tidy) | None => Patience::Settled,
    })
}

/// Finds out what an interrupted run left open: what is to be written down before its journal is folded.
async fn settled(
    opened: &Opened,
    ledger: &mut Ledger,
    run: &OpenRun,
    patience: Patience,
) -> Result<Vec<Record>, EngineError> {
    let settled = recover::settle(opened, ledger, &run.intents, patience).await;
    settled.map_err(EngineError::Unresolved)
}

/// Adds records to a run that stays open.
pub(crate) async fn note(
    session: &Session,
    key: &LedgerKey,
    run: &OpenRun,
    records: Vec<Record>,
) -> Result<(), EngineError> {
    let mut journal = Journal::new(session.ledgers.clone(), key.clone(), run.run.clone(), run.segments);
    records.into_iter().for_each(|record| journal.push(record));
    Ok(journal.commit().await?)
}

/// Closes a run with these last records, which the ledger has taken already.
pub(crate) async fn close_with(
    session: &Session,
    key: &LedgerKey,
    ledger: Ledger,
    edition: Option<Edition>,
    run: &OpenRun,
    records: Vec<Record>,
) -> Result<(Ledger, Option<Edition>), EngineError> {
    let mut journal = Journal::new(session.ledgers.clone(), key.clone(), run.run.clone(), run.segments);
    let closed = revisions::of_closed(session.ledgers.as_ref(), key, run, &records).await?;
    records.into_iter().for_each(|record| journal.push(record));
    if !run.ended {
        journal.push(Record::Ended);
    }
    let kept = closed.as_ref().map(|(revision, plan)| (revision, plan.basis.declared.as_deref()));
    end(session, key, &mut journal, kept).await?;
    fold(session, key, &run.run, ledger, edition, run.serial).await
}

/// Writes the last segment of a run's journal and, at the same time, what stays of the run in the history. The ledger is written
/// after both, so that whoever finds a run without its revision finds one that is still to be folded.
async fn end(
    session: &Session,
    key: &LedgerKey,
    journal: &mut Journal,
    kept: Option<(&Revision, Option<&CompiledStack>)>,
) -> Result<(), LedgerError> {
    let keep = async {
        match kept {
            Some((revision, declared)) => revisions::keep(session.ledgers.as_ref(), key, revision, declared).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(journal.commit(), keep).map(|_| ())
}

/// Writes the ledger that a run leaves, and puts its journal away. `serial` is the one that the run started from.
async fn fold(
    session: &Session,
    key: &LedgerKey,
    run: &str,
    mut ledger: Ledger,
    edition: Option<Edition>,
    serial: u64,
) -> Result<(Ledger, Option<Edition>), EngineError> {
    ledger.serial = serial + 1;
    journal::enter(&mut ledger, &Record::Ended);
    let store = session.ledgers.as_ref();
    let edition = store.write(key, ledger.serial, ledger::write(&ledger), edition.as_ref()).await?;
    store.finish(key, run).await?;
    Ok((ledger, Some(edition)))
}

fn begin(plan: &Plan, run: &Name, digest: Name, by: &Holder) -> Record {
    let used = |name: &Name| plan.steps.iter().any(|step| step.provider == *name);
    let of = &plan.basis;
    Record::Begun {
        run: run.clone(),
        plan: digest,
        serial: of.serial,
        by: by.to_string().into(),
        providers: of.providers.iter().filter(|(name, _)| used(name)).map(|(n, p)| (n.clone(), p.clone())).collect(),
        // Where a place is made anew, the one before stands in the ledger until it goes.
        places: of
            .places
            .iter()
            .filter(|(name, _)| used(name) && !of.deferred.contains_key(*name))
            .map(|(name, place)| (name.clone(), place.clone()))
            .collect(),
        schemas: plan.schemas.clone(),
    }
}

/// What an interrupted run of the same plan did and began.
#[derive(Default)]
pub(super) struct Begun {
    pub(super) done: BTreeSet<u32>,
    open: BTreeMap<u32, Option<Name>>,
}

impl Begun {
    pub(super) fn is_begun(&self, step: u32) -> bool {
        self.done.contains(&step) || self.open.contains_key(&step)
    }

    fn all(&self) -> BTreeSet<u32> {
        self.done.iter().chain(self.open.keys()).copied().collect()
    }
}

fn begun(resumed: Option<&OpenRun>, steps: &[Step], ledger: &Ledger) -> Begun {
    let gone = gone_already(steps, ledger);
    let Some(run) = resumed else { return Begun { done: gone, open: BTreeMap::new() } };
    let done = run.steps.iter().filter(|(_, state)| **state == State::Done).map(|(step, _)| *step);
    let open: BTreeMap<_, _> = run.intents.iter().map(|open| (open.intent.step, open.accepted.clone())).collect();
    let gone = gone.into_iter().filter(|step| !open.contains_key(step));
    Begun { done: done.chain(gone).collect(), open }
}

/// Whether a run ended by itself without all of its steps done: its journal takes no further record.
fn is_given_up(run: &OpenRun, plan: &Plan) -> bool {
    run.ended && plan.steps.iter().any(|step| run.steps.get(&step.id) != Some(&State::Done))
}

/// Whether nothing is open and nothing was left because of an interrupt: then the plan is used up.
fn is_over(steps: &[StepReport]) -> bool {
    !steps.iter().any(|step| step.outcome.is_open())
}
