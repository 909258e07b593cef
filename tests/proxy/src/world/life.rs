//! How far one object has come.

use crate::kinds::Kind;
use crate::node::Node;
use crate::options::Pace;

/// What is still to come of an object's phases, in reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) hidden: u32,
    pub(super) creating: u32,
    pub(super) updating: u32,
    /// Set once it was deleted.
    pub(super) ghost: Option<Ghost>,
}

/// What is left of a deleted object.
#[derive(Clone, Debug)]
pub(super) struct Ghost {
    pub(super) deleting: u32,
    pub(super) listed: u32,
    /// Whether the server may show it for ever as being deleted, which real services do not.
    ends: bool,
    /// How it looked, for each operation that shows it.
    pub(super) seen: Vec<Seen>,
}

/// An object in one kind of reply.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) operation: &'static str,
    /// The reply without its objects.
    pub(super) frame: Node,
    pub(super) object: Node,
}

/// How an object shows in one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// As the server says.
    Plain,
    /// Not at all.
    Hidden,
    /// In the making, without what comes late.
    Creating,
    /// Being changed.
    Updating,
    /// Being deleted.
    Deleting,
}

impl Life {
    /// The life of a new object.
    pub(super) fn new(pace: &Pace, kind: &Kind) -> Self {
        let creating = if kind.states.is_some() { pace.creating } else { 0 };
        Self { hidden: pace.hidden, creating, updating: 0, ghost: None }
    }

    /// Whether this read does not see it. Takes one of the reads that do not.
    pub(super) fn hides(&mut self) -> bool {
        if self.hidden > 0 {
            self.hidden -= 1;
            return true;
        }
        self.ghost.as_ref().is_some_and(Ghost::is_over)
    }

    /// How it shows in a reply that the server put it into. Takes one read of its phase.
    pub(super) fn look(&mut self) -> Look {
        if self.hides() {
            return Look::Hidden;
        }
        let phases = [(&mut self.creating, Look::Creating), (&mut self.updating, Look::Updating)];
        let ghost = self.ghost.as_mut().map(|ghost| (&mut ghost.deleting, Look::Deleting));
        for (left, look) in ghost.into_iter().chain(phases) {
            if *left > 0 {
                *left -= 1;
                return look;
            }
        }
        Look::Plain
    }

    /// Whether the service would take no change of it.
    pub(super) fn is_busy(&self) -> bool {
        self.creating > 0 || self.updating > 0 || self.is_being_deleted()
    }

    pub(super) fn is_being_deleted(&self) -> bool {
        self.ghost.as_ref().is_some_and(|ghost| ghost.deleting > 0)
    }
}

impl Ghost {
    /// What is left of an object that was just deleted.
    pub(super) fn new(pace: &Pace, kind: &Kind, seen: Vec<Seen>) -> Self {
        let states = kind.states.as_ref();
        let deleting = if states.is_some_and(|states| !states.deleting.is_empty()) { pace.deleting } else { 0 };
        let ends = deleting > 0 && states.is_some_and(|states| states.deleted.is_empty());
        Self { deleting, listed: pace.listed, ends, seen }
    }

    fn is_over(&self) -> bool {
        self.ends && self.deleting == 0
    }
}
