//! `flashinfra stacks`.

use std::path::Path;

use super::Context;
use crate::page::{Page, column, first_sentence};
use crate::problem::{Ended, Exit};
use crate::program::{self, Kind, Parameter, Shape, StackCrate, StackDescription};
use crate::text::count;
use crate::{parameters, stack};

/// Lists the stacks of this directory. With one crate, or with `--stack`, builds it and tells its parameters too.
pub(super) fn run(context: &Context<'_>) -> Ended {
    if context.global.compiled.is_some() {
        return of_compiled(context);
    }
    let directory = context.global.dir.as_deref().unwrap_or(Path::new("."));
    let crates = program::list(directory)?;
    if crates.len() > 1 && context.global.stack.is_none() {
        for stack_crate in &crates {
            list(context, stack_crate);
        }
        context.output.note("`flashinfra stacks --stack NAME` tells the parameters of one.");
        return Ok(Exit::Ok);
    }
    let building = context.output.building();
    let (stack_crate, described) = program::describe(context.global, &|progress| building.tell(&progress))?;
    drop(building);
    let environments = parameters::environments(&stack_crate.directory);
    for stack in &described.stacks {
        context.output.line("stack", stack);
        context.output.result(&text(stack, &environments, &context.output.page()));
    }
    Ok(Exit::Ok)
}

/// A compiled stack: its parameters are set, and what they were is not in it.
fn of_compiled(context: &Context<'_>) -> Ended {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        name: &'a str,
        environment: &'a str,
        resources: usize,
    }
    let stack = stack::load_declared(context)?.stack;
    let (name, environment, resources) = (&stack.stack, &stack.environment, stack.resources.len());
    context.output.line("stack", &Line { name, environment, resources });
    let (name, resources) = (context.output.paint().bold(name), count(resources, "resource"));
    context.output.result(&format!("{name}  compiled for {environment}, {resources}\n"));
    Ok(Exit::Ok)
}

fn list(context: &Context<'_>, stack_crate: &StackCrate) {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        name: &'a str,
        package: &'a str,
        directory: &'a Path,
    }
    for name in &stack_crate.stacks {
        let (package, directory) = (&stack_crate.package, &stack_crate.directory);
        context.output.line("stack", &Line { name, package, directory });
        let shown = directory.strip_prefix(&stack_crate.workspace_root).unwrap_or(directory).display();
        context.output.result(&format!("{}  package {package}, in {shown}\n", context.output.paint().bold(name)));
    }
}

fn text(stack: &StackDescription, environments: &[String], page: &Page) -> String {
    let mut text = format!("{}\n", page.paint.bold(&stack.name));
    text += &page.wrapped(2, &stack.doc);
    if !environments.is_empty() {
        text += &format!("\n  {}\n    {}\n", page.paint.dim("environments"), environments.join(", "));
    }
    let rows: Vec<_> = rows("", &stack.parameters);
    if !rows.is_empty() {
        text += &format!("\n  {}\n", page.paint.dim("parameters"));
        let rows: Vec<_> = rows.iter().map(|(name, about)| (name.as_str(), about)).collect();
        text += &page.table(4, column(rows.iter().map(|(name, _)| *name)), &rows);
    }
    text
}

/// Each parameter by its whole name, blocks opened.
fn rows(parent: &str, parameters: &[Parameter]) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for parameter in parameters {
        let name = format!("{parent}{}", parameter.name);
        if !parameter.shape.fields.is_empty() {
            rows.extend(self::rows(&format!("{name}."), &parameter.shape.fields));
            continue;
        }
        let default = match &parameter.default {
            None if parameter.is_required() => "required".to_owned(),
            None | Some(serde_json::Value::Null) => "unset by default".to_owned(),
            Some(value) => format!("default {value}"),
        };
        let about = [shape(&parameter.shape), default, first_sentence(&parameter.doc)];
        let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
        rows.push((name, about.join(" · ")));
    }
    rows
}

/// The type of a parameter, in words.
fn shape(shape: &Shape) -> String {
    let inside = || shape.items.as_ref().map_or_else(|| "values".to_owned(), |items| self::shape(items));
    match shape.kind {
        _ if !shape.values.is_empty() => shape.values.join("|"),
        Kind::Text if shape.format.is_empty() => "text".to_owned(),
        Kind::Text => shape.format.clone(),
        Kind::Integer => "integer".to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::List => format!("list of {}", inside()),
        Kind::Map => format!("map of {}", inside()),
        Kind::Block => "block".to_owned(),
        Kind::Secret => "secret".to_owned(),
    }
}
