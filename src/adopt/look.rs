//! What is to be adopted: declared, without an object, there, and nobody's.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::journal::{self, Record};
use flashinfra_plans::live::Question;
use flashinfra_plans::{
    Address, CompiledStack, Declared, Ledger, Live, Map, Name, Object, OwnerMark, Phase, Row, questions,
};

use super::{AdoptError, Options};
use crate::apply::settle;
use crate::error::EngineError;
use crate::open::{self, Configuring};
use crate::plan;
use crate::read::{self, Opened};
use crate::recover::{Marked, rows};
use crate::session::Session;

/// What each address that is to have an object is declared as.
///
/// # Errors
/// When one is not declared, or has an object already.
pub(super) fn wanted<'a>(
    stack: &'a CompiledStack,
    ledger: &Ledger,
    options: &Options,
) -> Result<BTreeMap<&'a Address, &'a Declared>, AdoptError> {
    let declared: BTreeMap<&Address, &Declared> =
        stack.resources.iter().map(|declared| (&declared.address, declared)).collect();
    options
        .objects
        .keys()
        .map(|address| {
            let Some((&address, &declared)) = declared.get_key_value(address) else {
                return Err(AdoptError::NotDeclared(address.clone()));
            };
            let mut rows = std::iter::once(address).chain(&declared.lifecycle.moved_from);
            match rows.find_map(|row| Some((row, ledger.rows.get(row)?.current.as_ref()?))) {
                Some((row, owned)) => Err(AdoptError::HasObject { address: row.clone(), object: owned.id.clone() }),
                None => Ok((address, declared)),
            }
        })
        .collect()
}

/// Opens what the stack and its ledger live in, and proves where that is before anything else is read.
pub(super) async fn open(session: &Session, stack: &CompiledStack, ledger: &Ledger) -> Result<Opened, EngineError> {
    let configuring = Configuring { ledger, former: questions::former(stack, ledger) };
    let (instances, schemas) = (read::in_use(Some(stack), ledger), plan::schemas(stack, ledger));
    let opened = open::open(session, &instances, &schemas, &configuring).await?;
    opened.check_places(&ledger.places)?;
    Ok(opened)
}

pub(super) fn question(kind: &str, id: &Name, attributes: Map) -> Question {
    Question { kind: kind.into(), id: id.clone(), attributes }
}

/// Reads each object by its id. What is there and nobody's comes back with the mark that it is to carry.
///
/// # Errors
/// When one is not there, cannot be read, is somebody's, or two addresses are to have the same.
pub(super) async fn confirmed(
    stack: &CompiledStack,
    opened: &Opened,
    ledger: &Ledger,
    wanted: &BTreeMap<&Address, &Declared>,
    options: &Options,
) -> Result<Vec<Marked>, AdoptError> {
    let ids = || wanted.iter().filter_map(|(address, declared)| Some((*declared, options.objects.get(address)?)));
    let asked = |(declared, id): (&Declared, &Name)| {
        (declared.provider.clone(), question(declared.address.kind(), id, declared.attributes.clone()))
    };
    let answers = opened.ask(ids().map(asked).collect()).await;
    let mut named: BTreeSet<(&str, Option<_>, &Name)> = BTreeSet::new();
    let mut taken = Vec::new();
    for ((declared, id), live) in ids().zip(answers) {
        let (address, place) = (&declared.address, opened.places.get(&declared.provider));
        if !named.insert((address.kind(), place, id)) {
            return Err(AdoptError::Twice { object: id.clone(), address: address.clone() });
        }
        if let Some(owner) = owner(opened, ledger, declared, id) {
            return Err(AdoptError::Owned { object: id.clone(), owner });
        }
        let object = judged(address, id, live, &ledger.uuid, options)?;
        let schema = stack.schemas.get(address.kind());
        if schema.is_some_and(|schema| settle::is_mark_unread(schema, &object)) {
            let reason = "its owner mark could not be, and would say whose it is".into();
            return Err(AdoptError::Unread { address: address.clone(), object: id.clone(), reason });
        }
        let generation = ledger.next_generation(address);
        let mark = OwnerMark { stack: ledger.uuid.clone(), address: address.clone(), generation };
        taken.push(Marked { provider: declared.provider.clone(), mark, object });
    }
    Ok(taken)
}

/// The address of this stack that owns an object.
fn owner(opened: &Opened, ledger: &Ledger, declared: &Declared, id: &Name) -> Option<Address> {
    let is_here =
        |(_, row): &(&Address, &Row)| opened.places.get(&row.provider) == opened.places.get(&declared.provider);
    ledger.owners(declared.address.kind(), id).find(is_here).map(|(address, _)| address.clone())
}

