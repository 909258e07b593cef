//! What a write is made on condition of.

use std::fmt;

use flashinfra_plans::{Map, Object};

/// What an object has to be when a write is made: what the plan was made from.
#[derive(Clone, Copy)]
pub struct Condition<'a> {
    /// What is declared of the object and what was last applied to it, as a [`Question`](crate::Question) has it: some attributes are
    /// told only to who asks for them.
    pub asked: &'a Map,
    /// Whether an object, as it would be read, is as it has to be.
    pub holds: &'a (dyn Fn(&Object) -> bool + Send + Sync),
}

impl fmt::Debug for Condition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, holds: _ } = self;
        f.debug_struct("Condition").field("asked", asked).finish_non_exhaustive()
    }
}
