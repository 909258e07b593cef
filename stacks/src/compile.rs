//! From a stack to its compiled form: checks first, all problems at once, then the bytes.
//!
//! The compiled stack is one JSON document, a line for each schema, lookup, resource and output, so that it diffs well. It has
//! format 1, format 2 where there are lookups, format 3 where resources configure a provider, and format 4 where there are tests or
//! what is deleted once it has ended: a version that does not know these says so and does not leave them out.
//! Keys stand in one order and what equals its default is left out, so that equal stacks are equal bytes.

mod check;
mod configured;
mod digests;
mod needs;
mod raw;
mod schemas;
mod tags;
mod turns;
mod values;
mod writer;

use std::collections::BTreeMap;

use crate::lifecycle::Lifecycle;
use crate::location;
use crate::problem::Problem;
use crate::schema::{Schema, Text};
use crate::stack::{Declaration, OutputDeclaration, Stack};
use crate::value::Value;
use writer::{Object, list};

/// The version of the format of compiled stacks and of what else a program answers.
pub const FORMAT: u32 = 1;

/// That of a compiled stack with lookups.
const FORMAT_WITH_LOOKUPS: u32 = 2;

/// That of a compiled stack with a provider that resources configure.
const FORMAT_CONFIGURED: u32 = 3;

/// That of a compiled stack with tests, or with what is deleted once it has ended.
const FORMAT_SHORT_LIVED: u32 = 4;

impl Stack {
    /// The compiled stack, or everything that is wrong with the definition.
    ///
    /// # Errors
    /// Every problem of the definition: those met while it ran, then those of the whole.
    pub fn compile(mut self) -> Result<String, Vec<Problem>> {
        raw::insert(&mut self);
        tags::merge(&mut self);
        turns::insert(&mut self);
        needs::add(&mut self);
        configured::wait(&mut self);
        for options in self.resources.iter_mut().filter_map(|resource| resource.options.as_deref_mut()) {
            options.depends_on.sort();
            options.depends_on.dedup();
        }
        self.resources.sort_by(|a, b| a.address.cmp(&b.address));
        digests::insert(&mut self);
        self.lookups.sort_by(|a, b| a.address.cmp(&b.address));
        self.outputs.sort_by(|a, b| a.name.cmp(&b.name));
        check::check(&mut self);
        if self.problems.is_empty() { Ok(write(&self)) } else { Err(self.problems) }
    }
}

fn write(stack: &Stack) -> String {
    let declared = stack.resources.iter().chain(&stack.lookups);
    let schemas: BTreeMap<&str, &Schema> = declared.map(|declared| (&*declared.schema.kind, declared.schema)).collect();
    let mut out = String::new();
    let mut document = Object::open(&mut out);
    document.integer("format", format(stack).into());
    document.text("stack", &stack.name);
    document.text("environment", &stack.environment);
    document.text("flashinfra", env!("CARGO_PKG_VERSION"));
    write_providers(stack, document.key_on_new_line("providers"));
    write_lines(document.key_on_new_line("schemas"), schemas.values(), |schema, out| schemas::write(schema, out));
    if !stack.lookups.is_empty() {
        write_lines(document.key_on_new_line("lookups"), &stack.lookups, write_resource);
    }
    write_lines(document.key_on_new_line("resources"), &stack.resources, write_resource);
    write_lines(document.key_on_new_line("outputs"), &stack.outputs, write_output);
    document.close();
    out.push('\n');
    out
}

/// The first format that has all that is in the stack.
fn format(stack: &Stack) -> u32 {
    if stack.resources.iter().any(|resource| resource.options().lifecycle.is_short_lived()) {
        FORMAT_SHORT_LIVED
    } else if stack.providers.values().any(|provider| !provider.configured_by().is_empty()) {
        FORMAT_CONFIGURED
    } else if stack.lookups.is_empty() {
        FORMAT
    } else {
        FORMAT_WITH_LOOKUPS
    }
}

/// A list with each of its items on a line of its own.
fn write_lines<T>(out: &mut String, items: impl IntoIterator<Item = T>, write: impl Fn(T, &mut String)) {
    list(out, items, |item, out| {
        out.push('\n');
        write(item, out);
    });
}

/// The provider instances that were configured or are in use, each on a line of its own.
fn write_providers(stack: &Stack, out: &mut String) {
    // A name that is not configured is that of the type: the provider with its usual configuration.
    let usual = BTreeMap::new();
    let mut instances: BTreeMap<&str, (&str, &BTreeMap<Text, Value>)> = BTreeMap::new();
    for resource in stack.resources.iter().chain(&stack.lookups) {
        instances.insert(&resource.provider, (resource.schema.provider(), &usual));
    }
    for (name, declared) in &stack.providers {
        instances.insert(name, (declared.provider_type, &declared.config));
    }
    let mut providers = Object::open(out);
    for (name, (provider_type, config)) in instances {
        let mut instance = Object::open(providers.key_on_new_line(name));
        instance.text("type", provider_type);
        values::write_map(instance.key("config"), config.iter().map(|(key, value)| (&**key, value)));
        instance.close();
    }
    providers.close();
}

fn write_resource(resource: &Declaration, out: &mut String) {
    let mut object = Object::open(out);
    object.text("address", resource.address.as_str());
    object.text("provider", &resource.provider);
    let attributes = resource.attributes.iter().map(|(name, value)| (&**name, value));
    values::write_map(object.key("attributes"), attributes);
    if !resource.options().lifecycle.is_default() {
        write_lifecycle(&resource.options().lifecycle, object.key("lifecycle"));
    }
    if !resource.options().depends_on.is_empty() {
        list(object.key("depends_on"), &resource.options().depends_on, |address, out| {
            values::write_text(out, address.as_str());
        });
    }
    if !resource.options().raw.is_empty() {
        list(object.key("raw"), &resource.options().raw, |(path, _), out| values::write_text(out, path));
    }
    object.text("at", &location::describe(resource.location));
    object.close();
}

fn write_lifecycle(lifecycle: &Lifecycle, out: &mut String) {
    let Lifecycle { protect, retain, ignore, create_before_delete, moved_from, .. } = lifecycle;
    let Lifecycle { test, delete_after_success, delete_after_failure, .. } = lifecycle;
    let mut object = Object::open(out);
    if let Some(protect) = protect {
        object.bool("protect", *protect);
    }
    object.flag("retain", *retain);
    write_texts(&mut object, "ignore", ignore);
    object.flag("create_before_delete", *create_before_delete);
    write_texts(&mut object, "moved_from", moved_from);
    object.flag("test", *test);
    object.flag("delete_after_success", *delete_after_success);
    object.flag("delete_after_failure", *delete_after_failure);
    object.close();
}

fn write_texts(object: &mut Object<'_>, key: &str, texts: &[Text]) {
    if !texts.is_empty() {
        list(object.key(key), texts, |text, out| values::write_text(out, text));
    }
}

fn write_output(output: &OutputDeclaration, out: &mut String) {
    let mut object = Object::open(out);
    object.text("name", &output.name);
    values::write(&output.value, object.key("value"));
    if !output.doc.is_empty() {
        object.text("doc", &output.doc);
    }
    object.text("at", &location::describe(output.location));
    object.close();
}
