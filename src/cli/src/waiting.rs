//! What people see while they wait for something that is not a step: a build, a read of live state.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;
use crate::program::Progress;
use crate::text::duration;

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);
/// Quicker builds are not worth a line in a log.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// A line on a terminal that turns until it is dropped; nothing in a log or among JSON lines.
pub(crate) struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// Starts one with this text.
    pub(crate) fn new(output: &Output, text: &str) -> Self {
        // indicatif draws on stderr, and only when that is a terminal.
        let bar = if output.is_json() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// Prints something above it.
    fn above(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The build of a stack crate and the run of its program.
pub(crate) struct Building<'a> {
    output: &'a Output,
    spinner: Spinner,
}

impl<'a> Building<'a> {
    /// Starts to tell of it.
    pub(crate) fn new(output: &'a Output) -> Self {
        Self { output, spinner: Spinner::new(output, "Looking for the stack") }
    }

    /// Tells what happens.
    pub(crate) fn tell(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Building(package) => self.spinner.bar.set_message(format!("Building {package}")),
            Progress::Built(time) if *time >= WORTH_SAYING => {
                self.note(&format!("Built in {}.", duration(*time)));
                self.spinner.bar.set_message("Running the stack");
            }
            Progress::Built(_) => self.spinner.bar.set_message("Running the stack"),
            Progress::Compiler(line) | Progress::Printed(line) => self.note(line),
        }
    }

    fn note(&self, text: &str) {
        self.spinner.above(|| self.output.note(text));
    }
}
