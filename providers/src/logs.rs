//! What a program that an object runs writes.

use flashinfra_plans::Name;
use flashinfra_plans::live::Question;

/// Which lines are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The object.
    pub question: Question,
    /// Whether to go on with what is written from now on, until the programs end.
    pub follow: bool,
    /// So many lines of each program, the last ones; all when none is said.
    pub tail: Option<u32>,
    /// Lines that are no older than this, in seconds.
    pub since_seconds: Option<u64>,
}

/// A line that a program wrote. It may hold anything, secrets too: it goes to who asked, and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Which program wrote it: `web-7d9f-x2/app`. Empty when there is only one.
    pub from: Name,
    /// The line, without its end.
    pub text: String,
}

/// Where lines go.
pub type LogSink<'s> = &'s (dyn Fn(LogLine) + Send + Sync);
