//! A ledger and decisions about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use super::{DATABASE, NETWORK, Random, SERVER, schemas};
use crate::decide::Decision;
use crate::ledger::{Deposed, Ledger, Owned, Row};
use crate::map;
use crate::plan::{Action, AttributeChange, Change, Reason, RowDraft, Step};
use crate::value::{Address, Expression, Map, Name, Reference, Secret, Value};

/// What a world is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// How many addresses.
    pub(crate) size: usize,
    /// Whether old and new edges agree on one order of the addresses, as they do unless dependencies are turned around.
    pub(crate) one_direction: bool,
}

/// A ledger, what was decided about it, and the schemas.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) schemas: BTreeMap<Name, Arc<Schema>>,
}

/// What happens to an address of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unchanged,
    Does(Action),
}

const FATES: [Fate; 12] = [
    Fate::Unchanged,
    Fate::Unchanged,
    Fate::Does(Action::Create),
    Fate::Does(Action::Create),
    Fate::Does(Action::Update),
    Fate::Does(Action::Update),
    Fate::Does(Action::Replace),
    Fate::Does(Action::ReplaceCreateFirst),
    Fate::Does(Action::Delete),
    Fate::Does(Action::Delete),
    Fate::Does(Action::Forget),
    Fate::Does(Action::Record),
];

/// The address of this number.
pub(crate) fn address(number: usize) -> Address {
    let kind = [NETWORK, DATABASE, SERVER][number % 3];
    Address::parse(&format!("{kind}/r{number}")).unwrap()
}

impl World {
    pub(crate) fn new(random: &mut Random, shape: Shape) -> Self {
        let mut order: Vec<usize> = (0..shape.size).collect();
        random.shuffle(&mut order);
        let mut fates: Vec<Fate> = order.iter().map(|_| *random.pick(&FATES)).collect();
        if !shape.one_direction {
            // An unchanged address has the same edges on both sides, which two directions would turn into a cycle.
            for fate in fates.iter_mut().filter(|fate| **fate == Fate::Unchanged) {
                *fate = Fate::Does(Action::Update);
            }
        }
        let create_first = random.one_in(2);
        for fate in &mut fates {
            // Create-before-delete spreads over what is replaced; all or none is the simplest way to have that.
            if matches!(fate, Fate::Does(Action::Replace | Action::ReplaceCreateFirst)) && shape.one_direction {
                *fate = Fate::Does(if create_first { Action::ReplaceCreateFirst } else { Action::Replace });
            }
        }
        let old_order = if shape.one_direction { order.clone() } else { order.iter().rev().copied().collect() };
        let owned: BTreeSet<usize> = (0..shape.size).filter(|&n| fates[n] != Fate::Does(Action::Create)).collect();
        let left = |n: &usize| !matches!(fates[*n], Fate::Does(Action::Delete | Action::Forget));
        let old = edges(random, &old_order, |n| owned.contains(n));
        let stood_on = edges(random, &old_order, |n| owned.contains(n));
        let mut new = edges(random, &order, left);
        for number in (0..shape.size).filter(|&n| fates[n] == Fate::Unchanged) {
            new.insert(number, old[&number].iter().copied().filter(left).collect());
        }

        let mut world = Self {
            ledger: Ledger::new("shop".into(), "test".into(), "00000000-0000-4000-8000-000000000001".into()),
            decisions: Vec::new(),
            schemas: schemas(),
        };
        world.ledger.serial = 7;
        world.ledger.schemas = schemas();
        for &number in &owned {
            let generation = 1 + u32::try_from(random.below(3)).unwrap();
            let deposed = random.one_in(6) && generation > 1;
            let row = row(number, generation, deposed.then_some(&stood_on[&number]), &old[&number]);
            world.ledger.rows.insert(address(number), row);
        }
        for (number, &fate) in fates.iter().enumerate() {
            world.decide(random, number, fate, &new);
        }
        world.resolve();
        world.rename(random);
        world
    }

