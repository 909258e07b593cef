//! `flashinfra ledger ls|show|forget`.

use flashinfra::error::EngineError;
use flashinfra::forget;
use flashinfra::ledgers::{self, LedgerKey};
use flashinfra::owned::NotOwned;
use flashinfra::session::Session;
use flashinfra_plans::{Address, Ledger, Row};

use super::Context;
use crate::args;
use crate::json_lines::{Published, RowLine};
use crate::paint::Paint;
use crate::problem::{Ended, Exit, Problem, Problems};
use crate::text::count;
use crate::{invocation, ledger_text, session, told};

/// Looks into a ledger, or changes what it owns.
pub(super) async fn run(context: &Context<'_>, args: &args::Ledger) -> Ended {
    let session = session::open(context).await?;
    match args {
        args::Ledger::Ls => list(context, &session).await,
        args::Ledger::Show { address } => {
            let ledger = meant(context, &session).await?.1;
            match address {
                Some(address) => show(context, &ledger, address),
                None => show_all(context, &ledger),
            }
        }
        args::Ledger::Forget { address, auto_approve } => {
            let key = session::ledger_key(context, &session).await?;
            disown(context, &session, &key, address, *auto_approve).await
        }
    }
}

async fn meant(context: &Context<'_>, session: &Session) -> Result<(LedgerKey, Ledger), Problems> {
    let key = session::ledger_key(context, session).await?;
    let ledger = session::ledger(context, session, &key).await?;
    Ok((key, ledger))
}

/// The rows of the ledger that is meant, or all ledgers when none is.
async fn list(context: &Context<'_>, session: &Session) -> Ended {
    let keys = session.ledgers.keys().await.map_err(|error| told::ledger(&error.into()))?;
    let global = context.global;
    if keys.len() > 1 && global.stack.is_none() && global.env.is_none() {
        for key in &keys {
            let ledger = session::ledger(context, session, key).await?;
            context.output.line("ledger", &LedgerLine::new(&ledger));
            let (serial, resources) = (ledger.serial, ledger.rows.len());
            let location = session.ledgers.location(key);
            let name = context.output.paint().bold(&key.to_string());
            context.output.result(&format!("{name}  {}, serial {serial}, in {location}", count(resources, "resource")));
        }
        return Ok(Exit::Ok);
    }
    let (key, ledger) = meant(context, session).await?;
    for (address, row) in &ledger.rows {
        context.output.line("ledger.row", &line(address, row));
    }
    context.output.result(&rows(&ledger, context.output.paint()));
    context.output.note(&format!("serial {} of {}", ledger.serial, session.ledgers.location(&key)));
    Ok(Exit::Ok)
}

fn rows(ledger: &Ledger, paint: Paint) -> String {
    let width = ledger.rows.keys().map(|address| address.as_str().len()).max().unwrap_or(0);
    let row = |(address, row): (&Address, &Row)| {
        let object = row.current.as_ref().map_or("no current object", |owned| owned.id.as_str());
        let facts = ledger_text::facts(row);
        let facts = if facts.is_empty() { String::new() } else { format!("  {}", facts.join(", ")) };
        format!("{address:width$}  {object}{}\n", paint.dim(&facts))
    };
    ledger.rows.iter().map(row).collect()
}

fn show(context: &Context<'_>, ledger: &Ledger, address: &Address) -> Ended {
    let row = find(ledger, address)?;
    let by_hand = ledger.by_hand.get(address).map_or(&[][..], Vec::as_slice);
    context.output.line("ledger.row", &line(address, row));
    context.output.result(&ledger_text::in_full(address, row, by_hand, &context.output.page()));
    Ok(Exit::Ok)
}

fn show_all(context: &Context<'_>, ledger: &Ledger) -> Ended {
    let output = context.output;
    output.line("ledger", &LedgerLine::new(ledger));
    for (address, row) in &ledger.rows {
        output.line("ledger.row", &line(address, row));
    }
    for (name, value) in &ledger.outputs {
        output.line("output", &Published { name, value });
    }
    output.result(&ledger_text::whole(ledger, &output.page()));
    Ok(Exit::Ok)
}

