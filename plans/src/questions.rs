//! What has to be read for a plan.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::schema::{Schema, Text};

use crate::compare;
use crate::compiled::{CompiledStack, Declared, DeclaredLookup, ProviderInstance};
use crate::decide::{Moves, restored_name};
use crate::ledger::{Ledger, Owned, Row};
use crate::live::Question;
use crate::plan::{Mode, Options};
use crate::resolve::resolve;
use crate::upgrade;
use crate::value::{Address, Map, Name, Value};

/// A question about one object, to whom it goes, and what its answer is filed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where the answer belongs in [`Observed`](crate::live::Observed).
    pub key: Key,
    /// The provider instance.
    pub provider: Name,
    /// The question.
    pub question: Question,
}

/// What an answer is filed under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The current object of an address. A row that moves keeps the address that the ledger has for it.
    Current(Address),
    /// Who has the name that the next object of an address is to have, which is not that of the current one.
    Named(Address),
    /// A deposed object, by its generation.
    Deposed(Address, u32),
    /// A lookup.
    Lookup(Address),
}

/// What the stack looks up, which is asked before everything else: ids and names may be made of the answers. Nothing is when all is
/// to go, which no answer may stand in the way of.
pub fn lookups(compiled: &CompiledStack, options: &Options) -> Vec<Asked> {
    let lookups: &[DeclaredLookup] = match options.mode {
        Mode::Apply | Mode::RefreshOnly | Mode::Test | Mode::Tidy => &compiled.lookups,
        Mode::Destroy => &[],
    };
    let asked = |DeclaredLookup { address, provider, asked, at: _ }: &DeclaredLookup| Asked {
        key: Key::Lookup(address.clone()),
        provider: provider.clone(),
        question: Question::lookup(address.kind(), asked.clone()),
    };
    lookups.iter().map(asked).collect()
}

/// The questions of a plan: every owned object by its id, and every object that is to be made under a name of the stack's
/// choice, since somebody else may have that name already.
pub fn questions(compiled: &CompiledStack, ledger: &Ledger, options: &Options) -> Vec<Asked> {
    let resources: &[Declared] = match options.mode {
        Mode::Apply | Mode::Test | Mode::Tidy => &compiled.resources,
        Mode::Destroy | Mode::RefreshOnly => &[],
    };
    let declared: BTreeMap<&Address, &Declared> =
        resources.iter().map(|declared| (&declared.address, declared)).collect();
    // What is asked about an object is put in the words of its present schema.
    let ledger = &*upgrade::understood(ledger, &compiled.schemas);
    let moves = Moves::new(resources, ledger);
    let mut asked = Vec::new();
    for (address, row) in &ledger.rows {
        let declared = declared.get(moves.new_address(address)).copied();
        if options.mode == Mode::Tidy && !declared.is_some_and(|declared| declared.lifecycle.is_short_lived()) {
            continue;
        }
        let ask = |key, owned: &Owned| {
            let (kind, id) = (address.kind().into(), owned.id.clone());
            let question = Question { kind, id, attributes: attributes(declared, row) };
            Asked { key, provider: row.provider.clone(), question }
        };
        asked.extend(row.current.iter().map(|owned| ask(Key::Current(address.clone()), owned)));
        asked.extend(
            row.deposed
                .iter()
                .map(|deposed| &deposed.object)
                .map(|owned| ask(Key::Deposed(address.clone(), owned.generation), owned)),
        );
    }
    for (&address, &found) in declared.iter().filter(|(_, found)| may_be_made(found, options)) {
        let Some((schema, name)) = chosen_name(compiled, found, &declared) else { continue };
        let current = ledger.rows.get(moves.old_address(address)).and_then(|row| row.current.as_ref());
        let is_restored = options.restore.iter().any(|restore| restore.address == *address);
        let name = match current {
            Some(_) if is_restored => restored_name(&name, ledger.next_generation(moves.old_address(address))),
            Some(_) | None => name,
        };
        let key = match current {
            Some(owned) if compare::name(schema, &owned.id) == compare::name(schema, &name) => continue,
            Some(_) => Key::Named(address.clone()),
            None => Key::Current(address.clone()),
        };
        let question = Question { kind: address.kind().into(), id: name, attributes: found.attributes.clone() };
        asked.push(Asked { key, provider: found.provider.clone(), question });
    }
    asked
}

