//! Events as lines of text, for logs and for what is over on a terminal.

use std::time::Duration;

use flashinfra::apply::{Event, EventKind, LastLines};
use flashinfra_plans::{Phase, Step, render};
use flashinfra_providers::LogEntry;

use crate::act_words as words;
use crate::act_words::{act, doing, done};
use crate::paint::Paint;
use crate::text::duration;
use crate::visible::log_line;

/// Quicker steps are over before anybody has read how long they take.
const WORTH_SAYING: Duration = Duration::from_secs(10);

/// One event as one line; none when it says nothing worth a line. `waiting` is how many steps wait on this one.
pub(super) fn line(event: &Event, waiting: usize, paint: Paint) -> Option<String> {
    let step = &event.step;
    let plain = |verb: &str, time: Option<Duration>, after: String| row(verb, time, step, &after);
    let troubled = |verb: &str, message: &str| row(verb, None, step, &format!("{}: {message}", act(&step.act)));
    Some(match &event.kind {
        EventKind::Started => {
            plain(&padded(doing(&step.act)), None, paint.dim(&about(step, Duration::ZERO, waiting, "")))
        }
        EventKind::Waiting { elapsed, phase } => {
            let beside = about(step, *elapsed, waiting, &state(step, *phase));
            plain(&padded(doing(&step.act)), Some(*elapsed), paint.dim(&beside))
        }
        EventKind::Retrying { after, reason } => {
            troubled(&paint.yellow(&padded("waiting")), &format!("{reason}; again in {}", duration(*after)))
        }
        EventKind::Wrote(LastLines(entries)) => {
            let row = plain(&paint.yellow(&padded("wrote")), None, String::new());
            entries.iter().fold(row, |all, entry| all + &wrote(entry, paint))
        }
        EventKind::Done { elapsed, object } => {
            let done = words::painted(paint, &step.act, &padded(done(&step.act)));
            plain(&done, Some(*elapsed), paint.dim(object.as_deref().unwrap_or_default()))
        }
        EventKind::NotNeeded => {
            let is_instead = step.when.as_ref().is_some_and(|when| when.same);
            let why = if is_instead { "the value is another one" } else { "the value is the same" };
            plain(&paint.dim(&padded("not needed")), None, paint.dim(&format!("{}: {why}", act(&step.act))))
        }
        EventKind::Failed { message } => troubled(&paint.red(&padded("failed")), message),
        // Told in the report, where it stands beside what it waited for; and of an earlier run as a number.
        EventKind::Skipped { .. } | EventKind::DoneBefore => return None,
        EventKind::Stale => troubled(&paint.yellow(&padded("stopped")), "live is not what the plan was made from"),
        EventKind::Open { message } => troubled(&paint.yellow(&padded("open")), message),
    })
}

/// A line of a program, below the step that failed for it.
fn wrote(entry: &LogEntry, paint: Paint) -> String {
    let (LogEntry::Line { from, text } | LogEntry::Note { from, text }) = entry;
    let from = if from.is_empty() { String::new() } else { format!("{}  ", paint.dim(from)) };
    format!("\n             {from}{}", log_line(text))
}

/// What else there is to say about a step that runs: how long it usually takes, what waits on it, what it is doing.
pub(super) fn about(step: &Step, elapsed: Duration, waiting: usize, state: &str) -> String {
    let usual = Duration::from_secs(step.typical_seconds.into());
    let is_slow = usual >= WORTH_SAYING;
    let usually = match is_slow {
        true if elapsed > usual => format!("longer than the usual {}", render::estimate(usual.as_secs())),
        true => format!("usually {}", render::estimate(usual.as_secs())),
        false => String::new(),
    };
    // Who waits for what is quick is not worth a word either.
    let waits = match waiting {
        0 => String::new(),
        _ if !is_slow && elapsed < WORTH_SAYING => String::new(),
        1 => "1 step waits".to_owned(),
        100.. => "100 or more steps wait".to_owned(),
        waiting => format!("{waiting} steps wait"),
    };
    [usually.as_str(), waits.as_str(), state]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// What the object is doing, where the step's own word does not say it.
pub(super) fn state(step: &Step, phase: Option<Phase>) -> String {
    let word = phase.map(words::phase).filter(|word| *word != doing(&step.act));
    word.map(|word| format!("it is {word}")).unwrap_or_default()
}

/// How long the rest takes, never more exact than that is known: whole minutes, or tens of seconds.
pub(super) fn left(left: Duration) -> Option<String> {
    const EXACT: u64 = 10;
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let told = if seconds < 90 { seconds.div_ceil(EXACT) * EXACT } else { seconds };
    (left >= WORTH_SAYING).then(|| format!("about {} left", render::estimate(told)))
}

/// A time that passes: whole seconds, then whole minutes, so that it does not flicker.
pub(super) fn clock(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=5_999 => format!("{} min", seconds / 60),
        seconds => duration(Duration::from_secs(seconds / 60 * 60)),
    }
}

/// A verb in its column.
pub(super) fn padded(verb: &str) -> String {
    format!("{verb:<9}")
}

/// Verb, time and address in columns, so that the eye finds each of them.
fn row(verb: &str, time: Option<Duration>, step: &Step, after: &str) -> String {
    let time = time.map(duration).unwrap_or_default();
    format!("  {verb} {time:>7}  {}  {after}", step.address).trim_end().to_owned()
}
