//! What can only be checked when the whole stack is declared.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::location;
use crate::params::suggest::nearest;
use crate::problem::Problem;
use crate::schema::{Attribute, Element, SetBy, provider_of};
use crate::stack::{Declaration, ProviderDeclaration, Stack};
use crate::value::{Source, Value};

/// Adds the problems of the whole to those that were met on the way. The resources are sorted by address.
pub(super) fn check(stack: &mut Stack) {
    let mut problems = Vec::new();
    let addresses: BTreeSet<&str> = stack.resources.iter().map(|resource| resource.address.as_str()).collect();
    let lookups = stack.lookups.iter().map(|lookup| lookup.address.as_str());
    let known: BTreeSet<&str> = addresses.iter().copied().chain(lookups).collect();
    duplicates(stack, &mut problems);
    kinds(stack, &mut problems);
    moves(stack, &mut problems);
    let tests = tests(stack);
    for resource in &stack.resources {
        let mut found = Vec::new();
        references(resource, &known, &mut found);
        needs_test(resource, &tests, &mut found);
        lifecycle(resource, &addresses, &mut found);
        empty_lists(resource, &mut found);
        provider(resource, stack, &mut found);
        for (name, value) in &resource.attributes {
            invalid_values(value, &|| format!("`{name}` of {}", resource.address), &mut found);
        }
        problems.extend(found.into_iter().map(|problem| in_scopes(problem, resource)));
    }
    for lookup in &stack.lookups {
        let mut found = Vec::new();
        empty_lists(lookup, &mut found);
        provider(lookup, stack, &mut found);
        found.extend(asked_too_early(lookup, stack));
        problems.extend(found.into_iter().map(|problem| in_scopes(problem, lookup)));
    }
    outputs(stack, &known, &mut problems);
    providers(stack, &addresses, &mut problems);
    stack.problems.append(&mut problems);
}

/// The problem at the line of the resource; a resource in a scope also tells where the scope was opened, since that line
/// is in a function that may be called more than once.
fn in_scopes(problem: Problem, resource: &Declaration) -> Problem {
    let mut problem = problem.at(resource.location);
    if let Some(scope) = resource.scopes.last() {
        let within = format!("scope `{}` is opened at {}", scope.name, location::describe(scope.location));
        problem.help = Some(match problem.help {
            Some(help) => format!("{help}; {within}"),
            None => within,
        });
    }
    problem
}

fn duplicates(stack: &Stack, problems: &mut Vec<Problem>) {
    let same = |a: &Declaration, b: &Declaration| a.address == b.address;
    for group in stack.resources.chunk_by(same).chain(stack.lookups.chunk_by(same)) {
        let [first, again @ ..] = group else { continue };
        for resource in again {
            let place = location::describe(first.location);
            let message = format!("{} is declared twice, first at {place}", resource.address);
            let help = if first.location == resource.location {
                "one line declares both: give each a name of its own, or call the function in a scope of its own"
            } else {
                "give one of them another name"
            };
            problems.push(in_scopes(Problem::new(message).help(help), resource));
        }
    }
    for group in stack.outputs.chunk_by(|a, b| a.name == b.name) {
        let [first, again @ ..] = group else { continue };
        for output in again {
            let place = location::describe(first.location);
            let message = format!("output `{}` is declared twice, first at {place}", output.name);
            problems.push(Problem::new(message).help("give one of them another name").at(output.location));
        }
    }
}

/// A kind has one schema: two definitions of it (a team's own and a library's) cannot be in one stack.
fn kinds(stack: &Stack, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, &Declaration> = BTreeMap::new();
    for resource in stack.resources.iter().chain(&stack.lookups) {
        let first = *seen.entry(&resource.schema.kind).or_insert(resource);
        // The same constant may have two addresses, hence the second comparison, which is seldom needed.
        if !std::ptr::eq(first.schema, resource.schema) && first.schema != resource.schema {
            let message = format!(
                "{} and {} are of two definitions of {}",
                first.address, resource.address, resource.schema.kind
            );
            let help = format!("use one of the two; the other was used at {}", location::describe(first.location));
            problems.push(in_scopes(Problem::new(message).help(help), resource));
        }
    }
}

fn references(resource: &Declaration, addresses: &BTreeSet<&str>, found: &mut Vec<Problem>) {
    for (name, value) in &resource.attributes {
        value.each_reference(&mut |reference| {
            let what = || format!("`{name}` of {}", resource.address);
            found.extend(unknown_address(&what, "refers to", &reference.address, addresses));
        });
    }
    for address in &resource.options().depends_on {
        found.extend(unknown_address(&|| resource.address.to_string(), "depends on", address, addresses));
    }
}

