//! `flashinfra adopt`: takes over objects that exist already.

mod release;

use std::collections::BTreeMap;
use std::path::Path;

use flashinfra::adopt::{self, Found, Options};
use flashinfra_plans::{Address, Name, render};
use serde::Serialize;

use super::{Context, apply};
use crate::args::Adopt;
use crate::problem::{Ended, Exit, Problem};
use crate::{calls, invocation, json_lines, session, stack, told};

/// Shows what is adopted and the plan after it, asks, marks the objects and writes the ledger.
pub(super) async fn run(context: &Context<'_>, args: &Adopt) -> Ended {
    let output = context.output;
    let named = objects(args)?;
    let loaded = stack::load(context)?;
    let session = session::open(context).await?;
    let release = release::read(context, args, &session, &loaded).await?;
    if let Some(release) = &release {
        release::show(context, release);
        if release.objects.is_empty() {
            release::left(context, release);
            return Ok(Exit::Ok);
        }
    }
    let objects = release.as_ref().map_or(named, |release| release.objects.clone());
    let options = Options { objects, marked_by: args.marked_by.as_deref().map(Name::from) };
    let looking = output.spinner("Reading what is live");
    let found = adopt::look(&session, &loaded.stack, &options).await;
    drop(looking);
    let found = found.map_err(|error| told::engine(&error, &loaded.root))?;
    show(context, &found);
    let again = invocation::command(context.global, "adopt", &invocation::adopt(args));
    let without = format!("to adopt it without being asked:\n  {again} --auto-approve");
    let question = apply::Question { text: "Adopt this?", without };
    if !args.auto_approve && !apply::approved(context, &question).await? {
        output.note("Nothing was changed.");
        return Ok(Exit::Interrupted);
    }
    adopt::write(&session, &loaded.stack, &found).await.map_err(|error| told::ledger(&error))?;
    if let Some(release) = &release {
        release::left(context, release);
    }
    let next = output.paint().bold("Next:");
    output.result(&format!("\nWritten to {}.\n{next} {}\n", found.location, invocation::plan(context.global)));
    Ok(Exit::Ok)
}

fn objects(args: &Adopt) -> Result<BTreeMap<Address, Name>, Problem> {
    let Some(file) = &args.file else {
        let one = args.address.iter().zip(&args.id);
        return Ok(one.map(|(address, id)| (address.clone(), id.as_str().into())).collect());
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Problem::caused(format!("could not read {}", file.display()), &error))?;
    listed(&text, file)
}

/// On each line an address and an id, `#` before a remark.
fn listed(text: &str, file: &Path) -> Result<BTreeMap<Address, Name>, Problem> {
    let mut objects = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let told = |what: String| {
            Problem::new(format!("{}, line {}: {what}", file.display(), number + 1))
                .help("a line is an address and the id of its object, such as `aws.vpc/network.main vpc-0a1b`")
        };
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        let (address, id) = match words[..] {
            [] => continue,
            [address, id] => (address, id),
            _ => return Err(told(format!("`{}` is not two words", line.trim()))),
        };
        let address = Address::parse(address).map_err(|error| told(error.to_string()))?;
        if objects.insert(address.clone(), Name::from(id)).is_some() {
            return Err(told(format!("{address} has an object already")));
        }
    }
    if objects.is_empty() {
        return Err(Problem::new(format!("{} names nothing to adopt", file.display())));
    }
    Ok(objects)
}

fn show(context: &Context<'_>, found: &Found) {
    let output = context.output;
    let ledger = &found.ledger;
    for (address, object) in found.objects() {
        let generation = ledger.rows.get(address).map_or(0, |row| row.generation);
        output.line("adopt.row", &Line { address: address.as_str(), object, generation });
    }
    let (stack, environment) = (&ledger.stack, &ledger.environment);
    let empty = found.next.as_ref().map(|plan| plan.is_empty() && plan.refusals.is_empty());
    output.line("adopt", &Summary { stack, environment, uuid: &ledger.uuid, serial: ledger.serial, empty });
    if let Some(plan) = &found.next {
        json_lines::plan(output, plan, None);
    }
    output.result(&text(found, context));
    if output.is_verbose() {
        calls::print(output, &found.calls);
    }
}

fn text(found: &Found, context: &Context<'_>) -> String {
    let paint = context.output.paint();
    let ledger = &found.ledger;
    let name = paint.bold(&format!("{}/{}", ledger.stack, ledger.environment));
    let mut text = format!("{name} · stack {}\n\n", ledger.uuid);
    let width = found.objects().map(|(address, _)| address.as_str().len()).max().unwrap_or(0);
    for (address, object) in found.objects() {
        text += &format!("  {} {:width$}  {}\n", paint.green("adopt   "), address.as_str(), paint.dim(object));
    }
    text += &format!(
        "\n{} to adopt\nUntil the next apply nothing is unset on what is adopted, and it is protected.\n\n",
        found.objects().count()
    );
    match &found.next {
        None => text += "No plan can be made upon it yet: `flashinfra plan` says why.\n",
        Some(plan) => {
            text += &format!("{}\n", paint.bold("The plan after it"));
            text += &render::plan(plan, &context.output.style());
        }
    }
    text
}

/// What is adopted, for machines.
#[derive(Serialize)]
struct Line<'a> {
    address: &'a str,
    object: &'a str,
    generation: u32,
}

/// What it comes to, for machines.
#[derive(Serialize)]
struct Summary<'a> {
    stack: &'a str,
    environment: &'a str,
    uuid: &'a str,
    serial: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty: Option<bool>,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::listed;

    #[test]
    fn a_file_names_an_address_and_an_id_on_each_line() {
        let read = |text: &str| listed(text, Path::new("adopt.txt")).map_err(|problem| format!("{problem:?}"));
        let objects = read("# by hand\n\naws.vpc/main vpc-1\naws.vpc/other  vpc-2 # the old one\n").unwrap();
        let told: Vec<_> = objects.iter().map(|(address, id)| format!("{address} {id}")).collect();
        assert_eq!(told, ["aws.vpc/main vpc-1", "aws.vpc/other vpc-2"]);
        for (text, words) in [
            ("aws.vpc/main", "adopt.txt, line 1: `aws.vpc/main` is not two words"),
            ("\nmain vpc-1", "adopt.txt, line 2:"),
            ("aws.vpc/main vpc-1\naws.vpc/main vpc-2", "line 2: aws.vpc/main has an object already"),
            ("# nothing", "adopt.txt names nothing to adopt"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
    }
}
