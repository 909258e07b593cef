//! How far a log was told, so that a stream that broke off is gone on with: no line twice, and none lost.
//!
//! A server is asked for the lines since a time, and knows that in whole seconds. So it repeats some, which are known by their times.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// So many seconds before the newest line are asked for once more: what a program writes to its two streams may stand a little out of
/// order.
const OVERLAP_SECONDS: i64 = 1;

/// How far the log of one container was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// How many lines of each time were told that will come once more.
    recent: BTreeMap<Timestamp, u32>,
    /// How many of these are still to come.
    repeated: BTreeMap<Timestamp, u32>,
}

impl Progress {
    /// Since when lines are to be asked for, of a stream that goes on from here; none while nothing was told.
    pub(super) fn go_on(&mut self) -> Option<Timestamp> {
        self.repeated = self.recent.clone();
        self.recent.keys().next_back().and_then(|newest| since(*newest))
    }

    /// The text of a line without its time; none of one that was told before.
    pub(super) fn fresh(&mut self, line: String) -> Option<String> {
        let stamped = line.split_once(' ').and_then(|(stamp, text)| Some((stamp.parse::<Timestamp>().ok()?, text)));
        // What has no time is the server's own word.
        let Some((stamp, text)) = stamped else { return Some(line) };
        if let Some(left) = self.repeated.get_mut(&stamp).filter(|left| **left > 0) {
            *left -= 1;
            return None;
        }
        *self.recent.entry(stamp).or_default() += 1;
        let first = self.recent.keys().next_back().and_then(|newest| since(*newest));
        if let Some(first) = first.filter(|first| self.recent.keys().next().is_some_and(|oldest| oldest < first)) {
            self.recent = self.recent.split_off(&first);
        }
        Some(text.to_owned())
    }
}

/// From when on a stream is to go on after a line of this time.
fn since(newest: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(newest.as_second() - OVERLAP_SECONDS).ok()
}

#[cfg(test)]
mod tests {
    use super::Progress;

    /// What a server has of lines that are numbered, with the times that they have.
    fn log(times: &[&str]) -> Vec<String> {
        times.iter().enumerate().map(|(number, time)| format!("2026-11-27T10:00:{time}Z {number}")).collect()
    }

    /// What it answers who asks for the lines since a time.
    fn since(log: &[String], since: Option<jiff::Timestamp>) -> Vec<String> {
        let is_later = |line: &&String| {
            let stamp: jiff::Timestamp = line.split_once(' ').unwrap().0.parse().unwrap();
            since.is_none_or(|since| stamp >= since)
        };
        log.iter().filter(is_later).cloned().collect()
    }

    #[test]
    fn wherever_a_stream_breaks_off_each_line_is_told_once() {
        // Several of one time, some of the same second, and one that stands out of order.
        let log =
            log(&["00.1", "00.1", "00.1", "00.95", "02.000000001", "02.5", "02.4", "02.4", "03", "09.25", "09.3"]);
        for first in 0..=log.len() {
            for second in 0..=log.len() {
                let (mut progress, mut told) = (Progress::default(), Vec::new());
                let begun = since(&log, progress.go_on());
                told.extend(begun.into_iter().take(first).filter_map(|line| progress.fresh(line)));
                let begun = since(&log, progress.go_on());
                told.extend(begun.into_iter().take(second).filter_map(|line| progress.fresh(line)));
                let begun = since(&log, progress.go_on());
                told.extend(begun.into_iter().filter_map(|line| progress.fresh(line)));
                let all: Vec<_> = (0..log.len()).map(|number| number.to_string()).collect();
                assert_eq!(told, all, "broke off after {first} and {second}");
            }
        }
    }

    #[test]
    fn what_has_no_time_is_told_as_it_is() {
        let mut progress = Progress::default();
        for (line, text) in [
            ("2026-11-27T10:00:00.123456789+02:00 a b", "a b"),
            ("2026-11-27T10:00:00Z ", ""),
            ("failed to watch the file", "failed to watch the file"),
            ("", ""),
        ] {
            assert_eq!(progress.fresh(line.to_owned()).as_deref(), Some(text));
        }
    }

    #[test]
    fn only_what_may_come_again_is_remembered() {
        let mut progress = Progress::default();
        for second in 0..60 {
            for part in 0..10 {
                let _ = progress.fresh(format!("2026-11-27T10:00:{second:02}.{part}Z line"));
            }
        }
        assert_eq!(progress.recent.len(), 20);
    }
}
