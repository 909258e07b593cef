//! What a program that an object runs writes.

use flashinfra_plans::Name;
use flashinfra_plans::live::Question;

/// Which lines are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The object.
    pub question: Question,
    /// Whether to go on with what is written from now on, also by programs that start later, until the object runs nothing more.
    pub follow: bool,
    /// So many lines of each program, the last ones; all when none is said. Of a program that starts later all are told.
    pub tail: Option<u32>,
    /// Lines that are no older than this, in seconds.
    pub since_seconds: Option<u64>,
}

/// What there is to tell of a program.
#[derive(Clone, PartialEq, Eq)]
pub enum LogEntry {
    /// A line that it wrote. It may hold anything, secrets too: it goes to who asked, and nowhere else.
    Line {
        /// Which program wrote it: `web-7d9f-x2/app`. Empty when there is only one.
        from: Name,
        /// The line, without its end.
        text: String,
    },
    /// What becomes of it while it is followed.
    Note {
        /// Which program.
        from: Name,
        /// That it started, ended, or cannot be read: without a full stop.
        text: String,
    },
}

/// Where they go.
pub type LogSink<'s> = &'s (dyn Fn(LogEntry) + Send + Sync);
