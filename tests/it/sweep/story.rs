//! What is done while it is disturbed: something is made, changed, or destroyed.

use super::subject::Subject;

/// What the disturbed run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// Makes all of it.
    Create,
    /// Changes tags on everything, and something more: a security group is replaced, or a database grows.
    Change,
    /// Deletes all of it: by a destroy, or because it left the code when there is ground that stays.
    Destroy,
}

impl Story {
    /// What a plan of it is asked for with, beside the ledger.
    pub(crate) fn planning(self, subject: &Subject) -> Vec<&str> {
        let way: &[&str] = match self {
            Self::Create => &["--compiled=first.json"],
            Self::Change => &["--compiled=changed.json"],
            Self::Destroy if subject.ground.is_some() => &["--compiled=ground.json"],
            Self::Destroy => &["--compiled=first.json", "--destroy"],
        };
        let allowed = subject.allowed.iter().filter(|_| self == Self::Destroy);
        way.iter().copied().chain(allowed.map(String::as_str)).collect()
    }
}
