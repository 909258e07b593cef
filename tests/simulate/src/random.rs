//! Numbers that look random and follow from a seed, split by purpose: what is drawn for one thing does not move when another
//! thing is added.

/// Numbers for one purpose.
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of a seed for one purpose, which these parts name.
    pub(crate) fn of(seed: u64, purpose: &[&str]) -> Self {
        // FNV-1a over the parts and what separates them.
        let bytes = purpose.iter().flat_map(|part| part.bytes().chain([0xff]));
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Self(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number (SplitMix64).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from one to another, both included.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of several.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(of.len() as u64)).unwrap_or_default();
        of.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn what_is_drawn_for_one_thing_does_not_move_with_another() {
        let first = |seed, purpose: &[&str]| Random::of(seed, purpose).next();
        assert_eq!(first(1, &["fault", "a"]), first(1, &["fault", "a"]));
        assert_ne!(first(1, &["fault", "a"]), first(2, &["fault", "a"]));
        assert_ne!(first(1, &["fault", "a"]), first(1, &["fault", "b"]));
        assert_ne!(first(1, &["ab", "c"]), first(1, &["a", "bc"]));
    }

    #[test]
    fn chances_are_what_they_say() {
        let struck = (0..10_000).filter(|seed| Random::of(*seed, &["chance"]).percent(30)).count();
        assert!((2_700..3_300).contains(&struck), "{struck}");
    }
}
