//! Names that go from one resource to another: who is deleted or replaced leaves its name to who wants it.

use std::collections::BTreeSet;

use super::Decision;
use super::pass::Pass;
use super::world::World;
use crate::compiled::Declared;
use crate::live::{Live, Place};
use crate::plan::{Action, Reason, Refusal};
use crate::value::Name;

/// Makes what was refused because an object has its name that this very plan deletes. The steps are put in order by the names.
pub(super) fn names(pass: &mut Pass<'_, '_>) {
    let renamed = renamed(pass);
    if renamed.is_empty() && pass.refusals.iter().all(|(_, refusal)| !matches!(refusal, Refusal::Conflict { .. })) {
        return;
    }
    let world = pass.world;
    let freed: BTreeSet<Freed<'_>> = pass
        .decisions
        .iter()
        .filter_map(|(_, decision)| {
            let is_deleted = match decision.change.action {
                Action::Delete | Action::Replace => true,
                // A name that is left behind the new object can be wanted again only once that one is done.
                Action::ReplaceCreateFirst | Action::Restore | Action::DeleteDeposed | Action::DeleteDouble => false,
                Action::Create | Action::Update | Action::Forget | Action::Move | Action::Record => false,
            };
            let owned = decision.owned.as_ref().filter(|_| is_deleted)?;
            let position = world.graph.position(&decision.change.address)?;
            let (_, row) = world.nodes[position].row?;
            Some(Freed {
                kind: world.address(position).kind(),
                place: place(world, &row.provider),
                id: owned.id.clone(),
            })
        })
        .collect();
    for (position, declared, live) in renamed {
        let refusal = match live {
            Live::Present(object) => {
                let (kind, id) = (declared.address.kind(), object.id.clone());
                let is_freed = freed.contains(&Freed { kind, place: place(world, &declared.provider), id });
                (!is_freed).then(|| pass.name_taken(declared, object))
            }
            Live::Tombstone { note } => Some(Refusal::Tombstone(declared.address.clone(), note.clone())),
            // An apply looks once more before it deletes anything.
            Live::Absent | Live::Unreadable { .. } => None,
        };
        pass.refusals.extend(refusal.map(|refusal| (position, refusal)));
    }
    let refusals = std::mem::take(&mut pass.refusals);
    for (position, refusal) in refusals {
        let node = world.nodes[position];
        let wanted = node.declared.filter(|declared| match (&refusal, node.live) {
            // What is refused for another reason has a decision, or names other objects.
            (Refusal::Conflict { objects, .. }, Some(Live::Present(object))) if *objects == [object.id.clone()] => {
                let kind = declared.address.kind();
                let id = object.id.clone();
                !pass.decisions.iter().any(|(decided, _)| *decided == position)
                    && freed.contains(&Freed { kind, place: place(world, &declared.provider), id })
            }
            _ => false,
        });
        match (wanted, world.kind(position)) {
            (Some(declared), Some(kind)) => {
                pass.create(position, kind, declared, node.row.map(|(_, row)| row), vec![Reason::New]);
            }
            _ => pass.refusals.push((position, refusal)),
        }
    }
}

/// What is replaced, or made anew, by an object of another name, and who has that name.
fn renamed<'a>(pass: &Pass<'_, 'a>) -> Vec<(usize, &'a Declared, &'a Live)> {
    let world = pass.world;
    let of = |(position, decision): &(usize, Decision)| {
        let is_made = matches!(
            decision.change.action,
            Action::Create | Action::Replace | Action::ReplaceCreateFirst | Action::Restore
        );
        let declared = world.nodes[*position].declared.filter(|_| is_made)?;
        // Its name was looked for in the place that it leaves.
        if pass.awaited(declared).is_some() {
            return None;
        }
        Some((*position, declared, world.input.observed.named.get(&declared.address)?))
    };
    pass.decisions.iter().filter_map(of).collect()
}

/// A name that becomes free.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Freed<'a> {
    kind: &'a str,
    /// None when it is not known where that is: such places are one.
    place: Option<&'a Place>,
    id: Name,
}

fn place<'a>(world: &World<'a>, instance: &str) -> Option<&'a Place> {
    world.input.observed.places.get(instance)
}
