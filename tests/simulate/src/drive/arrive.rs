//! Once nothing goes wrong any more: it arrives, and then the ledger, the world and the stack say the same.

use std::collections::BTreeSet;
use std::time::Duration;

use flashinfra::ledgers;
use flashinfra_plans::value::{Expression, Reference};
use flashinfra_plans::{Address, Ledger, Name, OwnerMark, Phase, Row, Value};

use super::people::Wishes;
use super::{Simulation, compiled, key};
use crate::scenario::{Edit, Resource};
use crate::world::{Invariant, Maker, Thing, World};

/// How many applies it may take to arrive. One finds out what was left open, one does what is to be done, one mends what that one
/// could not see; the others are for what a person has to decide in between.
const TRIES: u32 = 8;

/// How long after the last trouble everything that is late has arrived.
const QUIET: Duration = Duration::from_secs(60);

impl Simulation<'_> {
    /// Brings the world to what the last edit wants.
    pub(super) async fn arrive(&self, edit: &Edit) {
        tokio::time::sleep(QUIET).await;
        self.world.now().calm();
        let mut wishes = Wishes::default();
        let mut last = String::new();
        for _ in 0..TRIES {
            let left = self.tried_in_peace(edit, &mut wishes).await;
            if self.is_over() {
                return;
            }
            let Some(left) = left else {
                self.tested_in_peace(edit, &mut wishes).await;
                if !self.is_over() {
                    self.judge(edit).await;
                }
                return;
            };
            last = left;
            tokio::time::sleep(QUIET).await;
        }
        self.violated(Invariant::Converges, format!("after {TRIES} tries a plan is not empty; the last one: {last}"));
    }

    async fn judge(&self, edit: &Edit) {
        let (_, session) = self.process(&"judge".into(), None);
        let Some(key) = key() else { return };
        let loaded = match ledgers::load(session.ledgers.as_ref(), &key).await {
            Ok(loaded) => loaded,
            Err(error) => return self.violated(Invariant::EngineMakesSense, format!("the ledger: {error}")),
        };
        let open = loaded.as_ref().and_then(|loaded| loaded.open.as_ref());
        if let Some(open) = open {
            self.violated(Invariant::Converges, format!("run {} is open still", open.run));
        }
        let stack = compiled(edit);
        let mut world = self.world.now();
        let ledger = loaded
            .map(|loaded| loaded.ledger)
            .unwrap_or_else(|| Ledger::new(stack.stack.clone(), stack.environment.clone(), Name::default()));
        let mut found = nothing_lost(&world, &ledger, edit);
        // What tests is no part of what is applied, and leaves nothing once it has passed.
        let applied = stack.resources.iter().filter(|resource| !resource.lifecycle.test);
        let declared: BTreeSet<&Address> = applied.map(|resource| &resource.address).collect();
        let owned: BTreeSet<&Address> = ledger.rows.keys().collect();
        if declared != owned {
            found.push((Invariant::LedgerAgrees, format!("{declared:?} is declared, and {owned:?} owned")));
        }
        let given_up = given_up(&self.scenario.edits);
        for resource in edit.stack.iter().flatten() {
            found.extend(is_live(&world, &ledger, resource, &given_up));
        }
        found.into_iter().for_each(|(invariant, message)| world.oracle.violated(invariant, message));
    }
}

type Found = Vec<(Invariant, String)>;

/// The attributes, by kind, that were left to others at some time: ignored, and not declared any more. What had been set before is then
/// nobody's of the stack, also when it is not ignored later on.
fn given_up(edits: &[Edit]) -> BTreeSet<(&str, &Name)> {
    let resources = edits.iter().flat_map(|edit| edit.stack.iter().flatten());
    let names = resources.flat_map(|resource| {
        let ignored = resource.lifecycle.ignore.iter();
        let left = ignored.filter(|name| resource.attributes.get(name.as_str()).is_none());
        left.map(|name| (resource.address.kind(), name))
    });
    names.collect()
}

