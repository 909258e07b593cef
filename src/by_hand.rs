//! By hand: what a person does to one object beside its definition, under the right to apply, and recorded, so that the next plan says
//! whose it is.
//!
//! As everywhere, the intent is durable before the call: the ledger says who is about to do what. What came of it is written after that. A
//! process that dies in between leaves the intent, and whoever plans looks at the object and tells. Nothing is in anybody's way for it:
//! what was begun is what a person wanted at that moment, and is not gone on with.

use std::collections::BTreeMap;

use flashinfra_plans::ledger::by_hand::{ByHand, Looked, Stage};
use flashinfra_plans::{Address, Ledger, Name, Value, ledger};
use flashinfra_providers::{Operable, Operate, Operation, Provider};

use crate::able;
use crate::again::{NotDone, done};
use crate::error::EngineError;
use crate::ledgers::{self, Edition, LedgerKey, Loaded, Lock};
use crate::open::{self, Configuring};
use crate::owned;
use crate::read::Opened;
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

/// What became of something that was begun, and whose end nobody had noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whose object it was done to.
    pub address: Address,
    /// What was begun, by whom, when and why.
    pub begun: ByHand,
    /// What the object shows of it.
    pub looked: Looked,
}

/// Does it to the object of an address, and notes who does, when and why.
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

/// The ledger of a stack in which something was begun by hand and nobody noted its end; none when there is no such thing. Nothing is
/// changed, and nothing live is read.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn begun(session: &Session, key: &LedgerKey) -> Result<Option<Ledger>, EngineError> {
    let loaded = ledgers::load(session.ledgers.as_ref(), key).await?;
    Ok(loaded.map(|loaded| loaded.ledger).filter(|ledger| ledger.begun_by_hand().next().is_some()))
}

/// Looks what became of all that was begun, and notes it. What nobody can tell stays to be found out.
///
/// # Errors
/// When somebody applies or does something by hand just now, a run is not over, or nobody can look.
pub async fn settle(session: &Session, key: &LedgerKey) -> Result<Vec<Settled>, EngineError> {
    let lock = session.ledgers.lock(key, &session.holder).await?;
    let settled = async {
        let mut record = Record::load(session, key).await?;
        let providers = record.ledger.begun_by_hand().filter_map(|(address, _)| record.ledger.rows.get(address));
        let opened = opened(session, &record.ledger, providers.map(|row| &row.provider)).await?;
        let (settled, is_new) = record.settle(&opened, |_| true).await;
        if is_new {
            record.write().await?;
        }
        Ok(settled)
    };
    let settled = settled.await;
    lock.release().await;
    settled
}

/// What the objects show of all that was begun, by address and command.
pub(crate) async fn look(opened: &Opened, ledger: &Ledger) -> BTreeMap<(Address, Name), Looked> {
    let mut all = BTreeMap::new();
    for (address, begun) in ledger.begun_by_hand() {
        all.insert((address.clone(), begun.act.clone()), looked(opened, ledger, address, begun).await);
    }
    all
}

/// A ledger to which something is noted.
struct Record<'a> {
    session: &'a Session,
    key: &'a LedgerKey,
    ledger: Ledger,
    edition: Option<Edition>,
}

impl<'a> Record<'a> {
    async fn load(session: &'a Session, key: &'a LedgerKey) -> Result<Self, EngineError> {
        let store = session.ledgers.as_ref();
        match ledgers::load(store, key).await? {
            Some(Loaded { open: Some(run), .. }) => Err(EngineError::RunOpen { run: run.run, open: run.intents.len() }),
            Some(Loaded { ledger, edition, .. }) => Ok(Self { session, key, ledger, edition }),
            None => {
                let (stack, environment) = (key.stack().clone(), key.environment().clone());
                Err(EngineError::NoLedger { stack, environment, location: store.location(key) })
            }
        }
    }

    async fn write(&mut self) -> Result<(), EngineError> {
        let Self { session, key, ledger, edition } = self;
        ledger.serial += 1;
        let written = session.ledgers.write(key, ledger.serial, ledger::write(ledger), edition.as_ref()).await?;
        *edition = Some(written);
        Ok(())
    }

    /// Finds out what became of what was begun at some addresses, and whether there is anything to be written now.
    async fn settle(&mut self, opened: &Opened, of: impl Fn(&Address) -> bool) -> (Vec<Settled>, bool) {
        let begun: Vec<(Address, ByHand)> = self
            .ledger
            .begun_by_hand()
            .filter(|(address, _)| of(address))
            .map(|(address, begun)| (address.clone(), begun.clone()))
            .collect();
        let (mut all, mut is_new) = (Vec::new(), false);
        for (address, begun) in begun {
            let looked = looked(opened, &self.ledger, &address, &begun).await;
            is_new |= self.ledger.settle_by_hand(&address, &begun, &looked);
            all.push(Settled { address, begun, looked });
        }
        (all, is_new)
    }
}

