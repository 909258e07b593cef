//! `flashinfra explain [KIND[.ATTRIBUTE]]`: the schemas, for people and for machines.

use std::collections::BTreeMap;

use flashinfra_stacks::schema::{Attribute, Element, Schema};
use serde::Serialize;

use super::Context;
use crate::args::Explain;
use crate::problem::{Ended, Exit, Problem};
use crate::{page, schema_text, suggest};

/// Explains a kind, an attribute, or lists the kinds.
pub(super) fn run(context: &Context<'_>, args: &Explain) -> Ended {
    let known = known(context);
    let page = context.output.page();
    let Some(wanted) = &args.kind else {
        known.values().for_each(|schema| context.output.line("kind", &KindLine::new(schema)));
        context.output.result(&schema_text::kinds(&page, known.values().copied()));
        return Ok(Exit::Ok);
    };
    let unlisted = unlisted(context, &known, wanted);
    let found = match &unlisted {
        Some((schema, path)) => Some((schema, *path)),
        None => split(&known, wanted),
    };
    let (schema, path) = found.ok_or_else(|| unknown_kind(context, &known, wanted))?;
    let is_lookup = lookups(context).any(|lookup| lookup.kind == schema.kind);
    if path.is_empty() {
        context.output.line("kind", &KindLine::new(schema));
        schema.attributes.iter().for_each(|attribute| context.output.line("attribute", &line(schema, "", attribute)));
        let text = if is_lookup { schema_text::lookup(&page, schema) } else { schema_text::kind(&page, schema) };
        context.output.result(&text);
    } else {
        let attribute = find(schema, path)?;
        context
            .output
            .line("attribute", &line(schema, path.rsplit_once('.').map_or("", |(parent, _)| parent), attribute));
        let path = format!("{}.{path}", schema.kind);
        let text = match is_lookup {
            true => schema_text::attribute_of_lookup(&page, &path, attribute),
            false => schema_text::attribute(&page, &path, attribute),
        };
        context.output.result(&text);
    }
    Ok(Exit::Ok)
}

/// The kinds of this binary's providers, and those that have definitions only.
fn known(context: &Context<'_>) -> BTreeMap<&'static str, &'static Schema> {
    let defined = flashinfra_stacks_aws::SCHEMAS.iter().copied();
    let factories = context.registry.providers().filter_map(|name| context.registry.get(name));
    let served = factories.flat_map(|factory| factory.schemas());
    defined.chain(served).chain(lookups(context)).map(|schema| (schema.kind.as_ref(), schema)).collect()
}

/// The lookups that this binary's providers answer, and those that have definitions only.
fn lookups(context: &Context<'_>) -> impl Iterator<Item = &'static Schema> {
    let factories = context.registry.providers().filter_map(|name| context.registry.get(name));
    let served: Vec<&Schema> = factories.flat_map(|factory| factory.lookups()).collect();
    flashinfra_stacks_aws::LOOKUPS.iter().copied().chain(served)
}

/// A kind that is in no list, since only the place itself knows it (a custom resource), and the path of the attribute.
fn unlisted<'a>(
    context: &Context<'_>,
    known: &BTreeMap<&'static str, &'static Schema>,
    wanted: &'a str,
) -> Option<(Schema, &'a str)> {
    let has = |schema: &Schema, path: &str| schema.attribute(path.split('.').next().unwrap_or_default()).is_some();
    if split(known, wanted).is_some_and(|(schema, path)| path.is_empty() || has(schema, path)) {
        return None;
    }
    let explained = |kind: &str| {
        let mut factories = context.registry.providers().filter_map(|name| context.registry.get(name));
        factories.find_map(|factory| factory.explained(kind))
    };
    // The name of a group has dots, too: what is behind it is an attribute of any such kind.
    let mut ways = wanted.match_indices('.').map(|(dot, _)| (&wanted[..dot], &wanted[dot + 1..]));
    let inside =
        ways.find_map(|(kind, path)| explained(kind).filter(|schema| has(schema, path)).map(|schema| (schema, path)));
    inside.or_else(|| Some((explained(wanted)?, "")))
}

/// Splits `aws.vpc.cidr_block` into the kind and the path of the attribute.
fn split<'a>(known: &BTreeMap<&'static str, &'static Schema>, wanted: &'a str) -> Option<(&'static Schema, &'a str)> {
    if let Some(schema) = known.get(wanted) {
        return Some((schema, ""));
    }
    let dots = wanted.rmatch_indices('.').map(|(dot, _)| dot);
    dots.into_iter().find_map(|dot| Some((*known.get(&wanted[..dot])?, &wanted[dot + 1..])))
}

