//! Adopt: the ledger takes over objects that exist already, each named by a person.
//!
//! An object gets its owner mark first, then the fields that other tools wrote change hands where a service keeps who wrote them, and the
//! ledger gets its row after that: whatever happens in between, the object carries a mark that no row explains, plans leave it alone, and
//! adopting it again goes on. As after a recovery, the row knows who the object is and nothing
//! else: nothing is unset on its account, and it is protected, until an apply has found the object as declared.

mod error;
mod look;
mod release;

use std::collections::BTreeMap;

use flashinfra_plans::{Address, CompiledStack, Ledger, Live, Map, Name, Plan, declared, ledger};
use flashinfra_providers::Calls;
use flashinfra_stacks::schema::Carrier;

pub use error::AdoptError;
pub use release::{Release, Wanted, release};

use crate::again::done;
use crate::apply::settle;
use crate::error::EngineError;
use crate::ledgers::{self, Edition, Loaded, Lock, Stamp};
use crate::ledgers::{LedgerKey, LedgerStore};
use crate::plan;
use crate::read::Opened;
use crate::recover::Marked;
use crate::session::Session;

/// What a person says about it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The id of the object that each address is to have.
    pub objects: BTreeMap<Address, Name>,
    /// The uuid of the stack whose mark the objects may carry, because that stack gave them up.
    pub marked_by: Option<Name>,
}

/// What was found, and the ledger that it makes. Nothing is written yet.
#[derive(Clone, Debug)]
#[must_use = "nothing is adopted until it is written"]
pub struct Found {
    /// The ledger as it will be.
    pub ledger: Ledger,
    /// Where it is.
    pub location: String,
    /// The plan that the ledger leads to; none when no plan can be made yet.
    pub next: Option<Plan>,
    /// The calls made to each provider instance.
    pub calls: BTreeMap<Name, Calls>,
    taken: Vec<Marked>,
    /// What is declared of them, as far as it is known.
    declared: BTreeMap<Address, Map>,
    key: LedgerKey,
    edition: Option<Edition>,
    stamp: Option<Stamp>,
}

impl Found {
    /// What is adopted: each address, and the id of its object.
    pub fn objects(&self) -> impl Iterator<Item = (&Address, &Name)> {
        self.taken.iter().map(|taken| (&taken.mark.address, &taken.object.id))
    }

    /// The ledger before it owns anything.
    fn begun(&self) -> Ledger {
        let Ledger { stack, environment, uuid, .. } = self.ledger.clone();
        Ledger::new(stack, environment, uuid)
    }
}

/// Looks at what is to be adopted. Changes nothing.
///
/// # Errors
/// When an address is not declared or has an object, when an object is not there, is somebody else's or cannot be read, or when an
/// interrupted run is not over.
pub async fn look(session: &Session, stack: &CompiledStack, options: &Options) -> Result<Found, EngineError> {
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    let loaded = ledgers::load(session.ledgers.as_ref(), &key).await?;
    let stamp = loaded.as_ref().map(Stamp::of);
    let (before, edition) = match loaded {
        Some(Loaded { open: Some(run), .. }) => {
            return Err(EngineError::RunOpen { run: run.run, open: run.intents.len() });
        }
        Some(Loaded { ledger, edition, open: None, .. }) => (ledger, edition),
        None => (Ledger::new(key.stack().clone(), key.environment().clone(), (session.uuids)()), None),
    };
    let wanted = look::wanted(stack, &before, options)?;
    let opened = look::open(session, stack, &before).await?;
    let taken = look::confirmed(stack, &opened, &before, &wanted, options).await?;
    let ledger = look::with_rows(stack, &opened, &before, &wanted, &taken);
    let calls = opened.calls();
    // A stack that is no graph is told by the plan after this.
    let mut declared = declared::worked_out(stack, Some(&before)).unwrap_or_default();
    declared.retain(|address, _| wanted.contains_key(address));
    let next = plan::upon(session, stack, &ledger, &taken).await.ok();
    Ok(Found {
        location: session.ledgers.location(&key),
        next: next.map(|planned| planned.plan),
        ledger,
        calls,
        taken,
        declared,
        key,
        edition,
        stamp,
    })
}

