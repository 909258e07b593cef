//! Amounts and durations as Kubernetes writes them, by value.

/// A quantity in billionths: `500m`, `1.5Gi`, `2e3`. None for what is none, or too large to matter.
pub(crate) fn quantity(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (power, of): (u32, i128) = match suffix {
        "n" => return scaled(number, 1),
        "u" => return scaled(number, 1_000),
        "m" => return scaled(number, 1_000_000),
        "" => (0, 1000),
        "k" => (1, 1000),
        "M" => (2, 1000),
        "G" => (3, 1000),
        "T" => (4, 1000),
        "P" => (5, 1000),
        "E" => (6, 1000),
        "Ki" => (1, 1024),
        "Mi" => (2, 1024),
        "Gi" => (3, 1024),
        "Ti" => (4, 1024),
        "Pi" => (5, 1024),
        "Ei" => (6, 1024),
        exponent => {
            let exponent: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let billionths = u32::try_from(exponent.checked_add(9)?).ok()?;
            return scaled(number, 10_i128.checked_pow(billionths)?);
        }
    };
    scaled(number, of.checked_pow(power)?.checked_mul(1_000_000_000)?)
}

/// A duration in nanoseconds: `1h30m`, `1.5h`, `250ms`. None for what is none.
pub(crate) fn duration(text: &str) -> Option<i128> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanoseconds: i128 = 0;
    loop {
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '.'))?;
        let (number, unit) = rest.split_at(end);
        let end = unit.find(|c: char| matches!(c, '0'..='9' | '.')).unwrap_or(unit.len());
        let (unit, after) = unit.split_at(end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        nanoseconds = nanoseconds.checked_add(scaled(number, unit)?)?;
        if after.is_empty() {
            return Some(if is_negative { -nanoseconds } else { nanoseconds });
        }
        rest = after;
    }
}

/// A decimal number times a unit; what is left below one is rounded up, as the API server does.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (is_negative, digits) = match number.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || !format!("{whole}{fraction}").bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mantissa: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let product = mantissa.checked_mul(unit)?;
    let divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let rounded = product / divisor + i128::from(product % divisor != 0);
    Some(if is_negative { -rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_amounts_are_one() {
        for [one, other] in [
            ["0.5", "500m"],
            ["1", "1000m"],
            ["1Gi", "1024Mi"],
            ["1.5Gi", "1536Mi"],
            ["2e3", "2k"],
            ["2E3", "2000"],
            ["1E", "1000P"],
            [".5", "500000u"],
            ["-1", "-1000m"],
            ["100n", "0.0000001"],
        ] {
            assert!(quantity(one).is_some(), "{one}");
            assert_eq!(quantity(one), quantity(other), "{one} {other}");
        }
        assert_ne!(quantity("1G"), quantity("1Gi"));
        for none in ["", "m", "Gi", "1 Gi", "1Gb", "1.2.3", "one", "e3", "1e", "1e99", "--1"] {
            assert_eq!(quantity(none), None, "{none}");
        }
    }

    #[test]
    fn equal_durations_are_one() {
        for [one, other] in
            [["1h", "60m0s"], ["1.5h", "1h30m"], ["90s", "1m30s"], ["250ms", "0.25s"], ["0", "0s"], ["-1m", "-60s"]]
        {
            assert!(duration(one).is_some(), "{one}");
            assert_eq!(duration(one), duration(other), "{one} {other}");
        }
        for none in ["", "5", "h", "1d", "1h5", "1.2.3s", "PT1H"] {
            assert_eq!(duration(none), None, "{none}");
        }
    }
}
