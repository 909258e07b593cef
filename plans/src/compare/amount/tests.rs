use flashinfra_test_support::for_seeds;

use super::{Quantity, duration};

fn parsed(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|| panic!("{text} is a quantity"))
}

#[test]
fn quantities_are_the_same_in_every_notation() {
    for (left, right) in [
        ("500m", "0.5"),
        ("0.1", "100m"),
        ("0.3", "300m"),
        ("1Gi", "1073741824"),
        ("1Ki", "1024"),
        ("1e3", "1k"),
        ("1E", "1e18"),
        ("1E", "1000000000000000000"),
        ("1E3", "1000"),
        ("1e-3", "1m"),
        ("0.5Gi", "512Mi"),
        ("1.5Ki", "1536"),
        ("2.", "2"),
        (".5", "500m"),
        ("+1", "1"),
        ("-0", "0"),
        ("1000000u", "1"),
        ("0.1n", "1n"),
        ("1.0000000001", "1.000000001"),
        ("9.9999999999", "10"),
        ("-0.1n", "-1n"),
        // A float of 64 bits takes these for the same as their neighbours.
        ("9007199254740993", "9007199254740.993k"),
        ("10Ei", "9223372036854775807"),
        ("-10Ei", "-9223372036854775807"),
        ("100E", "1e20"),
    ] {
        assert_eq!(parsed(left), parsed(right), "{left} is {right}");
        assert_eq!(parsed(left).to_string(), parsed(right).to_string(), "{left} is written as {right}");
    }
    for (left, right) in [
        ("1M", "1Mi"),
        ("1m", "1M"),
        ("100", "10"),
        ("-1", "1"),
        ("9007199254740993", "9007199254740992"),
        ("1E", "1Ei"),
    ] {
        assert_ne!(parsed(left), parsed(right), "{left} is not {right}");
        assert_ne!(parsed(left).to_string(), parsed(right).to_string(), "{left} is not written as {right}");
    }
}

#[test]
fn the_form_in_common_is_that_in_billionths() {
    for (text, written) in [
        ("0.5", "500000000n"),
        ("1n", "1n"),
        ("-20", "-20000000000n"),
        ("0", "0n"),
        ("-0.0", "0n"),
        ("1Ki", "1024000000000n"),
    ] {
        assert_eq!(parsed(text).to_string(), written);
        assert_eq!(parsed(written), parsed(text));
    }
}

#[test]
fn what_is_no_quantity_is_none() {
    for text in [
        "",
        "-",
        "Gi",
        ".",
        "m",
        "1 Gi",
        "1GiB",
        "1Gb",
        "1K",
        "e3",
        "1e",
        "1e3k",
        "1.2.3",
        "0x10",
        "1e9999999999",
        "ten",
        "1Gi ",
        "--1",
        "+-1",
    ] {
        assert_eq!(Quantity::parse(text), None, "{text:?}");
    }
}

#[test]
fn quantities_have_an_order() {
    let sorted =
        ["-1Gi", "-1", "-1m", "0", "1n", "999m", "1", "1.1", "9", "10", "1k", "1Ki", "1M", "1Mi", "1Gi", "2Gi", "1T"];
    for (place, lower) in sorted.iter().enumerate() {
        for higher in &sorted[place + 1..] {
            assert!(parsed(lower) < parsed(higher), "{lower} < {higher}");
            assert!(parsed(higher) > parsed(lower), "{higher} > {lower}");
        }
    }
}

