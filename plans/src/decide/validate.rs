//! What has to be true of stack, ledger and options before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::params::suggest;
use flashinfra_stacks::schema::{Attribute, Carrier, Change as ChangeTakes, Container, Element, Identity, SetBy};

use super::kinds::Kind;
use super::world::World;
use super::{Input, PlanError};
use crate::compiled::Declared;
use crate::ledger::Ledger;
use crate::live::{Observed, Place};
use crate::plan::Mode;
use crate::references::each_reference;
use crate::value::{Address, Expression, Name, Reference, Value};

/// The ledger is that of the stack, and its objects are where the providers lead to.
pub(super) fn ledger(input: &Input<'_>) -> Result<(), PlanError> {
    let Input { compiled, ledger, observed, .. } = input;
    let named = |stack: &str, environment: &str| Name::from(format!("`{stack}` in `{environment}`"));
    if (&ledger.stack, &ledger.environment) != (&compiled.stack, &compiled.environment) {
        let stack = named(&compiled.stack, &compiled.environment);
        return Err(PlanError::OtherStack { ledger: named(&ledger.stack, &ledger.environment), stack });
    }
    places(ledger, observed)
}

fn places(ledger: &Ledger, observed: &Observed) -> Result<(), PlanError> {
    let in_use: BTreeSet<&Name> = ledger.rows.values().map(|row| &row.provider).collect();
    for provider in in_use {
        let (before, now) = (ledger.places.get(provider), observed.places.get(provider));
        if let (Some(before), Some(now)) = (before, now)
            && before != now
        {
            let (before, now) = (told(before), told(now));
            return Err(PlanError::OtherPlace { provider: provider.clone(), before, now });
        }
    }
    Ok(())
}

fn told(Place { provider, scope, region }: &Place) -> Name {
    format!("{provider} {scope} {region}").trim_end().into()
}

/// Every resource has a kind and a provider instance, and sets attributes that there are.
pub(super) fn resources(world: &World<'_>) -> Result<(), PlanError> {
    let compiled = world.input.compiled;
    let (mut names, mut keys) = (BTreeMap::new(), BTreeMap::new());
    for (position, node) in world.nodes.iter().enumerate() {
        let Some(resource) = node.declared else { continue };
        let kind = world.kind(position).ok_or_else(|| missing(&resource.address))?;
        if !compiled.providers.contains_key(&resource.provider) {
            let (address, provider, at) = (resource.address.clone(), resource.provider.clone(), resource.at.clone());
            let nearest = suggest::nearest(&provider, compiled.providers.keys().map(Name::as_str)).map(Name::from);
            return Err(PlanError::UnknownProvider { address, provider, nearest, at });
        }
        attributes(resource, kind)?;
        for (name, value) in &resource.attributes {
            references(world, resource, name, value)?;
        }
        one_holder_of_each_name(resource, kind, &mut names)?;
        one_holder_of_each_key(resource, kind, &mut keys)?;
    }
    outputs(world)
}

/// Every row has a kind that this version understands.
pub(super) fn rows(world: &World<'_>) -> Result<(), PlanError> {
    for (position, node) in world.nodes.iter().enumerate() {
        let Some((address, row)) = node.row else { continue };
        let schema = world.kind(position).ok_or_else(|| missing(address))?.schema;
        if row.schema_version > schema.version {
            let (row, schema) = (row.schema_version, schema.version);
            return Err(PlanError::NewerRow { address: address.clone(), row, schema });
        }
    }
    Ok(())
}

fn missing(address: &Address) -> PlanError {
    PlanError::MissingSchema { address: address.clone(), kind: address.kind().into() }
}

