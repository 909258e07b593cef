//! Lookups: what the stack asks about things that exist already and that it does not own.
//!
//! They are answered before anything else is read or compared, and their answers are put in where the stack refers to them: from
//! there on they are values like any others, so that a changed answer is an ordinary change of what uses it. What a step is sent
//! of an answer is kept with the step, and asked again before it acts.

#[cfg(test)]
mod tests;
mod uses;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::params::suggest;
use flashinfra_stacks::schema::{Schema, SetBy};

use crate::compiled::{CompiledStack, DeclaredLookup};
use crate::decide::{FailedLookup, PlanError};
use crate::live::Live;
use crate::plan::Lookup;
use crate::references::each_reference;
use crate::resolve::{is_known, resolve};
use crate::value::{Address, Name, Reference, Value};

/// A stack with its lookups answered.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The stack, which refers to no lookup any more.
    pub stack: Cow<'a, CompiledStack>,
    /// What was answered, sorted by address.
    pub answers: Vec<Answer>,
}

/// What was answered, and where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lookup.
    pub address: Address,
    /// What was asked and answered.
    pub lookup: Lookup,
    /// The attributes of resources that are made of it, also by way of others, each with the parts of the answer that it takes.
    pub uses: BTreeMap<(Address, Name), BTreeSet<Name>>,
}

/// Puts the answers of lookups in. `lives` has what was read for each, by its address.
///
/// # Errors
/// When a lookup asks what cannot be asked, or has no answer: all those that failed are told together. When something takes a
/// part of an answer that is not there.
pub fn answer<'a>(compiled: &'a CompiledStack, lives: &BTreeMap<Address, Live>) -> Result<Known<'a>, PlanError> {
    check(compiled)?;
    if compiled.lookups.is_empty() {
        return Ok(Known { stack: Cow::Borrowed(compiled), answers: Vec::new() });
    }
    let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
    for declared in &compiled.lookups {
        match answered(declared, lives.get(&declared.address)) {
            Ok(lookup) => drop(found.insert(&declared.address, lookup)),
            Err(failure) => failed.push(failure),
        }
    }
    if !failed.is_empty() {
        return Err(PlanError::LookupsFailed(failed));
    }
    let value_of = |reference: &Reference| {
        let part = found.get(&reference.address)?.answer.at(&reference.path);
        Some(part.cloned().unwrap_or(Value::Null))
    };
    let stack = put_in(compiled, &value_of)?;
    let mut uses = uses::of(compiled);
    let answers = found.into_iter().map(|(address, lookup)| Answer {
        address: address.clone(),
        lookup,
        uses: uses.remove(address).unwrap_or_default(),
    });
    Ok(Known { answers: answers.collect(), stack: Cow::Owned(stack) })
}

/// The stack for what asks nobody: what comes from a lookup is not known.
///
/// # Errors
/// When a lookup asks what cannot be asked.
pub fn unanswered(compiled: &CompiledStack) -> Result<Cow<'_, CompiledStack>, PlanError> {
    check(compiled)?;
    if compiled.lookups.is_empty() {
        return Ok(Cow::Borrowed(compiled));
    }
    let lookups = addresses(compiled);
    let value_of = |reference: &Reference| lookups.contains(&reference.address).then_some(Value::Unknown);
    put_in(compiled, &value_of).map(Cow::Owned)
}

fn addresses(compiled: &CompiledStack) -> BTreeSet<&Address> {
    compiled.lookups.iter().map(|lookup| &lookup.address).collect()
}

/// What was answered to one lookup.
fn answered(declared: &DeclaredLookup, live: Option<&Live>) -> Result<Lookup, FailedLookup> {
    let DeclaredLookup { address, provider, asked, at } = declared;
    let failed = |reason: Option<&Name>| FailedLookup {
        address: address.clone(),
        asked: asked.clone(),
        reason: reason.cloned(),
        at: at.clone(),
    };
    match live {
        Some(Live::Present(object)) => Ok(Lookup {
            provider: provider.clone(),
            asked: asked.clone(),
            object: object.id.clone(),
            answer: object.attributes.clone(),
        }),
        Some(Live::Absent | Live::Tombstone { .. }) => Err(failed(None)),
        Some(Live::Unreadable { reason }) => Err(failed(Some(reason))),
        None => Err(failed(Some(&"it was not asked".into()))),
    }
}

/// The stack with values in the place of references.
fn put_in(
    compiled: &CompiledStack,
    value_of: &dyn Fn(&Reference) -> Option<Value>,
) -> Result<CompiledStack, PlanError> {
    let lookups = addresses(compiled);
    let mut stack = compiled.clone();
    for declared in &mut stack.resources {
        let (address, at) = (declared.address.clone(), declared.at.clone());
        let answered = |(name, value): &(Name, Value)| match put(value, &lookups, value_of) {
            Ok(value) => Ok((name.clone(), value)),
            Err(reference) => Err(not_there(format!("`{name}` of `{address}`"), reference, value_of, &at)),
        };
        declared.attributes = declared.attributes.iter().map(answered).collect::<Result<_, PlanError>>()?;
    }
    for output in &mut stack.outputs {
        let value = put(&output.value, &lookups, value_of)
            .map_err(|reference| not_there(format!("the output `{}`", output.name), reference, value_of, &output.at))?;
        output.value = value;
    }
    Ok(stack)
}

