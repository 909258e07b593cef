//! Provider instances whose places the run itself makes: opened once these are there, and looked into before anything is made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::journal::{self, Record};
use flashinfra_plans::live::Question;
use flashinfra_plans::value::Reference;
use flashinfra_plans::{Address, Ledger, Live, Name, Place, ProviderInstance, Step, Value};
use flashinfra_providers::{Class, Error, Provider};
use flashinfra_providers_memory::Sandbox;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use super::{Dispatcher, at};
use crate::apply::report::Stale;
use crate::apply::{request, settle};
use crate::open::{Ready, Settings};
use crate::session::Session;

/// For how long a new place is tried: the name of a cluster that was just made is not known everywhere at once, and who may enter it
/// takes a while to get around.
const PATIENCE: Duration = Duration::from_secs(180);

/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(3);

/// The provider instances that open during a run.
#[derive(Default)]
pub(super) struct Late {
    openings: JoinSet<Result<Box<Entered>, Error>>,
    names: BTreeMap<Id, Name>,
    pub(super) entered: BTreeMap<Name, Entered>,
}

/// A provider instance that was opened during a run.
pub(crate) struct Entered {
    /// How it was configured in the end.
    pub(crate) instance: ProviderInstance,
    pub(crate) provider: Arc<dyn Provider>,
    /// Where it leads.
    pub(crate) place: Place,
    /// What has the names of what is to be made there, by step.
    answers: Vec<(u32, Live)>,
}

impl Late {
    /// Whether any is on its way.
    pub(super) fn is_opening(&self) -> bool {
        !self.openings.is_empty()
    }

    /// The next one that is open or cannot be opened; none when none is on its way.
    pub(super) async fn next(&mut self) -> Option<(Name, Result<Box<Entered>, Error>)> {
        let (id, entered) = match self.openings.join_next_with_id().await? {
            Ok(ended) => ended,
            Err(error) => {
                let failed = Error::new(Class::Unknown, "the provider's adapter failed; please report it");
                (error.id(), Err(failed))
            }
        };
        Some((self.names.remove(&id).unwrap_or_default(), entered))
    }

    fn begin(&mut self, name: Name, entering: impl Future<Output = Result<Box<Entered>, Error>> + Send + 'static) {
        let task = self.openings.spawn(entering);
        self.names.insert(task.id(), name);
    }

    pub(super) fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        self.entered.get(name).map(|entered| Arc::clone(&entered.provider))
    }
}

/// What the run has made by now says how an instance is configured.
struct Made<'a>(&'a Ledger);

impl Settings for Made<'_> {
    fn value(&self, reference: &Reference) -> Option<Value> {
        request::looked_up(self.0, reference)
    }

    fn provider(&self, address: &Address) -> Option<Name> {
        self.0.rows.get(address).map(|row| row.provider.clone())
    }
}

