//! Recover: a ledger that was lost is made anew from the owner marks on what is live.
//!
//! Identity alone comes back: which object is at which address, and in which generation. Marks nominate: each object is
//! confirmed by its id, and where two could be one address, a person says which. What was last applied, secret versions and
//! retired generations are gone with the old ledger, so every row is marked *recovered*: nothing is unset on its account, and it
//! is protected, until an apply has found it as declared.

mod before;
mod error;
pub(crate) mod rows;
mod search;
mod whose;

use std::collections::BTreeMap;
use std::time::Duration;

use flashinfra_plans::{Address, CompiledStack, Ledger, Name, Plan, ledger, resolve};
use flashinfra_providers::Calls;
use tokio::time::Instant;

pub use before::Kept;
pub use error::{RecoverError, SeveralObjects, Stack};
pub(crate) use search::Marked;
pub use search::Unlisted;

use crate::error::EngineError;
use crate::ledgers::{LedgerKey, LedgerStore};
use crate::plan;
use crate::read::Opened;
use crate::session::Session;
use before::Before;

/// What a person says about it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The uuid of the stack, when marks of several are found.
    pub uuid: Option<Name>,
    /// Of several objects for one address, the id of the one that is it.
    pub objects: BTreeMap<Address, Name>,
}

/// What was found, and the ledger that it makes. Nothing is written yet.
#[derive(Clone, Debug)]
#[must_use = "nothing is recovered until it is written"]
pub struct Found {
    /// The ledger as it will be.
    pub ledger: Ledger,
    /// Where it will be.
    pub location: String,
    /// Addresses with a row that nothing declares any more.
    pub undeclared: Vec<Address>,
    /// Declared, and nothing carries its mark.
    pub missing: Vec<Address>,
    /// Of what is missing, what nobody could look for, with its provider: what configures that was not found.
    pub unsought: BTreeMap<Address, Name>,
    /// Declared, of a kind that carries no mark: whether there is an object only a person can say.
    pub adopt: Vec<Address>,
    /// What carries a mark of this stack and was not taken, with the reason.
    pub left: Vec<(Address, Name, String)>,
    /// Kinds that nothing declares and that could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// The newest kept version that can be read: it knows more than what is live tells.
    pub kept: Option<Kept>,
    /// Whether a damaged ledger is there, which is kept as a version.
    pub is_damaged: bool,
    /// The plan that the ledger leads to; none when no plan can be made yet.
    pub next: Option<Plan>,
    /// The calls made to each provider instance.
    pub calls: BTreeMap<Name, Calls>,
    /// How long looking took.
    pub took: Duration,
    key: LedgerKey,
    before: Before,
}

/// Looks for what a stack owns, by its marks. Changes nothing.
///
/// # Errors
/// When there is a ledger that can be read, nothing or too much is found, or something could not be read.
pub async fn look(session: &Session, stack: &CompiledStack, options: &Options) -> Result<Found, EngineError> {
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    let before = Before::read(session.ledgers.as_ref(), &key).await?;
    let started = Instant::now();
    let mut opened = search::open(session, stack, &before).await?;
    let mut looked = looked(session, stack, &opened, &before, options).await?;
    // What came back may be what other providers are configured by: what is in a cluster comes back after the cluster.
    while search::further(session, &mut opened, &looked.ledger, &before).await? {
        looked = self::looked(session, stack, &opened, &before, options).await?;
    }
    let Looked { mut ledger, left, unlisted } = looked;
    let calls = opened.calls();
    let planned = plan::upon(session, stack, &ledger, &[]).await.ok();
    let next = planned.map(|planned| published(&mut ledger, planned.plan));
    let (missing, adopt) = rows::without(session, stack, &ledger);
    let closed = stack.resources.iter().filter(|declared| opened.closed.contains_key(&declared.provider));
    let unsought = closed.map(|declared| (declared.address.clone(), declared.provider.clone())).collect();
    Ok(Found {
        undeclared: rows::undeclared(stack, &ledger),
        missing,
        unsought,
        adopt,
        left,
        unlisted,
        kept: before.kept.clone(),
        is_damaged: before.damaged.is_some(),
        next,
        calls,
        took: started.elapsed(),
        location: session.ledgers.location(&key),
        ledger,
        key,
        before,
    })
}

/// What can be seen from the provider instances that are open.
struct Looked {
    ledger: Ledger,
    left: Vec<(Address, Name, String)>,
    unlisted: Vec<Unlisted>,
}

async fn looked(
    session: &Session,
    stack: &CompiledStack,
    opened: &Opened,
    before: &Before,
    options: &Options,
) -> Result<Looked, EngineError> {
    let search::Sighted { marks, unlisted } = search::marks(session, opened, stack, options.uuid.as_ref()).await?;
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    let uuid = whose::uuid(session, &key, stack, before, options, &marks).await?;
    let ours = marks.into_iter().filter(|marked| marked.mark.stack == uuid).collect();
    let search::Confirmed { objects, left, generations } = search::confirm(opened, stack, ours, options).await?;
    let mut ledger = rows::ledger(session, stack, opened, objects, uuid, before.serial + 1);
    for (address, generation) in generations {
        match ledger.rows.get_mut(&address) {
            Some(row) => row.generation = generation.max(row.generation),
            None => drop(ledger.retired.insert(address, generation)),
        }
    }
    Ok(Looked { ledger, left, unlisted })
}

/// Writes the ledger. A damaged one that is there becomes a kept version.
///
/// # Errors
/// When somebody applies, or made a ledger in the meantime, or it cannot be written.
pub async fn write(session: &Session, found: &Found) -> Result<(), EngineError> {
    let lock = session.ledgers.lock(&found.key, &session.holder).await?;
    let written = while_locked(session.ledgers.as_ref(), found).await;
    lock.release().await;
    written
}

async fn while_locked(store: &dyn LedgerStore, found: &Found) -> Result<(), EngineError> {
    let Found { key, before, .. } = found;
    let mut ledger = found.ledger.clone();
    let mut present = None;
    if let Some((bytes, edition)) = &before.damaged {
        present = Some(store.write(key, ledger.serial, bytes.clone(), Some(edition)).await?);
        ledger.serial += 1;
    }
    store.write(key, ledger.serial, ledger::write(&ledger), present.as_ref()).await?;
    for run in &before.runs {
        // What such a run did and left open is found by its marks; its journal has nothing more to say.
        store.finish(key, run).await?;
    }
    Ok(())
}

/// Puts the published values into the ledger, as far as they are known, and leaves them out of the plan.
fn published(ledger: &mut Ledger, mut plan: Plan) -> Plan {
    plan.outputs.retain(|change| match change.after.as_ref().filter(|after| resolve::is_known(after)) {
        Some(known) => ledger.outputs.insert(change.name.clone(), known.clone()).is_some(),
        None => true,
    });
    plan
}
