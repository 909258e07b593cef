//! The condition of a write, asked of an object as a read would show it: who may not read an attribute can expect nothing of it.

use flashinfra_plans::Name;
use flashinfra_providers::{Condition, Outcome};
use flashinfra_stacks::schema::Schema;

use crate::life;
use crate::world::{Key, Stored};

/// A condition, and who asks it.
pub(crate) struct Asked<'a> {
    pub(crate) condition: &'a Condition<'a>,
    /// The attributes that a read does not tell.
    pub(crate) untold: Vec<Name>,
}

impl Asked<'_> {
    /// What is answered to a write whose condition does not hold.
    pub(crate) fn unlike(&self, key: &Key, stored: &Stored, schema: Option<&Schema>) -> Option<Outcome> {
        let mut now = life::object(key, stored, schema);
        for name in &self.untold {
            now.attributes = now.attributes.without(name);
        }
        now.unverified.clone_from(&self.untold);
        (!(self.condition.holds)(&now)).then_some(Outcome::Changed(now))
    }
}
