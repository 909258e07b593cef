//! What a proxy does beside passing calls on.

use crate::rule::Rule;

/// What a proxy does. By default it counts and changes nothing.
///
/// ```
/// use flashinfra_test_proxy::{Fault, Options, Rule};
///
/// let options = Options {
///     seed: 7,
///     rules: vec![Rule::mutating(Fault::DropAfter).nth(3)],
/// };
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What every choice follows from. It is printed when a test with a proxy panics.
    pub seed: u64,
    /// Which calls are struck by what.
    pub rules: Vec<Rule>,
}

impl Options {
    /// The same with one rule more.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }
}
