//! A process that applies: it runs, is stopped, or is dead, at the places where it reaches the world.

use std::sync::atomic::{AtomicU32, Ordering};

use flashinfra::ledgers::Holder;
use flashinfra_plans::Name;
use tokio::sync::watch;

use crate::scenario::Stop;

/// A process.
pub(crate) struct Process {
    /// Names it in the lease.
    pub(crate) number: u32,
    who: Name,
    state: watch::Sender<State>,
    writes: AtomicU32,
    /// At which write to the ledger's store it dies, and whether that write is still done.
    dies_at: Option<(u32, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Runs,
    Stopped,
    Dead,
}

/// What becomes of a process at a write to the ledger's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtWrite {
    /// Nothing.
    GoesOn,
    /// It dies instead.
    DiesBefore,
    /// It dies once it is done.
    DiesAfter,
}

impl Process {
    pub(crate) fn new(number: u32, who: Name, stop: Option<Stop>) -> Self {
        let dies_at = match stop {
            Some(Stop::CrashBefore(write)) => Some((write, false)),
            Some(Stop::CrashAfter(write)) => Some((write, true)),
            Some(Stop::Crash(_) | Stop::Interrupt(..)) | None => None,
        };
        Self { number, who, state: watch::Sender::new(State::Runs), writes: AtomicU32::new(0), dies_at }
    }

    /// Returns once it runs: never, when it is dead.
    pub(crate) async fn runs(&self) {
        self.reached(State::Runs).await;
    }

    /// Returns once it is dead.
    pub(crate) async fn died(&self) {
        self.reached(State::Dead).await;
    }

    pub(crate) fn die(&self) {
        self.state.send_replace(State::Dead);
    }

    pub(crate) fn freeze(&self) {
        self.state.send_if_modified(|state| {
            let runs = *state == State::Runs;
            if runs {
                *state = State::Stopped;
            }
            runs
        });
    }

    pub(crate) fn thaw(&self) {
        self.state.send_if_modified(|state| {
            let is_stopped = *state == State::Stopped;
            if is_stopped {
                *state = State::Runs;
            }
            is_stopped
        });
    }

    /// It is about to write to the ledger's store.
    pub(crate) fn writes(&self) -> AtWrite {
        let write = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        match self.dies_at {
            Some((at, false)) if at == write => AtWrite::DiesBefore,
            Some((at, true)) if at == write => AtWrite::DiesAfter,
            Some(_) | None => AtWrite::GoesOn,
        }
    }

    /// Who others are told of.
    pub(crate) fn holder(&self) -> Holder {
        Holder { who: self.who.to_string(), host: "simulated".into(), process: self.number, since_unix_seconds: 0 }
    }

    async fn reached(&self, wanted: State) {
        let mut changes = self.state.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = changes.wait_for(|state| *state == wanted).await;
    }
}
