//! A release of Helm beside the stack: what is adopted of it, what is not, and what Helm leaves.

use flashinfra::adopt::{self, Release, Wanted};
use flashinfra::session::Session;
use flashinfra_plans::Name;
use flashinfra_providers::{Leftover, ReleaseOf};
use serde::Serialize;

use super::Context;
use crate::args::Adopt;
use crate::problem::Problems;
use crate::stack::Loaded;
use crate::told;

/// Reads the release that the arguments name, if they do.
pub(super) async fn read(
    context: &Context<'_>,
    args: &Adopt,
    session: &Session,
    loaded: &Loaded,
) -> Result<Option<Release>, Problems> {
    let Some(name) = &args.helm else { return Ok(None) };
    let namespace = args.namespace.as_deref().map(Name::from);
    let of = ReleaseOf { tool: "Helm".into(), name: name.as_str().into(), namespace };
    let wanted = Wanted { of, provider: args.provider.as_deref().map(Name::from) };
    let reading = context.output.spinner("Reading the release");
    let release = adopt::release(session, &loaded.stack, &wanted).await;
    drop(reading);
    release.map(Some).map_err(|error| told::engine(&error, &loaded.root))
}

/// Says what the release is, and how it differs from what is declared.
pub(super) fn show(context: &Context<'_>, release: &Release) {
    let Release { title, warning: _, objects, owned, gone, only_declared, only_installed, leftovers: _ } = release;
    let output = context.output;
    output.line("adopt.release", &Line { title });
    let mut text = format!("{}\n", output.paint().bold(title));
    let mut beside = Vec::new();
    beside.extend(owned.iter().map(|address| (address.to_string(), "adopted before")));
    beside.extend(gone.iter().map(|address| (address.to_string(), "of the release, and not there any more")));
    beside.extend(only_declared.iter().map(|address| (address.to_string(), "declared, and not of the release")));
    beside.extend(
        only_installed.iter().map(|object| (object.title.clone(), "of the release, not declared: it stays as it is")),
    );
    let width = beside.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    for (what, why) in &beside {
        output.line("adopt.beside", &BesideLine { what, why });
        text += &format!("  {what:width$}  {}\n", output.paint().dim(why));
    }
    text += &match objects.len() {
        0 => "Nothing of it is to be adopted.\n".to_owned(),
        1 => "1 object of it to adopt\n\n".to_owned(),
        number => format!("{number} objects of it to adopt\n\n"),
    };
    output.result(&text);
}

/// Says what Helm leaves, with the commands that remove it.
pub(super) fn left(context: &Context<'_>, release: &Release) {
    let output = context.output;
    let mut text = format!("\n{}\nWhat Helm leaves is removed by:\n", release.warning);
    for Leftover { what, path, command } in &release.leftovers {
        output.line("adopt.leftover", &LeftoverLine { what, command });
        // A command that takes away labels names them itself.
        let remark = if path.is_none() { output.paint().dim(&format!("  # {what}")) } else { String::new() };
        text += &format!("  {command}{remark}\n");
    }
    output.result(&text);
}

#[derive(Serialize)]
struct Line<'a> {
    title: &'a str,
}

#[derive(Serialize)]
struct BesideLine<'a> {
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct LeftoverLine<'a> {
    what: &'a str,
    command: &'a str,
}
