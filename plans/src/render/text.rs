//! Lines of text with colours and a right edge.

use super::Style;

const WIDTH_MIN: usize = 40;
/// Eyes lose the way back on lines that are longer.
const WIDTH_MAX: usize = 110;

/// What a piece of text is to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// What the eye is to find.
    Bold,
    /// What the eye may skip.
    Dim,
    /// What is new.
    Green,
    /// What changes.
    Yellow,
    /// What goes away.
    Red,
    /// What can be typed.
    Cyan,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Green => "\u{1b}[32m",
            Self::Yellow => "\u{1b}[33m",
            Self::Red => "\u{1b}[31m",
            Self::Cyan => "\u{1b}[36m",
        }
    }
}

/// The text so far.
pub(super) struct Page {
    out: String,
    color: bool,
    pub(super) width: usize,
    pub(super) verbose: bool,
    /// What commands are to be typed with.
    pub(super) given: String,
}

impl Page {
    pub(super) fn new(style: &Style<'_>) -> Self {
        let Style { width, color, verbose, given } = *style;
        Self { out: String::new(), color, width: width.clamp(WIDTH_MIN, WIDTH_MAX), verbose, given: given.into() }
    }

    pub(super) fn line(&mut self) -> Line<'_> {
        Line { page: self, used: 0 }
    }

    /// An empty line, unless there is one.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Parts with a separator between them, on as many lines as it takes.
    pub(super) fn joined(&mut self, separator: &str, parts: &[String]) {
        let width = self.width;
        let mut line = self.line();
        let mut is_first = true;
        for part in parts {
            if !is_first && line.used + length(separator) + length(part) > width {
                line = line.next();
            } else if !is_first {
                line = line.tone(Tone::Dim, separator);
            }
            line = line.plain(part);
            is_first = false;
        }
        line.end();
    }

    /// A paragraph with an indent, broken between words.
    pub(super) fn paragraph(&mut self, indent: usize, tone: Tone, text: &str) {
        let room = self.width.saturating_sub(indent).max(20);
        for line in wrapped(text, room) {
            self.line().space(indent).tone(tone, &line).end();
        }
    }

    /// A paragraph that starts with a coloured mark.
    pub(super) fn marked(&mut self, tone: Tone, mark: &str, text: &str) {
        for (index, line) in wrapped(&format!("{mark}{text}"), self.width).iter().enumerate() {
            match line.strip_prefix(mark).filter(|_| index == 0) {
                Some(rest) => self.line().tone(tone, mark).plain(rest).end(),
                None => self.line().plain(line).end(),
            }
        }
    }

    pub(super) fn finish(mut self) -> String {
        while self.out.ends_with("\n\n") {
            self.out.pop();
        }
        self.out
    }
}

/// A line that is being written.
pub(super) struct Line<'page> {
    page: &'page mut Page,
    used: usize,
}

impl Line<'_> {
    pub(super) fn plain(self, text: &str) -> Self {
        self.tone(Tone::Plain, text)
    }

    pub(super) fn tone(mut self, tone: Tone, text: &str) -> Self {
        let paints = self.page.color && tone != Tone::Plain && !text.is_empty();
        if paints {
            self.page.out.push_str(tone.code());
        }
        self.page.out.push_str(text);
        if paints {
            self.page.out.push_str("\u{1b}[0m");
        }
        self.used += length(text);
        self
    }

    pub(super) fn space(mut self, columns: usize) -> Self {
        self.page.out.extend(std::iter::repeat_n(' ', columns));
        self.used += columns;
        self
    }

    /// Space up to a column, at least `least`.
    pub(super) fn to(self, column: usize, least: usize) -> Self {
        let columns = column.saturating_sub(self.used).max(least);
        self.space(columns)
    }

    /// Ends the line with text at the right edge, on a line of its own when it does not fit, and begins the next.
    pub(super) fn right(self, tone: Tone, text: &str) -> Self {
        if text.is_empty() {
            return self.next();
        }
        let start = self.page.width.saturating_sub(length(text));
        let line = if start >= self.used + 2 { self } else { self.next() };
        line.to(start, 0).tone(tone, text).next()
    }

    /// How many columns are left for text at the right edge.
    pub(super) fn left(&self) -> usize {
        self.page.width.saturating_sub(self.used + 2)
    }

    pub(super) fn next(self) -> Self {
        let page = self.page;
        page.end_line();
        Self { page, used: 0 }
    }

    pub(super) fn end(self) {
        self.page.end_line();
    }
}

impl Page {
    fn end_line(&mut self) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.out.push('\n');
    }
}

/// How many columns a text takes.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// The text in at most so many columns, the cut marked.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if length(text) <= columns {
        return text.into();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The text with control characters made visible: none of them reaches the terminal.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        // What turns the direction of text around could make a line say something else than it holds.
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns { shown.extend(letter.escape_default()) } else { shown.push(letter) }
    }
    shown
}

/// A text in pieces of so many columns, broken between words where there are any.
pub(super) fn pieces(text: &str, columns: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in wrapped(text, columns) {
        let letters: Vec<char> = line.chars().collect();
        pieces.extend(letters.chunks(columns.max(1)).map(|chunk| chunk.iter().collect::<String>()));
    }
    pieces
}

/// A text in lines of at most so many columns, broken between words.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if length(line) + 1 + length(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}