fn judged(address: &Address, id: &Name, live: Live, uuid: &Name, options: &Options) -> Result<Object, AdoptError> {
    let left = |why: String| AdoptError::NotTaken { address: address.clone(), object: id.clone(), why };
    let object = match live {
        Live::Present(object) => object,
        Live::Absent => return Err(AdoptError::NotThere { address: address.clone(), object: id.clone() }),
        Live::Tombstone { note } => return Err(left(format!("it was deleted: {note}"))),
        Live::Unreadable { reason } => {
            return Err(AdoptError::Unread {
                address: address.clone(),
                object: id.clone(),
                reason: reason.to_string(),
            });
        }
    };
    if let Some(manager) = &object.managed_by {
        return Err(left(format!("it is managed by {manager}")));
    }
    if object.phase == Phase::Deleting {
        return Err(left("it is being deleted".into()));
    }
    match &object.owner {
        Some(mark) if mark.stack != *uuid && options.marked_by.as_ref() != Some(&mark.stack) => {
            Err(AdoptError::OtherStack { address: address.clone(), object: id.clone(), mark: mark.clone() })
        }
        _ => Ok(object),
    }
}

/// The ledger with a row for each of them.
pub(super) fn with_rows(
    stack: &CompiledStack,
    opened: &Opened,
    before: &Ledger,
    wanted: &BTreeMap<&Address, &Declared>,
    taken: &[Marked],
) -> Ledger {
    let edges = rows::edges(stack);
    let mut ledger = before.clone();
    ledger.serial += 1;
    for marked in taken {
        let address = &marked.mark.address;
        let (Some(schema), Some(declared)) = (stack.schemas.get(address.kind()), wanted.get(address)) else { continue };
        let depends_on = edges.get(address).cloned().unwrap_or_default();
        let deposed = ledger.rows.get(address).map(|row| row.deposed.clone()).unwrap_or_default();
        let row = rows::row(schema, marked.clone(), Some(declared), depends_on);
        ledger.rows.insert(address.clone(), Row { deposed, ..row });
        ledger.schemas.insert(address.kind().into(), schema.clone());
        let provider = &declared.provider;
        ledger.providers.extend(stack.providers.get_key_value(provider).map(|(name, of)| (name.clone(), of.clone())));
        ledger.places.extend(opened.places.get(provider).map(|place| (provider.clone(), place.clone())));
    }
    // What no row names goes.
    journal::enter(&mut ledger, &Record::Ended);
    ledger
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::*;

    fn object(owner: Option<OwnerMark>) -> Object {
        let id = "vpc-1".into();
        Object { id, phase: Phase::Ready, attributes: map! {}, unverified: Vec::new(), owner, managed_by: None }
    }

    #[test]
    fn what_another_stack_marked_is_taken_only_from_the_stack_that_is_named() {
        let address = Address::parse("aws.vpc/main").unwrap();
        let mark = |stack: &str| OwnerMark { stack: stack.into(), address: address.clone(), generation: 1 };
        let taken = |owner: Option<OwnerMark>, marked_by: Option<&str>| {
            let options = Options { marked_by: marked_by.map(Name::from), ..Options::default() };
            judged(&address, &"vpc-1".into(), Live::Present(object(owner)), &"ours".into(), &options).is_ok()
        };
        assert!(taken(None, None) && taken(Some(mark("ours")), None));
        assert!(!taken(Some(mark("theirs")), None) && !taken(Some(mark("theirs")), Some("others")));
        assert!(taken(Some(mark("theirs")), Some("theirs")));
    }

    #[test]
    fn what_is_gone_going_managed_or_not_read_is_not_taken() {
        let address = Address::parse("aws.vpc/main").unwrap();
        let managed = Object { managed_by: Some("aws:cloudformation".into()), ..object(None) };
        let deleting = Object { phase: Phase::Deleting, ..object(None) };
        for (live, words) in [
            (Live::Absent, "there is no `vpc-1` for aws.vpc/main"),
            (Live::Tombstone { note: "its name is kept".into() }, "it was deleted"),
            (Live::Unreadable { reason: "AccessDenied".into() }, "could not be read: AccessDenied"),
            (Live::Present(managed), "managed by aws:cloudformation"),
            (Live::Present(deleting), "being deleted"),
        ] {
            let error = judged(&address, &"vpc-1".into(), live, &"ours".into(), &Options::default()).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
