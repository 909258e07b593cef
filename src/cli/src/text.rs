//! Small pieces of text that several commands share.

use std::time::Duration;

/// A duration as people say it: `340 ms`, `1.4 s`, `42 s`, `3 min 12 s`, `1 h 5 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match duration.as_millis() {
        millis @ 0..=999 => format!("{millis} ms"),
        millis @ 1_000..=9_949 => format!("{}.{} s", (millis + 50) / 1_000, (millis + 50) % 1_000 / 100),
        9_950..=119_999 => format!("{} s", (duration.as_millis() + 500) / 1_000),
        120_000..=3_599_999 => pair(seconds / 60, "min", seconds % 60, "s"),
        _ => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
    }
}

fn pair(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{large} {large_unit}") } else { format!("{large} {large_unit} {small} {small_unit}") }
}

/// `1 step`, `2 steps`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Words as a shell takes them: what holds anything but plain characters stands in single quotes.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, shell_word};

    #[test]
    fn durations_read_well() {
        for (millis, text) in [
            (0, "0 ms"),
            (340, "340 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (1_449, "1.4 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (42_400, "42 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (192_000, "3 min 12 s"),
            (3_900_000, "1 h 5 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), text, "{millis}");
        }
    }

    #[test]
    fn words_survive_the_shell() {
        for (word, expected) in [("prod.plan", "prod.plan"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")] {
            assert_eq!(shell_word(word), expected);
        }
    }
}