fn attributes(resource: &Declared, kind: &Kind<'_>) -> Result<(), PlanError> {
    let (address, at) = (&resource.address, &resource.at);
    let mut find = kind.in_order();
    for (name, value) in &resource.attributes {
        let Some(attribute) = find(name) else {
            if is_raw(resource, name) {
                continue;
            }
            return Err(unknown_attribute(address, kind, name, "the stack sets".into(), at));
        };
        if attribute.set_by == SetBy::Provider {
            return Err(PlanError::SetByProvider { address: address.clone(), attribute: name.clone(), at: at.clone() });
        }
        if kind.has_secret && holds_clear_secret(attribute, value) {
            return Err(PlanError::SecretInClear { address: address.clone(), attribute: name.clone(), at: at.clone() });
        }
    }
    for path in &resource.lifecycle.ignore {
        let name = top(path);
        if kind.attribute(name).is_none() && !is_raw(resource, name) {
            return Err(unknown_attribute(address, kind, name, "its `ignore` names".into(), at));
        }
    }
    Ok(())
}

/// A secret has a source; what stands in clear would end up in plans and ledgers.
fn holds_clear_secret(attribute: &Attribute, value: &Value) -> bool {
    match (attribute.shape.container, value) {
        (Container::List | Container::Set, Value::List(entries)) => {
            entries.iter().any(|entry| is_clear_secret(attribute, entry))
        }
        (Container::Map, Value::Map(map)) => map.iter().any(|(_, entry)| is_clear_secret(attribute, entry)),
        (Container::One | Container::List | Container::Set | Container::Map, _) => is_clear_secret(attribute, value),
    }
}

fn is_clear_secret(attribute: &Attribute, element: &Value) -> bool {
    match (&attribute.shape.element, element) {
        (_, Value::Null | Value::Secret(_) | Value::Expression(_) | Value::Unknown) => false,
        (Element::Block(parts), Value::Map(map)) => {
            parts.iter().any(|part| map.get(&part.name).is_some_and(|value| holds_clear_secret(part, value)))
        }
        (_, Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::List(_) | Value::Map(_)) => attribute.secret,
    }
}

fn references(world: &World<'_>, resource: &Declared, name: &Name, value: &Value) -> Result<(), PlanError> {
    let mut unknown: Option<(usize, Name)> = None;
    each_reference(value, name, &mut |reference, _| {
        let Some(position) = world.graph.position(&reference.address) else { return };
        let name = top(&reference.path);
        let is_set_outside = || world.nodes[position].declared.is_some_and(|target| is_raw(target, name));
        let is_known = world.kind(position).is_some_and(|kind| kind.attribute(name).is_some()) || is_set_outside();
        if unknown.is_none() && !is_known {
            unknown = Some((position, name.into()));
        }
    });
    let Some((position, name)) = unknown else { return Ok(()) };
    let address = world.address(position);
    let kind = world.kind(position).ok_or_else(|| missing(address))?;
    Err(unknown_attribute(address, kind, &name, format!("`{}` refers to", resource.address), &resource.at))
}

fn one_holder_of_each_name<'a>(
    resource: &'a Declared,
    kind: &Kind<'_>,
    names: &mut BTreeMap<(&'a Name, &'a str, &'a str), &'a Address>,
) -> Result<(), PlanError> {
    let Identity::Named(attribute) = &kind.schema.identity else { return Ok(()) };
    let Some(name) = resource.attributes.get(attribute).and_then(Value::as_text) else { return Ok(()) };
    match names.insert((&resource.provider, resource.address.kind(), name), &resource.address) {
        None => Ok(()),
        Some(first) => {
            let (second, at) = (resource.address.clone(), resource.at.clone());
            Err(PlanError::SameName { first: first.clone(), second, name: name.into(), at })
        }
    }
}

