//! A place in a file that a problem points at.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use miette::{NamedSource, SourceSpan};

/// `file:line:column`, with the text around it when the file is at hand.
#[derive(Debug)]
pub(crate) struct Place {
    written: String,
    snippet: Option<(NamedSource<String>, SourceSpan)>,
}

impl Place {
    /// The place that `written` (`file:line` or `file:line:column`) names, its file looked up below `root`.
    pub(crate) fn find(written: &str, root: &Path) -> Self {
        let snippet = split(written).and_then(|(file, line, column)| {
            let text = std::fs::read_to_string(root.join(file)).ok()?;
            let span = span(&text, line, column)?;
            Some((NamedSource::new(file, text), span))
        });
        Self { written: written.to_owned(), snippet }
    }

    /// The place of these bytes of a text that is at hand. Of several lines, the first is pointed at.
    pub(crate) fn within(file: &str, text: String, bytes: Range<usize>) -> Self {
        let start = bytes.start.min(text.len());
        let (before, after) = text.split_at_checked(start).unwrap_or((&text, ""));
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
        let length = after.lines().next().map_or(0, |line| line.trim_end().len()).min(bytes.len());
        let written = format!("{file}:{line}:{column}");
        Self { written, snippet: Some((NamedSource::new(file, text), (start, length).into())) }
    }

    /// The place on the command line: the argument without its value.
    pub(crate) fn argument(argument: &str) -> Self {
        Self { written: argument.to_owned(), snippet: None }
    }

    /// The text and where in it the place is; none when the file is not at hand.
    pub(crate) fn snippet(&self) -> Option<(&NamedSource<String>, SourceSpan)> {
        self.snippet.as_ref().map(|(source, span)| (source, *span))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Takes `file:line[:column]` apart; the file's name may hold colons itself.
fn split(written: &str) -> Option<(&str, usize, Option<usize>)> {
    let (rest, last) = written.rsplit_once(':')?;
    let last: usize = last.parse().ok()?;
    match rest.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => Some((file, line, Some(last))),
        _ => Some((rest, last, None)),
    }
}

/// From the column (or the first character that is not blank) to the end of the line.
fn span(text: &str, line: usize, column: Option<usize>) -> Option<SourceSpan> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let text = text.get(before..)?.lines().next()?;
    let start = match column {
        Some(column) => text.char_indices().nth(column.checked_sub(1)?)?.0,
        None => text.len() - text.trim_start().len(),
    };
    Some((before + start, text.trim_end().len().saturating_sub(start)).into())
}

#[cfg(test)]
mod tests {
    use super::{span, split};

    #[test]
    fn places_are_taken_apart() {
        assert_eq!(split("src/a.rs:41"), Some(("src/a.rs", 41, None)));
        assert_eq!(split("src/a.rs:41:9"), Some(("src/a.rs", 41, Some(9))));
        assert_eq!(split("C:/a.rs:41:9"), Some(("C:/a.rs", 41, Some(9))));
        assert_eq!(split("src/a.rs"), None);
    }

    #[test]
    fn a_line_is_found() {
        let text = "one\n  two();\nthree";
        assert_eq!(span(text, 2, None), Some((6, 6).into()));
        assert_eq!(span(text, 2, Some(3)), Some((6, 6).into()));
        assert_eq!(span(text, 3, None), Some((13, 5).into()));
        assert_eq!(span(text, 4, None), None);
        assert_eq!(span(text, 0, None), None);
    }
}
