//! How long to wait before an object is looked at again.

use std::time::Duration;

use flashinfra_providers::Read;

/// The shortest and longest time between two looks at a slow object, unless its provider says otherwise.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);
/// A twentieth of the object's usual time, so that a wait takes at most five per cent longer than the object.
const SHARE: u32 = 20;

/// The time until the next look at an object that has been worked on for `elapsed` and usually takes `typical`.
pub(crate) fn until_next_look(read: &dyn Read, elapsed: Duration, typical: Duration) -> Duration {
    read.poll_pause().unwrap_or_else(|| usual(elapsed, typical))
}

fn usual(elapsed: Duration, typical: Duration) -> Duration {
    (elapsed.max(typical) / SHARE).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_things_are_looked_at_less_often() {
        let seconds = Duration::from_secs;
        assert_eq!(usual(seconds(0), seconds(1)), SHORTEST);
        assert_eq!(usual(seconds(0), seconds(90)), Duration::from_millis(4500));
        assert_eq!(usual(seconds(200), seconds(90)), seconds(10));
        assert_eq!(usual(seconds(3600), seconds(90)), LONGEST);
    }
}
