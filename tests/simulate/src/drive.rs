//! A scenario runs: people plan and apply, one after the other or at once, until nothing goes wrong any more; then it has to
//! arrive.

mod arrive;
mod ends;
mod people;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use flashinfra::ledgers::{LedgerKey, LedgerStore};
use flashinfra::secrets::Secrets;
use flashinfra::session::Session;
use flashinfra_ledgers::ObjectLedgers;
use flashinfra_plans::{CompiledStack, Declared, Name, ProviderInstance, map};
use flashinfra_providers::Registry;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use tokio::time::Instant;

use crate::kinds;
use crate::process::Process;
use crate::scenario::{Edit, Resource, Scenario, Stop};
use crate::store::{Disk, Way};
use crate::subject::Subject;
use crate::world::{Invariant, Services, Shared, Violation, World};

/// The stack and its environment.
const STACK: (&str, &str) = ("shop", "simulated");

/// What the password is. It may be written nowhere.
pub(crate) const SECRET: &str = "correct-horse-battery-staple";

/// What became of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What did not hold, what was noticed first before what may have come of it.
    pub violations: Vec<Violation>,
    /// The faults that struck, by their place in the scenario.
    pub struck: BTreeSet<usize>,
    /// How often what happened.
    pub tally: BTreeMap<&'static str, u64>,
    /// How long it took in the world's time.
    pub lasted: Duration,
    /// What happened, if that was to be told.
    pub story: Vec<String>,
}

impl Outcome {
    /// What did not hold, first of all.
    pub fn violation(&self) -> Option<&Violation> {
        self.violations.first()
    }
}

/// Runs a scenario with the engine as it is.
///
/// # Errors
/// When no runtime can be had.
pub fn run(scenario: &Scenario) -> std::io::Result<Outcome> {
    run_with(scenario, &Subject::default())
}

/// Runs a scenario with something in the engine's way.
///
/// # Errors
/// When no runtime can be had.
pub fn run_with(scenario: &Scenario, subject: &Subject) -> std::io::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(runtime.block_on(Simulation::new(scenario, subject).run()))
}

/// A scenario that runs.
struct Simulation<'a> {
    scenario: &'a Scenario,
    subject: &'a Subject,
    world: Shared,
    disk: Arc<dyn ObjectStore>,
    processes: AtomicU32,
}

impl<'a> Simulation<'a> {
    fn new(scenario: &'a Scenario, subject: &'a Subject) -> Self {
        let Scenario { seed, rules, edits: _, faults } = scenario;
        let world = Shared::new(World::new(*seed, rules.clone(), faults.clone()));
        world.now().story = subject.is_told.then(Vec::new);
        let disk = Disk { inner: Arc::new(InMemory::new()), world: world.clone(), secret: SECRET };
        Self { scenario, subject, world, disk: (subject.disk)(Arc::new(disk)), processes: AtomicU32::new(0) }
    }

    async fn run(self) -> Outcome {
        let began = Instant::now();
        for edit in &self.scenario.edits {
            self.edit(edit).await;
            if self.is_over() {
                break;
            }
        }
        if let Some(last) = self.scenario.edits.last().filter(|_| !self.is_over()) {
            self.arrive(last).await;
        }
        let mut world = self.world.now();
        Outcome {
            violations: world.oracle.violations().to_vec(),
            struck: std::mem::take(&mut world.struck),
            tally: std::mem::take(&mut world.tally),
            lasted: began.elapsed(),
            story: world.story.take().unwrap_or_default(),
        }
    }

    fn is_over(&self) -> bool {
        !self.world.now().oracle.violations().is_empty()
    }

    fn violated(&self, invariant: Invariant, message: impl Into<String>) {
        self.world.now().oracle.violated(invariant, message);
    }

    /// A new process, and the engine in it.
    fn process(&self, who: &Name, stop: Option<Stop>) -> (Arc<Process>, Session) {
        let number = self.processes.fetch_add(1, Ordering::SeqCst) + 1;
        let process = Arc::new(Process::new(number, who.clone(), stop));
        let way = Way { inner: self.disk.clone(), world: self.world.clone(), process: process.clone() };
        let ledgers: Arc<dyn LedgerStore> = Arc::new(ObjectLedgers::over(Arc::new(way), "memory://ledgers", "team"));
        let services = Services::new(self.world.clone(), process.clone());
        let registry = Registry::new().with((self.subject.services)(Arc::new(services)));
        let seed = self.scenario.seed;
        let session = Session::over(registry, ledgers)
            .with_holder(process.holder())
            .with_uuids(move || format!("00000000-0000-4000-8000-{seed:012x}-{number}").into())
            .with_secrets(Secrets::given([("PASSWORD".to_owned(), SECRET.to_owned())]));
        (process, session)
    }
}

/// The stack of an edit as its program would hand it over; one that is to go declares nothing.
fn compiled(edit: &Edit) -> CompiledStack {
    let declared = |resource: &Resource| Declared {
        address: resource.address.clone(),
        provider: "main".into(),
        attributes: resource.attributes.clone(),
        lifecycle: resource.lifecycle.clone(),
        depends_on: resource.after.clone(),
        raw: Vec::new(),
        at: None,
    };
    let mut resources: Vec<Declared> = edit.stack.iter().flatten().map(declared).collect();
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    let (stack, environment) = STACK;
    CompiledStack {
        stack: stack.into(),
        environment: environment.into(),
        flashinfra: "0.1.0".into(),
        providers: [("main".into(), ProviderInstance { provider: "sim".into(), config: map! {} })].into(),
        schemas: kinds::shared(),
        resources,
        lookups: Vec::new(),
        outputs: Vec::new(),
    }
}

fn key() -> Option<LedgerKey> {
    LedgerKey::new(STACK.0, STACK.1).ok()
}