/// What names an object is what its kind says, and inside its parent what it has to have and can never change.
fn one_holder_of_each_key<'a>(
    resource: &'a Declared,
    kind: &Kind<'_>,
    keys: &mut BTreeMap<(&'a Name, &'a str, Vec<Option<&'a Value>>), &'a Address>,
) -> Result<(), PlanError> {
    let composed = match (&kind.schema.identity, kind.schema.carrier) {
        (Identity::Composed(parts), _) => Some(parts),
        (Identity::Assigned, Carrier::KeyInParent) => None,
        (Identity::Assigned | Identity::Named(_), _) => return Ok(()),
    };
    let is_part = |attribute: &&Attribute| match composed {
        Some(parts) => parts.contains(&attribute.name),
        None => attribute.set_by == SetBy::Required && attribute.change == ChangeTakes::Replace,
    };
    let parts: Vec<&Attribute> = kind.schema.attributes.iter().filter(is_part).collect();
    let key: Vec<Option<&Value>> = parts.iter().map(|part| resource.attributes.get(&part.name)).collect();
    let told: Vec<String> = parts.iter().zip(&key).filter_map(|(part, value)| key_part(part, (*value)?)).collect();
    if key.is_empty() {
        return Ok(());
    }
    match keys.insert((&resource.provider, resource.address.kind(), key), &resource.address) {
        None => Ok(()),
        Some(first) => {
            let (second, at) = (resource.address.clone(), resource.at.clone());
            Err(PlanError::SameKey { first: first.clone(), second, key: told.join(" and "), at })
        }
    }
}

/// `` `port` 443 ``, or whose value it is.
fn key_part(part: &Attribute, value: &Value) -> Option<String> {
    let value = match value {
        Value::Text(text) => text.to_string(),
        Value::Expression(expression) => match &**expression {
            Expression::Reference(Reference { address, path }) => format!("{address}.{path}"),
            _ => return None,
        },
        other => other.to_json(),
    };
    Some(format!("`{}` {value}", part.name))
}

fn outputs(world: &World<'_>) -> Result<(), PlanError> {
    let is_declared =
        |address: &Address| world.graph.position(address).is_some_and(|at| world.nodes[at].declared.is_some());
    for output in &world.input.compiled.outputs {
        let mut unknown: Option<Address> = None;
        each_reference(&output.value, "", &mut |reference, _| {
            if unknown.is_none() && !is_declared(&reference.address) {
                unknown = Some(reference.address.clone());
            }
        });
        if let Some(address) = unknown {
            let nearest =
                nearest_address(&address, world.graph.addresses().iter().filter(|address| is_declared(address)));
            return Err(PlanError::UnknownInOutput {
                output: output.name.clone(),
                address,
                nearest,
                at: output.at.clone(),
            });
        }
    }
    Ok(())
}

/// Options name addresses that there are.
pub(super) fn options(world: &World<'_>) -> Result<(), PlanError> {
    let (options, graph) = (world.input.options, &world.graph);
    let named = [("--target", &options.targets), ("--exclude", &options.excludes), ("--replace", &options.replace)];
    for (option, addresses) in named {
        if let Some(address) = addresses.iter().find(|address| graph.position(address).is_none()) {
            let nearest = nearest_address(address, graph.addresses().iter());
            return Err(PlanError::UnknownTarget { option, address: address.clone(), nearest });
        }
    }
    super::restore::check(world)?;
    let is_declared = |address: &Address| graph.position(address).is_some_and(|at| world.nodes[at].declared.is_some());
    match options.replace.iter().find(|address| options.mode == Mode::Apply && !is_declared(address)) {
        Some(address) => Err(PlanError::ReplaceUndeclared { address: address.clone() }),
        None => Ok(()),
    }
}

fn nearest_address<'a>(address: &Address, known: impl Iterator<Item = &'a Address>) -> Option<Address> {
    suggest::nearest(address.as_str(), known.map(Address::as_str)).and_then(|name| Address::parse(name).ok())
}

fn unknown_attribute(address: &Address, kind: &Kind<'_>, name: &str, user: String, at: &Option<Name>) -> PlanError {
    let nearest = suggest::nearest(name, kind.attributes().map(|attribute| &*attribute.name)).map(Name::from);
    PlanError::UnknownAttribute { address: address.clone(), attribute: name.into(), user, nearest, at: at.clone() }
}

/// Whether an attribute was set outside the schema.
fn is_raw(resource: &Declared, name: &str) -> bool {
    resource.raw.iter().any(|path| top(path) == name)
}

/// The attribute that a path begins with.
fn top(path: &str) -> &str {
    path.split_once('.').map_or(path, |(name, _)| name)
}
