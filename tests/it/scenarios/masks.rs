//! What differs from run to run, and says nothing, is masked.

use std::collections::BTreeMap;

/// Gives each masked text a name, in the order of appearance.
#[derive(Default)]
pub(crate) struct Masks {
    uuids: BTreeMap<String, String>,
}

impl Masks {
    /// The text with uuids, digests, durations and the scenario's directory masked.
    pub(crate) fn mask(&mut self, text: &str, directory: &str) -> String {
        let text = text.replace(directory, "DIR");
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(next) = rest.chars().next() {
            let starts_word = !out.ends_with(|before: char| before.is_ascii_alphanumeric());
            let (replacement, length) = match uuid_length(rest).filter(|_| starts_word) {
                Some(length) => (self.uuid(&rest[..length]), length),
                None => match digest_length(rest).filter(|_| starts_word) {
                    Some(length) => ("DIGEST".to_owned(), length),
                    None if json_time_length(&out, rest).is_some() => {
                        ("\"TIME\"".to_owned(), json_time_length(&out, rest).unwrap_or_default())
                    }
                    None if moment_length(rest).is_some() && starts_word && !out.ends_with(") since ") => {
                        ("WHEN".to_owned(), moment_length(rest).unwrap_or_default())
                    }
                    None if by_hand_length(&out, rest).is_some() => {
                        ("WHEN".to_owned(), by_hand_length(&out, rest).unwrap_or_default())
                    }
                    None if holder_length(&out, rest).is_some() => {
                        ("N".to_owned(), holder_length(&out, rest).unwrap_or_default())
                    }
                    None => match duration_length(&out, rest) {
                        Some(length) => {
                            // How far a column of times is indented depends on the times.
                            let spaces = out.len() - out.trim_end_matches(' ').len();
                            out.truncate(out.len() - spaces.saturating_sub(2));
                            ("TIME".to_owned(), length)
                        }
                        None => (next.to_string(), next.len_utf8()),
                    },
                },
            };
            out += &replacement;
            rest = &rest[length..];
        }
        out
    }

    fn uuid(&mut self, uuid: &str) -> String {
        let next = format!("UUID-{}", self.uuids.len() + 1);
        self.uuids.entry(uuid.to_owned()).or_insert(next).clone()
    }
}

/// 8-4-4-4-12 hex digits.
fn uuid_length(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let candidate = text.get(..LENGTH)?;
    let fits = candidate.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(LENGTH)
}

/// `sha256:` and hex digits, or so many hex digits that they are no id of an object.
fn digest_length(text: &str) -> Option<usize> {
    let prefix = if text.starts_with("sha256:") { 7 } else { 0 };
    let digits = text[prefix..].bytes().take_while(u8::is_ascii_hexdigit).count();
    (digits >= 20 || (prefix > 0 && digits > 0)).then_some(prefix + digits)
}

/// The number after `"elapsed_ms":` and the like.
fn json_time_length(before: &str, text: &str) -> Option<usize> {
    let number = text.bytes().take_while(u8::is_ascii_digit).count();
    (number > 0 && before.ends_with("_ms\":")).then_some(number)
}

/// Which process somebody applied with, and since when: `(process 4711) since 2026-02-28 23:59:59 UTC`.
fn holder_length(before: &str, text: &str) -> Option<usize> {
    let is_of = |wanted: &str, byte: u8| byte.is_ascii_digit() || wanted.as_bytes().contains(&byte);
    let length = |wanted: &str| text.bytes().take_while(|byte| is_of(wanted, *byte)).count();
    if before.ends_with("(process ") {
        return Some(length("")).filter(|length| *length > 0);
    }
    let length = length("-: ");
    (before.ends_with(") since ") && text[length..].starts_with("UTC")).then_some(length + "UTC".len())
}

/// `2026-02-28 23:59:59`, as in a history.
fn moment_length(text: &str) -> Option<usize> {
    const FORM: &str = "0000-00-00 00:00:00";
    let candidate = text.get(..FORM.len())?;
    let fits = |(given, form): (u8, u8)| if form == b'0' { given.is_ascii_digit() } else { given == form };
    candidate.bytes().zip(FORM.bytes()).all(fits).then_some(FORM.len())
}

/// When somebody did something by hand: `2026-02-28T23:59:59Z`, after the command that it was done with, or in a JSON line.
fn by_hand_length(before: &str, text: &str) -> Option<usize> {
    const FORM: &str = "0000-00-00T00:00:00Z";
    let candidate = text.get(..FORM.len())?;
    let fits = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    let is_after = before.trim_end().ends_with("`,") || before.ends_with("\"at\":\"");
    (is_after && candidate.bytes().zip(FORM.bytes()).all(fits)).then_some(FORM.len())
}

/// `1.4 s`, `12 ms`, `2 min` where something took that long: after "in ", "after ", a parenthesis, or in a column of its own.
/// Estimates stay.
fn duration_length(before: &str, text: &str) -> Option<usize> {
    if !["in ", "after ", "(", "  "].iter().any(|lead| before.ends_with(lead)) {
        return None;
    }
    let number = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let unit = text[number..].strip_prefix(' ')?;
    let unit = ["ms", "s", "min"].into_iter().find(|name| {
        unit.strip_prefix(name).is_some_and(|after| !after.starts_with(|next: char| next.is_ascii_alphanumeric()))
    })?;
    (number > 0).then_some(number + 1 + unit.len())
}

#[test]
fn only_what_differs_is_masked() {
    let uuid = "7c1f2a34-0b1d-4c3e-9a10-aabbccddeeff";
    let text = format!(
        "live in 1.4 s (31 calls) · about 14 min · {uuid}/x {uuid} sha256:12ab (3 ms) /tmp/a/b in 3 steps\n  \
         made      9 ms  x by ada on laptop (process 4711) since 2026-02-28 23:59:59 UTC, with `flashinfra scale`,\n  2026-02-28T23:59:59Z\n  2  2026-02-28 23:59:59  ada"
    );
    assert_eq!(
        Masks::default().mask(&text, "/tmp/a"),
        "live in TIME (31 calls) · about 14 min · UUID-1/x UUID-1 DIGEST (TIME) DIR/b in 3 steps\n  \
         made  TIME  x by ada on laptop (process N) since N, with `flashinfra scale`,\n  WHEN\n  2  WHEN  ada"
    );
}