async fn while_locked(
    session: &Session,
    key: &LedgerKey,
    address: &Address,
    wanted: &Wanted,
    why: &str,
    lock: &Lock,
) -> Result<Done, EngineError> {
    let mut record = Record::load(session, key).await?;
    let (row, owned) = owned::owned(&record.ledger, address)?;
    let (at, object, provider) = (session.holder.began(), owned.id.clone(), row.provider.clone());
    let operation = match wanted {
        Wanted::Scale(replicas) => Operation::Scale(*replicas),
        Wanted::Restart => Operation::Restart(at.clone()),
    };
    let act = operation.name();
    let request =
        Operate { kind: address.kind().into(), id: object.clone(), attributes: row.applied.clone(), operation };
    let failed = |why: String| EngineError::NotOperated { act, address: address.clone(), why };
    let opened = opened(session, &record.ledger, [&provider]).await?;
    let provider = opened.provider(&provider).ok_or_else(|| failed("its provider is not open".into()))?;
    // Whoever was here before and died may be who explains what is live.
    let (_, is_settled) = record.settle(&opened, |of| of == address).await;
    let asked = provider.operable(&request).await;
    let Operable { changed, is_done } =
        asked.map_err(|error| able::failed(&error, session, provider.as_ref(), &record.ledger, act, address))?;
    if is_done == Some(true) {
        if is_settled {
            record.write().await?;
        }
        return Ok(Done { object, changed, is_new: false });
    }
    let set = match (wanted, &changed) {
        (Wanted::Scale(replicas), Some((path, _))) => Some((path.clone(), Value::Integer((*replicas).into()))),
        (Wanted::Scale(_) | Wanted::Restart, _) => None,
    };
    let by = session.holder.person().into();
    let begun = ByHand { act: act.into(), set, by, at, why: why.into(), stage: Stage::Begun };
    record.ledger.note_by_hand(address, begun.clone());
    record.write().await?;
    call(&mut record, provider.as_ref(), address, &request, &begun, lock).await?;
    Ok(Done { object, changed, is_new: true })
}

/// Makes the call of what is noted as begun, and notes what came of it.
async fn call(
    record: &mut Record<'_>,
    provider: &dyn Provider,
    address: &Address,
    request: &Operate,
    begun: &ByHand,
    lock: &Lock,
) -> Result<(), EngineError> {
    let act = request.operation.name();
    let failed = |why: String| EngineError::NotOperated { act, address: address.clone(), why };
    if let Err(NotDone { why, is_sure }) = done(lock, &request.id, || provider.operate(request)).await {
        if is_sure {
            record.ledger.settle_by_hand(address, begun, &Looked::NotShown);
            record.write().await?;
            return Err(failed(why));
        }
        // Whether it was done only the object knows.
        let now = provider.operable(request).await;
        if !now.is_ok_and(|now| now.is_done == Some(true)) {
            return Err(failed(format!("{why}. It may be done, now or in a moment: the next plan looks, and tells")));
        }
    }
    record.ledger.settle_by_hand(address, begun, &Looked::Done);
    record.write().await
}

/// What the object of an address shows of something that was begun.
async fn looked(opened: &Opened, ledger: &Ledger, address: &Address, begun: &ByHand) -> Looked {
    let unknown = |why: &str| Looked::Unknown(why.into());
    let row = ledger.rows.get(address);
    let Some((row, owned)) = row.and_then(|row| Some((row, row.current.as_ref()?))) else {
        return unknown("there is no such object any more");
    };
    let operation = match (begun.act.as_str(), &begun.set) {
        ("scale", Some((_, Value::Integer(replicas)))) => u32::try_from(*replicas).ok().map(Operation::Scale),
        ("restart", _) => Some(Operation::Restart(begun.at.clone())),
        (_, _) => None,
    };
    let Some(operation) = operation else { return unknown("this version does not know that command") };
    let Some(reader) = opened.reader(&row.provider) else { return unknown("its provider is not open") };
    let (kind, id, attributes) = (address.kind().into(), owned.id.clone(), row.applied.clone());
    match reader.operable(&Operate { kind, id, attributes, operation }).await {
        Ok(Operable { is_done: Some(true), .. }) => Looked::Done,
        Ok(Operable { is_done: Some(false), .. }) => Looked::NotShown,
        Ok(Operable { is_done: None, .. }) => unknown("an object of this kind does not show it"),
        Err(error) => Looked::Unknown(error.to_string().into()),
    }
}

/// Opens provider instances of a ledger, and proves where they are.
async fn opened<'n>(
    session: &Session,
    ledger: &Ledger,
    providers: impl IntoIterator<Item = &'n Name>,
) -> Result<Opened, EngineError> {
    let instances = open::needed(ledger, providers);
    let opened = open::open(session, &instances, &ledger.schemas, &Configuring::of(ledger)).await?;
    opened.check_places(&ledger.places)?;
    Ok(opened)
}