impl Dispatcher<'_> {
    /// Begins to open the instances of steps for which everything else is done.
    pub(super) fn open_ready(&mut self) {
        while let Some(step) = self.schedule.first(|lane| self.limits.is_closed(lane)).and_then(|id| self.step(id)) {
            let name = step.provider.clone();
            self.of_instance(&name).iter().for_each(|step| self.limits.opens(step));
            match self.ready(&name) {
                Ok(ready) => {
                    let (session, sandbox) = (self.setting.session.clone(), self.setting.opened.sandbox.clone());
                    let questions = self.questions(&name);
                    let entering =
                        async move { entered(&ready, &session, sandbox.as_ref(), &questions).await.map(Box::new) };
                    self.late.begin(name, entering);
                }
                Err(error) => self.entered(&name, Err(error)),
            }
        }
    }

    fn ready(&self, name: &Name) -> Result<Ready, Error> {
        let unopened = |why: &dyn std::fmt::Display| {
            Error::new(Class::FixInput, format!("the provider `{name}` cannot be opened: {why}"))
        };
        let declared = self.setting.basis.providers.get(name).ok_or_else(|| unopened(&"the plan does not have it"))?;
        let ready = Ready::new(self.setting.session, self.setting.opened, name, declared, &Made(&self.ledger));
        match ready {
            Ok(Some(ready)) => Ok(ready),
            Ok(None) => Err(unopened(&"what configures it was made and does not say how")),
            Err(error) => Err(unopened(&error)),
        }
    }

    /// The steps of an instance that waits for its place.
    fn of_instance(&self, name: &Name) -> Vec<Arc<Step>> {
        let basis = self.setting.basis;
        let of_it = self.steps.iter().filter(|step| step.provider == *name && basis.is_deferred(step));
        of_it.filter(|step| !self.outcomes.contains_key(&step.id)).cloned().collect()
    }

    /// What has the names that are to be used. What an earlier run began may be there already.
    fn questions(&self, name: &Name) -> Vec<(u32, Question)> {
        let steps = self.of_instance(name);
        let fresh = steps.iter().filter(|step| !self.histories.contains_key(&step.id));
        let question = |step: &Arc<Step>| {
            let id = settle::name(&*self.schema(step)?, &step.inputs)?;
            Some((step.id, Question { kind: step.address.kind().into(), id, attributes: step.inputs.clone() }))
        };
        fresh.filter_map(question).collect()
    }

    /// An instance is open, or cannot be opened: then nothing of it is done.
    pub(super) fn entered(&mut self, name: &Name, entered: Result<Box<Entered>, Error>) {
        let entered = entered.and_then(|entered| match self.setting_place(name, &entered.place) {
            None => Ok(entered),
            Some(error) => Err(error),
        });
        let mut entered = match entered {
            Ok(entered) => entered,
            Err(error) => {
                for step in self.of_instance(name) {
                    // Those that wait for others of them are skipped by then.
                    if !self.outcomes.contains_key(&step.id) {
                        self.fail(step.id, error.clone());
                    }
                }
                return;
            }
        };
        let placed = Record::Placed { provider: name.clone(), place: entered.place.clone() };
        journal::enter(&mut self.ledger, &placed);
        self.journal.push(placed);
        for (id, live) in std::mem::take(&mut entered.answers) {
            self.looked(id, live);
        }
        self.of_instance(name).iter().for_each(|step| self.limits.opened(step));
        self.late.entered.insert(name.clone(), *entered);
    }

    /// Why a place cannot be the right one.
    fn setting_place(&self, name: &Name, place: &Place) -> Option<Error> {
        let recorded = self.ledger.places.get(name).filter(|recorded| *recorded != place)?;
        let message = format!(
            "the provider `{name}` leads to {}, and what it is configured by is what led to {} before",
            place.scope, recorded.scope
        );
        Some(Error::new(Class::AskPerson, message))
    }

    /// What a look says about the name of something that is to be made.
    fn looked(&mut self, id: u32, live: Live) {
        let Some(step) = at(&self.steps, id).cloned() else { return };
        let stale = |message: String| Stale { message, attributes: Vec::new() };
        match live {
            Live::Absent => {}
            Live::Present(object) => {
                let message = format!("{} is there, and {} was to be made where nothing is", object.id, step.address);
                self.stale([(id, stale(message))]);
            }
            Live::Tombstone { note } => self.stale([(id, stale(note.to_string()))]),
            Live::Unreadable { reason } => {
                let message = format!("whether {} is there could not be read before making it: {reason}", step.address);
                self.fail(id, Error::new(Class::AskPerson, message));
            }
        }
    }
}

/// Opens an instance, proves where it is, and looks for what has the names that are to be used.
async fn entered(
    ready: &Ready,
    session: &Session,
    sandbox: Option<&Sandbox>,
    questions: &[(u32, Question)],
) -> Result<Entered, Error> {
    let began = Instant::now();
    let (provider, place) = loop {
        match ready.enter(session, sandbox).await {
            Ok(entered) => break entered,
            Err(error) if error.class == Class::FixInput || began.elapsed() > PATIENCE => {
                let message = format!("the provider `{}` cannot be reached: {}", ready.name, error.message);
                return Err(Error { message, ..error });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    };
    let (steps, questions): (Vec<u32>, Vec<Question>) = questions.iter().cloned().unzip();
    let answers = if questions.is_empty() { Vec::new() } else { provider.read(&questions).await };
    let answers = steps.into_iter().zip(answers).collect();
    Ok(Entered { instance: ready.instance.clone(), provider, place, answers })
}
