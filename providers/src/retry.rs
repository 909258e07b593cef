//! When to send again, and how fast: pure, the time is passed in.
//!
//! The engine sends again what was surely not done ([`Class::Retry`](crate::Class)) and what cannot be done yet
//! ([`Class::Wait`](crate::Class)), and nothing else. [`Backoff`] says after which pause; [`Pace`] keeps all senders to one
//! service in one region below what that service bears.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flashinfra_plans::Name;

/// Pauses between two sends of the same request: exponential, with full jitter.
///
/// Full jitter (a pause anywhere between zero and the limit) keeps those apart who failed together, with the least work done
/// in all: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The limit of the first pause; each later limit is twice as long.
    pub first: Duration,
    /// The limit that no pause exceeds, unless the service asks for more.
    pub longest: Duration,
}

impl Default for Backoff {
    /// Half a second to twenty seconds: what a throttled account recovers in.
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// The pause after the `failures`th failure (from 1). The same seed gives the same pause; give each request its own, its
    /// token for example. What the service asked for is never undercut, and spread by at most the first limit.
    pub fn pause(&self, failures: u32, asked: Option<Duration>, seed: &str) -> Duration {
        let Self { first, longest } = *self;
        // Beyond 2^16 times the first pause any sensible limit is reached.
        let limit = first.saturating_mul(1 << failures.clamp(1, 17).saturating_sub(1)).min(longest);
        match asked {
            Some(asked) => asked.saturating_add(share(seed, failures, first)),
            None => share(seed, failures, limit),
        }
    }
}

/// A part of a duration, which a text and a count always give alike.
fn share(seed: &str, count: u32, of: Duration) -> Duration {
    // FNV-1a with a final mix: enough to spread pauses, and the same on every machine.
    let bytes = seed.bytes().chain(count.to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    of.mul_f64(f64::from((mixed >> 32) as u32) / f64::from(u32::MAX))
}

/// A token bucket that learns how fast one service takes requests: without a limit until it throttles for the first time,
/// then at a part of the rate at which it did, and faster again with every answer.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Requests a second; none while there is no limit.
    rate: Option<f64>,
    /// Requests that may be sent at once; negative when later ones are promised already.
    tokens: f64,
    /// When `tokens` was right.
    counted: Instant,
    /// The second in which requests are counted, to know the rate at which the service throttled.
    window: Instant,
    /// The requests in it.
    sent: u32,
    /// Before this nobody sends, because the service said so.
    quiet_until: Option<Instant>,
}

/// What is left of the rate at which a service throttled.
const SLOWER: f64 = 0.7;
/// The rate grows by this many requests a second with every answer: a rate of ten is doubled by fifty answers.
const FASTER: f64 = 0.2;
/// No service is asked more seldom than this, in requests a second.
const RATE_MIN: f64 = 0.5;
/// From this rate on there is no limit: no control plane takes more from one caller.
const RATE_MAX: f64 = 100.0;
/// How many requests may follow each other at once under a limit.
const BURST: f64 = 2.0;

impl Pace {
    /// A pace without a limit.
    pub fn new(now: Instant) -> Self {
        Self { rate: None, tokens: BURST, counted: now, window: now, sent: 0, quiet_until: None }
    }

    /// Takes the right to send one request, and says how long to wait before it is sent.
    pub fn take(&mut self, now: Instant) -> Duration {
        if now.duration_since(self.window) >= Duration::from_secs(1) {
            (self.window, self.sent) = (now, 0);
        }
        self.sent = self.sent.saturating_add(1);
        let quiet = self.quiet_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let Some(rate) = self.rate else { return quiet };
        self.tokens = (self.tokens + now.duration_since(self.counted).as_secs_f64() * rate).min(BURST) - 1.0;
        self.counted = now;
        let owed = Duration::from_secs_f64((-self.tokens / rate).max(0.0));
        owed.max(quiet)
    }

    /// The service throttled a request, and asked to be left alone for a while, perhaps.
    pub fn throttled(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(until) = asked.and_then(|asked| now.checked_add(asked)) {
            self.quiet_until = self.quiet_until.max(Some(until));
        }
        let elapsed = now.duration_since(self.window).as_secs_f64().max(1.0);
        let seen = self.rate.unwrap_or(f64::from(self.sent) / elapsed);
        self.rate = Some((seen * SLOWER).clamp(RATE_MIN, RATE_MAX));
        self.tokens = self.tokens.min(0.0);
        self.counted = now;
    }

