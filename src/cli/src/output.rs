//! The terminal. Nothing else in this crate prints: results go to stdout, progress and diagnostics to stderr.

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::ColorChoice;
use flashinfra_plans::render;
use miette::{GraphicalReportHandler, GraphicalTheme};
use serde::Serialize;
use supports_unicode::Stream;

use crate::args::Global;
use crate::invocation;
use crate::page::Page;
use crate::paint::Paint;
use crate::problem::{Exit, Problem, Problems};
use crate::visible::visible;
use crate::waiting::{Building, Spinner};

/// The version of the JSON lines; it rises when a line's meaning changes, not when fields are added.
const JSON_VERSION: u32 = 1;
/// How wide text is when nobody looks at it on a terminal.
const WIDTH_DEFAULT: usize = 80;
/// Wider lines are hard to read, however wide the terminal is.
const WIDTH_MAX: usize = 120;

/// Where a run's words go.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    verbose: bool,
    ask: bool,
    /// The options that say which stack and where, for commands that are shown.
    given: String,
    /// Whether a document was printed, which nothing may follow.
    documented: AtomicBool,
    /// The first thing that could not be written to stdout, apart from a reader that went away.
    lost: Mutex<Option<io::Error>>,
    /// Whether the reader of stdout went away.
    left: AtomicBool,
}

impl Output {
    /// Takes over the terminal.
    pub(crate) fn new(global: &Global) -> Self {
        if global.no_color {
            ColorChoice::Never.write_global();
        }
        Self {
            json: global.json,
            verbose: global.verbose,
            ask: global.input,
            given: invocation::given(global),
            documented: AtomicBool::new(false),
            lost: Mutex::new(None),
            left: AtomicBool::new(false),
        }
    }

    /// For mistakes that were made before the arguments were understood.
    pub(crate) fn before_arguments(json: bool) -> Self {
        let (documented, left, lost) = (AtomicBool::new(false), AtomicBool::new(false), Mutex::new(None));
        Self { json, verbose: false, ask: false, given: String::new(), documented, lost, left }
    }

