//! What a replacement comes down to.
//!
//! A value that is known only once another resource was changed, and that cannot be changed in place, plans a replacement. When the value
//! arrives it may be the one that is live already: then nothing forces the replacement any more. The plan says so beforehand, and
//! holds the steps of both cases. It never goes the other way: what is planned as an update is never replaced.

use flashinfra_stacks::schema::Change as ChangeTakes;

use super::Alternative;
use super::desired::Desired;
use super::diff::{Diff, is_sent_only};
use super::kinds::Kind;
use super::pass::{Pass, State};
use crate::live::Object;
use crate::plan::{Arriving, Reason, RowDraft};
use crate::resolve::is_known;
use crate::value::{Name, Value};

impl Pass<'_, '_> {
    /// What a replacement comes down to; none when it is done in any case. `forces` are all its reasons.
    pub(super) fn alternative(
        &self,
        (position, kind): (usize, &Kind<'_>),
        forces: &[Reason],
        (desired, object, diff): (&Desired<'_>, &Object, &Diff),
        row: RowDraft,
    ) -> Option<Alternative> {
        let dependencies = self.world.graph.dependencies(position);
        // An old object goes before what it stands on is replaced: nobody could wait for the value.
        let is_replaced = |at: &usize| matches!(self.states[*at], State::Made { replaces: true });
        let is_taken_down = self.world.row_dependencies(position).iter().any(is_replaced);
        if is_taken_down || dependencies.iter().any(is_replaced) {
            return None;
        }
        let arriving = |reason: &Reason| {
            let Reason::UnknownForcesReplacement(name, _) = reason else { return None };
            let attribute = kind.attribute(name).filter(|attribute| attribute.change == ChangeTakes::Replace)?;
            let is_read = !is_sent_only(attribute) && !object.unverified.contains(name);
            let value = desired.get(name).filter(|value| is_read && !is_known(value) && !value.has_secret())?.clone();
            Some(Arriving { name: name.clone(), value, live: object.attributes.get(name).cloned() })
        };
        let mut arriving = forces.iter().map(arriving).collect::<Option<Vec<_>>>()?;
        arriving.sort_by(|a, b| a.name.cmp(&b.name));
        let forced = |name: &&Name| arriving.iter().any(|arriving| arriving.name == **name);
        let changed: Vec<Name> = diff.changed.iter().filter(|name| !forced(name)).cloned().collect();
        let mut left = desired.clone();
        diff.left_alone.iter().for_each(|(path, value)| left.leave(path, value.as_ref()));
        let absent = diff.left_alone.iter().filter(|(_, value)| value.is_none());
        let inputs = absent.fold(left.to_map(), |inputs, (path, _)| inputs.with_at(path, None));
        let resets =
            |inputs, (path, literal): &(Name, Value)| crate::value::Map::with_at(inputs, path, Some(literal.clone()));
        let inputs = diff.resets.iter().fold(inputs, resets);
        let row = RowDraft { released: diff.resets.iter().map(|(path, _)| path.clone()).collect(), ..row };
        Some(Alternative { arriving, inputs, changed, before: crate::value::Map::default(), row })
    }
}
