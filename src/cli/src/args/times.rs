//! Times as people write them.

/// A time as people write it, in seconds: `90s`, `10m`, `2h`, `1d`.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let times = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("a time is a number and `s`, `m`, `h` or `d`, such as `10m`".into()),
    };
    let number: u64 = number.parse().map_err(|_| "a time begins with a whole number, such as `10m`".to_owned())?;
    number.checked_mul(times).filter(|seconds| *seconds > 0).ok_or_else(|| "no such time".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expect) in [("90s", 90), ("10m", 600), ("2h", 7_200), ("1d", 86_400)] {
            assert_eq!(seconds(text), Ok(expect));
        }
        for text in ["", "m", "10", "-1m", "1.5h", "0s", "10 m", "9999999999999999d", "1ä"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
