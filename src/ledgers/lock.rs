//! The right to apply, while somebody has it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

/// How long one call of a provider may take at most. Longer than any service takes to answer, also for an adapter that
/// makes several requests; after it nobody knows whether the call was done. Whoever takes over a lease that was not given
/// back waits this long in addition, so that no call of the holder before is still out.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// How often who waits for a renewal looks.
const LOOK: Duration = Duration::from_millis(100);

/// How long somebody keeps the right to apply who has it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// As long as their process.
    AsItsProcess,
    /// As long as their process, which was stopped, and does nothing until somebody continues it.
    WhileStopped,
    /// So long after the last sign of life.
    Lease(Duration),
}

/// How a store holds the right to apply for somebody.
#[async_trait]
pub trait Hold: Send + Sync {
    /// Whether it is sure to be held still when `call` has passed from now on. Time goes on for it while the process is
    /// stopped and while the machine sleeps.
    fn outlives(&self, call: Duration) -> bool;

    /// Whether it surely will not be held again: somebody else has it.
    fn is_lost(&self) -> bool {
        false
    }

    /// How long a call may take at most that is made under it: what whoever takes it over waits for in addition.
    fn call_timeout(&self) -> Duration {
        CALL_TIMEOUT
    }

    /// Gives it back, and returns when others can see that. Doing it twice is fine. When the store cannot be reached, it
    /// ends by itself some time later.
    async fn release(&self);
}

/// The right to apply. All clones are the same right: it is given back by [`Self::release`] of one of them.
///
/// Dropping the last clone gives it back too, as far as that can be done without waiting for an answer: where a lease is
/// an object in a bucket, the next applier may have to wait until it has run out.
#[must_use = "the right to apply is given back when it is dropped"]
#[derive(Clone)]
pub struct Lock(Arc<dyn Hold>);

impl Lock {
    /// The right to apply that `hold` holds.
    pub fn new(hold: impl Hold + 'static) -> Self {
        Self(Arc::new(hold))
    }

    /// Whether a call that ends after `call` at the latest may be started: the right to apply is sure to be held until then.
    pub fn outlives(&self, call: Duration) -> bool {
        self.0.outlives(call)
    }

    /// Whether somebody else has it by now, as far as is known.
    pub fn is_lost(&self) -> bool {
        self.0.is_lost()
    }

    /// How long a call may take at most that is made under it.
    pub fn call_timeout(&self) -> Duration {
        self.0.call_timeout()
    }

    /// Waits until it outlives a call, unless it is lost; says whether it does. A lease that ran out while the machine slept,
    /// or while the store was out of reach, takes a moment to be renewed.
    pub async fn ready(&self, call: Duration, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.outlives(call) {
            if self.is_lost() || Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// Makes a call that ends after `timeout` at the latest, if the right to apply outlives it.
    ///
    /// The right is looked at again whenever the call wants to go on, so a process that was stopped in the middle of it and
    /// continued after somebody else took over sends nothing more.
    pub async fn guard<T>(&self, timeout: Duration, call: impl Future<Output = T>) -> Guarded<T> {
        if !self.outlives(timeout) {
            return Guarded::NotStarted;
        }
        match self.while_held(tokio::time::timeout(timeout, call)).await {
            Some(Ok(result)) => Guarded::Ended(result),
            Some(Err(_)) => Guarded::TimedOut,
            None => Guarded::Lost,
        }
    }

    /// Does something for as long as the right to apply is held; none when that ended first. For what only reads: it goes
    /// on whenever it wants to, and no further once somebody else may have taken over.
    pub async fn while_held<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| match self.outlives(Duration::ZERO) {
            true => work.as_mut().poll(context).map(Some),
            false => Poll::Ready(None),
        })
        .await
    }

    /// Gives it back.
    pub async fn release(self) {
        self.0.release().await;
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// What became of a call that the right to apply guards.
#[derive(Debug, PartialEq, Eq)]
pub enum Guarded<T> {
    /// It ended.
    Ended(T),
    /// It did not end in time: it may or may not have been done.
    TimedOut,
    /// The right to apply might not outlive it: surely nothing was sent.
    NotStarted,
    /// The right to apply ended before the call did: it may or may not have been done.
    Lost,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Held for so many more seconds, which pass only when a test says so.
    #[derive(Clone)]
    struct Seconds(Arc<AtomicU64>);

    #[async_trait]
    impl Hold for Seconds {
        fn outlives(&self, call: Duration) -> bool {
            self.0.load(Ordering::SeqCst) > call.as_secs()
        }

        fn is_lost(&self) -> bool {
            self.0.load(Ordering::SeqCst) == 0
        }

        async fn release(&self) {
            self.0.store(0, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_starts_only_if_the_lock_outlives_it_and_goes_on_only_while_it_is_held() {
        let left = Arc::new(AtomicU64::new(30));
        let lock = Lock::new(Seconds(left.clone()));
        assert_eq!(lock.guard(Duration::from_secs(10), async { 7 }).await, Guarded::Ended(7));
        assert_eq!(lock.guard(Duration::from_secs(30), async { 7 }).await, Guarded::NotStarted);
        let endless = std::future::pending::<()>();
        assert_eq!(lock.guard(Duration::from_secs(10), endless).await, Guarded::TimedOut);

        let sent = AtomicU64::new(0);
        let stopped = async {
            sent.fetch_add(1, Ordering::SeqCst);
            // The process is stopped here, and goes on when the lock has run out.
            left.store(0, Ordering::SeqCst);
            tokio::task::yield_now().await;
            sent.fetch_add(1, Ordering::SeqCst);
        };
        assert_eq!(lock.guard(Duration::from_secs(10), stopped).await, Guarded::Lost);
        assert_eq!(sent.load(Ordering::SeqCst), 1);
        assert_eq!(lock.while_held(async { sent.fetch_add(1, Ordering::SeqCst) }).await, None);
        left.store(30, Ordering::SeqCst);
        assert_eq!(lock.while_held(async { sent.fetch_add(1, Ordering::SeqCst) }).await, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_is_waited_for_unless_it_cannot_come() {
        let left = Arc::new(AtomicU64::new(5));
        let lock = Lock::new(Seconds(left.clone()));
        let (call, patience) = (Duration::from_secs(10), Duration::from_secs(30));
        assert!(!lock.ready(call, patience).await);
        let renew = async {
            tokio::time::sleep(Duration::from_secs(20)).await;
            left.store(60, Ordering::SeqCst);
        };
        assert!(tokio::join!(lock.ready(call, patience), renew).0);

        left.store(0, Ordering::SeqCst);
        let before = Instant::now();
        assert!(lock.is_lost() && !lock.ready(call, patience).await);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_is_given_back_by_one_clone_is_given_back() {
        let lock = Lock::new(Seconds(Arc::new(AtomicU64::new(30))));
        lock.clone().release().await;
        assert!(!lock.outlives(Duration::ZERO));
    }
}
