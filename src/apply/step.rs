//! One step, from its first call to its end: what to do about each class of error, and how to wait for slow objects.
//!
//! A step runs as a task of its own. It tells the dispatcher what happens through [`Signal`]s and ends with an [`Ended`].
//! A step of an interrupted run starts where that one was: with finding out what became of it.

mod begun;
mod complete;
mod condition;
mod create;
mod poll;
mod tries;

use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Step};
use flashinfra_providers::retry::Paces;
use flashinfra_providers::{Class, Delete, Error, Outcome, Provider, Update};
use flashinfra_stacks::schema::Schema;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::events::LastLines;
use super::interrupt::{Interrupt, Stage};
use super::recheck::{self, Verdict};
use super::relied::Relied;
use super::report::Stale;
use super::request::Request;
use super::room::{Rank, Room, Turn};
use super::settle;
use crate::ledgers::Lock;
use condition::Expected;
use poll::Until;
use tries::{Stop, Tries};

/// Everything that a step needs to run.
pub(crate) struct Work {
    pub(crate) step: Arc<Step>,
    /// The seconds from its start to the end of the longest path through it.
    pub(crate) behind_seconds: u64,
    /// Whether it is of a run of tests: what is not done in time has failed then.
    pub(crate) is_test: bool,
    pub(crate) schema: Arc<Schema>,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) request: Request,
    pub(crate) mark: OwnerMark,
    /// What the step's attributes are, with references where secrets are.
    pub(crate) attributes: Map,
    /// What the ledger says was last applied to the object.
    pub(crate) applied: Map,
    /// When the object was last compared with what the step expects.
    pub(crate) checked: Instant,
    /// The update of the same object that the step follows.
    pub(crate) follows: Option<Follows>,
    /// What it is sent of others.
    pub(crate) relied: Vec<Relied>,
    pub(crate) history: History,
    /// How fast each service takes requests, for all steps together.
    pub(crate) paces: Arc<Paces>,
    /// The name of this one: the provider instance, which has a region, and the service.
    pub(crate) service: Name,
    /// The room for calls on its provider instance.
    pub(crate) room: Arc<Room>,
    pub(crate) signals: Sender<Signal>,
    pub(crate) interrupt: Interrupt,
    /// The right to apply, under which each call is made.
    pub(crate) lock: Lock,
}

/// An update of the same plan, after which a step comes.
#[derive(Clone, Debug)]
pub(crate) struct Follows {
    /// What the update expected: what the service may still show.
    pub(crate) expected: Option<Name>,
    /// When it was done.
    pub(crate) done: Instant,
}

/// What an earlier run did of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// Nothing.
    Fresh,
    /// It started it, and had perhaps got an id for it.
    Open(Option<Name>),
}

/// What a running step tells.
#[derive(Debug)]
pub(crate) enum Signal {
    /// There is room for its call, and its service takes it.
    Begins { step: u32 },
    /// The service works on it; from here on the step only polls.
    Accepted { step: u32, id: Name },
    /// A create was not answered, and nothing that it made can be seen. It may show up late.
    Unanswered { step: u32 },
    /// It was looked at and is not done yet.
    Waiting { step: u32, phase: Option<Phase> },
    /// It is tried again after a pause.
    Retrying { step: u32, after: Duration, reason: Name },
    /// No more is waited for it, and this is what its programs wrote.
    Wrote { step: u32, lines: LastLines },
}

/// How a step ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The object is as the step wants it.
    Made(Object),
    /// The object is gone.
    Gone,
    /// The owner mark is rewritten.
    Marked,
    /// It failed; when it left an object behind, this is its id.
    Failed(Error, Option<Name>),
    /// It failed, but for what can be seen of the object, which is usable.
    Partly(Error, Box<Object>),
    /// The object was made and is gone again: its generation, and with it the client token, is used up.
    MadeAndGone(Error),
    /// The object is not there any more.
    Vanished,
    /// The object is not what the plan was made from.
    Changed(Stale),
    /// It is not known whether it was done.
    Unknown(String),
    /// It was left while it waited.
    Interrupted,
    /// An interrupt came before there was room for its call: this run did nothing of it.
    KeptBack,
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::GivenUp(error) => Self::Failed(error, None),
            Stop::Unclear(reason) => Self::Unknown(reason),
            Stop::Interrupted => Self::Interrupted,
        }
    }
}

/// How old the last look at an object may be when its step starts. Less than a person takes to change something and forget it,
/// more than a wave of quick steps takes.
const LOOK_AGE_MAX: Duration = Duration::from_secs(20);

