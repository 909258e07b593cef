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

/// A token bucket that learns how fast one service takes requests: without a limit until it throttles for the first time, then as
/// fast as it answered, and faster again with every answer.
///
/// A service that throttles has given away all that came into its own bucket since it throttled last: the answers in between say how
/// much that was. Ten requests that are throttled together say so once.
#[derive(Clone, Debug)]
pub struct Pace {
    /// None until the service throttles.
    limit: Option<Limit>,
    /// The second in which requests are counted, to know the rate at which the service throttled for the first time.
    window: Instant,
    /// The requests in it.
    sent: u32,
    /// Before this nobody sends, because the service said so.
    quiet_until: Option<Instant>,
}

/// How fast a service is asked that throttled.
#[derive(Clone, Debug)]
struct Limit {
    /// Requests a second.
    rate: f64,
    /// Requests that may be sent at once; negative when later ones are promised already.
    tokens: f64,
    /// When `tokens` was right.
    counted: Instant,
    /// When the service throttled last. What is throttled of the requests that were sent before says nothing new.
    throttled: Instant,
    /// The answers since then.
    answers: u32,
    /// Whether the rate is what the service answered, and no guess.
    is_known: bool,
}

/// What is left of a rate at which a service throttled, at least. What it answers lags behind what it takes, and is too little when it
/// throttles twice within a second.
const SLOWER: f64 = 0.9;
/// The nth answer since the service throttled makes a known rate faster by n times this many requests a second: hardly at first, so
/// that what is right is kept to, and then more and more. A hundred answers make it faster by two and a half.
const FASTER: f64 = 0.0005;
/// Each answer makes a rate that is only a guess faster by this many requests a second.
const FASTER_UNKNOWN: f64 = 0.2;
/// No service is asked more seldom than this, in requests a second.
const RATE_MIN: f64 = 0.5;
/// From this rate on there is no limit: no control plane takes more from one caller.
const RATE_MAX: f64 = 100.0;
/// How many requests may follow each other at once under a limit.
const BURST: f64 = 2.0;

impl Pace {
    /// A pace without a limit.
    pub fn new(now: Instant) -> Self {
        Self { limit: None, window: now, sent: 0, quiet_until: None }
    }

    /// How long nobody should send.
    pub fn wait(&self, now: Instant) -> Duration {
        let quiet = self.quiet_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let owed = self.limit.as_ref().map_or(Duration::ZERO, |limit| limit.owed(limit.tokens_at(now) - 1.0));
        owed.max(quiet)
    }

    /// Takes the right to send one request, and says how long to wait before it is sent.
    pub fn take(&mut self, now: Instant) -> Duration {
        let wait = self.wait(now);
        if now.saturating_duration_since(self.window) >= Duration::from_secs(1) {
            (self.window, self.sent) = (now, 0);
        }
        self.sent = self.sent.saturating_add(1);
        if let Some(limit) = &mut self.limit {
            limit.fill(now);
            limit.tokens -= 1.0;
        }
        wait
    }

    /// The service throttled a request that was sent at a time, and asked to be left alone for a while, perhaps.
    pub fn throttled(&mut self, sent: Instant, now: Instant, asked: Option<Duration>) {
        if let Some(until) = asked.and_then(|asked| now.checked_add(asked)) {
            self.quiet_until = self.quiet_until.max(Some(until));
        }
        let Some(limit) = &mut self.limit else {
            let elapsed = now.saturating_duration_since(self.window).as_secs_f64().max(1.0);
            let rate = (f64::from(self.sent) / elapsed * SLOWER).clamp(RATE_MIN, RATE_MAX);
            self.limit = Some(Limit { rate, tokens: 0.0, counted: now, throttled: now, answers: 0, is_known: false });
            return;
        };
        if sent <= limit.throttled {
            return;
        }
        let answered = f64::from(limit.answers) / now.max(sent).duration_since(limit.throttled).as_secs_f64();
        limit.rate = answered.clamp(limit.rate * SLOWER, limit.rate).max(RATE_MIN);
        // The service has nothing left, whatever was saved up here.
        limit.fill(now);
        limit.tokens = limit.tokens.min(0.0);
        (limit.throttled, limit.is_known, limit.answers) = (now, limit.answers > 0, 0);
    }

    /// The service took a request.
    pub fn answered(&mut self, now: Instant) {
        let Some(limit) = &mut self.limit else { return };
        limit.fill(now);
        limit.answers = limit.answers.saturating_add(1);
        limit.rate += if limit.is_known { FASTER * f64::from(limit.answers) } else { FASTER_UNKNOWN };
        if limit.rate >= RATE_MAX {
            self.limit = None;
        }
    }

    /// Requests a second; none while there is no limit.
    pub fn rate(&self) -> Option<f64> {
        self.limit.as_ref().map(|limit| limit.rate)
    }
}

impl Limit {
    fn tokens_at(&self, now: Instant) -> f64 {
        (self.tokens + now.saturating_duration_since(self.counted).as_secs_f64() * self.rate).min(BURST)
    }

    fn fill(&mut self, now: Instant) {
        self.tokens = self.tokens_at(now);
        self.counted = self.counted.max(now);
    }

    /// The time in which so many requests come in as are missing.
    fn owed(&self, tokens: f64) -> Duration {
        // Whoever comes back after exactly this time does not wait again, however the clock rounds.
        if tokens > -1e-6 { Duration::ZERO } else { Duration::from_secs_f64(-tokens / self.rate) }
    }
}

/// The paces of all services, each by a name that says service and region: `ec2/us-east-1`.
#[derive(Debug, Default)]
pub struct Paces(Mutex<BTreeMap<Name, Pace>>);

