//! What resources need and do not refer to, as edges of the compiled stack like any others.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::needs::{Need, Needs, Together};
use crate::stack::{Declaration, Stack};
use crate::value::{Reference, Value, literal};

/// Adds what is found to what is declared. What a person declared goes first: a need that would close a circle is none.
pub(super) fn add(stack: &mut Stack) {
    let mut instances: BTreeMap<&str, (Needs, Vec<usize>)> = BTreeMap::new();
    for (place, resource) in stack.resources.iter().enumerate() {
        if let Some(needs) = resource.needs {
            instances.entry(&resource.provider).or_insert((needs, Vec::new())).1.push(place);
        }
    }
    if instances.is_empty() {
        return;
    }
    let places = addresses(stack);
    let mut found = Vec::new();
    for (needs, members) in instances.values() {
        let together: Vec<_> = members.iter().map(|&place| seen(stack, &places, place)).collect();
        let of_stack = |need: Need| Need { from: members[need.from], to: members[need.to], ..need };
        found.extend(needs(&together).into_iter().map(of_stack));
    }
    let mut edges: Vec<_> = stack.resources.iter().map(|resource| declared(resource, &places)).collect();
    for Need { from, to, within } in found {
        let is_new = !edges[from].contains(&to);
        if from == to || (is_new && reaches(&edges, to, from)) {
            continue;
        }
        let is_reference = within.is_some_and(|(attribute, of)| refer(stack, (from, attribute), (to, of)));
        if is_new {
            edges[from].push(to);
        }
        if is_new && !is_reference {
            let address = stack.resources[to].address.clone();
            stack.resources[from].options.get_or_insert_default().depends_on.push(address);
        }
    }
}

fn addresses(stack: &Stack) -> BTreeMap<&Address, usize> {
    stack.resources.iter().enumerate().map(|(place, resource)| (&resource.address, place)).collect()
}

/// A resource with the literals that it refers to.
fn seen<'a>(stack: &'a Stack, places: &BTreeMap<&Address, usize>, place: usize) -> Together<'a> {
    let literals = |reference: &Reference| {
        let other = &stack.resources[*places.get(&reference.address)?];
        other.attributes.get(&reference.path).filter(|value| literal(value).is_some()).cloned()
    };
    let resource = &stack.resources[place];
    let attributes = resource.attributes.iter().map(|(name, value)| (name.clone(), put_in(value, &literals)));
    Together { schema: resource.schema, attributes: attributes.collect() }
}

fn put_in(value: &Value, literals: &dyn Fn(&Reference) -> Option<Value>) -> Value {
    let all = |parts: &[Value]| parts.iter().map(|part| put_in(part, literals)).collect::<Vec<_>>();
    match value {
        Value::Reference(reference) => literals(reference).unwrap_or_else(|| value.clone()),
        Value::List(items) => Value::List(all(items)),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), put_in(value, literals))).collect())
        }
        Value::Concatenation(parts) => {
            let parts = all(parts);
            match parts.iter().map(literal).collect::<Option<String>>() {
                Some(text) => Value::text(text),
                None => Value::Concatenation(parts),
            }
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => value.clone(),
        Value::Join(..) | Value::Base64(_) | Value::Json(_) | Value::Pick(..) => value.clone(),
        Value::Secret(_) | Value::Invalid(_) => value.clone(),
    }
}

/// What a resource depends on by what it says itself.
fn declared(resource: &Declaration, places: &BTreeMap<&Address, usize>) -> Vec<usize> {
    let mut edges = Vec::new();
    let mut add = |address: &Address| edges.extend(places.get(address));
    resource.options().depends_on.iter().for_each(&mut add);
    resource.attributes.values().for_each(|value| value.each_reference(&mut |reference| add(&reference.address)));
    edges
}

/// Whether edges lead from one place to another.
fn reaches(edges: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut waiting = vec![from];
    while let Some(place) = waiting.pop() {
        if place == to {
            return true;
        }
        if !std::mem::replace(&mut seen[place], true) {
            waiting.extend(&edges[place]);
        }
    }
    false
}

/// Makes a reference of an attribute that says the same as that of another resource, or nothing; whether it is one now.
fn refer(stack: &mut Stack, (from, attribute): (usize, &'static str), (to, of): (usize, &'static str)) -> bool {
    let Some(same) = stack.resources[to].attributes.get(of).cloned() else { return false };
    let address = stack.resources[to].address.clone();
    let resource = &mut stack.resources[from];
    let is_same = match resource.attributes.get(attribute) {
        Some(value) => matches!(value, Value::Text(_)) && *value == same,
        None => resource.schema.attribute(attribute).is_some(),
    };
    if is_same {
        resource.attributes.insert(attribute.into(), Value::Reference(Reference { address, path: of.into() }));
    }
    is_same
}
