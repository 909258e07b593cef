//! What a proxy does beside passing calls on.

use std::collections::BTreeMap;

use crate::rule::Rule;

/// What a proxy does. By default it counts and changes nothing.
///
/// ```
/// use flashinfra_test_proxy::{Fault, Options, Pace, Rule};
///
/// let options = Options {
///     seed: 7,
///     rules: vec![Rule::mutating(Fault::DropAfter).nth(3)],
///     page_size: 5,
///     client_tokens: true,
///     pace: Pace { hidden: 1, creating: 2, updating: 1, deleting: 2, listed: 0 },
///     paces: [("rds:db_instance".to_owned(), Pace { creating: 4, ..Pace::default() })].into(),
/// };
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What every choice follows from. It is printed when a test with a proxy panics.
    pub seed: u64,
    /// Which calls are struck by what.
    pub rules: Vec<Rule>,
    /// How many items a page has at most, in operations that the real service pages; zero leaves paging to the server.
    pub page_size: usize,
    /// Whether a second create with the same client token is answered as the first one was.
    pub client_tokens: bool,
    /// How objects of all kinds come and go.
    pub pace: Pace,
    /// How objects of certain kinds do instead: `ec2:vpc`, `rds:db_instance`, `eks:node_group`.
    pub paces: BTreeMap<String, Pace>,
}

/// How objects come and go, counted in reads that show the object or would have shown it: replies to describes, gets and lists
/// of its kind. Each object counts for itself, one phase after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// So many reads do not see a new object: it is missing in lists, and reads by id say that it is not there.
    pub hidden: u32,
    /// So many more reads see it in the making: `pending`, `creating`, `CREATING`.
    pub creating: u32,
    /// So many reads see it being changed, after a change: `modifying`, `UPDATING`.
    pub updating: u32,
    /// So many reads see it being deleted, after a delete: `deleting`, `DELETING`. Its name stays taken for as long. It is
    /// gone afterwards, even where the server shows it for ever. Kinds without such a state are gone at once.
    pub deleting: u32,
    /// After that, so many lists still have it, as it was before the delete or in a state for it (`deleted`); reads that name it
    /// do not.
    pub listed: u32,
}

impl Options {
    /// All that real services do and stand-ins do not: pages of five, client tokens, objects that are hidden, slow, and
    /// listed after they are gone. No faults.
    pub fn lifelike(seed: u64) -> Self {
        let pace = Pace { hidden: 1, creating: 2, updating: 2, deleting: 2, listed: 1 };
        Self { seed, page_size: 5, client_tokens: true, pace, ..Self::default() }
    }

    /// The same with one rule more.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }
}
