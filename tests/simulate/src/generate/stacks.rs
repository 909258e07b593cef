//! What people declare, edit after edit: most of it stays as it was, some of it changes, comes, goes or gets another name.

use flashinfra_plans::value::{Expression, Reference};
use flashinfra_plans::{Address, Lifecycle, Map, Value};

use super::resources::{Drawn, Draws};
use crate::random::Random;
use crate::scenario::Resource;

/// What may be declared.
const SLOTS: [&str; 16] = [
    "sim.net/a",
    "sim.net/b",
    "sim.net/c",
    "sim.host/a",
    "sim.host/b",
    "sim.disk/a",
    "sim.disk/b",
    "sim.bucket/a",
    "sim.bucket/b",
    "sim.cluster/a",
    "sim.record/a",
    "sim.record/b",
    "sim.job/a",
    "sim.job/b",
    "sim.job/t",
    "sim.job/u",
];

/// The addresses that faults may be about.
pub(super) fn addresses() -> impl Iterator<Item = &'static str> {
    SLOTS.into_iter()
}

/// The names that what is in each slot has had, the present one last.
type Names = Vec<Vec<Address>>;

/// The stacks of a seed, one for each edit.
pub(super) fn stacks(seed: u64, edits: u64) -> Vec<Vec<Resource>> {
    let size = Random::of(seed, &["size"]).between(20, 75);
    let mut names: Names = SLOTS.iter().map(|slot| Address::parse(slot).into_iter().collect()).collect();
    let mut stacks = Vec::new();
    for edit in 0..edits {
        if edit > 0 {
            rename(seed, edit, &mut names);
        }
        let draws = Draws { seed, edit, size };
        let resources = SLOTS.iter().zip(&names).filter_map(|(slot, former)| resource(&draws, slot, former, &names));
        stacks.push(resources.collect());
    }
    stacks
}

/// Gives one resource another name, sometimes.
fn rename(seed: u64, edit: u64, names: &mut Names) {
    let mut random = Random::of(seed, &["rename", &edit.to_string()]);
    if !random.percent(25) {
        return;
    }
    let index = usize::try_from(random.below(names.len() as u64)).unwrap_or_default();
    let Some(former) = names.get_mut(index) else { return };
    let Some(last) = former.last() else { return };
    if let Ok(address) = Address::parse(&format!("{}/{}-{edit}", last.kind(), last.name())) {
        former.push(address);
    }
}

/// What is declared in a slot, under its present name; none when nothing is.
fn resource(draws: &Draws, slot: &str, names: &[Address], all: &Names) -> Option<Resource> {
    let today = |slot: &str| {
        let position = SLOTS.iter().position(|known| *known == slot)?;
        all.get(position)?.last().cloned()
    };
    let (address, former) = names.split_last()?;
    let mut attributes = Map::default();
    for (name, value) in draws.attributes(slot)? {
        let value = match value {
            Drawn::Is(value) => value,
            Drawn::Of(slot, path) => reference(today(slot)?, path),
        };
        attributes = attributes.with(name, value);
    }
    let lifecycle = Lifecycle { moved_from: former.to_vec(), ..draws.lifecycle(slot) };
    let after = draws.after(slot).filter_map(today).collect();
    Some(Resource { address: address.clone(), lifecycle, after, attributes })
}

fn reference(address: Address, path: &str) -> Value {
    Value::Expression(Box::new(Expression::Reference(Reference { address, path: path.into() })))
}
