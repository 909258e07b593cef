//! Which stack it is: the uuid in the marks for what is declared.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::{Address, CompiledStack, Name, ledger};
use flashinfra_stacks::schema::Carrier;

use super::Options;
use super::before::Before;
use super::error::{RecoverError, Stack};
use super::search::Marked;
use crate::error::EngineError;
use crate::ledgers::LedgerKey;
use crate::session::Session;

/// The uuid of the stack: what a person says, what is left of the lost ledger says, or the marks say.
///
/// # Errors
/// When no mark names anything that is declared, or those of several stacks do, or it is another ledger's.
pub(super) async fn uuid(
    session: &Session,
    key: &LedgerKey,
    stack: &CompiledStack,
    before: &Before,
    options: &Options,
    marks: &[Marked],
) -> Result<Name, EngineError> {
    let others = others(session, key).await?;
    if let Some(uuid) = &options.uuid {
        if let Some(other) = others.get(uuid) {
            return Err(RecoverError::OtherLedger { uuid: uuid.clone(), other: other.clone() }.into());
        }
        if !marks.iter().any(|marked| marked.mark.stack == *uuid) {
            return Err(RecoverError::NothingOf(uuid.clone()).into());
        }
        return Ok(uuid.clone());
    }
    let declared: BTreeSet<&Address> = declared(stack).collect();
    let mut stacks: BTreeMap<&Name, Stack> = BTreeMap::new();
    for marked in marks.iter().filter(|marked| declared.contains(&marked.mark.address)) {
        let uuid = &marked.mark.stack;
        let found = stacks.entry(uuid).or_insert_with(|| {
            let example = marked.object.id.clone();
            Stack { uuid: uuid.clone(), objects: 0, example }
        });
        found.objects += 1;
    }
    // What another ledger owns is not what this one lost.
    stacks.retain(|uuid, _| !others.contains_key(*uuid));
    let known = before.kept.as_ref().map(|kept| &kept.ledger.uuid).filter(|uuid| stacks.contains_key(*uuid));
    let mut found: Vec<Stack> = stacks.values().cloned().collect();
    match (known, found.len()) {
        (Some(known), _) => Ok(known.clone()),
        (None, 1) => Ok(found.remove(0).uuid),
        (None, 0) => Err(nothing(stack).into()),
        (None, _) => Err(RecoverError::SeveralStacks(found).into()),
    }
}

fn nothing(stack: &CompiledStack) -> RecoverError {
    let carries_none = |kind: &&str| stack.schemas.get(*kind).is_some_and(|schema| schema.carrier == Carrier::None);
    let kinds: BTreeSet<&str> = stack.resources.iter().map(|resource| resource.address.kind()).collect();
    RecoverError::NothingFound {
        stack: stack.stack.clone(),
        environment: stack.environment.clone(),
        unmarked: kinds.into_iter().filter(carries_none).map(Name::from).collect(),
    }
}

/// The addresses that are declared, and those that these had before.
pub(super) fn declared(stack: &CompiledStack) -> impl Iterator<Item = &Address> {
    stack.resources.iter().flat_map(|declared| std::iter::once(&declared.address).chain(&declared.lifecycle.moved_from))
}

/// The uuids of the other ledgers that are kept here. One that cannot be read says nothing.
async fn others(session: &Session, key: &LedgerKey) -> Result<BTreeMap<Name, String>, EngineError> {
    let store = session.ledgers.as_ref();
    let mut others = BTreeMap::new();
    for other in store.keys().await?.into_iter().filter(|other| other != key) {
        if let Some(stored) = store.read(&other).await?
            && let Ok(ledger) = ledger::read(&stored.bytes)
        {
            others.insert(ledger.uuid, other.to_string());
        }
    }
    Ok(others)
}