    /// Lets some of what stays have had another address until now.
    fn rename(&mut self, random: &mut Random) {
        for decision in &mut self.decisions {
            let stays = match decision.change.action {
                Action::Update | Action::Replace | Action::ReplaceCreateFirst | Action::Record => true,
                Action::Create | Action::Restore | Action::Delete | Action::Forget | Action::Move => false,
                Action::DeleteDeposed | Action::DeleteDouble => false,
            };
            if !stays || !random.one_in(8) {
                continue;
            }
            let address = &decision.change.address;
            let from = Address::parse(&format!("{address}-before")).unwrap();
            if let Some(row) = self.ledger.rows.remove(address) {
                self.ledger.rows.insert(from.clone(), row);
            }
            let edges = self.ledger.rows.values_mut().flat_map(|row| {
                row.depends_on.iter_mut().chain(row.deposed.iter_mut().flat_map(|deposed| &mut deposed.depends_on))
            });
            for known in edges {
                if known == address {
                    known.clone_from(&from);
                }
            }
            decision.change.reasons.push(Reason::MovedFrom(from));
            if decision.change.action == Action::Record && random.one_in(2) {
                decision.change.action = Action::Move;
                decision.inputs = Map::default();
            }
        }
    }

    /// A world in which the ledger owns these addresses with these dependencies, and nothing is decided yet.
    pub(crate) fn small(owned: &[(usize, &[usize])]) -> Self {
        let mut ledger = Ledger::new("shop".into(), "test".into(), "00000000-0000-4000-8000-000000000001".into());
        ledger.schemas = schemas();
        ledger.rows =
            owned.iter().map(|&(number, depends_on)| (address(number), row(number, 1, None, depends_on))).collect();
        Self { ledger, decisions: Vec::new(), schemas: schemas() }
    }

    /// Decides about one address.
    pub(crate) fn decide_one(&mut self, number: usize, action: Action, depends_on: &[usize]) {
        let edges = BTreeMap::from([(number, depends_on.to_vec())]);
        self.decide_current(number, action, &edges, false);
    }

    /// Turns the current object of an address into a deposed one that is to be deleted and stands on these, with a newer one in
    /// its place.
    pub(crate) fn depose(&mut self, number: usize, stood_on: &[usize], depends_on: &[usize]) {
        self.ledger.rows.insert(address(number), row(number, 2, Some(&stood_on.to_vec()), depends_on));
        for decision in self.decisions.iter_mut().filter(|decision| decision.change.address == address(number)) {
            decision.owned.clone_from(&self.ledger.rows[&address(number)].current);
        }
        self.decide_deposed(number);
    }

    /// The steps that carry it out.
    pub(crate) fn steps(&self) -> Vec<Step> {
        crate::steps::order(self.decisions.clone(), &self.ledger, &self.schemas)
    }

    fn decide(&mut self, random: &mut Random, number: usize, fate: Fate, new: &BTreeMap<usize, Vec<usize>>) {
        self.decide_deposed(number);
        if let Fate::Does(action) = fate {
            self.decide_current(number, action, new, random.one_in(2));
        }
    }

    /// Puts the ids of objects that are there in place of references to what no decision makes.
    fn resolve(&mut self) {
        let made: BTreeSet<Address> = self
            .decisions
            .iter()
            .filter(|decision| {
                !matches!(decision.change.action, Action::DeleteDeposed | Action::Delete | Action::Forget)
            })
            .map(|decision| decision.change.address.clone())
            .collect();
        for decision in &mut self.decisions {
            let Some(depends_on) = decision.row.as_ref().map(|row| row.depends_on.clone()) else { continue };
            if decision.inputs.get("depends").is_some() {
                let value = |address: &Address| if made.contains(address) { reference(address) } else { "o-1".into() };
                let values: Vec<Value> = depends_on.iter().map(value).collect();
                decision.inputs = std::mem::take(&mut decision.inputs).with("depends", values.into());
            }
        }
    }

    fn decide_deposed(&mut self, number: usize) {
        let row = self.ledger.rows.get(&address(number)).cloned();
        for deposed in row.iter().flat_map(|row| &row.deposed) {
            let decision = decision(number, Action::DeleteDeposed, Reason::Deposed(deposed.object.generation));
            let draft = row.as_ref().map(|row| draft(row.depends_on.clone()));
            self.decisions.push(Decision {
                owned: Some(deposed.object.clone()),
                generation: deposed.object.generation,
                row: draft,
                ..decision
            });
        }
    }

