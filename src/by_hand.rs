//! By hand: what a person does to one object beside its definition, under the right to apply, and recorded, so that the next plan says
//! whose it is.
//!
//! The call comes first and the record after it. A process that dies in between leaves a difference that the next plan shows without a name.

use flashinfra_plans::ledger::by_hand::ByHand;
use flashinfra_plans::{Address, Ledger, Name, Value, ledger};
use flashinfra_providers::{Operate, Operated, Operation};

use crate::again::done;
use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey, Loaded, Lock};
use crate::open::{self, Configuring};
use crate::session::Session;

/// What a person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To run so many.
    Scale(u32),
    /// To start all anew.
    Restart,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The object.
    pub object: Name,
    /// The attribute that changed, and its value before.
    pub changed: Option<(Name, Option<Value>)>,
    /// Whether anything was done: nothing is when all was so already.
    pub is_new: bool,
}

/// Does it to the object of an address, and notes who did, when and why.
///
/// # Errors
/// When somebody applies, a run is not over, there is no such object, or its kind cannot do that.
pub async fn operate(
    session: &Session,
    key: &LedgerKey,
    address: &Address,
    wanted: &Wanted,
    why: &str,
) -> Result<Done, EngineError> {
    let lock = session.ledgers.lock(key, &session.holder).await?;
    let done = while_locked(session, key, address, wanted, why, &lock).await;
    lock.release().await;
    done
}

async fn while_locked(
    session: &Session,
    key: &LedgerKey,
    address: &Address,
    wanted: &Wanted,
    why: &str,
    lock: &Lock,
) -> Result<Done, EngineError> {
    let store = session.ledgers.as_ref();
    let location = store.location(key);
    let (mut ledger, edition) = match ledgers::load(store, key).await? {
        Some(Loaded { open: Some(run), .. }) => {
            return Err(EngineError::RunOpen { run: run.run, open: run.intents.len() });
        }
        Some(Loaded { ledger, edition, .. }) => (ledger, edition),
        None => {
            let (stack, environment) = (key.stack().clone(), key.environment().clone());
            return Err(EngineError::NoLedger { stack, environment, location });
        }
    };
    let row = ledger.rows.get(address);
    let Some((row, owned)) = row.and_then(|row| Some((row, row.current.as_ref()?))) else {
        return Err(EngineError::NoRow { location, address: address.clone() });
    };
    let at = session.holder.began();
    let operation = match wanted {
        Wanted::Scale(replicas) => Operation::Scale(*replicas),
        Wanted::Restart => Operation::Restart(at.clone()),
    };
    let (kind, object) = (address.kind().into(), owned.id.clone());
    let request = Operate { kind, id: object.clone(), attributes: row.applied.clone(), operation };
    let Operated { changed } = called(session, &ledger, &row.provider, address, &request, lock).await?;
    let value = match wanted {
        Wanted::Scale(replicas) => Some(Value::Integer((*replicas).into())),
        Wanted::Restart => None,
    };
    let set = changed.as_ref().and_then(|(path, _)| Some((path.clone(), value?)));
    let is_new = match (&changed, &set) {
        (Some((_, before)), Some((_, now))) => before.as_ref() != Some(now),
        (_, _) => true,
    };
    if is_new {
        let (act, by) = (request.operation.name().into(), session.holder.person().into());
        ledger.note_by_hand(address, ByHand { act, set, by, at, why: why.into() });
        ledger.serial += 1;
        store.write(key, ledger.serial, ledger::write(&ledger), edition.as_ref()).await?;
    }
    Ok(Done { object, changed, is_new })
}

/// Makes the call, where the object is.
async fn called(
    session: &Session,
    ledger: &Ledger,
    provider: &Name,
    address: &Address,
    request: &Operate,
    lock: &Lock,
) -> Result<Operated, EngineError> {
    let instances = open::needed(ledger, [provider]);
    let opened = open::open(session, &instances, &ledger.schemas, &Configuring::of(ledger)).await?;
    opened.check_places(&ledger.places)?;
    let failed =
        |why: String| EngineError::NotOperated { act: request.operation.name(), address: address.clone(), why };
    let writer = opened.provider(provider).ok_or_else(|| failed("its provider is not open".into()))?;
    done(lock, &request.id, || writer.operate(request)).await.map_err(failed)
}
