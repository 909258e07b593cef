//! Text on a page: tables with names on the left, and wrapped paragraphs.

use crate::paint::Paint;

/// How text is laid out.
pub(crate) struct Page {
    /// Its colours.
    pub(crate) paint: Paint,
    /// Its columns.
    pub(crate) width: usize,
}

/// How wide the column of these names is. Longer names get a line of their own instead of pushing all text to the right.
pub(crate) fn column<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    const NAME_MAX: usize = 28;
    names.map(str::len).filter(|length| *length <= NAME_MAX).max().unwrap_or(0)
}

impl Page {
    /// Names on the left, in a column so wide, and wrapped text on the right.
    pub(crate) fn table(&self, indent: usize, column: usize, rows: &[(&str, impl AsRef<str>)]) -> String {
        let left = indent + column + 2;
        let mut text = String::new();
        for (name, about) in rows {
            let about = self.wrapped(left, about.as_ref());
            let about = if about.is_empty() { "\n" } else { about.as_str() };
            text += &" ".repeat(indent);
            text += &self.paint.bold(name);
            match left.checked_sub(indent + name.len()).filter(|gap| *gap >= 2) {
                Some(gap) => text += &format!("{}{}", " ".repeat(gap), about.trim_start_matches(' ')),
                None => text += &format!("\n{about}"),
            }
        }
        text
    }

    /// Text with line ends where they fit; paragraphs stay apart.
    pub(crate) fn wrapped(&self, indent: usize, text: &str) -> String {
        let margin = " ".repeat(indent);
        let options = textwrap::Options::new(self.width.max(indent + 20))
            .initial_indent(&margin)
            .subsequent_indent(&margin)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let text = unlinked(text);
        let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
        let filled: Vec<_> = paragraphs
            .filter(|paragraph| !paragraph.is_empty())
            .map(|paragraph| textwrap::fill(&paragraph, &options) + "\n")
            .collect();
        filled.join("\n")
    }
}

/// The first sentence of a documentation.
pub(crate) fn first_sentence(doc: &str) -> String {
    let doc = unlinked(doc);
    let paragraph = doc.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    match paragraph.find(". ") {
        Some(end) => paragraph[..=end].to_owned(),
        None => paragraph,
    }
}

/// Markdown without its links: `[the VPC](crate::Vpc)` and `[`Vpc`]` lead nowhere on a terminal.
pub(crate) fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out += before;
        match after.split_once(']') {
            Some((label, after)) if after.starts_with('(') && after.contains(')') => {
                out += label;
                rest = after.split_once(')').map_or("", |(_, after)| after);
            }
            Some((label, after)) if label.starts_with('`') && label.ends_with('`') => {
                out += label;
                rest = after;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    #[test]
    fn links_are_told_by_their_text() {
        for (text, expected) in [
            ("A part of a [`Vpc`](crate::Vpc), cut.", "A part of a `Vpc`, cut."),
            ("See [`Subnet`] and [the docs](https://x.y/z).", "See `Subnet` and the docs."),
            ("A list [1, 2] and `a[0]` stay.", "A list [1, 2] and `a[0]` stay."),
        ] {
            assert_eq!(super::unlinked(text), expected);
        }
    }
}
