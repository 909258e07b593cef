//! `flashinfra recover`: makes a ledger that was lost anew, from the owner marks on what is live.

use std::collections::BTreeMap;

use flashinfra::recover::{self, Found, Options};
use flashinfra_plans::plan::{AttributeChange, Note};
use flashinfra_plans::{Address, Name, Plan};
use serde::Serialize;

use super::{Context, apply};
use crate::args::Recover;
use crate::paint::Paint;
use crate::problem::{Ended, Exit};
use crate::text::count;
use crate::{calls, invocation, session, stack, told};

/// Shows what was found, asks, and writes the ledger.
pub(super) async fn run(context: &Context<'_>, args: &Recover) -> Ended {
    let output = context.output;
    let loaded = stack::load(context)?;
    let session = session::open(context).await?;
    let options = Options { uuid: args.uuid.as_deref().map(Name::from), objects: objects(args) };
    let looking = output.spinner("Looking for what carries the stack's mark");
    let found = recover::look(&session, &loaded.stack, &options).await;
    drop(looking);
    let found = found.map_err(|error| told::engine(&error, &loaded.root))?;
    Line::of(&found).iter().for_each(|line| output.line("recover.row", line));
    output.line("recover", &Summary::of(&found));
    output.result(&text(&found, output.paint()));
    if output.is_verbose() {
        calls::print(output, &found.calls);
    }
    let words: Vec<String> = invocation::recover(args);
    let again = invocation::command(context.global, "recover", &words);
    let without = format!("to write it without being asked:\n  {again} --auto-approve");
    let question = apply::Question { text: "Write this ledger?", without };
    if !args.auto_approve && !apply::approved(context, &question).await? {
        output.note("Nothing was written.");
        return Ok(Exit::Interrupted);
    }
    recover::write(&session, &found).await.map_err(|error| told::ledger(&error))?;
    let next = output.paint().bold("Next:");
    output.result(&format!("\nWritten to {}.\n{next} {}\n", found.location, invocation::plan(context.global)));
    Ok(Exit::Ok)
}

fn objects(args: &Recover) -> BTreeMap<Address, Name> {
    args.object.iter().map(|(address, id)| (address.clone(), id.as_str().into())).collect()
}

/// All that was found and not found, and what it comes to.
fn text(found: &Found, paint: Paint) -> String {
    let ledger = &found.ledger;
    let mut text =
        format!("{} · stack {}\n\n", paint.bold(&format!("{}/{}", ledger.stack, ledger.environment)), ledger.uuid);
    let all = ledger.rows.keys().chain(found.left.iter().map(|(address, ..)| address));
    let all = all.chain(&found.missing).chain(&found.adopt);
    let width = all.map(|address| address.as_str().len()).max().unwrap_or(0);
    let mut line = |word: &str, address: &Address, beside: &str| {
        text += format!("  {word} {:width$}  {}", address.as_str(), paint.dim(beside)).trim_end();
        text.push('\n');
    };
    for (address, row) in &ledger.rows {
        let object = row.current.as_ref().map_or("", |owned| owned.id.as_str());
        match found.undeclared.contains(address) {
            false => line(&paint.green("found   "), address, object),
            true => line(&paint.yellow("no code "), address, &format!("{object}: nothing declares it any more")),
        }
    }
    for (address, object, why) in &found.left {
        line(&paint.yellow("left    "), address, &format!("{object}: {why}"));
    }
    found.missing.iter().for_each(|address| line(&paint.yellow("missing "), address, &missing(found, address)));
    let unmarked = "its kind carries no mark: it is not recovered";
    found.adopt.iter().for_each(|address| line(&paint.yellow("unmarked"), address, unmarked));
    text += &format!("\n{}", summary(found));
    text += &remarks(found);
    text
}

/// Why there is no object for an address.
fn missing(found: &Found, address: &Address) -> String {
    match found.unsought.get(address) {
        Some(provider) => format!("not looked for: what configures `{provider}` was not found"),
        None => "nothing carries its mark".to_owned(),
    }
}

