//! Forget: the ledger stops owning an address; its objects stay as they are.

use flashinfra_plans::journal::{self, Effect, OpenIntent, Record};
use flashinfra_plans::{Address, ledger};

use crate::apply::run;
use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey, Loaded};
use crate::owned::NotOwned;
use crate::session::Session;

/// Makes the ledger stop owning an address. What an interrupted run left open there counts as not done. Nothing live is
/// read or changed.
///
/// # Errors
/// When there is no such row, somebody is applying, or an interrupted run left other things open and nothing here.
pub async fn forget(session: &Session, key: &LedgerKey, address: &Address) -> Result<(), EngineError> {
    let lock = session.ledgers.lock(key, &session.holder).await?;
    let forgotten = while_locked(session, key, address).await;
    lock.release().await;
    forgotten
}

async fn while_locked(session: &Session, key: &LedgerKey, address: &Address) -> Result<(), EngineError> {
    let store = session.ledgers.as_ref();
    let location = store.location(key);
    let Some(Loaded { mut ledger, edition, open, .. }) = ledgers::load(store, key).await? else {
        let (stack, environment) = (key.stack().clone(), key.environment().clone());
        return Err(EngineError::NoLedger { stack, environment, location });
    };
    let intents = open.iter().flat_map(|run| &run.intents).map(|open| &open.intent);
    let begun = intents.filter(|intent| intent.address == *address).map(|intent| intent.generation).max();
    let owned = ledger.rows.get(address).map(|row| row.generation);
    // The generation of an object that an open intent may have made is retired too: its token must not be used again.
    let Some(generation) = begun.max(owned) else {
        return Err(EngineError::NotOwned(NotOwned::of(&ledger, address)));
    };
    let removal = Effect::Remove(address.clone(), generation);
    let Some(run) = open else {
        journal::apply(&mut ledger, &removal);
        journal::enter(&mut ledger, &Record::Ended);
        ledger.serial += 1;
        store.write(key, ledger.serial, ledger::write(&ledger), edition.as_ref()).await?;
        return Ok(());
    };
    let of_address = |open: &&OpenIntent| open.intent.address == *address;
    let records: Vec<Record> = run
        .intents
        .iter()
        .filter(of_address)
        .map(|open| Record::Failed {
            step: open.intent.step,
            message: "forgotten by a person".into(),
            effect: Some(removal.clone()),
        })
        .collect();
    match run.intents.len() - records.len() {
        0 => {
            journal::apply(&mut ledger, &removal);
            run::close_with(session, key, ledger, edition, &run, records).await?;
            Ok(())
        }
        // No record of the run could say that the row goes.
        others if records.is_empty() => Err(EngineError::RunOpen { run: run.run, open: others }),
        // What else is open the next plan finds out.
        _ => run::note(session, key, &run, records).await,
    }
}
