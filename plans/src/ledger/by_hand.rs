//! What people did to objects by hand with this program, beside what is declared: recorded so that the next plan can say whose it is.

use super::Ledger;
use crate::value::{Address, Name, Value};

/// One thing that somebody did to the object of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The command that did it: `scale`, `restart`.
    pub act: Name,
    /// The attribute that it changed and the value that it gave it; none when it changed none that anybody could declare.
    pub set: Option<(Name, Value)>,
    /// Who did it, and from where.
    pub by: Name,
    /// When: RFC 3339, in UTC.
    pub at: Name,
    /// Why, in their words; may be empty.
    pub why: Name,
}

impl ByHand {
    /// Who did it, when, with what and why, for people.
    pub fn told(&self) -> String {
        let Self { act, set: _, by, at, why } = self;
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        format!("by {by} with `flashinfra {act}`, {at}{why}")
    }

    /// Whether it gave an attribute this value, which so is explained.
    pub fn explains(&self, path: &str, value: Option<&Value>) -> bool {
        self.set.as_ref().is_some_and(|(set, to)| *set == path && Some(to) == value)
    }
}

impl Ledger {
    /// Notes what somebody did. Of what is done again only the last time is kept.
    pub fn note_by_hand(&mut self, address: &Address, done: ByHand) {
        let noted = self.by_hand.entry(address.clone()).or_default();
        noted.retain(|before| before.act != done.act);
        noted.push(done);
        noted.sort_by(|a, b| a.act.cmp(&b.act));
    }
}
