//! Text of others on our terminal: whatever a service or a program wrote, it moves no cursor and hides nothing.

use std::borrow::Cow;

use anstream::adapter::strip_str;

/// More of one line of a program says nothing more: it is data that somebody printed, and the log has it in full.
const LOG_LINE_MAX: usize = 400;

/// As wide as a tab is shown.
const TAB: &str = "    ";

/// The text with all that would drive a terminal made visible, but for colours, which are ours.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(drives) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let colour = colour(rest);
        if !colour.is_empty() {
            shown.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        if drives(letter) {
            shown.extend(letter.escape_default())
        } else {
            shown.push(letter)
        }
        rest = &rest[letter.len_utf8()..];
    }
    Cow::Owned(shown)
}

/// Whether a letter does more than to stand there: control characters, and what turns the direction of text around.
fn drives(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// The sequence that sets a colour at the begin of a text; empty when there is none.
fn colour(text: &str) -> &str {
    let Some(numbers) = text.strip_prefix("\u{1b}[") else { return "" };
    let end = numbers.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(numbers.len());
    if numbers[end..].starts_with('m') { &text[..end + 3] } else { "" }
}

/// A line of a program as it would be read: what it wrote over is gone, colours too, and it ends somewhere.
pub(crate) fn log_line(text: &str) -> String {
    let text = text.trim_end_matches('\r');
    let last = text.rsplit('\r').next().unwrap_or_default();
    let plain = strip_str(last).to_string().replace('\t', TAB);
    let mut shown = visible(plain.trim_end()).into_owned();
    if let Some((end, _)) = shown.char_indices().nth(LOG_LINE_MAX) {
        let more = shown[end..].chars().count();
        shown.truncate(end);
        shown += &format!("… ({more} more characters)");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{log_line, visible};

    #[test]
    fn what_would_drive_a_terminal_is_made_visible() {
        for (text, expect) in [
            ("plain\n  text\twith ünïcode →", "plain\n  text\twith ünïcode →"),
            ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m"),
            ("\u{1b}[2J\u{1b}[Hgone", "\\u{1b}[2J\\u{1b}[Hgone"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("over\rwritten", "over\\rwritten"),
            ("a\u{202e}b\u{9b}5A", "a\\u{202e}b\\u{9b}5A"),
            ("\u{1b}[31", "\\u{1b}[31"),
        ] {
            assert_eq!(visible(text), expect, "{text:?}");
        }
    }

    #[test]
    fn lines_of_programs_are_told_as_they_would_be_read() {
        for (text, expect) in [
            ("  indented\tand tabbed  ", "  indented    and tabbed"),
            ("1 %\r50 %\r100 %\r", "100 %"),
            ("\u{1b}[2J\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}bell\u{7}", "red bell"),
            ("\u{1b}[?1049h\u{1b}[5Aup", "up"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(log_line(text), expect, "{text:?}");
        }
        let long = log_line(&"ü".repeat(1_000));
        assert_eq!(long, format!("{}… (600 more characters)", "ü".repeat(400)));
    }
}