#[derive(serde::Serialize)]
struct LedgerLine<'a> {
    stack: &'a str,
    environment: &'a str,
    uuid: &'a str,
    serial: u64,
    resources: usize,
}

impl<'a> LedgerLine<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let Ledger { stack, environment, uuid, serial, rows, .. } = ledger;
        Self { stack, environment, uuid, serial: *serial, resources: rows.len() }
    }
}

async fn disown(
    context: &Context<'_>,
    session: &Session,
    key: &LedgerKey,
    address: &Address,
    auto_approve: bool,
) -> Ended {
    let loaded = ledgers::load(session.ledgers.as_ref(), key).await.map_err(|error| told::ledger(&error.into()))?;
    let mut intents = loaded.iter().flat_map(|loaded| &loaded.open).flat_map(|run| &run.intents);
    let is_open = intents.any(|open| open.intent.address == *address);
    let ledger = match loaded {
        Some(loaded) => loaded.ledger,
        None => session::ledger(context, session, key).await?,
    };
    // An interrupted create has no row yet: the question what became of it is all that there is to end.
    let row = if is_open { ledger.rows.get(address) } else { Some(find(&ledger, address)?) };
    let output = context.output;
    for note in disowned(&ledger, address, row, is_open) {
        output.note(&note);
    }
    if !auto_approve {
        if let Some(why) = output.why_silent() {
            let words = vec!["forget".to_owned(), address.to_string(), "--auto-approve".to_owned()];
            let again = invocation::command(context.global, "ledger", &words);
            return Err(Problem::new(why)
                .help(format!("to go on without being asked:\n  {again}"))
                .exit(Exit::Refused)
                .into());
        }
        if !output.answered("Type yes to go on:", "yes").await? {
            output.note("Nothing was changed.");
            return Ok(Exit::Interrupted);
        }
    }
    forget::forget(session, key, address).await.map_err(|error| told::ledger(&error))?;
    #[derive(serde::Serialize)]
    struct Line<'a> {
        address: &'a str,
    }
    output.line("ledger.forgotten", &Line { address: address.as_str() });
    output.result(&format!("{address} is {} owned.\n", if row.is_some() { "no longer" } else { "not" }));
    Ok(Exit::Ok)
}

/// What forgetting an address leaves as it is.
fn disowned(ledger: &Ledger, address: &Address, row: Option<&Row>, is_open: bool) -> Vec<String> {
    let name = format!("{}/{}", ledger.stack, ledger.environment);
    let mut notes = Vec::new();
    if let Some(row) = row {
        let object = row.current.as_ref().map_or("no object", |owned| owned.id.as_str());
        notes.push(format!("{address} ({object}) stays as it is; {name} stops owning it."));
        let deposed: Vec<&str> = row.deposed.iter().map(|deposed| deposed.object.id.as_str()).collect();
        if !deposed.is_empty() {
            notes.push(format!("So does what was left to be deleted: {}.", deposed.join(", ")));
        }
    }
    if is_open {
        notes.push(format!(
            "What an interrupted run began at {address} counts as not done; what it may have made stays as it is."
        ));
    }
    notes
}

fn find<'a>(ledger: &'a Ledger, address: &Address) -> Result<&'a Row, Problems> {
    let not_owned = || told::ledger(&EngineError::NotOwned(NotOwned::of(ledger, address)));
    ledger.rows.get(address).ok_or_else(not_owned)
}

fn line<'a>(address: &'a Address, row: &'a Row) -> RowLine<'a> {
    RowLine {
        address: address.as_str(),
        object: row.current.as_ref().map(|owned| owned.id.as_str()),
        generation: row.generation,
        provider: &row.provider,
        protect: row.protect,
        depends_on: row.depends_on.iter().map(Address::as_str).collect(),
        deposed: row.deposed.iter().map(|deposed| deposed.object.id.as_str()).collect(),
        applied: &row.applied,
        computed: &row.computed,
    }
}