/// One value; the reference that leads to something that is not there.
fn put<'v>(
    value: &'v Value,
    lookups: &BTreeSet<&Address>,
    value_of: &dyn Fn(&Reference) -> Option<Value>,
) -> Result<Value, &'v Reference> {
    let mut taken = None;
    if !value.is_literal() {
        each_reference(value, "", &mut |reference, _| {
            if lookups.contains(&reference.address) && (taken.is_none() || value_of(reference) == Some(Value::Null)) {
                taken = Some(reference);
            }
        });
    }
    let Some(reference) = taken else { return Ok(value.clone()) };
    let resolved = resolve(value, value_of);
    if value_of(reference) == Some(Value::Unknown) {
        return Ok(resolved);
    }
    if has_hole(value, &resolved) { Err(reference) } else { Ok(resolved) }
}

/// Whether something that was to be put in is not there.
fn has_hole(value: &Value, resolved: &Value) -> bool {
    match (value, resolved) {
        (Value::Null, _) => false,
        (_, Value::Null) => true,
        (Value::List(before), Value::List(after)) => {
            before.len() != after.len() || before.iter().zip(after).any(|(before, after)| has_hole(before, after))
        }
        (Value::Map(before), Value::Map(after)) => {
            let differs = |((_, before), (_, after)): (&(Name, Value), &(Name, Value))| has_hole(before, after);
            before.len() != after.len() || before.iter().zip(after).any(differs)
        }
        (Value::Expression(_), after) => !is_known(after) && !waits(after),
        (Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Secret(_) | Value::Unknown, _) => false,
        (Value::List(_) | Value::Map(_), _) => false,
    }
}

/// Whether a value waits for another resource.
fn waits(value: &Value) -> bool {
    let mut waits = false;
    each_reference(value, "", &mut |_, _| waits = true);
    waits
}

fn not_there(
    what: String,
    reference: &Reference,
    value_of: &dyn Fn(&Reference) -> Option<Value>,
    at: &Option<Name>,
) -> PlanError {
    let (lookup, path) = (reference.address.clone(), reference.path.clone());
    let answer = value_of(reference).filter(|answer| *answer != Value::Null);
    PlanError::NotInAnswer { what, lookup, path, answer, at: at.clone() }
}

/// What has to be true of lookups and of what refers to them before anybody is asked.
fn check(compiled: &CompiledStack) -> Result<(), PlanError> {
    let mut schemas: BTreeMap<&Address, &Schema> = BTreeMap::new();
    let declared: BTreeSet<&Address> = match compiled.lookups.is_empty() {
        true => return Ok(()),
        false => compiled.resources.iter().map(|resource| &resource.address).collect(),
    };
    for lookup in &compiled.lookups {
        let DeclaredLookup { address, provider, asked, at } = lookup;
        let kind = Name::from(address.kind());
        let schema = compiled.schemas.get(&kind);
        let schema = schema.ok_or_else(|| PlanError::MissingSchema { address: address.clone(), kind })?;
        if declared.contains(address) || schemas.insert(address, schema).is_some() {
            return Err(PlanError::LookupTwice { address: address.clone(), at: at.clone() });
        }
        if !compiled.providers.contains_key(provider) {
            let nearest = suggest::nearest(provider, compiled.providers.keys().map(Name::as_str)).map(Name::from);
            let (address, provider, at) = (address.clone(), provider.clone(), at.clone());
            return Err(PlanError::UnknownProvider { address, provider, nearest, at });
        }
        for (name, value) in asked {
            let (address, attribute, at) = (address.clone(), name.clone(), at.clone());
            match schema.attribute(name) {
                None => return Err(unknown(schema, &address, name, "the stack asks for".into(), &at)),
                Some(known) if known.set_by == SetBy::Provider => {
                    return Err(PlanError::SetByProvider { address, attribute, at });
                }
                Some(_) if !value.is_literal() => return Err(PlanError::LookupNotKnown { address, attribute, at }),
                Some(_) => {}
            }
        }
    }
    let used = compiled.resources.iter().flat_map(|resource| {
        resource.attributes.iter().map(|(_, value)| (format!("`{}`", resource.address), value, &resource.at))
    });
    let published =
        compiled.outputs.iter().map(|output| (format!("output `{}`", output.name), &output.value, &output.at));
    for (user, value, at) in used.chain(published).filter(|(_, value, _)| !value.is_literal()) {
        let mut wrong = None;
        each_reference(value, "", &mut |reference, _| {
            let Some(schema) = schemas.get(&reference.address) else { return };
            let name = uses::top(&reference.path);
            if schema.attribute(name).is_none() {
                wrong = Some(unknown(schema, &reference.address, name, format!("{user} refers to"), at));
            }
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
    }
    Ok(())
}

fn unknown(schema: &Schema, address: &Address, name: &str, user: String, at: &Option<Name>) -> PlanError {
    let nearest = suggest::nearest(name, schema.attributes.iter().map(|attribute| &*attribute.name)).map(Name::from);
    PlanError::UnknownAttribute { address: address.clone(), attribute: name.into(), user, nearest, at: at.clone() }
}
