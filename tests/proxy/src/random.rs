//! Choices that follow from a seed and from what they are about, never from the order in which calls happen to arrive.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// `count` different numbers of a range, or all of it when it has no more; the same for the same seed.
///
/// For choosing at which calls a client is killed:
///
/// ```
/// let kills = flashinfra_test_proxy::chosen(7, 1..=190, 20);
/// assert_eq!(kills.len(), 20);
/// assert_eq!(kills, flashinfra_test_proxy::chosen(7, 1..=190, 20));
/// ```
pub fn chosen(seed: u64, range: RangeInclusive<u64>, count: usize) -> BTreeSet<u64> {
    let mut all: Vec<u64> = range.collect();
    all.sort_by_key(|number| (number_of(seed, &["chosen", &number.to_string()]), *number));
    all.into_iter().take(count).collect()
}

/// A number that follows from a seed and from what it is for.
pub(crate) fn number_of(seed: u64, about: &[&str]) -> u64 {
    let mut number = mixed(seed);
    for part in about {
        for byte in part.bytes() {
            number = mixed(number ^ u64::from(byte));
        }
        // So that `ab`, `c` and `a`, `bc` differ.
        number = mixed(number ^ 0x100);
    }
    number
}

/// One step of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::{chosen, number_of};

    #[test]
    fn a_choice_follows_from_the_seed_alone() {
        let (one, again, other) = (chosen(1, 1..=100, 10), chosen(1, 1..=100, 10), chosen(2, 1..=100, 10));
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert!(one.iter().all(|number| (1..=100).contains(number)));
        assert_eq!(chosen(1, 1..=3, 10).len(), 3);
    }

    #[test]
    fn what_it_is_about_is_told_apart() {
        assert_ne!(number_of(1, &["ab", "c"]), number_of(1, &["a", "bc"]));
        assert_ne!(number_of(1, &["a"]), number_of(1, &["a", ""]));
    }

    #[test]
    fn choices_are_spread_evenly() {
        let low = (0..1000).filter(|n: &u32| number_of(5, &[&n.to_string()]) % 100 < 30).count();
        assert!((250..350).contains(&low), "{low} of 1000 fell into 30 %");
    }
}
