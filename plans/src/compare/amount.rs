//! Amounts and durations as Kubernetes writes them, by value: `500m` is `0.5`, `1Gi` is `1073741824`, `60m` is `1h0m0s`.
//!
//! They are compared by what they mean, exactly: no value passes through a float. Sources: `k8s.io/apimachinery/pkg/api/resource`
//! (the grammar, rounding up to a billionth, the cap of those in powers of 1024 at 2⁶³−1); Go's `time.ParseDuration` for durations, and
//! Prometheus' for those with days.

use std::cmp::Ordering;
use std::fmt;

/// A Kubernetes quantity: `500m`, `1Gi`, `1e3`. Equal quantities are equal in every notation, and have an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    negative: bool,
    /// Decimal digits, without zeros at either end; none for zero.
    digits: Vec<u8>,
    /// The power of ten that the digits are multiplied with.
    exponent: i64,
}

/// What a quantity is rounded up to: a billionth.
const SMALLEST: i64 = -9;
/// The largest quantity in powers of 1024, 2⁶³−1. What is larger becomes this.
const LARGEST: &[u8] = &[9, 2, 2, 3, 3, 7, 2, 0, 3, 6, 8, 5, 4, 7, 7, 5, 8, 0, 7];
/// Exponents beyond this many digits are refused: no such quantity means anything.
const EXPONENT_MAX: i64 = 1_000;
/// Longer texts are no quantities, but mistakes.
const DIGITS_MAX: usize = 1_000;

impl Quantity {
    /// Reads a quantity. None for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = signed(text);
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number = whole.len() + fraction.len() > 0 && !fraction.contains('.') && number.len() <= DIGITS_MAX;
        if !is_number {
            return None;
        }
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        let exponent = -i64::try_from(fraction.len()).ok()?;
        match Suffix::parse(suffix)? {
            Suffix::Ten(power) => Some(Self { negative, digits, exponent: exponent + power }.trimmed().rounded()),
            Suffix::Kibi(times) => {
                (0..times).for_each(|_| multiply(&mut digits, 1024));
                Some(Self { negative, digits, exponent }.trimmed().rounded().capped())
            }
        }
    }

    fn trimmed(mut self) -> Self {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.exponent += 1;
        }
        if self.digits.is_empty() { Self { negative: false, digits: Vec::new(), exponent: 0 } } else { self }
    }

    /// Away from zero, so that what asked for something gets something.
    fn rounded(mut self) -> Self {
        let Ok(surplus @ 1..) = usize::try_from(SMALLEST - self.exponent) else { return self };
        let kept = self.digits.len().saturating_sub(surplus);
        self.digits.truncate(kept);
        self.exponent = SMALLEST;
        // What was cut off is not zero: digits have no zeros at their end.
        match self.digits.iter().rposition(|digit| *digit != 9) {
            Some(place) => {
                self.digits[place] += 1;
                self.digits[place + 1..].fill(0);
            }
            None => {
                self.digits.fill(0);
                self.digits.insert(0, 1);
            }
        }
        self.trimmed()
    }

    fn capped(self) -> Self {
        let largest = Self { negative: self.negative, digits: LARGEST.to_vec(), exponent: 0 };
        if self.magnitude(&largest).is_gt() { largest } else { self }
    }

    /// Compares without the signs.
    fn magnitude(&self, other: &Self) -> Ordering {
        // Where the first digit stands, and then the digits themselves: neither has a zero in front.
        let first = |quantity: &Self| i64::try_from(quantity.digits.len()).unwrap_or(i64::MAX) + quantity.exponent;
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => first(self).cmp(&first(other)).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The one form that all notations of a quantity have in common: its billionths, `500000000n`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0n");
        }
        if self.negative {
            f.write_str("-")?;
        }
        self.digits.iter().try_for_each(|digit| write!(f, "{digit}"))?;
        (SMALLEST..self.exponent).try_for_each(|_| f.write_str("0"))?;
        f.write_str("n")
    }
}

/// What stands behind the number of a quantity.
enum Suffix {
    /// A power of ten.
    Ten(i64),
    /// So many times 1024.
    Kibi(u32),
}

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "" => Self::Ten(0),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Kibi(1),
            "Mi" => Self::Kibi(2),
            "Gi" => Self::Kibi(3),
            "Ti" => Self::Kibi(4),
            "Pi" => Self::Kibi(5),
            "Ei" => Self::Kibi(6),
            _ => {
                let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
                Self::Ten(Some(exponent).filter(|exponent| exponent.abs() <= EXPONENT_MAX)?)
            }
        })
    }
}

/// Multiplies decimal digits.
fn multiply(digits: &mut Vec<u8>, factor: u32) {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        carry += u32::from(*digit) * factor;
        *digit = (carry % 10) as u8;
        carry /= 10;
    }
    while carry > 0 {
        digits.insert(0, (carry % 10) as u8);
        carry /= 10;
    }
}

/// Whether a number is negative, and the rest of it.
fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A duration in nanoseconds: `1h0m0s`, `60m`, `1.5h`; and `7d`, `2w`, `1y` as Prometheus' rules have them. None for what is none.
pub fn duration(text: &str) -> Option<i128> {
    let (is_negative, mut rest) = signed(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        sum = sum.checked_add(portion(number, unit_nanoseconds(unit)?)?)?;
        rest = after;
    }
    Some(if is_negative { -sum } else { sum })
}

fn unit_nanoseconds(unit: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        "w" => 7 * 86_400 * SECOND,
        "y" => 365 * 86_400 * SECOND,
        _ => return None,
    })
}

/// `1.5` of a unit, cut off below a nanosecond as Go does.
fn portion(number: &str, unit: i128) -> Option<i128> {
    // More digits of a fraction than this are below a nanosecond of a year.
    const FRACTION_MAX: usize = 18;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let fraction = fraction.get(..FRACTION_MAX).unwrap_or(fraction);
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    digits(whole)?.checked_mul(unit)?.checked_add(digits(fraction)?.checked_mul(unit)? / scale)
}

#[cfg(test)]
mod tests;