/// Whether a plan with these options may make a resource: only then has somebody to be asked who has its name.
fn may_be_made(declared: &Declared, options: &Options) -> bool {
    match options.mode {
        Mode::Apply => !declared.lifecycle.test,
        Mode::Test => options.tests.contains(&declared.address),
        Mode::Destroy | Mode::RefreshOnly | Mode::Tidy => false,
    }
}

/// What has to be read before these provider instances can be opened: the owned objects of the resources that configure them, by the
/// addresses that their configurations name. `row` finds the row of such an address.
pub fn configuring<'a>(
    instances: &BTreeMap<Name, ProviderInstance>,
    row: &dyn Fn(&Address) -> Option<&'a Row>,
) -> Vec<Asked> {
    let addresses: BTreeSet<&Address> = instances.values().flat_map(ProviderInstance::configured_by).collect();
    let asked = |address: &Address| {
        let row = row(address)?;
        let (kind, id) = (address.kind().into(), row.current.as_ref()?.id.clone());
        let question = Question { kind, id, attributes: row.applied.clone() };
        Some(Asked { key: Key::Current(address.clone()), provider: row.provider.clone(), question })
    };
    addresses.into_iter().filter_map(asked).collect()
}

/// The addresses that rows of the ledger have, by those that the stack moves them to.
pub fn former(compiled: &CompiledStack, ledger: &Ledger) -> BTreeMap<Address, Address> {
    let moves = Moves::new(&compiled.resources, ledger);
    moves.to.into_iter().map(|(from, to)| (to, from)).collect()
}

/// Where to search by the stack's owner mark: provider instances and kinds in which a create was not answered, so that what it made
/// may have shown up by now.
pub fn searches(ledger: &Ledger) -> BTreeSet<(Name, Name)> {
    let of = ledger.unanswered.iter();
    of.map(|((address, _), unanswered)| (unanswered.provider.clone(), address.kind().into())).collect()
}

/// What is declared or was last applied; a clone of the one when the other adds nothing.
fn attributes(declared: Option<&Declared>, row: &Row) -> Map {
    let added = |(name, _): &&(Name, Value)| row.applied.get(name).is_none();
    let has_others = |declared: &Declared| {
        let names = declared.attributes.iter().map(|(name, _)| name);
        !names.eq(row.applied.iter().map(|(name, _)| name))
    };
    match declared {
        Some(declared) if has_others(declared) => {
            let added = declared.attributes.iter().filter(added);
            row.applied.iter().chain(added).cloned().collect()
        }
        Some(_) | None => row.applied.clone(),
    }
}

/// The name that the stack chose for an object, when it is known before anything is read.
fn chosen_name<'a>(
    compiled: &'a CompiledStack,
    declared: &Declared,
    all: &BTreeMap<&Address, &Declared>,
) -> Option<(&'a Schema, Name)> {
    let schema = compiled.schemas.get(declared.address.kind())?;
    let value = |name: &Text| Some((name.as_ref().into(), known(declared.attributes.get(name)?, all, NAME_DEPTH_MAX)));
    let values: Map = schema.named_by().iter().filter_map(value).collect();
    Some((schema, compare::chosen_name(schema, |name| values.get(name))?))
}

/// How many references a name may lead through: a cycle of them is an error that the planner tells later.
const NAME_DEPTH_MAX: u32 = 16;

/// A value with the literals of other resources put in.
fn known(value: &Value, all: &BTreeMap<&Address, &Declared>, depth: u32) -> Value {
    resolve(value, &|reference| {
        let found = all.get(&reference.address)?.attributes.at(&reference.path)?;
        (depth > 0).then(|| known(found, all, depth - 1))
    })
}