/// `what` is only told, and only put together, when there is something to tell.
fn unknown_address(
    what: &dyn Fn() -> String,
    verb: &str,
    address: &Address,
    addresses: &BTreeSet<&str>,
) -> Option<Problem> {
    if addresses.contains(address.as_str()) {
        return None;
    }
    let problem = Problem::new(format!("{} {verb} {address}, which is not in this stack", what()));
    Some(problem.help("a handle is good in the stack that it was added to; take what another stack has as a parameter"))
}

fn lifecycle(resource: &Declaration, addresses: &BTreeSet<&str>, found: &mut Vec<Problem>) {
    let address = &resource.address;
    for path in &resource.options().lifecycle.ignore {
        found.extend(unknown_attribute(path, &resource.schema.attributes).map(|(segment, near)| {
            let problem = Problem::new(format!("{address} ignores `{path}`, but there is no attribute `{segment}`"));
            match near {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("`flashinfra explain {}` lists the attributes", address.kind())),
            }
        }));
    }
    for old in &resource.options().lifecycle.moved_from {
        match Address::parse(old) {
            Err(reason) => found.push(Problem::new(format!("{address} is moved from a bad address: {reason}"))),
            Ok(old) if old.kind() != address.kind() => {
                let message = format!("{address} cannot be moved from {old}: an object stays what it is");
                found.push(Problem::new(message).help(format!("name an address of kind {}", address.kind())));
            }
            Ok(old) if addresses.contains(old.as_str()) => {
                let message = format!("{address} is moved from {old}, which is still declared");
                found.push(Problem::new(message).help("remove the old declaration, or this `moved_from`"));
            }
            Ok(_) => {}
        }
    }
}

/// The addresses of the tests.
fn tests(stack: &Stack) -> BTreeSet<&str> {
    let tests = stack.resources.iter().filter(|resource| resource.is_test());
    tests.map(|resource| resource.address.as_str()).collect()
}

/// What is applied cannot need what is left out.
fn needs_test(resource: &Declaration, tests: &BTreeSet<&str>, found: &mut Vec<Problem>) {
    if tests.is_empty() || resource.is_test() {
        return;
    }
    let mut needed: BTreeSet<&Address> = resource.options().depends_on.iter().collect();
    for value in resource.attributes.values() {
        value.each_reference(&mut |reference| {
            needed.insert(&reference.address);
        });
    }
    for test in needed.into_iter().filter(|address| tests.contains(address.as_str())) {
        let message = format!("{} needs {test}, which is a test", resource.address);
        found.push(
            Problem::new(message).help("what is applied leaves tests out: make it a test as well, or that one none"),
        );
    }
}

/// Two resources cannot both be what one object becomes.
fn moves(stack: &Stack, problems: &mut Vec<Problem>) {
    let mut claimed: BTreeMap<&str, &Declaration> = BTreeMap::new();
    for resource in &stack.resources {
        for old in &resource.options().lifecycle.moved_from {
            let first = *claimed.entry(old).or_insert(resource);
            if first.address != resource.address {
                let message = format!("{} and {} are both moved from {old}", first.address, resource.address);
                let problem =
                    Problem::new(message).help("one object cannot become two: keep one of the two `moved_from`");
                problems.push(in_scopes(problem, resource));
            }
        }
    }
}

/// The segment of a path that names no attribute, and the name next to it. What is inside maps and unmodelled values can
/// have any name.
fn unknown_attribute<'a>(path: &'a str, attributes: &'a [Attribute]) -> Option<(&'a str, Option<&'a str>)> {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == segment) else {
        return Some((segment, nearest(segment, attributes.iter().map(|attribute| &*attribute.name))));
    };
    match &attribute.shape.element {
        Element::Block(inner) => {
            let rest = rest?;
            // In a list, set or map of blocks the first segment is the entry.
            let rest = match attribute.shape.container {
                crate::schema::Container::One => rest,
                _ => rest.split_once('.').map(|(_, rest)| rest)?,
            };
            unknown_attribute(rest, inner)
        }
        Element::Bool | Element::Integer | Element::Text(_) | Element::Any | Element::Document(_) => None,
    }
}

fn empty_lists(resource: &Declaration, found: &mut Vec<Problem>) {
    let required = |attribute: &&Attribute| attribute.set_by == SetBy::Required;
    for attribute in resource.schema.attributes.iter().filter(required) {
        let is_empty = match resource.attributes.get(&*attribute.name) {
            Some(Value::List(items)) => items.is_empty(),
            Some(Value::Map(entries)) => entries.is_empty() && !matches!(attribute.shape.element, Element::Block(_)),
            _ => false,
        };
        if is_empty {
            let message = format!("`{}` of {} is empty, and it is required", attribute.name, resource.address);
            found.push(Problem::new(message).help("give it at least one entry"));
        }
    }
}