/// Marks the objects and writes the ledger. When it fails between the two, doing it again goes on.
///
/// # Errors
/// When somebody applies, or applied in the meantime; when an object is not what it was, or cannot be marked; when the ledger cannot
/// be written.
pub async fn write(session: &Session, stack: &CompiledStack, found: &Found) -> Result<(), EngineError> {
    let lock = session.ledgers.lock(&found.key, &session.holder).await?;
    let written = while_locked(session, stack, found, &lock).await;
    lock.release().await;
    written
}

async fn while_locked(session: &Session, stack: &CompiledStack, found: &Found, lock: &Lock) -> Result<(), EngineError> {
    let store = session.ledgers.as_ref();
    if !ledgers::is_unchanged(store, &found.key, found.stamp.as_ref()).await? {
        return Err(moved(store, found).await?);
    }
    let opened = look::open(session, stack, &found.ledger).await?;
    // The uuid is kept before any object carries it.
    let before = match &found.edition {
        Some(edition) => edition.clone(),
        None => store.write(&found.key, 0, ledger::write(&found.begun()), None).await?,
    };
    for taken in &found.taken {
        mark(&opened, found, taken, lock).await?;
        take_over(&opened, found, taken, lock).await?;
    }
    store.write(&found.key, found.ledger.serial, ledger::write(&found.ledger), Some(&before)).await?;
    Ok(())
}

async fn moved(store: &dyn LedgerStore, found: &Found) -> Result<EngineError, EngineError> {
    let present = ledgers::load(store, &found.key).await?.map_or(0, |loaded| loaded.ledger.serial);
    Ok(EngineError::LedgerMoved { location: found.location.clone(), planned: found.ledger.serial - 1, present })
}

/// Writes the owner mark of one object, if its kind carries one, after one more look at whose it is.
async fn mark(opened: &Opened, found: &Found, taken: &Marked, lock: &Lock) -> Result<(), EngineError> {
    let Marked { provider, mark, object } = taken;
    let failed = |why: String| {
        let (address, object) = (mark.address.clone(), object.id.clone());
        EngineError::from(AdoptError::NotMarked { address, object, why })
    };
    let row = found.ledger.rows.get(&mark.address);
    let attributes = row.map(|row| row.computed.clone()).unwrap_or_default();
    let question = look::question(mark.address.kind(), &object.id, attributes);
    let schema = found.ledger.schemas.get(mark.address.kind());
    let owner = match opened.ask(vec![(provider.clone(), question)]).await.pop() {
        Some(Live::Present(live)) if schema.is_some_and(|schema| settle::is_mark_unread(schema, &live)) => {
            return Err(failed("its owner mark could not be read".into()));
        }
        Some(Live::Present(live)) => live.owner,
        Some(Live::Unreadable { reason }) => return Err(failed(reason.to_string())),
        Some(Live::Absent | Live::Tombstone { .. }) | None => return Err(failed("it is gone by now".into())),
    };
    let carrier = schema.map(|schema| &schema.carrier);
    if owner.as_ref() == Some(mark) || matches!(carrier, None | Some(Carrier::None | Carrier::Name)) {
        return Ok(());
    }
    if owner != object.owner {
        return Err(failed("it carries another mark by now".into()));
    }
    let writer = opened.provider(provider).ok_or_else(|| failed("its provider is not open".into()))?;
    done(lock, &object.id, || writer.mark(mark.address.kind(), &object.id, mark))
        .await
        .map_err(|error| failed(error.why))
}

/// Takes the declared fields of one object over from who wrote them before.
async fn take_over(opened: &Opened, found: &Found, taken: &Marked, lock: &Lock) -> Result<(), EngineError> {
    let Marked { provider, mark, object } = taken;
    let Some(declared) = found.declared.get(&mark.address) else { return Ok(()) };
    let failed = |why: String| {
        let (address, object) = (mark.address.clone(), object.id.clone());
        EngineError::from(AdoptError::NotTakenOver { address, object, why })
    };
    let writer = opened.provider(provider).ok_or_else(|| failed("its provider is not open".into()))?;
    done(lock, &object.id, || writer.take_over(mark.address.kind(), &object.id, declared))
        .await
        .map_err(|error| failed(error.why))
}