    /// Whether JSON lines are wanted instead of text.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether more detail is wanted.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Why nobody can be asked; none when there is a person on stdin whom one may ask.
    pub(crate) fn why_silent(&self) -> Option<&'static str> {
        match (self.json, self.ask, io::stdin().is_terminal()) {
            (true, ..) => Some("nobody is asked with --json"),
            (false, false, _) => Some("nobody is asked with --input=false"),
            (false, true, false) => Some("nobody is there to approve it: stdin is not a terminal"),
            (false, true, true) => None,
        }
    }

    /// The colours of results.
    pub(crate) fn paint(&self) -> Paint {
        Paint::new(anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never)
    }

    /// The colours of what stands beside the results.
    pub(crate) fn paint_progress(&self) -> Paint {
        Paint::new(anstream::AutoStream::choice(&io::stderr()) != ColorChoice::Never)
    }

    /// How pages of text are laid out.
    pub(crate) fn page(&self) -> Page {
        Page { paint: self.paint(), width: self.width() }
    }

    /// How plans are laid out.
    pub(crate) fn style(&self) -> render::Style<'_> {
        let (width, color) = (self.width(), self.paint().is_on());
        render::Style { width, color, verbose: self.verbose, given: &self.given }
    }

    /// Shows that something takes a while, until the answer is dropped.
    pub(crate) fn spinner(&self, text: &str) -> Spinner {
        Spinner::new(self, text)
    }

    /// Tells of the build of a stack crate, until the answer is dropped.
    pub(crate) fn building(&self) -> Building<'_> {
        Building::new(self)
    }

    /// How many columns results may take.
    pub(crate) fn width(&self) -> usize {
        columns(terminal_size::terminal_size_of(io::stdout()))
    }

    /// How many columns a message may take before it goes on below itself: any number in a log, where it is one line that can be
    /// searched for.
    pub(crate) fn wraps_at(&self) -> Option<usize> {
        io::stdout().is_terminal().then(|| self.width())
    }

    /// Prints a result; text ends with its own newline or gets one.
    pub(crate) fn result(&self, text: &str) {
        if self.json {
            return;
        }
        let text = spelled(text, Stream::Stdout);
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        self.keep(write!(anstream::stdout().lock(), "{text}{end}"));
    }

    /// Prints a JSON document in the place of JSON lines: what scripts of Terraform users read as a whole.
    pub(crate) fn document(&self, text: &str) {
        self.documented.store(true, Ordering::Relaxed);
        self.keep(writeln!(anstream::stdout().lock(), "{text}"));
    }

    /// Prints bytes as they are: `output --raw`.
    pub(crate) fn raw(&self, text: &str) {
        self.keep(write!(io::stdout().lock(), "{text}"));
    }

    /// Whether nobody reads results any more: what has no end of its own may end.
    pub(crate) fn is_unread(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Says something beside the result; not part of JSON lines.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            // Losing a note on a closed stderr harms nobody.
            let _ = writeln!(anstream::stderr().lock(), "{}", spelled(text, Stream::Stderr));
        }
    }

    /// Says something beside the result from another thread.
    #[cfg(feature = "ledgers")]
    pub(crate) fn beside_notes(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let json = self.json;
        move |text| {
            if !json {
                let _ = writeln!(anstream::stderr().lock(), "{}", spelled(text, Stream::Stderr));
            }
        }
    }

    /// The text as stderr takes it, for what draws there itself.
    pub(crate) fn beside(&self, text: &str) -> String {
        spelled(text, Stream::Stderr).into_owned()
    }

    /// How many columns what stands beside the results may take.
    pub(crate) fn width_beside(&self) -> usize {
        columns(terminal_size::terminal_size_of(io::stderr()))
    }

    /// Says beside the result what may interest somebody: parts that share lines as far as they fit.
    pub(crate) fn aside(&self, parts: &[String]) {
        for line in lines(parts, self.width_beside()) {
            self.note(&self.paint_progress().dim(&line));
        }
    }

    /// Says sentences beside the result, broken between words.
    pub(crate) fn sentences(&self, text: &str) {
        let page = Page { paint: self.paint_progress(), width: self.width_beside() };
        self.note(page.wrapped(0, text).trim_end());
    }

    /// Prints one JSON line, when these are wanted.
    pub(crate) fn line(&self, kind: &str, body: &impl Serialize) {
        if !self.json {
            return;
        }
        #[derive(Serialize)]
        struct Line<'a, B> {
            v: u32,
            r#type: &'a str,
            #[serde(flatten)]
            body: &'a B,
        }
        let written = serde_json::to_string(&Line { v: JSON_VERSION, r#type: kind, body }).map_err(io::Error::from);
        self.keep(written.and_then(|line| writeln!(io::stdout().lock(), "{line}")));
    }

    /// Prints a problem: to people on stderr, to machines as a line.
    pub(crate) fn problem(&self, problem: &Problem) {
        if self.json {
            return self.line("diagnostic", &problem.parts());
        }
        let unicode = supports_unicode::on(Stream::Stderr);
        let colour = anstream::AutoStream::choice(&io::stderr()) != ColorChoice::Never;
        let theme = match (unicode, colour) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(columns(terminal_size::terminal_size_of(io::stderr())))
            // In a log, a message is one line that can be searched for.
            .with_wrap_lines(io::stderr().is_terminal())
            .with_break_words(false)
            .with_word_separator(textwrap::WordSeparator::AsciiSpace)
            .with_word_splitter(textwrap::WordSplitter::NoHyphenation);
        let mut text = String::new();
        if handler.render_report(&mut text, problem).is_err() {
            text = format!("{problem}\n");
        }
        let _ = write!(anstream::stderr().lock(), "{}", spelled(&text, Stream::Stderr));
    }

    /// Asks a question and says whether the answer is the one that goes on. Ctrl-C is an answer too.
    pub(crate) async fn answered(&self, question: &str, expected: &str) -> Result<bool, Problem> {
        self.prompt(question).map_err(|error| Problem::caused("could not ask", &error))?;
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map(|_| line)
        });
        let answer = tokio::select! {
            line = line => line.map_err(io::Error::other).and_then(|line| line),
            _ = tokio::signal::ctrl_c() => return Ok(false),
        };
        let answer = answer.map_err(|error| Problem::caused("could not read the answer", &error))?;
        Ok(answer.trim() == expected)
    }

    fn prompt(&self, question: &str) -> io::Result<()> {
        let mut stderr = anstream::stderr().lock();
        write!(stderr, "{} ", spelled(question, Stream::Stderr))?;
        stderr.flush()
    }

    /// Prints what stopped the run, if something did, and says how it ends.
    pub(crate) fn finish(&self, ended: Result<Exit, Problems>) -> Exit {
        let mut exit = match ended {
            Ok(exit) => exit,
            Err(problems) => {
                problems.0.iter().for_each(|problem| self.problem(problem));
                problems.exit()
            }
        };
        let lost = self.lost.lock().map(|mut lost| lost.take()).unwrap_or_default();
        if let Some(error) = lost {
            self.problem(&Problem::caused("could not write to stdout", &error));
            exit = exit.first(Exit::Error);
        }
        #[derive(Serialize)]
        struct Ending {
            code: u8,
        }
        if !self.documented.load(Ordering::Relaxed) {
            self.line("exit", &Ending { code: exit.code() });
        }
        exit
    }

    /// Remembers that a result did not arrive. A reader that went away (`| head`) has what it wanted.
    fn keep(&self, written: io::Result<()>) {
        let Err(error) = written else { return };
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.left.store(true, Ordering::Relaxed);
        } else if let Ok(mut lost) = self.lost.lock() {
            lost.get_or_insert(error);
        }
    }
}

fn columns(terminal: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    terminal.map_or(WIDTH_DEFAULT, |(width, _)| usize::from(width.0).min(WIDTH_MAX))
}

/// Parts with dots between them, on as few lines as hold them.
fn lines(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() + 3 <= width => *line += &format!(" · {part}"),
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// The text without what would drive a terminal, and without characters that one outside UTF-8 would garble.
fn spelled(text: &str, stream: Stream) -> Cow<'_, str> {
    let text = visible(text);
    if supports_unicode::on(stream) { text } else { Cow::Owned(ascii(&text)) }
}

fn ascii(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '→' => out.push_str("->"),
            '←' => out.push_str("<-"),
            '·' | '•' | '–' | '—' => out.push('-'),
            '…' => out.push_str("..."),
            '✓' => out.push_str("ok"),
            '×' | '✗' => out.push('x'),
            '│' => out.push('|'),
            '├' | '└' | '╰' | '╭' => out.push('+'),
            '─' => out.push('-'),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn terminals_outside_utf8_get_ascii() {
        assert_eq!(super::ascii("a → b · c… ✓"), "a -> b - c... ok");
    }
}