fn summary(found: &Found) -> String {
    let parts = [
        (found.ledger.rows.len() - found.undeclared.len(), "found"),
        (found.undeclared.len(), "without code"),
        (found.left.len(), "left"),
        (found.missing.len(), "missing"),
        (found.adopt.len(), "unmarked"),
    ];
    let told = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
    told.collect::<Vec<_>>().join(" · ") + "\n"
}

/// What it means, in sentences.
fn remarks(found: &Found) -> String {
    let mut text = "What was last applied is not known. Until the next apply nothing is unset, and\n\
                    all of it is protected.\n"
        .to_owned();
    let unverified = unverified(found);
    if !unverified.is_empty() {
        text += &format!("Not verified: {}.\n", unverified.join(", "));
    }
    for kind in &found.unlisted {
        text += &format!("Not looked for, and nothing declares it: {kind}.\n");
    }
    if !found.adopt.is_empty() {
        text += "What is unmarked would be made anew. What exists of it is taken over with\n`flashinfra adopt ADDRESS ID`.\n";
    }
    if let Some(kept) = &found.kept {
        text += &format!(
            "Version {} of the lost ledger can be read and knows more: {}.\nTo take that instead, copy it to where the ledger was.\n",
            kept.ledger.serial, kept.location
        );
    }
    if found.is_damaged {
        text += "The ledger that is there is kept as a version.\n";
    }
    text + &next(found.next.as_ref())
}

/// What the next plan would do.
fn next(plan: Option<&Plan>) -> String {
    match plan {
        None => "No plan can be made upon it yet: `flashinfra plan` says why.\n".to_owned(),
        Some(plan) if plan.is_empty() && plan.refusals.is_empty() => "The next plan changes nothing.\n".to_owned(),
        Some(plan) => {
            let changes = plan.changes.iter().filter(|change| !change.is_of_recovery()).count();
            format!("The next plan has {}.\n", count(changes, "change"))
        }
    }
}

/// What could not be compared with what is declared.
fn unverified(found: &Found) -> Vec<String> {
    let changes = found.next.iter().flat_map(|plan| &plan.changes);
    let paths = |change: &AttributeChange| (change.note == Some(Note::NotVerified)).then(|| change.path.clone());
    changes
        .flat_map(|change| change.attributes.iter().filter_map(paths).map(|path| format!("{} {path}", change.address)))
        .collect()
}

/// An address, for machines.
#[derive(Serialize)]
struct Line<'a> {
    address: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(found: &'a Found) -> Vec<Self> {
        let plain = |address: &'a Address, state| Self {
            address: address.as_str(),
            state,
            object: None,
            generation: None,
            provider: None,
            message: None,
        };
        let rows = found.ledger.rows.iter().map(|(address, row)| {
            let state = if found.undeclared.contains(address) { "not_declared" } else { "found" };
            let object = row.current.as_ref().map(|owned| owned.id.as_str());
            Self { object, generation: Some(row.generation), provider: Some(&row.provider), ..plain(address, state) }
        });
        let left = found.left.iter().map(|(address, object, why)| Self {
            object: Some(object.as_str()),
            message: Some(why),
            ..plain(address, "left")
        });
        let missing = found.missing.iter().map(|address| Self {
            provider: found.unsought.get(address).map(Name::as_str),
            ..plain(address, if found.unsought.contains_key(address) { "not_looked_for" } else { "missing" })
        });
        let unmarked = found.adopt.iter().map(|address| plain(address, "unmarked"));
        rows.chain(left).chain(missing).chain(unmarked).collect()
    }
}

/// What was found on the whole, for machines.
#[derive(Serialize)]
struct Summary<'a> {
    stack: &'a str,
    environment: &'a str,
    uuid: &'a str,
    serial: u64,
    rows: usize,
    unverified: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty: Option<bool>,
}

impl<'a> Summary<'a> {
    fn of(found: &'a Found) -> Self {
        Self {
            stack: &found.ledger.stack,
            environment: &found.ledger.environment,
            uuid: &found.ledger.uuid,
            serial: found.ledger.serial,
            rows: found.ledger.rows.len(),
            unverified: unverified(found),
            kept: found.kept.as_ref().map(|kept| kept.location.as_str()),
            empty: found.next.as_ref().map(|plan| plan.is_empty() && plan.refusals.is_empty()),
        }
    }
}
