//! A plan against the ledger that it is about to be applied to.

use std::collections::BTreeMap;

use super::order::{Order, hold, makes};
use super::{Found, Rule};
use crate::ledger::{Ledger, Row};
use crate::plan::{Act, Plan, Reason, Reliance, Step};
use crate::value::{Address, Name};

/// Whether the plan was made from this ledger.
pub(super) fn basis(plan: &Plan, ledger: &Ledger, found: &mut Found) {
    let basis = &plan.basis;
    if (&basis.stack, &basis.environment) != (&ledger.stack, &ledger.environment) {
        let message = format!(
            "the plan is for {}/{}, the ledger of {}/{}",
            basis.stack, basis.environment, ledger.stack, ledger.environment
        );
        return found.whole(Rule::Basis, message);
    }
    // A plan that is made before there is a ledger has no uuid yet.
    if basis.uuid != ledger.uuid && !basis.uuid.is_empty() {
        found.whole(Rule::Basis, "the plan was made from another ledger of the same name");
    } else if basis.serial != ledger.serial {
        let message =
            format!("the plan was made from serial {} of the ledger, which is at {}", basis.serial, ledger.serial);
        found.whole(Rule::Basis, message);
    }
}

/// Whether each step acts on an object that the ledger has at its address, and makes generations that it never gave out.
pub(super) fn owned(plan: &Plan, ledger: &Ledger, found: &mut Found) {
    let moves = moves(plan);
    let moved_to: BTreeMap<&Address, &Address> = moves.iter().map(|(to, from)| (*to, *from)).collect();
    for step in &plan.steps {
        let of_objects = |reliance: &&Reliance| !plan.basis.lookups.contains_key(&reliance.address);
        for reliance in step.relies_on.iter().filter(of_objects) {
            let address = moved_to.get(&reliance.address).copied().unwrap_or(&reliance.address);
            let current = ledger.rows.get(address).and_then(|row| row.current.as_ref());
            if current.is_none_or(|owned| owned.id != reliance.object) {
                let message =
                    format!("it is sent what {} has, which the ledger does not have at {address}", reliance.object);
                found.at(Rule::Owned, step, message);
            }
        }
        let row = row(step, &moves, ledger);
        if matches!(step.act, Act::UnguardDouble | Act::DeleteDouble) {
            double(step, ledger, found);
            continue;
        }
        if step.act == Act::Create {
            let deposes = step.object.as_ref();
            let current = row.and_then(|row| row.current.as_ref()).map(|owned| &owned.id);
            if deposes.is_some() && deposes != current {
                found.at(Rule::Owned, step, "it deposes an object that is not the current one");
            }
            let stays = |id: &&Name| deposes != Some(*id) && !goes(plan, step, id);
            if let Some(id) = current.filter(stays) {
                found.at(
                    Rule::Owned,
                    step,
                    format!("it is made beside {id}, which the ledger has there and which stays"),
                );
            }
            // A row brings its generations along when it moves, and leaves them behind at the address that it had.
            let brought = row.map_or(0, |row| row.generation);
            if step.generation <= brought.max(ledger.next_generation(&step.address) - 1) {
                found.at(Rule::Generations, step, "its generation was given out before");
            }
            continue;
        }
        let Some(object) = &step.object else { continue };
        let objects = row.into_iter().flat_map(|row| row.objects());
        if !objects.clone().any(|owned| owned.id == *object && owned.generation == step.generation) {
            found.at(
                Rule::Owned,
                step,
                format!("the ledger does not have {object} as generation {} there", step.generation),
            );
        }
    }
}

/// Whether the object that is at the address of a create is not there any more when it is made: gone already, or deleted before.
fn goes(plan: &Plan, create: &Step, id: &Name) -> bool {
    let of_address = |step: &&Step| step.address == create.address;
    let mut deletes = plan.steps.iter().filter(of_address).filter(|step| step.act == Act::Delete);
    let mut changes = plan.changes.iter().filter(|change| change.address == create.address);
    deletes.any(|delete| delete.object.as_ref() == Some(id))
        || changes.any(|change| {
            change.reasons.iter().any(|reason| match reason {
                Reason::Vanished(gone) => gone == id,
                Reason::LostWith(_) => true,
                _ => false,
            })
        })
}

