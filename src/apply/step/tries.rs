//! How often and how long a step tries: one deadline, pauses that grow, an interrupt that cuts them short.

use std::future::Future;
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::retry::Backoff;
use flashinfra_providers::{Class, Error};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::{Signal, Work};
use crate::apply::interrupt::Stage;
use crate::ledgers::Guarded;

/// How long to wait for a lease to be renewed that ran out while the machine slept, before it is taken for lost.
const RENEWAL: Duration = Duration::from_secs(30);

/// What somebody reads whose apply went on elsewhere.
const LOST: &str = "the right to apply was lost";

/// How often a request is sent in all that was surely not done: for about a minute and a half.
const SENT_MAX: u32 = 10;

/// How often a request is sent whose reply gets lost each time.
const SILENCES_MAX: u32 = 5;

/// What a step that has no timeout of its own gets.
const TIMEOUT: Duration = Duration::from_secs(600);

/// The tries of one step.
pub(super) struct Tries<'a> {
    work: &'a Work,
    /// Its place among the calls that are out; given up for as long as it only waits.
    place: Option<OwnedSemaphorePermit>,
    started: Instant,
    deadline: Instant,
    /// Whether its service takes a call of it now, as far as is known.
    has_turn: bool,
    failures: u32,
    silences: u32,
    waits: u32,
}

/// Why it is not tried again.
#[derive(Debug)]
pub(super) enum Stop {
    /// Often enough, or long enough; surely not done.
    GivenUp(Error),
    /// It may be done, and it cannot be found out.
    Unclear(String),
    /// An interrupt.
    Interrupted,
}

impl<'a> Tries<'a> {
    pub(super) fn new(work: &'a Work, place: OwnedSemaphorePermit) -> Self {
        let started = Instant::now();
        let timeout = match work.step.timeout_seconds {
            0 => TIMEOUT,
            seconds => Duration::from_secs(seconds.into()),
        };
        let deadline = started + timeout;
        Self { work, place: Some(place), started, deadline, has_turn: false, failures: 0, silences: 0, waits: 0 }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Waits while the service wants to be left alone, for as long as the step has and no interrupt says otherwise.
    ///
    /// # Errors
    /// [`Class::Retry`]: nothing was sent.
    pub(super) async fn in_turn(&mut self) -> Result<(), Error> {
        if self.has_turn {
            return Ok(());
        }
        let Work { paces, service, interrupt, .. } = self.work;
        let wait = paces.take(service, Instant::now().into_std());
        let left_alone = format!("{service} asked to be left alone for {} s", wait.as_secs());
        let error = Error::new(Class::Retry, left_alone);
        if !self.has_time_for(wait) {
            return Err(Error { retry_after: Some(wait), ..error });
        }
        if !wait.is_zero() {
            self.only_waits();
            tokio::select! {
                biased;
                () = tokio::time::sleep(wait) => {}
                () = interrupt.reached(Stage::CancelWaits) => return Err(error),
            }
        }
        self.has_turn = true;
        Ok(())
    }

    /// Whether it is not late yet after a wait.
    fn has_time_for(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_some_and(|then| then <= self.deadline)
    }

    /// Makes one call, which has an end, once the service takes it. It is only made if the right to apply outlives it.
    pub(super) async fn call<T>(&mut self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.in_turn().await?;
        self.has_turn = false;
        let Work { paces, service, lock, room, .. } = self.work;
        if self.place.is_none() {
            // Nobody ever closes it.
            self.place = room.clone().acquire_owned().await.ok();
        }
        let timeout = lock.call_timeout();
        lock.ready(timeout, RENEWAL).await;
        let result = match lock.guard(timeout, call).await {
            Guarded::Ended(result) => result.map_err(|error| self.work.request.hidden_in(error)),
            Guarded::TimedOut => Err(Error::new(Class::Unknown, format!("no answer within {} s", timeout.as_secs()))),
            Guarded::NotStarted if lock.is_lost() => Err(Error::new(Class::AskPerson, LOST)),
            Guarded::NotStarted => Err(Error::new(Class::Retry, "the right to apply might end before a call does")),
            Guarded::Lost => Err(Error::new(Class::Unknown, "the right to apply ended before the call did")),
        };
        match &result {
            // Without a code it never reached the service, which cannot have been too much for it.
            Err(error) if error.class == Class::Retry && !error.code.is_empty() => {
                paces.throttled(service, Instant::now().into_std(), error.retry_after);
            }
            Ok(_) | Err(_) => paces.answered(service, Instant::now().into_std()),
        }
        result
    }

    /// It has no call out now: others may have theirs.
    pub(super) fn only_waits(&mut self) {
        self.place = None;
    }

    /// It was surely not done: waits before it is sent again.
    pub(super) async fn after_failure(&mut self, error: Error) -> Result<(), Stop> {
        self.failures += 1;
        if self.failures >= SENT_MAX {
            return Err(Stop::GivenUp(error));
        }
        let pause = self.pause_for(self.failures, error.retry_after);
        self.pause_before_retry(pause, error).await
    }

    /// It may have been done, and sending it again does no harm.
    pub(super) async fn after_silence(&mut self, error: Error) -> Result<(), Stop> {
        self.silences += 1;
        if self.silences >= SILENCES_MAX {
            return Err(Stop::Unclear(error.to_string()));
        }
        let pause = self.pause_for(self.silences, error.retry_after);
        match self.pause_before_retry(pause, error).await {
            Err(Stop::GivenUp(error)) => Err(Stop::Unclear(error.to_string())),
            other => other,
        }
    }

    /// Something that it needs is not ready: waits until the kind's timeout.
    pub(super) async fn not_yet(&mut self, error: Error) -> Result<(), Stop> {
        self.waits += 1;
        let pause = self.pause_for(self.waits, error.retry_after);
        self.pause_before_retry(pause, error).await
    }

    /// Waits for a time, unless an interrupt says not to, and as long as the right to apply is held.
    pub(super) async fn pause(&mut self, pause: Duration) -> Result<(), Stop> {
        self.only_waits();
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => self.held().await,
            () = self.work.interrupt.reached(Stage::CancelWaits) => Err(Stop::Interrupted),
        }
    }

    /// Nothing more is done, and be it a look, for somebody who lost the right to apply.
    async fn held(&self) -> Result<(), Stop> {
        match self.work.lock.ready(Duration::ZERO, RENEWAL).await {
            true => Ok(()),
            false => Err(Stop::Unclear(LOST.into())),
        }
    }

    fn pause_for(&self, count: u32, asked: Option<Duration>) -> Duration {
        // Each address its own seed, so that those who failed together come back apart.
        Backoff::default().pause(count, asked, self.work.step.address.as_str())
    }

    async fn pause_before_retry(&mut self, after: Duration, error: Error) -> Result<(), Stop> {
        if !self.has_time_for(after) {
            return Err(Stop::GivenUp(error));
        }
        let reason = Name::from(error.to_string());
        self.work.tell(Signal::Retrying { step: self.work.step.id, after, reason }).await;
        self.pause(after).await
    }
}
