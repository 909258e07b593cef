//! How a run is disturbed.

use std::fmt;

use flashinfra_test_proxy::{Fault, Gate, Rule};

/// One call of a run, and what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strike {
    /// The name of what is disturbed.
    pub(crate) subject: &'static str,
    /// Which call of the run, counted from one.
    pub(crate) call: u64,
    pub(crate) way: Way,
    /// What is left to chance follows from this and the call.
    pub(crate) seed: u64,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The process is killed before the server acts.
    KilledBefore,
    /// The process is killed after the server acted, before it has the reply.
    KilledAfter,
    /// The connection ends before the server acts.
    LostBefore,
    /// The server acts, and the connection ends without a reply.
    LostAfter,
}

impl Way {
    pub(crate) const KILLED: [Self; 2] = [Self::KilledBefore, Self::KilledAfter];
    pub(crate) const LOST: [Self; 2] = [Self::LostBefore, Self::LostAfter];
}

/// The places of a run of so many calls at which it is disturbed, each call twice: `call * 2` and one more. A sample of them, those that
/// `FLASHINFRA_SWEEP` asks for (`all`, the subject's name, or one call of it as `subject:17`), or none when it asks for others.
#[cfg(feature = "kubernetes")]
pub(crate) fn asked(subject: &str, seed: u64, calls: u64, sample: usize) -> Vec<u64> {
    let places = 2..=calls * 2 + 1;
    match std::env::var("FLASHINFRA_SWEEP").as_deref() {
        Err(_) => flashinfra_test_proxy::chosen(seed, places, sample).into_iter().collect(),
        Ok("all") => places.collect(),
        Ok(other) if other == subject => places.collect(),
        Ok(other) => match other.strip_prefix(subject).and_then(|call| call.strip_prefix(':')) {
            Some(call) => {
                let call: u64 = call.parse().expect("a call's number after the colon");
                vec![call * 2, call * 2 + 1]
            }
            None => Vec::new(),
        },
    }
}

impl Strike {
    /// The rule for the proxy, and the gate at which the process is to be killed.
    pub(crate) fn rule(&self) -> (Rule, Option<Gate>) {
        let gate = Gate::for_the_world();
        let (fault, gate) = match self.way {
            Way::KilledBefore => (Fault::HoldBefore(gate.clone()), Some(gate)),
            Way::KilledAfter => (Fault::HoldAfter(gate.clone()), Some(gate)),
            Way::LostBefore => (Fault::DropBefore, None),
            Way::LostAfter => (Fault::DropAfter, None),
        };
        (Rule::any(fault).nth(self.call), gate)
    }

    /// Whether the requests that were under way when the process died reach the server all the same.
    pub(crate) fn arrives_late(&self) -> bool {
        self.chance().is_multiple_of(3)
    }

    /// Whether it goes on by a plan of its own, and not by applying the same plan again.
    pub(crate) fn plans_anew(&self) -> bool {
        (self.chance() / 3).is_multiple_of(2)
    }

    fn chance(&self) -> u64 {
        let place = self.call * 2 + u64::from(self.way == Way::KilledAfter);
        (place ^ (self.seed << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, call, way, seed } = self;
        let late = if self.arrives_late() { ", requests under way arrive late" } else { "" };
        let then = if self.plans_anew() { "plan anew" } else { "apply the same plan again" };
        match way {
            Way::KilledBefore => write!(f, "killed before call {call}{late}, then {then}")?,
            Way::KilledAfter => write!(f, "killed after call {call}{late}, then {then}")?,
            Way::LostBefore => write!(f, "call {call} lost")?,
            Way::LostAfter => write!(f, "the reply to call {call} lost")?,
        }
        write!(f, " (FLASHINFRA_SWEEP={subject}:{call} FLASHINFRA_SWEEP_SEED={seed})")
    }
}
