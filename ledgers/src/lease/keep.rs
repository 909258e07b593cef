//! Keeping a lease: renewing it in the background until it is given back, or somebody else has it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra::ledgers::{Hold, LedgerError};
use object_store::UpdateVersion;
use object_store::path::Path;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Ended, Lease, Taken, Times};
use crate::clock::Moment;
use crate::objects::{Expected, Found, Objects, Written};

/// The pause before a renewal that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Whether a lease is held, as its holder may know.
#[derive(Clone)]
pub(crate) struct State {
    length: Duration,
    call: Duration,
    now: Arc<Mutex<Now>>,
}

struct Now {
    /// Before the renewal was sent that was answered last.
    renewed: Moment,
    end: Option<End>,
}

/// How a lease ended.
enum End {
    Released,
    Lost(String),
}

impl State {
    fn new(times: &Times, renewed: Moment) -> Self {
        Self { length: times.lease, call: times.call, now: Arc::new(Mutex::new(Now { renewed, end: None })) }
    }

    /// Why it was lost, if it was.
    pub(crate) fn lost(&self) -> Option<String> {
        match &self.now().end {
            Some(End::Lost(reason)) => Some(reason.clone()),
            Some(End::Released) | None => None,
        }
    }

    /// Whether it was given back.
    pub(crate) fn is_released(&self) -> bool {
        matches!(self.now().end, Some(End::Released))
    }

    fn renew(&self, at: Moment) {
        self.now().renewed = at;
    }

    fn end(&self, end: End) {
        self.now().end.get_or_insert(end);
    }

    /// Nothing is left half done while it is held, so a panic elsewhere has not broken it.
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks only: giving back is the business of [`Kept`].
#[async_trait]
impl Hold for State {
    fn outlives(&self, call: Duration) -> bool {
        let now = self.now();
        now.end.is_none() && self.length.saturating_sub(now.renewed.elapsed()) > call
    }

    fn is_lost(&self) -> bool {
        matches!(self.now().end, Some(End::Lost(_)))
    }

    fn call_timeout(&self) -> Duration {
        self.call
    }

    async fn release(&self) {}
}

/// A lease that is renewed until this is given back or dropped.
pub(crate) struct Kept {
    state: State,
    keeper: Mutex<Option<Keeper>>,
    /// How long giving it back may take.
    patience: Duration,
}

/// The task that renews, and what ends it.
struct Keeper {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Kept {
    /// Renews a lease that was taken.
    pub(crate) fn new(objects: Objects, path: Path, taken: Taken, times: &Times) -> Self {
        let Taken { lease, version, since } = taken;
        let state = State::new(times, since);
        let (stop, stopped) = oneshot::channel();
        let renewal = Renewal { objects, path, lease, version, state: state.clone(), heartbeat: times.heartbeat };
        let task = tokio::spawn(renewal.run(stopped));
        Self { state, keeper: Mutex::new(Some(Keeper { stop, task })), patience: times.request * 2 }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    fn keeper(&self) -> Option<Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Hold for Kept {
    fn outlives(&self, call: Duration) -> bool {
        self.state.outlives(call)
    }

    fn is_lost(&self) -> bool {
        self.state.is_lost()
    }

    fn call_timeout(&self) -> Duration {
        self.state.call_timeout()
    }

    async fn release(&self) {
        if let Some(Keeper { stop, task }) = self.keeper() {
            // From here on nothing more may be done by it, whether or not the store can be told.
            self.state.end(End::Released);
            let _ = stop.send(());
            // A store that is out of reach must not keep the program; the lease runs out then.
            let _ = tokio::time::timeout(self.patience, task).await;
        }
    }
}

impl Drop for Kept {
    /// The task gives it back by itself, if the program goes on for that long.
    fn drop(&mut self) {
        if let Some(Keeper { stop, .. }) = self.keeper() {
            self.state.end(End::Released);
            let _ = stop.send(());
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

/// The work of renewing.
struct Renewal {
    objects: Objects,
    path: Path,
    /// As it is in the store, as far as known.
    lease: Lease,
    version: UpdateVersion,
    state: State,
    heartbeat: Duration,
}

/// What became of a renewal.
enum Renewed {
    Yes,
    /// The store did not answer, or a renewal before it was done late.
    TryAgain,
    Lost(String),
}

impl Renewal {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut pause = self.heartbeat;
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause = match self.renew().await {
                Renewed::Yes => self.heartbeat,
                Renewed::TryAgain => RETRY.min(self.heartbeat),
                Renewed::Lost(reason) => return self.state.end(End::Lost(reason)),
            };
        }
        self.give_back().await;
    }

    async fn renew(&mut self) -> Renewed {
        let next = self.lease.renewed();
        let sent = Moment::now();
        match self.write(&next).await {
            Ok(Written::Done(version)) => {
                (self.lease, self.version) = (next, version);
                self.state.renew(sent);
                Renewed::Yes
            }
            Ok(Written::Refused(there)) => self.refused(there),
            Err(_) => Renewed::TryAgain,
        }
    }

    fn refused(&mut self, there: Option<Found>) -> Renewed {
        let Some(found) = there else { return Renewed::Lost("its object was removed".into()) };
        match Lease::read(&found.bytes) {
            Ok(present) if present.id == self.lease.id => match &present.ended {
                // A renewal of ours that nobody answered. It is not known when it was done, so it does not count.
                None => {
                    (self.lease, self.version) = (present, found.version);
                    Renewed::TryAgain
                }
                Some(Ended::Released) => Renewed::Lost("it was given back".into()),
                Some(Ended::Broken { by, reason }) => Renewed::Lost(format!("{by} ended it: {reason}")),
            },
            Ok(present) => Renewed::Lost(format!("it had run out, and was taken over by {}", present.holder)),
            Err(error) => Renewed::Lost(error.to_string()),
        }
    }

    /// Says that it is over. When nobody answers, it runs out.
    async fn give_back(&mut self) {
        let over = self.lease.over(Ended::Released);
        if let Ok(Written::Refused(there)) = self.write(&over).await
            && let Renewed::TryAgain = self.refused(there)
        {
            let _ = self.write(&self.lease.over(Ended::Released)).await;
        }
    }

    async fn write(&self, lease: &Lease) -> Result<Written, LedgerError> {
        self.objects.put_if(&self.path, &lease.write(), &Expected::Version(self.version.clone()), None).await
    }
}