/// Whether a double is one: a create of its mark was not answered, and no row of its kind has it.
fn double(step: &Step, ledger: &Ledger, found: &mut Found) {
    if !ledger.unanswered.contains_key(&(step.address.clone(), step.generation)) {
        found.at(Rule::Owned, step, "the ledger knows of no unanswered create that could have made it");
    }
    if step.object.as_ref().is_some_and(|id| ledger.owners(step.address.kind(), id).next().is_some()) {
        found.at(Rule::Owned, step, "the ledger owns it, so that it is no double");
    }
}

/// Whether dependents, by the ledger's edges, deposed objects among them, are deleted or rewired before what they stand on is deleted.
///
/// Rewiring can be impossible before: when the new object comes only after the old one is gone. Then the update comes after
/// the delete; never at the same time.
pub(super) fn teardown(plan: &Plan, ledger: &Ledger, found: &mut Found) {
    let moves = moves(plan);
    let moved_to: BTreeMap<&Address, &Address> = moves.iter().map(|(to, from)| (*from, *to)).collect();
    let mut deletes: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.act == Act::Delete) {
        deletes.entry(&step.address).or_default().push(step);
    }
    let mut asked: Vec<(&Step, &Step)> = Vec::new();
    for dependent in &plan.steps {
        let counts = match dependent.act {
            Act::Delete => true,
            // Where no object is, nothing stands on anything.
            Act::Update | Act::Record => dependent.object.is_some() && makes(dependent, plan),
            Act::Create | Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Move(_) => false,
        };
        let Some(row) = row(dependent, &moves, ledger).filter(|_| counts) else { continue };
        for old in stood_on(dependent, row) {
            let address = moved_to.get(old).copied().unwrap_or(old);
            asked.extend(deletes.get(address).into_iter().flatten().map(|delete| (dependent, *delete)));
        }
    }
    let before: Vec<_> = asked.iter().map(|(own, delete)| Order { step: delete.id, earlier: own.id }).collect();
    let after: Vec<_> = asked.iter().map(|(own, delete)| Order { step: own.id, earlier: delete.id }).collect();
    for ((dependent, delete), (before, after)) in
        asked.iter().zip(hold(plan, &before).into_iter().zip(hold(plan, &after)))
    {
        if !before && (dependent.act == Act::Delete || !after) {
            let message = format!("it is deleted before {} is {}", dependent.address, done(dependent));
            found.at(Rule::Teardown, delete, message);
        }
    }
}

/// What the object that a step is about stands on: the row says it of the current one, and each deposed one has its own edges.
fn stood_on<'a>(step: &Step, row: &'a Row) -> &'a [Address] {
    let deposed = row.deposed.iter().find(|deposed| deposed.object.generation == step.generation);
    match (&step.act, deposed) {
        (Act::Delete, Some(deposed)) => &deposed.depends_on,
        _ => &row.depends_on,
    }
}

fn done(step: &Step) -> &'static str {
    match step.act {
        Act::Delete => "deleted, which stands on it",
        Act::Create
        | Act::Update
        | Act::Forget
        | Act::Move(_)
        | Act::Record
        | Act::UnguardDouble
        | Act::DeleteDouble => "rewired",
    }
}

/// Where moved rows come from, by where they go.
fn moves(plan: &Plan) -> BTreeMap<&Address, &Address> {
    let moved = plan.steps.iter().filter_map(|step| match &step.act {
        Act::Move(from) => Some((&step.address, from)),
        Act::Create
        | Act::Update
        | Act::Delete
        | Act::Forget
        | Act::Record
        | Act::UnguardDouble
        | Act::DeleteDouble => None,
    });
    moved.collect()
}

/// The row that a step finds at its address.
fn row<'a>(step: &Step, moves: &BTreeMap<&Address, &Address>, ledger: &'a Ledger) -> Option<&'a Row> {
    let moved_away = moves.values().any(|from| **from == step.address);
    match moves.get(&step.address) {
        Some(from) => ledger.rows.get(*from),
        None if moved_away => None,
        None => ledger.rows.get(&step.address),
    }
}