    /// The service took a request.
    pub fn answered(&mut self) {
        self.rate = self.rate.map(|rate| rate + FASTER).filter(|rate| *rate < RATE_MAX);
    }
}

/// The paces of all services, each by a name that says service and region: `ec2/us-east-1`.
#[derive(Debug, Default)]
pub struct Paces(Mutex<BTreeMap<Name, Pace>>);

impl Paces {
    /// As [`Pace::take`].
    pub fn take(&self, service: &str, now: Instant) -> Duration {
        self.with(service, now, |pace| pace.take(now))
    }

    /// As [`Pace::throttled`].
    pub fn throttled(&self, service: &str, now: Instant, asked: Option<Duration>) {
        self.with(service, now, |pace| pace.throttled(now, asked));
    }

    /// As [`Pace::answered`].
    pub fn answered(&self, service: &str, now: Instant) {
        self.with(service, now, Pace::answered);
    }

    fn with<T>(&self, service: &str, now: Instant, act: impl FnOnce(&mut Pace) -> T) -> T {
        // Whatever panicked elsewhere, a pace is only a few numbers.
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(paces.entry(service.into()).or_insert_with(|| Pace::new(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_stay_below_limits_that_double() {
        let backoff = Backoff::default();
        let mut longest = Duration::ZERO;
        for failures in 1..=40 {
            let limit = backoff.first.saturating_mul(1 << (failures.min(10) - 1)).min(backoff.longest);
            for seed in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                let pause = backoff.pause(failures, None, seed);
                assert!(pause <= limit, "{failures} {seed} {pause:?}");
                assert_eq!(pause, backoff.pause(failures, None, seed));
                longest = longest.max(pause);
            }
        }
        assert!(longest > backoff.longest / 2, "{longest:?}");
        assert!(backoff.pause(u32::MAX, None, "a") <= backoff.longest);
    }

    #[test]
    fn those_who_failed_together_are_spread() {
        let backoff = Backoff::default();
        let pause = |number: u32| backoff.pause(6, None, &format!("token {number}"));
        let tenth = |duration: Duration| duration.as_millis() * 10 / (backoff.first * 32).as_millis();
        let mut tenths = [0; 11];
        (0..1000).for_each(|number| tenths[usize::try_from(tenth(pause(number))).unwrap()] += 1);
        assert!(tenths[..10].iter().all(|count| (50..200).contains(count)), "{tenths:?}");
    }

    #[test]
    fn what_the_service_asks_for_is_waited_for() {
        let backoff = Backoff::default();
        for failures in 1..20 {
            let pause = backoff.pause(failures, Some(SECOND * 30), "a");
            assert!((SECOND * 30..=SECOND * 30 + backoff.first).contains(&pause), "{pause:?}");
        }
    }

    #[test]
    fn nobody_waits_before_a_service_throttles() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!((0..10_000).all(|_| pace.take(start).is_zero()));
        (0..10_000).for_each(|_| pace.answered());
        assert!(pace.take(start).is_zero());
    }

    #[test]
    fn a_throttled_service_is_asked_more_slowly_and_then_faster_again() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!((0..20).all(|_| pace.take(start).is_zero()));
        pace.throttled(start, None);
        // 70 % of the twenty requests in this second, one after the other.
        let waits: Vec<_> = (0..14).map(|_| pace.take(start)).collect();
        assert!(waits.is_sorted());
        assert!((waits[13].as_secs_f64() - 1.0).abs() < 0.01, "{waits:?}");
        let later = start + SECOND * 2;
        assert!(pace.take(later).is_zero());
        (0..1000).for_each(|_| pace.answered());
        assert!((0..1000).all(|_| pace.take(later).is_zero()));
    }

    #[test]
    fn throttled_again_and_again_it_still_sends() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        (0..100).for_each(|_| pace.throttled(start, None));
        assert_eq!(pace.take(start), SECOND * 2);
    }

    #[test]
    fn all_senders_to_a_service_keep_quiet_and_others_do_not() {
        let start = Instant::now();
        let paces = Paces::default();
        paces.take("ec2/us-east-1", start);
        paces.throttled("ec2/us-east-1", start, Some(SECOND * 9));
        paces.answered("ec2/us-east-1", start);
        let wait = paces.take("ec2/us-east-1", start + SECOND * 5);
        assert!((SECOND * 4..SECOND * 5).contains(&wait), "{wait:?}");
        assert!(paces.take("rds/us-east-1", start).is_zero());
        assert!(paces.take("ec2/eu-west-1", start).is_zero());
    }
}