    fn decide_current(&mut self, number: usize, action: Action, new: &BTreeMap<usize, Vec<usize>>, guarded: bool) {
        let row = self.ledger.rows.get(&address(number)).cloned();
        let reason = match action {
            Action::Create => Reason::New,
            Action::Delete | Action::Forget => Reason::NotDeclared,
            _ => Reason::Differs("size".into()),
        };
        let mut decision = decision(number, action, reason);
        decision.owned = row.as_ref().and_then(|row| row.current.clone());
        decision.generation = match action {
            Action::Create | Action::Replace | Action::ReplaceCreateFirst => {
                self.ledger.next_generation(&address(number))
            }
            _ => decision.owned.as_ref().map_or(1, |owned| owned.generation),
        };
        decision.change.object = decision.owned.as_ref().map(|owned| owned.id.clone());
        let deletes = matches!(action, Action::Delete | Action::Replace | Action::ReplaceCreateFirst);
        if deletes && address(number).kind() == DATABASE {
            decision.delete_arguments = map! { "final_snapshot" => "last" };
            decision.delete_guards = if guarded { vec!["deletion_protection".into()] } else { Vec::new() };
        }
        if !matches!(action, Action::Delete | Action::Forget) {
            let depends_on: Vec<_> = new[&number].iter().map(|&n| address(n)).collect();
            decision.inputs = inputs(number, &depends_on);
            decision.row = Some(draft(depends_on));
        }
        if action == Action::Update {
            decision.changed = vec!["size".into()];
            decision.before = map! { "size" => 1 };
            decision.change.attributes = vec![AttributeChange {
                path: "size".into(),
                before: Some(1.into()),
                after: decision.inputs.get("size").cloned(),
                forces_replacement: false,
                note: None,
            }];
        }
        self.decisions.push(decision);
    }
}

/// For each of the addresses that are there, what it depends on: only what comes before it in `order`.
fn edges(random: &mut Random, order: &[usize], there: impl Fn(&usize) -> bool) -> BTreeMap<usize, Vec<usize>> {
    let order: Vec<usize> = order.iter().copied().filter(|n| there(n)).collect();
    let mut edges = BTreeMap::new();
    for (place, &number) in order.iter().enumerate() {
        let earlier = &order[..place];
        let chosen: BTreeSet<usize> =
            (0..random.below(4)).filter(|_| !earlier.is_empty()).map(|_| *random.pick(earlier)).collect();
        edges.insert(number, chosen.into_iter().collect());
    }
    edges
}

/// A row, with a deposed object that stands on `stood_on` where there is one.
fn row(number: usize, generation: u32, stood_on: Option<&Vec<usize>>, depends_on: &[usize]) -> Row {
    let owned = |generation: u32| Owned { id: Name::from(format!("o-{number}-{generation}")), generation, ready: true };
    Row {
        provider: "test".into(),
        schema_version: 1,
        current: Some(owned(generation)),
        deposed: stood_on
            .map(|stood_on| Deposed {
                object: owned(generation - 1),
                depends_on: stood_on.iter().map(|&n| address(n)).collect(),
            })
            .into_iter()
            .collect(),
        generation,
        applied: map! { "size" => 1 },
        computed: Map::default(),
        depends_on: depends_on.iter().map(|&n| address(n)).collect(),
        protect: false,
        retain: false,
        recovered: false,
        at: None,
    }
}

fn draft(depends_on: Vec<Address>) -> RowDraft {
    RowDraft {
        depends_on,
        protect: false,
        retain: false,
        released: Vec::new(),
        deposed: BTreeMap::new(),
        at: Some("src/main.rs:4:1".into()),
    }
}

fn reference(address: &Address) -> Value {
    Value::Expression(Box::new(Expression::Reference(Reference { address: address.clone(), path: "id".into() })))
}

fn inputs(number: usize, depends_on: &[Address]) -> Map {
    let mut inputs = map! { "depends" => depends_on.iter().map(reference).collect::<Vec<_>>(), "size" => 2 };
    if address(number).kind() == DATABASE {
        let password = Secret::Env { name: "DB_PASSWORD".into(), version: 1 };
        inputs = inputs.with("name", format!("db-{number}").into()).with("password", Value::Secret(Box::new(password)));
    }
    inputs
}

fn decision(number: usize, action: Action, reason: Reason) -> Decision {
    let address = address(number);
    let stateful = address.kind() == DATABASE;
    Decision {
        change: Change {
            address,
            action,
            reasons: vec![reason],
            attributes: Vec::new(),
            object: None,
            stateful,
            protected: stateful,
            typical_seconds: 1,
            at: None,
        },
        provider: "test".into(),
        inputs: Map::default(),
        changed: Vec::new(),
        before: Map::default(),
        expects: (action != Action::Create).then(|| Name::from(format!("sha256:{number}"))),
        watched: if action == Action::Create { Vec::new() } else { vec!["size".into()] },
        relies_on: Vec::new(),
        owned: None,
        generation: 1,
        delete_arguments: Map::default(),
        delete_guards: Vec::new(),
        expects_unguarded: Some(format!("sha256:unguarded-{number}").into()),
        row: None,
        alternative: None,
    }
}
