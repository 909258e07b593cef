//! Objects that creates made of which nobody got to know.
//!
//! A create that is not answered, of a kind that can be made twice, is looked for by its owner mark; what is not seen within the
//! kind's settle time is made again. The ledger remembers that, and so what shows up later is told apart from a copy that only
//! carries a copied mark: a mark alone says nothing, a mark that the ledger knows to have been sent without an answer does.

use std::collections::BTreeSet;

use flashinfra_stacks::schema::SetBy;

use super::pass::Pass;
use super::{Decision, remains, unguarded};
use crate::fingerprint::fingerprint;
use crate::ledger::Owned;
use crate::live::{Object, Phase};
use crate::plan::{Action, Double, Mode, Reason, Refusal, Unsearched};
use crate::value::{Address, Map, Name, Value};

/// What showed up late, sorted. What was named is deleted; what would be made a second time is refused until a person says what is to
/// become of the first.
pub(super) fn doubles(pass: &mut Pass<'_, '_>) -> Vec<Double> {
    let input = pass.world.input;
    let found = found(pass);
    let mut named: BTreeSet<&Name> = input.options.delete_doubles.iter().collect();
    for (double, object) in &found {
        if named.remove(&double.object) && input.options.mode != Mode::RefreshOnly {
            delete(pass, double, object);
            continue;
        }
        let is_made = |(_, decision): &(usize, Decision)| {
            decision.change.action == Action::Create && decision.change.address == double.address
        };
        if let Some((position, _)) = pass.decisions.iter().find(|decision| is_made(decision)) {
            let late = Refusal::MadeLate(double.address.clone(), double.object.clone());
            pass.refusals.push((*position, late));
        }
    }
    let unknown = named.into_iter().map(|object| (usize::MAX, Refusal::UnknownDouble(object.clone())));
    pass.refusals.extend(unknown);
    found.into_iter().map(|(double, _)| double).collect()
}

/// What carries a mark that a create was sent with which nobody answered, and belongs to no row.
fn found<'a>(pass: &Pass<'_, 'a>) -> Vec<(Double, &'a Object)> {
    let input = pass.world.input;
    let mut found = Vec::new();
    for ((address, generation), unanswered) in &input.ledger.unanswered {
        let marked = input.observed.marked.get(&(unanswered.provider.clone(), address.kind().into()));
        for (mark, object) in marked.into_iter().flatten() {
            let is_sent = mark.stack == input.ledger.uuid && mark.address == *address && mark.generation == *generation;
            let is_alive = object.managed_by.is_none() && object.phase != Phase::Deleting;
            if is_sent && is_alive && !is_owned(pass, address, &object.id) {
                let row = input.ledger.rows.get(pass.world.moves.new_address(address));
                let row = row.or_else(|| input.ledger.rows.get(address));
                let beside = row.and_then(|row| row.current.as_ref()).map(|owned| owned.id.clone());
                let (address, provider) = (address.clone(), unanswered.provider.clone());
                let double = Double { address, generation: *generation, provider, object: object.id.clone(), beside };
                found.push((double, object));
            }
        }
    }
    found
}

/// Where a search failed. It stands in the way of nothing: what it would have found is left alone in any case.
pub(super) fn unsearched(pass: &Pass<'_, '_>) -> Vec<Unsearched> {
    let failed = pass.world.input.observed.unsearched.iter();
    let told = failed.map(|((provider, kind), reason)| Unsearched {
        provider: provider.clone(),
        kind: kind.clone(),
        reason: reason.clone(),
    });
    told.collect()
}

/// Whether a row has an object of this id.
fn is_owned(pass: &Pass<'_, '_>, address: &Address, id: &Name) -> bool {
    pass.world.input.ledger.owners(address.kind(), id).next().is_some()
}

fn delete(pass: &mut Pass<'_, '_>, double: &Double, object: &Object) {
    let world = pass.world;
    let Double { address, generation, provider, object: id, beside: _ } = double;
    let Some(kind) = world.kinds.number(address.kind()).and_then(|number| world.kinds.get(number)) else { return };
    let position = world.graph.position(address).unwrap_or(usize::MAX);
    let mut decision = Decision::plain(address.clone(), Action::DeleteDouble, vec![Reason::Double(*generation)]);
    decision.change.stateful = kind.schema.stateful;
    decision.change.typical_seconds = kind.schema.typical.delete;
    decision.change.object = Some(id.clone());
    decision.provider = provider.clone();
    let uuid = &world.input.ledger.uuid;
    // What was applied to it nobody knows: it is told nothing, and what is live says what guards it, and what else it is.
    (_, decision.delete_guards) = remains(kind, None, &Map::default(), object);
    let is_set = |(name, _): &&(Name, Value)| {
        let attribute = kind.attribute(name);
        attribute.is_some_and(|attribute| attribute.set_by != SetBy::Provider && !attribute.secret)
    };
    decision.inputs = object.attributes.iter().filter(is_set).cloned().collect();
    decision.watched.clone_from(&decision.delete_guards);
    decision.expects = Some(fingerprint(uuid, kind.schema, object, &decision.watched));
    decision.expects_unguarded = unguarded(uuid, kind, object, &decision.watched, &decision.delete_guards);
    decision.owned = Some(Owned { id: id.clone(), generation: *generation, ready: true });
    decision.generation = *generation;
    decision.delete_arguments = Map::default();
    pass.decisions.push((position, decision));
}