/// Runs a step to its end.
pub(crate) async fn run(work: Work) -> Ended {
    let turn = match work.admitted().await {
        Ok(turn) => turn,
        Err(end) => return end,
    };
    work.tell(Signal::Begins { step: work.step.id }).await;
    let mut tries = Tries::new(&work, turn);
    let end = match work.history {
        // The last look comes after the wait.
        History::Fresh => work.looked_again().await,
        History::Open(None) => work.begun_before(&mut tries).await,
        // What is on its way is waited for.
        History::Open(Some(_)) => None,
    };
    if let Some(end) = end {
        return end;
    }
    match &work.request {
        Request::Create(request) => work.create(request, &mut tries).await,
        Request::Update(request) => work.update(request, &mut tries).await,
        Request::Delete(request) => work.delete(request, &mut tries).await,
        Request::Mark(id, mark) => work.rewrite_mark(id, mark, &mut tries).await,
    }
}

/// How a step ends that does not find what it expects.
fn unfit(verdict: Verdict) -> Option<Ended> {
    match verdict {
        Verdict::Fits(_) => None,
        Verdict::Stale(stale) => Some(Ended::Changed(stale)),
        Verdict::Unreadable(error) => Some(Ended::Failed(error, None)),
    }
}

impl Work {
    /// Waits for the turn of its first call, of which there is none for what is on its way; or how the step ends without one.
    async fn admitted(&self) -> Result<Option<Turn>, Ended> {
        if matches!(self.history, History::Open(Some(_))) {
            return Ok(None);
        }
        let turn = tokio::select! {
            biased;
            () = self.interrupt.reached(Stage::NoNewSteps) => return Err(Ended::KeptBack),
            turn = self.turn(false, tries::timeout(&self.step)) => turn,
        };
        match turn {
            Ok(turn) => Ok(Some(turn)),
            Err(error) if self.history == History::Fresh => Err(Ended::Failed(error, None)),
            // What an earlier run did of it can be found out all the same.
            Err(_) => Ok(None),
        }
    }

    /// Waits for the right to make one call, unless the service wants to be left alone for longer than `most`.
    ///
    /// # Errors
    /// [`Class::Retry`]: nothing was sent.
    async fn turn(&self, again: bool, most: Duration) -> Result<Turn, Error> {
        let rank = Rank::new(self.step.id, self.behind_seconds, again);
        self.room.turn(&self.service, rank, most).await.map_err(|wait| {
            let left_alone = format!("{} asked to be left alone for {} s", self.service, wait.as_secs());
            Error { retry_after: Some(wait), ..Error::new(Class::Retry, left_alone) }
        })
    }

    /// A step that waited long for others, or follows an update, looks at its object once more, and at what it is sent of others.
    /// How it ends, if that is not what the step expects.
    async fn looked_again(&self) -> Option<Ended> {
        let waited = self.checked.elapsed() > LOOK_AGE_MAX;
        if !(waited || self.follows.is_some()) {
            return None;
        }
        if let Some(id) = self.step.object.as_ref().filter(|_| self.step.expects.is_some()) {
            let asked = recheck::asked(&self.step.inputs, Some(&self.applied));
            let live = settle::one(self.provider.as_ref(), &self.schema, id, &asked).await;
            if let Some(end) = unfit(self.expected(live)) {
                return Some(end);
            }
        }
        for relied in self.relied.iter().filter(|_| waited) {
            if let Some(end) = relied.look().await.and_then(unfit) {
                return Some(end);
            }
        }
        None
    }

    /// Setting the same values twice does no harm, so an update whose reply was lost is sent again.
    async fn update(&self, request: &Update, tries: &mut Tries<'_>) -> Ended {
        match &self.history {
            History::Open(Some(id)) => self.poll(id, Until::Ready, tries).await,
            History::Fresh | History::Open(None) => match self.send_update(request, tries).await {
                Ended::Failed(error, None) => self.failed_in_part(request, error).await,
                end => end,
            },
        }
    }

    /// An update takes several calls, as a rule, of which some may have been done: what they set is ours.
    async fn failed_in_part(&self, request: &Update, error: Error) -> Ended {
        match settle::one(self.provider.as_ref(), &self.schema, &request.id, &self.attributes).await {
            Live::Present(object) => Ended::Partly(error, Box::new(object)),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => Ended::Failed(error, None),
        }
    }