/// Whether an edit wants the object of an address to be gone once it has done what it is for.
fn goes_once_done(edit: &Edit, address: &Address) -> bool {
    let declared = edit.stack.iter().flatten().find(|resource| resource.address == *address);
    declared.is_some_and(|resource| resource.lifecycle.delete_after_success)
}

/// What the ledger owns is there and was made for it, and the stack made nothing else. What is deleted once it has done what it is for
/// is gone, and its row is there.
fn nothing_lost(world: &World, ledger: &Ledger, edit: &Edit) -> Found {
    let mut found = Found::new();
    let mut owned: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (address, row) in &ledger.rows {
        for deposed in &row.deposed {
            found.push((Invariant::Converges, format!("{address} still has the deposed {}", deposed.object.id)));
        }
        let goes = goes_once_done(edit, address);
        let Some(current) = &row.current else {
            if !goes {
                found.push((Invariant::LedgerAgrees, format!("{address} has a row without an object")));
            }
            continue;
        };
        if goes && world.thing(address.kind(), &current.id).is_none() {
            // Somebody else was quicker.
            continue;
        }
        if goes {
            let message = format!("{address} is done, and {} is there still", current.id);
            found.push((Invariant::EndsAsDeclared, message));
        }
        owned.insert((address.kind(), &current.id));
        let Some(thing) = world.thing(address.kind(), &current.id) else {
            found.push((
                Invariant::NothingLost,
                format!("{address} is said to be {}, and that is not there", current.id),
            ));
            continue;
        };
        if thing.maker != Maker::Stack(address.clone(), current.generation) {
            let message = format!("{address} is said to be {}, which was made by {:?}", current.id, thing.maker);
            found.push((Invariant::LedgerAgrees, message));
        }
        if thing.phase() != Phase::Ready || !current.ready {
            let message = format!("{address} is {:?}, and the ledger says ready: {}", thing.phase(), current.ready);
            found.push((Invariant::LedgerAgrees, message));
        }
        let generation = current.generation;
        let mark = OwnerMark { stack: ledger.uuid.clone(), address: address.clone(), generation };
        if thing.mark.as_ref().is_some_and(|carried| *carried != mark) {
            found.push((Invariant::LedgerAgrees, format!("{} carries the mark {:?}", current.id, thing.mark)));
        }
    }
    for ((kind, id), thing) in world.things() {
        if let Maker::Stack(address, generation) = &thing.maker
            && !owned.contains(&(kind, id))
        {
            let message = format!("{kind} {id} was made for {address}, generation {generation}, and nobody owns it");
            found.push((Invariant::NothingLost, message));
        }
    }
    found
}

/// What a resource declares is true of its object, and what it does not declare any more is not left from it.
fn is_live(world: &World, ledger: &Ledger, resource: &Resource, given_up: &BTreeSet<(&str, &Name)>) -> Found {
    let Resource { address, lifecycle, after: _, attributes } = resource;
    let mut found = Found::new();
    let Some((row, thing)) = object(world, ledger, address) else {
        return was_made_as_declared(world, ledger, resource).into_iter().collect();
    };
    for (name, declared) in attributes {
        let Some(want) = resolved(world, ledger, declared) else { continue };
        let is_left_alone = lifecycle.ignore.contains(name) || name == "replicas";
        let have = thing.attributes.get(name);
        if !is_left_alone && !have.is_some_and(|have| is_so(address.kind(), name, &want, have)) {
            let message = format!("{name} of {address} is to be {want:?}, and is {have:?}");
            found.push((Invariant::DeclaredIsLive, message));
        }
        if !is_left_alone && row.applied.get(name) != Some(&want) {
            let message = format!("{name} of {address} is {want:?}, and the ledger says {:?}", row.applied.get(name));
            found.push((Invariant::LedgerAgrees, message));
        }
    }
    // What the services themselves fill in is theirs; what is released stays as it is.
    let is_cleared = |name: &str| matches!(name, "comment" | "tags" | "policy" | "labels" | "zones" | "host");
    for name in thing.sent.iter().filter(|name| is_cleared(name) && attributes.get(name).is_none()) {
        let has_ours = match thing.attributes.get(name) {
            Some(Value::Map(map)) => {
                map.iter().any(|(key, _)| !thing.foreign_keys.contains(&(name.clone(), key.clone())))
            }
            Some(_) => true,
            None => false,
        };
        let is_given_up = given_up.contains(&(address.kind(), name)) && row.applied.get(name).is_none();
        if has_ours && !lifecycle.ignore.contains(name) && !is_given_up {
            let message = format!("{name} of {address} is not declared, and {:?} is left", thing.attributes.get(name));
            found.push((Invariant::DeclaredIsLive, message));
        }
    }
    found
}