impl Paces {
    /// As [`Pace::wait`], and as [`Pace::rate`].
    pub fn look(&self, service: &str, now: Instant) -> (Duration, Option<f64>) {
        let paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.get(service).map_or((Duration::ZERO, None), |pace| (pace.wait(now), pace.rate()))
    }

    /// As [`Pace::take`].
    pub fn take(&self, service: &str, now: Instant) -> Duration {
        self.with(service, now, |pace| pace.take(now))
    }

    /// As [`Pace::throttled`].
    pub fn throttled(&self, service: &str, sent: Instant, now: Instant, asked: Option<Duration>) {
        self.with(service, now, |pace| pace.throttled(sent, now, asked));
    }

    /// As [`Pace::answered`].
    pub fn answered(&self, service: &str, now: Instant) {
        self.with(service, now, |pace| pace.answered(now));
    }

    fn with<T>(&self, service: &str, now: Instant, act: impl FnOnce(&mut Pace) -> T) -> T {
        // Whatever panicked elsewhere, a pace is only a few numbers.
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match paces.get_mut(service) {
            Some(pace) => act(pace),
            None => act(paces.entry(service.into()).or_insert_with(|| Pace::new(now))),
        }
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
        (0..10_000).for_each(|_| pace.answered(start));
        assert!(pace.wait(start).is_zero());
        assert_eq!(pace.rate(), None);
    }

    #[test]
    fn a_throttled_service_is_asked_more_slowly_and_then_faster_again() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!((0..20).all(|_| pace.take(start).is_zero()));
        pace.throttled(start, start, None);
        // 90 % of the twenty requests in this second, one after the other.
        let waits: Vec<_> = (0..18).map(|_| pace.take(start)).collect();
        assert!(waits.is_sorted());
        assert!((waits[17].as_secs_f64() - 1.0).abs() < 0.01, "{waits:?}");
        let later = start + SECOND * 2;
        assert!(pace.take(later).is_zero());
        (0..1000).for_each(|_| pace.answered(later));
        assert!((0..1000).all(|_| pace.take(later).is_zero()));
    }

    #[test]
    fn who_looks_takes_nothing_and_who_comes_back_waits_no_more() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        (0..7).for_each(|_| assert!(pace.take(start).is_zero()));
        pace.throttled(start, start, None);
        let mut now = start;
        for _ in 0..1000 {
            let wait = pace.wait(now);
            assert_eq!(wait, pace.wait(now));
            now += wait;
            assert_eq!(pace.take(now), Duration::ZERO);
        }
        assert!((now - start).as_secs_f64() > 1000.0 / 7.0);
    }

    #[test]
    fn what_is_throttled_together_slows_down_once() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        (0..10).for_each(|_| assert!(pace.take(start).is_zero()));
        (0..8).for_each(|_| pace.throttled(start, start, None));
        assert_eq!(pace.rate(), Some(9.0));
        let sent = start + SECOND;
        (1..9).for_each(|more| pace.throttled(sent, sent + SECOND * more, None));
        assert_eq!(pace.rate(), Some(9.0 * SLOWER));
    }

    #[test]
    fn throttled_again_and_again_it_still_sends() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        (1..100).for_each(|second| pace.throttled(start + SECOND * second, start + SECOND * second, None));
        assert_eq!(pace.wait(start + SECOND * 99), SECOND * 2);
    }

    /// A service with a bucket of its own is asked as fast as the pace allows: what it takes, of what it could, once the pace
    /// had as long again to find out.
    fn part_taken(rate: f64, answers_after: Duration) -> f64 {
        let start = Instant::now();
        let lasts = Duration::from_secs_f64(1000.0 / rate);
        let (mut pace, mut now) = (Pace::new(start), start);
        let (mut tokens, mut filled, mut taken) = (BURST, start, 0.0);
        let mut answers = std::collections::VecDeque::new();
        while now < start + lasts * 2 {
            while answers.front().is_some_and(|answer| *answer <= now) {
                answers.pop_front();
                pace.answered(now);
            }
            if !pace.wait(now).is_zero() {
                now += Duration::from_millis(1);
                continue;
            }
            pace.take(now);
            tokens = f64::min(tokens + (now - filled).as_secs_f64() * rate, BURST);
            filled = now;
            if tokens < 1.0 {
                pace.throttled(now, now, None);
                now += Duration::from_millis(1);
                continue;
            }
            tokens -= 1.0;
            taken += if now < start + lasts { 0.0 } else { 1.0 };
            answers.push_back(now + answers_after);
        }
        taken / 1000.0
    }

    #[test]
    fn what_a_service_takes_is_found_whatever_that_is() {
        for rate in [0.7, 1.0, 3.0, 5.0, 12.0, 40.0] {
            for answers_after in [0, 100, 3000] {
                let taken = part_taken(rate, Duration::from_millis(answers_after));
                assert!((0.95..1.01).contains(&taken), "{rate} requests/s, answered after {answers_after} ms: {taken}");
            }
        }
    }

    #[test]
    fn all_senders_to_a_service_keep_quiet_and_others_do_not() {
        let start = Instant::now();
        let paces = Paces::default();
        paces.take("ec2/us-east-1", start);
        paces.throttled("ec2/us-east-1", start, start, Some(SECOND * 9));
        paces.answered("ec2/us-east-1", start);
        let (wait, rate) = paces.look("ec2/us-east-1", start + SECOND * 5);
        assert!((SECOND * 4..SECOND * 5).contains(&wait) && rate.is_some(), "{wait:?}");
        let wait = paces.take("ec2/us-east-1", start + SECOND * 5);
        assert!((SECOND * 4..SECOND * 5).contains(&wait), "{wait:?}");
        assert!(paces.take("rds/us-east-1", start).is_zero());
        assert_eq!(paces.look("ec2/eu-west-1", start), (Duration::ZERO, None));
    }
}