fn provider(resource: &Declaration, stack: &Stack, found: &mut Vec<Problem>) {
    let kind_provider = provider_of(&resource.schema.kind);
    let Some(declared) = stack.providers.get(&resource.provider) else {
        if resource.provider != kind_provider {
            let message =
                format!("{} names provider `{}`, which is not in this stack", resource.address, resource.provider);
            found.push(Problem::new(message).help("use the handle that this stack's `provider` returned"));
        }
        return;
    };
    if declared.provider_type != kind_provider {
        let message = format!(
            "{} needs a provider of type `{kind_provider}`, and `{}` is of type `{}`",
            resource.address, resource.provider, declared.provider_type
        );
        found.push(Problem::new(message).help("pass the handle of a provider of its own cloud"));
    }
}

/// What could not be computed, and secret sources that cannot be one.
fn invalid_values(value: &Value, what: &dyn Fn() -> String, found: &mut Vec<Problem>) {
    match value {
        Value::List(items) | Value::Concatenation(items) => {
            items.iter().for_each(|item| invalid_values(item, what, found))
        }
        Value::Map(entries) => entries.values().for_each(|item| invalid_values(item, what, found)),
        Value::Invalid(reason) => found.push(Problem::new(format!("{}: {reason}", what()))),
        Value::Secret(Source::Environment { name, .. }) if name.is_empty() || name.contains(['=', '\0']) => {
            let message = format!("{} comes from an environment variable that cannot exist: `{name}`", what());
            found.push(Problem::new(message).help("name a variable, as in `Secret::env(\"DB_PASSWORD\")`"));
        }
        Value::Secret(Source::File { path, .. }) if path.is_empty() => {
            found.push(Problem::new(format!("{} comes from a file without a path", what())));
        }
        Value::Secret(Source::Concatenation(parts)) => parts.iter().for_each(|part| invalid_values(part, what, found)),
        Value::Secret(Source::Base64(inner) | Source::Json(inner)) => invalid_values(inner, what, found),
        Value::Join(_, inner) | Value::Base64(inner) | Value::Json(inner) | Value::Pick(inner, _) => {
            invalid_values(inner, what, found);
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Reference(_) | Value::Secret(_) => {}
    }
}

fn outputs(stack: &Stack, addresses: &BTreeSet<&str>, problems: &mut Vec<Problem>) {
    for output in &stack.outputs {
        let mut found = Vec::new();
        let what = || format!("output `{}`", output.name);
        output.value.each_reference(&mut |reference| {
            found.extend(unknown_address(&what, "refers to", &reference.address, addresses));
        });
        invalid_values(&output.value, &what, &mut found);
        problems.extend(found.into_iter().map(|problem| problem.at(output.location)));
    }
}

fn providers(stack: &Stack, addresses: &BTreeSet<&str>, problems: &mut Vec<Problem>) {
    for (name, declared) in &stack.providers {
        let mut found = Vec::new();
        for (key, value) in &declared.config {
            let what = || format!("`{key}` of provider `{name}`");
            value.each_reference(&mut |reference| {
                if stack.lookups.iter().any(|lookup| lookup.address == reference.address) {
                    let message = format!(
                        "{} refers to {}, which is asked only when providers are open",
                        what(),
                        reference.address
                    );
                    found.push(Problem::new(message).help("take it as a parameter"));
                    return;
                }
                found.extend(unknown_address(&what, "refers to", &reference.address, addresses));
            });
            invalid_values(value, &what, &mut found);
        }
        found.extend(own_resources(name, declared, stack));
        problems.extend(found.into_iter().map(|problem| problem.at(declared.location)));
    }
}

/// A provider cannot be opened by what is in it.
fn own_resources(name: &str, declared: &ProviderDeclaration, stack: &Stack) -> Vec<Problem> {
    let configured_by = declared.configured_by();
    let own = stack.resources.iter().filter(|resource| resource.provider == name);
    let own = own.filter(|resource| configured_by.contains(&resource.address));
    let problem = |resource: &Declaration| {
        let message = format!("provider `{name}` is configured by {}, which is in it", resource.address);
        Problem::new(message).help("put one of the two into another provider")
    };
    own.map(problem).collect()
}

/// Lookups are answered before anything is planned, so nobody can be asked who is not there yet.
fn asked_too_early(lookup: &Declaration, stack: &Stack) -> Option<Problem> {
    let first = stack.providers.get(&lookup.provider)?.configured_by().into_iter().next()?;
    let message =
        format!("{} asks provider `{}`, which is there only when {first} is", lookup.address, lookup.provider);
    Some(Problem::new(message).help("declare it in a stack of its own, or take what it answers as a parameter"))
}
