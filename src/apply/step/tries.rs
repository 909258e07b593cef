//! How often and how long a step tries: one deadline, pauses that grow, an interrupt that cuts them short.

use std::future::Future;
use std::time::Duration;

use flashinfra_plans::{Name, Step};
use flashinfra_providers::retry::Backoff;
use flashinfra_providers::{Class, Error};
use tokio::time::Instant;

use super::{Signal, Work};
use crate::apply::interrupt::Stage;
use crate::apply::room::Turn;
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
    /// The right to make its next call; given up for as long as it only waits.
    turn: Option<Turn>,
    started: Instant,
    deadline: Instant,
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
    pub(super) fn new(work: &'a Work, turn: Option<Turn>) -> Self {
        let started = Instant::now();
        let deadline = started + timeout(&work.step);
        Self { work, turn, started, deadline, failures: 0, silences: 0, waits: 0 }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn is_late(&self) -> bool {
        self.left().is_zero()
    }

    /// How much of its time is left.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The right to make the next call, for which it waits as long as the step has and no interrupt says otherwise.
    ///
    /// # Errors
    /// [`Class::Retry`]: nothing was sent.
    async fn turn(&mut self) -> Result<Turn, Error> {
        if let Some(turn) = self.turn.take() {
            return Ok(turn);
        }
        let left = self.left();
        tokio::select! {
            biased;
            () = self.work.interrupt.reached(Stage::CancelWaits) => {
                Err(Error::new(Class::Retry, "an interrupt came before there was room for its call"))
            }
            turn = self.work.turn(true, left) => turn,
        }
    }

    /// Whether it is not late yet after a wait.
    fn has_time_for(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_some_and(|then| then <= self.deadline)
    }

    /// Makes one call, which has an end, once it has its turn. It is only made if the right to apply outlives it.
    pub(super) async fn call<T>(&mut self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let turn = self.turn().await?;
        let Work { paces, service, lock, .. } = self.work;
        let timeout = lock.call_timeout();
        lock.ready(timeout, RENEWAL).await;
        let sent = now();
        let result = match lock.guard(timeout, call).await {
            Guarded::Ended(result) => result.map_err(|error| self.work.request.hidden_in(error)),
            Guarded::TimedOut => Err(Error::new(Class::Unknown, format!("no answer within {} s", timeout.as_secs()))),
            Guarded::NotStarted if lock.is_lost() => Err(Error::new(Class::AskPerson, LOST)),
            Guarded::NotStarted => Err(Error::new(Class::Retry, "the right to apply might end before a call does")),
            Guarded::Lost => Err(Error::new(Class::Unknown, "the right to apply ended before the call did")),
        };
        match &result {
            Err(error) if is_throttled(error) => paces.throttled(service, sent, now(), error.retry_after),
            Ok(_) | Err(_) => paces.answered(service, now()),
        }
        // Only now, so that the next one to get it is chosen by what is known by now.
        drop(turn);
        result
    }

    /// It has no call out now: others may have theirs.
    pub(super) fn only_waits(&mut self) {
        self.turn = None;
    }

    /// It was surely not done: waits before it is sent again.
    pub(super) async fn after_failure(&mut self, error: Error) -> Result<(), Stop> {
        self.failures += 1;
        if self.failures >= SENT_MAX {
            return Err(Stop::GivenUp(error));
        }
        // What is throttled waits for its turn anyway. The second time it is not only the rate, and a pause of its own keeps it apart.
        let pause = match self.failures {
            1 if is_throttled(&error) => error.retry_after.unwrap_or_default(),
            failures => self.pause_for(failures, error.retry_after),
        };
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

/// How long a step may take.
pub(super) fn timeout(step: &Step) -> Duration {
    match step.timeout_seconds {
        0 => TIMEOUT,
        seconds => Duration::from_secs(seconds.into()),
    }
}

/// Whether the service refused a call because of too many. Without a code it never got there, and cannot have been too much.
fn is_throttled(error: &Error) -> bool {
    error.class == Class::Retry && !error.code.is_empty()
}

/// The runtime's clock, which tests can turn.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}
