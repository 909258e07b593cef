//! `flashinfra render`: the stack's objects for kubectl, or for git.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use flashinfra::render::{self, Rendered};
use flashinfra_plans::CompiledStack;
use flashinfra_providers::{Body, Manifest};
use serde::Serialize;

use super::Context;
use crate::args::Render;
use crate::problem::{Ended, Exit, Problem};
use crate::text::count;
use crate::{invocation, session, stack, told};

/// Prints the objects as one text, or writes a file for each.
pub(super) async fn run(context: &Context<'_>, args: &Render) -> Ended {
    let output = context.output;
    let loaded = stack::load_declared(context)?;
    let session = session::open(context).await?;
    let rendered = render::render(&session, &loaded.stack, args.provider.as_deref()).await;
    let rendered = rendered.map_err(|error| told::engine(&error, &loaded.root))?;
    for manifest in &rendered.manifests {
        output.line("manifest", &Line::of(manifest));
    }
    match &args.out {
        None if !output.is_json() => output.raw(&text(context, &rendered)),
        None => {}
        Some(folder) => output.result(&keep(folder, &loaded.stack, &rendered)?),
    }
    beside(context, &rendered);
    Ok(Exit::Ok)
}

/// All documents in their order, each with its address above it.
fn text(context: &Context<'_>, rendered: &Rendered) -> String {
    let document = |manifest: &Manifest| match &manifest.body {
        Body::Text(text) => format!("---\n# {}\n{text}", manifest.address),
        Body::LeftOut(why) => {
            let Manifest { address, title, .. } = manifest;
            format!(
                "---\n# {address}\n# The {title} is left out: {why}.\n# It is written by: {}\n",
                writes(context, manifest)
            )
        }
    };
    rendered.manifests.iter().map(document).collect()
}

/// What writes a Secret that is left out.
fn writes(context: &Context<'_>, manifest: &Manifest) -> String {
    invocation::command(context.global, "apply", &[format!("--target={}", manifest.address)])
}

/// What a person has to know beside the result.
fn beside(context: &Context<'_>, rendered: &Rendered) {
    let output = context.output;
    for manifest in &rendered.manifests {
        if let Body::LeftOut(why) = &manifest.body {
            output.sentences(&format!("{} is left out: {why}.", manifest.address));
            output.note(&format!("  {}", writes(context, manifest)));
        }
    }
    if let Some(ledger) = &rendered.ledger {
        output.note(&format!("Values of the last apply are from {ledger}."));
    }
    if rendered.others > 0 {
        output.note(&format!("{} of other providers not rendered.", count(rendered.others, "resource")));
    }
}

/// Writes a file for each object, each of them at once, and removes those that an earlier render of this stack left. What it says of that.
fn keep(folder: &Path, stack: &CompiledStack, rendered: &Rendered) -> Result<String, Problem> {
    let failed = |error: &io::Error| Problem::caused(format!("could not write into {}", folder.display()), error);
    let origin = format!(" of {}/{}, rendered by flashinfra", stack.stack, stack.environment);
    let mut files = BTreeSet::new();
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    for Manifest { address, file, body, title: _ } in &rendered.manifests {
        let Body::Text(text) = body else { continue };
        if !files.insert(file.as_str()) {
            return Err(Problem::new(format!("two objects would be in the file {file}, {address} the second of them"))
                .help("give one of them another name in the stack"));
        }
        replace(folder, file, &format!("# {address}{origin}\n{text}")).map_err(|error| failed(&error))?;
    }
    let mut said = format!("{} in {}\n", count(files.len(), "file"), folder.display());
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_left = name.ends_with(".yaml") && !files.contains(name) && is_of(&path, &origin);
        if is_left {
            fs::remove_file(&path).map_err(|error| failed(&error))?;
            said += &format!("removed {name}, which the stack declares no longer\n");
        }
    }
    Ok(said)
}

/// Whether a file begins as those of an earlier render do.
fn is_of(path: &Path, origin: &str) -> bool {
    let first = fs::read_to_string(path).unwrap_or_default();
    first.lines().next().is_some_and(|line| line.starts_with("# ") && line.ends_with(origin))
}

/// Puts a file in the place of the one that is there, if it differs.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(there) if there == text.as_bytes() => return Ok(()),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let mut builder = tempfile::Builder::new();
    // As any other file of a repository, not for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map(drop).map_err(|error| error.error)
}

/// An object, for machines.
#[derive(Serialize)]
struct Line<'a> {
    address: &'a str,
    title: &'a str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        let Manifest { address, file, title, body } = manifest;
        let (text, left_out) = match body {
            Body::Text(text) => (Some(text.as_str()), None),
            Body::LeftOut(why) => (None, Some(why.as_str())),
        };
        Self { address: address.as_str(), title, file, text, left_out }
    }
}