    async fn send_update(&self, request: &Update, tries: &mut Tries<'_>) -> Ended {
        let mut expected = Expected::of(self);
        loop {
            let error = match tries.call(expected.update(request)).await {
                Ok(Outcome::Done(object)) => return self.made(object, tries).await,
                Ok(Outcome::Accepted(id) | Outcome::Derived(id)) => {
                    self.accepted(&id).await;
                    return self.poll(&id, Until::Ready, tries).await;
                }
                Ok(Outcome::Gone) => return Ended::Vanished,
                Ok(Outcome::Changed(object)) => match expected.end(object) {
                    Ok(end) => return end,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            expected.after(&error);
            let again = match self.class(&error) {
                Class::NotFound => return Ended::Vanished,
                Class::FixInput | Class::AskPerson | Class::AlreadyExists => return Ended::Failed(error, None),
                Class::Retry => tries.after_failure(error).await,
                Class::Unknown => tries.after_silence(error).await,
                Class::Wait => tries.not_yet(error).await,
            };
            if let Err(stop) = again {
                return stop.into();
            }
        }
    }

    /// Deleting by id twice does no harm either: the second is told that there is nothing. Unless the id is a name, which somebody may
    /// have taken meanwhile: what was not answered is looked at before it is sent again.
    async fn delete(&self, request: &Delete, tries: &mut Tries<'_>) -> Ended {
        if matches!(self.history, History::Open(Some(_))) && self.name_was_taken(&request.id).await {
            return Ended::Gone;
        }
        let mut expected = Expected::of(self);
        loop {
            let error = match tries.call(expected.delete(request)).await {
                Ok(Outcome::Gone) => return Ended::Gone,
                Ok(Outcome::Accepted(id) | Outcome::Derived(id)) => {
                    self.accepted(&id).await;
                    return self.poll(&id, Until::Gone, tries).await;
                }
                Ok(Outcome::Done(object)) => return self.poll(&object.id, Until::Gone, tries).await,
                Ok(Outcome::Changed(object)) => match expected.end(object) {
                    Ok(end) => return end,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            expected.after(&error);
            let again = match self.class(&error) {
                Class::NotFound => return Ended::Gone,
                Class::FixInput | Class::AskPerson | Class::AlreadyExists => return Ended::Failed(error, None),
                Class::Retry => tries.after_failure(error).await,
                Class::Unknown => match tries.after_silence(error).await {
                    // It may be done, and somebody else's by now who took its name.
                    Ok(()) if self.name_was_taken(&request.id).await => return Ended::Gone,
                    again => again,
                },
                Class::Wait => tries.not_yet(error).await,
            };
            if let Err(stop) = again {
                return stop.into();
            }
        }
    }

    async fn rewrite_mark(&self, id: &Name, mark: &OwnerMark, tries: &mut Tries<'_>) -> Ended {
        loop {
            let Err(error) = tries.call(self.provider.mark(&self.schema.kind, id, mark)).await else {
                return Ended::Marked;
            };
            let again = match self.class(&error) {
                Class::NotFound => return Ended::Vanished,
                Class::FixInput | Class::AskPerson | Class::AlreadyExists => return Ended::Failed(error, None),
                Class::Retry => tries.after_failure(error).await,
                Class::Unknown => tries.after_silence(error).await,
                Class::Wait => tries.not_yet(error).await,
            };
            if let Err(stop) = again {
                return stop.into();
            }
        }
    }

    /// Whether somebody else made an object of this name after ours was deleted by a call that was not answered.
    async fn name_was_taken(&self, id: &Name) -> bool {
        match settle::one(self.provider.as_ref(), &self.schema, id, &self.attributes).await {
            Live::Present(object) => settle::is_of_others(&self.schema, &object, &self.mark),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => false,
        }
    }

    /// An object that the service answered: done when it is ready, else polled.
    async fn made(&self, object: Object, tries: &mut Tries<'_>) -> Ended {
        match object.phase {
            Phase::Ready => Ended::Made(object),
            Phase::Creating | Phase::Updating | Phase::Failed | Phase::Deleting => {
                self.accepted(&object.id).await;
                self.poll(&object.id, Until::Ready, tries).await
            }
        }
    }

    /// What to do about an error. The schema knows codes that only mean "not yet", whatever the adapter made of them, unless that is
    /// that something may have been done: the code is then that of a later call of the same act.
    fn class(&self, error: &Error) -> Class {
        match self.schema.wait_codes.iter().any(|code| *code == error.code) {
            true if error.class != Class::Unknown => Class::Wait,
            true | false => error.class,
        }
    }

    async fn accepted(&self, id: &Name) {
        self.tell(Signal::Accepted { step: self.step.id, id: id.clone() }).await;
    }

    /// The dispatcher outlives every step, so the channel is only closed when the whole run is being dropped.
    async fn tell(&self, signal: Signal) {
        let _ = self.signals.send(signal).await;
    }
}