/// What was wrong with an object that is gone on purpose: it was made as it is declared now, by what its row says.
fn was_made_as_declared(world: &World, ledger: &Ledger, resource: &Resource) -> Option<(Invariant, String)> {
    let Resource { address, lifecycle, after: _, attributes } = resource;
    let row = ledger.rows.get(address).filter(|row| row.current.is_none())?;
    let differing =
        attributes.iter().filter(|(name, _)| !lifecycle.ignore.contains(name)).find_map(|(name, declared)| {
            let want = resolved(world, ledger, declared)?;
            let ran_so = row.applied.get(name).is_some_and(|had| is_so(address.kind(), name, &want, had));
            (!ran_so).then_some((name, want))
        });
    let (name, want) = differing?;
    let message = format!("{name} of {address} is to be {want:?}, and it ran with {:?}", row.applied.get(name));
    Some((Invariant::EndsAsDeclared, message))
}

fn object<'a>(world: &'a World, ledger: &'a Ledger, address: &Address) -> Option<(&'a Row, &'a Thing)> {
    let row = ledger.rows.get(address)?;
    Some((row, world.thing(address.kind(), &row.current.as_ref()?.id)?))
}

/// What a declared value comes to, by what is true of what it refers to; none for a secret.
fn resolved(world: &World, ledger: &Ledger, declared: &Value) -> Option<Value> {
    match declared {
        Value::Expression(expression) => match &**expression {
            Expression::Reference(Reference { address, path }) => {
                let (_, thing) = object(world, ledger, address)?;
                thing.attributes.get(path).cloned()
            }
            _ => None,
        },
        Value::Secret(_) | Value::Unknown => None,
        literal => Some(literal.clone()),
    }
}

/// Whether a true value is what was wanted, in the words of the service.
fn is_so(kind: &str, name: &str, want: &Value, have: &Value) -> bool {
    match (kind, name, want, have) {
        ("sim.net", "cidr", Value::Text(want), Value::Text(have)) => {
            let net = |text: &str| text.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
            net(want) == net(have)
        }
        ("sim.net", "tags", Value::Map(want), Value::Map(have)) => {
            want.iter().all(|(key, value)| have.get(key) == Some(value))
        }
        ("sim.bucket", "policy", Value::Text(want), Value::Text(have)) => {
            let bare = |text: &str| text.replace(' ', "");
            bare(want) == bare(have)
        }
        ("sim.cluster", "version", Value::Text(want), Value::Text(have)) => {
            have == want || have.strip_prefix(&**want).is_some_and(|rest| rest.starts_with('.'))
        }
        ("sim.cluster", "zones", Value::List(want), Value::List(have)) => {
            let sorted = |list: &[Value]| list.iter().cloned().collect::<BTreeSet<_>>();
            sorted(want) == sorted(have)
        }
        ("sim.disk", "size_gb", Value::Integer(want), Value::Integer(have)) => have >= want,
        _ => want == have,
    }
}
