//! What a replacement comes down to.
//!
//! A value that is known only once another resource was changed, and that cannot be changed in place, plans a replacement. When the value
//! arrives it may be the one that is live already: then nothing forces the replacement any more. The plan says so beforehand, and
//! holds the steps of both cases. It never goes the other way: what is planned as an update is never replaced.

use std::collections::BTreeSet;

use flashinfra_stacks::schema::Change as ChangeTakes;

use super::Alternative;
use super::desired::Desired;
use super::diff::{Diff, is_sent_only};
use super::kinds::Kind;
use super::pass::{Pass, State};
use crate::live::Object;
use crate::plan::{Action, Arriving, Reason, RowDraft};
use crate::resolve::is_known;
use crate::value::{Name, Value};

/// An old object goes before what it stands on goes, or is replaced: nobody could wait for the value, which may come after that. What it
/// stands on may be no dependency any more, so that this is known only once all is decided.
pub(super) fn without_what_is_taken_down(pass: &mut Pass<'_, '_>) {
    let takes_down = |action| {
        matches!(
            action,
            Action::Delete | Action::Replace | Action::ReplaceCreateFirst | Action::Restore | Action::DeleteDeposed
        )
    };
    let decided = pass.decisions.iter().filter(|(_, decision)| takes_down(decision.change.action));
    let goes: BTreeSet<usize> = decided.map(|(position, _)| *position).collect();
    let world = pass.world;
    for (position, decision) in &mut pass.decisions {
        // Where no object is, nothing has to go.
        let has_object = decision.owned.is_some();
        if has_object && world.row_dependencies(*position).iter().any(|at| goes.contains(at)) {
            decision.alternative = None;
        }
    }
}

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
        // What it refers to is another one then.
        let is_replaced = |at: &usize| matches!(self.states[*at], State::Made { replaces: true });
        if dependencies.iter().any(is_replaced) {
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
