//! A gate that holds a call until the test lets it go.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Holds calls until a test says what becomes of them: [`release`](Self::release) or [`discard`](Self::discard).
///
/// A clone is the same gate. Once decided, a gate stays so: what arrives later passes or is dropped at once.
#[derive(Clone, Debug)]
pub struct Gate {
    shared: Arc<Shared>,
}

/// A call that a gate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which call it is, counted from one.
    pub ordinal: u64,
    /// What it is: `service:Operation`.
    pub operation: String,
    /// Whether the server has acted on it.
    pub acted: bool,
}

/// What becomes of held calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// They go on.
    Released,
    /// They end without a reply.
    Discarded,
}

#[derive(Debug)]
struct Shared {
    stops_the_world: bool,
    decision: watch::Sender<Option<Decision>>,
    arrivals: Mutex<VecDeque<Held>>,
    arrived: Condvar,
}

impl Gate {
    /// A gate for the struck call alone: others go on. For two clients at once, one of which stands still.
    pub fn for_one_call() -> Self {
        Self::new(false)
    }

    /// A gate at which the world stops: every call that arrives after the struck one waits with it, so that exactly the
    /// calls up to it have reached the server. For killing a client at a call.
    pub fn for_the_world() -> Self {
        Self::new(true)
    }

    fn new(stops_the_world: bool) -> Self {
        let decision = watch::Sender::new(None);
        let (arrivals, arrived) = Default::default();
        Self { shared: Arc::new(Shared { stops_the_world, decision, arrivals, arrived }) }
    }

    /// Waits until a call is held here, at most this long, and says which. Blocks the thread: an async test calls it in
    /// `spawn_blocking`.
    pub fn wait(&self, timeout: Duration) -> Option<Held> {
        let arrivals = self.arrivals();
        let waited = self.shared.arrived.wait_timeout_while(arrivals, timeout, |arrivals| arrivals.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.pop_front()
    }

    /// Lets the held calls go on: those that were held before the server acted are sent now, even if their client is gone, as
    /// a request does that was under way when its sender died.
    pub fn release(&self) {
        self.shared.decision.send_replace(Some(Decision::Released));
    }

    /// Drops the held calls: those that were held before the server acted never reach it, no reply is sent, and their
    /// connections are closed.
    pub fn discard(&self) {
        self.shared.decision.send_replace(Some(Decision::Discarded));
    }

    pub(crate) fn stops_the_world(&self) -> bool {
        self.shared.stops_the_world
    }

    pub(crate) fn is_decided(&self) -> bool {
        self.shared.decision.borrow().is_some()
    }

    /// Shows a call to the test and waits for the decision.
    pub(crate) async fn hold(&self, held: Held) -> Decision {
        self.arrivals().push_back(held);
        self.shared.arrived.notify_all();
        self.follow().await
    }

    /// Waits for the decision without being shown: a call that came after the one that stopped the world.
    pub(crate) async fn follow(&self) -> Decision {
        let mut decision = self.shared.decision.subscribe();
        let decided = decision.wait_for(Option::is_some).await.ok().and_then(|decision| *decision);
        // The sender lives as long as this gate does.
        decided.unwrap_or(Decision::Discarded)
    }

    fn arrivals(&self) -> MutexGuard<'_, VecDeque<Held>> {
        self.shared.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
