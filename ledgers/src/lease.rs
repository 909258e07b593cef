//! The right to apply, as an object that its holder has to renew.
//!
//! Two clocks are never compared. A holder counts from the moment before it sent the renewal that was answered last, by a
//! clock that does not stop. A newcomer counts from the moment after it first saw the lease as it is, by its own clock, and
//! waits for the lease's whole length, and for the longest call in addition, without seeing it renewed. So the holder knows
//! that its lease has run out before anybody takes it.

mod keep;
mod take;

use std::fmt;
use std::time::Duration;

use flashinfra::ledgers::{CALL_TIMEOUT, Holder};
use serde::{Deserialize, Serialize};

pub(crate) use keep::{Kept, State};
pub(crate) use take::{Taken, break_off, holder, take};

/// The format of the object.
const FORMAT: u32 = 1;

/// How long everything that has to do with a lease takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long a lease lasts that is not renewed. Longer than `call`, since no call starts that it might not outlive; by
    /// how much is how long the store may be out of reach before calls have to wait.
    pub lease: Duration,
    /// How often it is renewed.
    pub heartbeat: Duration,
    /// How long a call of a provider may take at most, for an engine that applies under the lease.
    pub call: Duration,
    /// How long a request to the store takes at most.
    pub request: Duration,
}

impl Default for Times {
    /// Five minutes, renewed every five seconds: a newcomer is told soon that somebody is there; after a crash somebody else may go on after seven minutes, and nobody
    /// notices a store that is out of reach for two.
    fn default() -> Self {
        Self::of_lease(Duration::from_secs(300))
    }
}

impl Times {
    /// A lease of this length, and all else in proportion to it. Calls never get more than [`CALL_TIMEOUT`].
    pub fn of_lease(lease: Duration) -> Self {
        Self {
            lease,
            heartbeat: lease / 60,
            call: (lease * 2 / 5).min(CALL_TIMEOUT),
            // A short lease leaves less room, and a request takes as long as it takes.
            request: (lease / 4).min(Duration::from_secs(20)),
        }
    }
}

/// What a newcomer is told while it finds out whether the holder of a lease is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where the lease is.
    pub location: String,
    /// Who has it.
    pub holder: Holder,
    /// How long it was seen not to be renewed.
    pub unchanged: Duration,
    /// When it is taken over, if it is not renewed until then.
    pub takeover_in: Duration,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { location: _, holder, unchanged, takeover_in } = self;
        let (unchanged, left) = (unchanged.as_secs(), takeover_in.as_secs());
        write!(
            f,
            "{holder} applies, or was cut off: no sign of life for {unchanged} s; taken over in {left} s without one"
        )
    }
}

/// The object: who applies, and how often that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) format: u32,
    /// Names this one time that somebody took it.
    pub(crate) id: String,
    pub(crate) holder: Holder,
    /// How long it lasts after it was renewed.
    pub(crate) lease_ms: u64,
    /// How long a call of its holder may take.
    pub(crate) call_ms: u64,
    /// How often it was renewed.
    pub(crate) beat: u64,
    /// When it is over: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<Ended>,
}

/// Why a lease is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// Its holder gave it back.
    Released,
    /// Somebody ended it in the holder's place.
    Broken { by: Holder, reason: String },
}

impl Lease {
    pub(crate) fn new(holder: &Holder, times: &Times) -> Self {
        Self {
            format: FORMAT,
            id: uuid::Uuid::new_v4().to_string(),
            holder: holder.clone(),
            lease_ms: milliseconds(times.lease),
            call_ms: milliseconds(times.call),
            beat: 0,
            ended: None,
        }
    }

    /// The same, renewed.
    pub(crate) fn renewed(&self) -> Self {
        Self { beat: self.beat + 1, ..self.clone() }
    }

    /// The same, over.
    pub(crate) fn over(&self, why: Ended) -> Self {
        Self { ended: Some(why), ..self.renewed() }
    }

    /// How long it lasts after it was renewed.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    /// How long a newcomer has to see it unchanged.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(self.lease_ms.saturating_add(self.call_ms))
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        // It has no map with keys that are not text, and nothing else can fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(Unreadable::Damaged)?;
        if head.format > FORMAT {
            return Err(Unreadable::Newer(head.format));
        }
        serde_json::from_slice(bytes).map_err(Unreadable::Damaged)
    }
}

/// Why the object says nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the lease has format {0}; this version of flashinfra reads format {FORMAT}")]
    Newer(u32),
    #[error("it is no lease ({0}); when nobody applies, remove it")]
    Damaged(serde_json::Error),
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> Lease {
        let holder = Holder { who: "ada".into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 };
        Lease { id: "one".into(), ..Lease::new(&holder, &Times::default()) }
    }

    #[test]
    fn the_object_is_read_as_it_was_written() {
        let text = String::from_utf8(lease().write()).unwrap();
        let expected = r#"{"format":1,"id":"one","holder":{"who":"ada","host":"laptop","process":7,"since_unix_seconds":951782400},"lease_ms":300000,"call_ms":120000,"beat":0}"#;
        assert_eq!(text, format!("{expected}\n"));
        assert_eq!(Lease::read(text.as_bytes()).unwrap(), lease());

        let broken = lease().over(Ended::Broken { by: lease().holder, reason: "she left".into() });
        assert_eq!(Lease::read(&broken.write()).unwrap(), broken);
        assert_eq!(lease().patience(), Duration::from_secs(420));
    }

    #[test]
    fn all_times_follow_from_how_long_a_lease_lasts() {
        let seconds = Duration::from_secs;
        let usual = Times { lease: seconds(300), heartbeat: seconds(5), call: CALL_TIMEOUT, request: seconds(20) };
        assert_eq!(Times::default(), usual);
        assert_eq!(Times::of_lease(seconds(3_600)), Times { lease: seconds(3_600), heartbeat: seconds(60), ..usual });
        for lease in [8, 30, 600] {
            let Times { lease, heartbeat, call, request } = Times::of_lease(seconds(lease));
            // A call starts only if the lease outlives it, also when a renewal or two went unanswered.
            assert!(call + request + heartbeat * 2 < lease, "{lease:?}");
        }
    }

    #[test]
    fn what_is_no_lease_is_refused() {
        assert!(matches!(Lease::read(br#"{"format":2,"more":true}"#), Err(Unreadable::Newer(2))));
        assert!(matches!(Lease::read(b"{}"), Err(Unreadable::Damaged(_))));
    }
}