/// Beside arithmetic that is not ours: whole billionths in 128 bits.
#[test]
fn quantities_mean_what_integers_mean() {
    const BILLION: i128 = 1_000_000_000;
    /// What a suffix stands for, in billionths.
    const SUFFIXES: [(&str, i128); 17] = [
        ("n", 1),
        ("u", 1_000),
        ("m", 1_000_000),
        ("", BILLION),
        ("k", 1_000 * BILLION),
        ("M", 1_000_000 * BILLION),
        ("G", BILLION * BILLION),
        ("T", 1_000 * BILLION * BILLION),
        ("P", 1_000_000 * BILLION * BILLION),
        ("E", BILLION * BILLION * BILLION),
        ("Ki", 1_024 * BILLION),
        ("Mi", 1_048_576 * BILLION),
        ("Gi", 1_073_741_824 * BILLION),
        ("Ti", (1 << 40) * BILLION),
        ("e2", 100 * BILLION),
        ("E+3", 1_000 * BILLION),
        ("e-6", 1_000),
    ];
    for_seeds(3_000, |below| {
        let mut one = || {
            let (suffix, factor) = SUFFIXES[below(SUFFIXES.len())];
            let number = below(4_000);
            // With so many zeros behind the point, what is written is a whole number of billionths or not; then it is rounded up.
            let places = below(4);
            let sign = if below(4) == 0 { "-" } else { "" };
            let scale = 10_usize.pow(u32::try_from(places).unwrap());
            let text = match places {
                0 => format!("{sign}{number}{suffix}"),
                _ => format!("{sign}{}.{:0places$}{suffix}", number / scale, number % scale),
            };
            let product = i128::try_from(number).unwrap() * factor;
            let scale = i128::try_from(scale).unwrap();
            let value = product / scale + i128::from(product % scale != 0);
            (text, if sign.is_empty() { value } else { -value })
        };
        let ((left, left_value), (right, right_value)) = (one(), one());
        assert_eq!(parsed(&left).cmp(&parsed(&right)), left_value.cmp(&right_value), "{left} and {right}");
        assert_eq!(parsed(&left).to_string(), format!("{left_value}n"), "{left}");
        assert_eq!(parsed(&left), parsed(&format!("{left_value}n")), "{left} in billionths");
    });
}

/// The same amount, written in whichever ways there are for it.
#[test]
fn an_amount_is_one_however_it_is_written() {
    for_seeds(2_000, |below| {
        let whole = below(2_000_000);
        let mut notations = vec![
            whole.to_string(),
            format!("+{whole}"),
            format!("{whole}.000"),
            format!("000{whole}"),
            format!("{whole}e0"),
            format!("{whole}000m"),
            format!("{whole}000000u"),
            format!("{whole}000000000n"),
            format!("{whole}000e-3"),
            format!("{}.{:03}k", whole / 1_000, whole % 1_000),
            format!("{}.{:06}M", whole / 1_000_000, whole % 1_000_000),
            format!("0.{whole:09}G"),
            format!("0.{whole:018}E"),
            format!("0.{whole:018}e18"),
        ];
        if whole % 1_024 == 0 {
            notations.push(format!("{}Ki", whole / 1_024));
        }
        // Halves, quarters and so on are exact in tens as well.
        notations.push(format!("{}.{:010}Ki", whole / 1_024, (whole % 1_024) * 9_765_625));
        for one in &notations {
            for other in &notations {
                assert_eq!(parsed(one), parsed(other), "{one} is {other}");
            }
        }
    });
}

#[test]
fn any_text_is_read_or_refused() {
    const LETTERS: &[char] = &[
        '0', '1', '5', '9', '.', '.', '+', '-', 'e', 'E', 'k', 'K', 'M', 'G', 'i', 'n', 'u', 'm', 'µ', ' ', '[', 'd',
        'h', 's',
    ];
    for_seeds(5_000, |below| {
        let length = below(12);
        let text: String = (0..length).map(|_| LETTERS[below(LETTERS.len())]).collect();
        if let Some(quantity) = Quantity::parse(&text) {
            assert_eq!(Quantity::parse(&quantity.to_string()), Some(quantity), "{text}");
        }
        if let Some(nanoseconds) = duration(&text) {
            assert_eq!(duration(&format!("{nanoseconds}ns")), Some(nanoseconds), "{text}");
        }
    });
}

#[test]
fn durations_are_the_same_in_every_form() {
    for (left, right) in [
        ("1h0m0s", "60m"),
        ("1.5h", "1h30m"),
        ("2160h", "90d"),
        ("90s", "1m30s"),
        ("300ms", "0.3s"),
        ("1w", "7d"),
        ("0", "0s"),
        ("-1m", "-60s"),
        ("1h1ms", "3600.001s"),
        (".5s", "500ms"),
        ("1.9ns", "1ns"),
    ] {
        assert_eq!(duration(left), duration(right), "{left} is {right}");
        assert!(duration(left).is_some(), "{left}");
    }
    assert_ne!(duration("1m"), duration("1ms"));
    for text in ["", "1", "5", "h", "1x", "1h5", "1h 1m", "-", ".s", "1.2.3s", "PT1H"] {
        assert_eq!(duration(text), None, "{text:?}");
    }
}