fn find<'a>(schema: &'a Schema, path: &str) -> Result<&'a Attribute, Problem> {
    let mut attributes = &schema.attributes;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let found = attributes.iter().find(|attribute| attribute.name == name);
        let found = found.ok_or_else(|| unknown_attribute(schema, attributes, path, name))?;
        match (&found.shape.element, names.peek()) {
            (_, None) => return Ok(found),
            (Element::Block(inner), Some(_)) => attributes = inner,
            (_, Some(inner)) => {
                return Err(Problem::new(format!(
                    "`{}.{path}`: `{name}` has no attributes inside, so no `{inner}`",
                    schema.kind
                )));
            }
        }
    }
    Err(unknown_attribute(schema, attributes, path, ""))
}

fn unknown_kind(context: &Context<'_>, known: &BTreeMap<&'static str, &'static Schema>, wanted: &str) -> Problem {
    let problem = Problem::new(format!("no kind `{wanted}`"));
    // `Deployment` and `deployment` are how others call `kubernetes.deployment`.
    let bare = |name: &str| name.to_lowercase().replace(['_', '-'], "");
    let called_so =
        known.keys().copied().find(|kind| kind.split('.').nth(1).is_some_and(|name| bare(name) == bare(wanted)));
    let (provider, name) = wanted.split_once('.').unwrap_or((wanted, ""));
    // The provider is the same in all of its kinds, so that it makes none of them alike.
    let names =
        known.keys().filter_map(|kind| kind.split_once('.').filter(|(of, _)| *of == provider)).map(|(_, name)| name);
    let nearest = match (called_so, suggest::nearest(name, names)) {
        (Some(kind), _) => Some(kind.to_owned()),
        (None, Some(nearest)) => Some(format!("{provider}.{nearest}")),
        (None, None) if known.keys().any(|kind| kind.split('.').next() == Some(provider)) => None,
        (None, None) => suggest::nearest(wanted, known.keys().copied()).map(str::to_owned),
    };
    let factory =
        context.registry.providers().filter_map(|of| context.registry.get(of)).find(|of| of.provider() == provider);
    let grouped = format!("{wanted}.example.com");
    let has_unlisted = factory.is_some_and(|factory| factory.explained(&grouped).is_some());
    let custom = if has_unlisted {
        format!("; a custom kind is called after its group, too: `{grouped}`")
    } else {
        String::new()
    };
    match nearest {
        Some(nearest) => {
            problem.help(format!("did you mean `{nearest}`? `flashinfra explain` lists all kinds{custom}"))
        }
        None => problem.help(format!("`flashinfra explain` lists all kinds that this flashinfra knows{custom}")),
    }
}

fn unknown_attribute(schema: &Schema, attributes: &[Attribute], path: &str, name: &str) -> Problem {
    let problem = Problem::new(format!("`{}` has no attribute `{path}`", schema.kind));
    match suggest::nearest(name, attributes.iter().map(|attribute| attribute.name.as_ref())) {
        Some(nearest) => {
            problem.help(format!("did you mean `{nearest}`? `flashinfra explain {}` lists them", schema.kind))
        }
        None => problem.help(format!("`flashinfra explain {}` lists its attributes", schema.kind)),
    }
}

/// A kind, for machines.
#[derive(Serialize)]
struct KindLine<'a> {
    kind: &'a str,
    version: u32,
    stateful: bool,
    doc: String,
}

impl<'a> KindLine<'a> {
    fn new(schema: &'a Schema) -> Self {
        Self {
            kind: &schema.kind,
            version: schema.version,
            stateful: schema.stateful,
            doc: page::unlinked(&schema.doc),
        }
    }
}

/// An attribute, for machines.
#[derive(Serialize)]
struct AttributeLine<'a> {
    kind: &'a str,
    path: String,
    shape: String,
    set_by: &'static str,
    forces_replacement: bool,
    secret: bool,
    doc: String,
}

fn line<'a>(schema: &'a Schema, parent: &str, attribute: &'a Attribute) -> AttributeLine<'a> {
    let path = if parent.is_empty() { attribute.name.to_string() } else { format!("{parent}.{}", attribute.name) };
    AttributeLine {
        kind: &schema.kind,
        path,
        shape: schema_text::shape(&attribute.shape),
        set_by: schema_text::set_by(attribute),
        forces_replacement: schema_text::forces_replacement(attribute),
        secret: attribute.secret,
        doc: page::unlinked(&attribute.doc),
    }
}
