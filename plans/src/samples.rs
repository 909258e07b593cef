//! Worlds for tests: ledgers, decisions and plans made from a seed.

pub(crate) mod plans;
mod schemas;
mod values;
mod world;

pub(crate) use schemas::schemas;
use schemas::{DATABASE, NETWORK, SERVER};
pub(crate) use values::value;
pub(crate) use world::{Shape, World, address};

/// A source of numbers that look random and are the same for the same seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// Bytes to which one to three things happened.
pub(crate) fn damaged(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    flashinfra_test_support::damaged(&mut |limit| random.below(limit), bytes)
}

/// Runs a test for many seeds and says which one failed.
pub(crate) fn for_seeds(seeds: u64, test: impl Fn(&mut Random)) {
    flashinfra_test_support::each_seed(seeds, |seed| test(&mut Random(seed)));
}
