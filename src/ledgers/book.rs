//! Reading a ledger with its journal, and writing it back.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use flashinfra_plans::journal::{self, Effect, Folded, OpenIntent, ReadError, Record, State};
use flashinfra_plans::plan::OpenJournal;
use flashinfra_plans::{Address, Ledger, Name, ledger};

use super::{Edition, LedgerError, LedgerKey, LedgerStore, Stored};

/// A ledger as it is, with what an interrupted run did folded in.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The ledger. Its serial is the one that it will have once the open run is closed.
    pub ledger: Ledger,
    /// The version that the store has; none when there is no ledger yet.
    pub edition: Option<Edition>,
    /// The run that was not closed: it goes on, or it was interrupted.
    pub open: Option<OpenRun>,
    /// Runs that are part of the ledger, and were not put away.
    pub folded: Vec<Name>,
}

/// A run whose journal is not folded yet.
#[derive(Clone, Debug)]
pub struct OpenRun {
    /// Its name.
    pub run: Name,
    /// The digest of its plan.
    pub plan: Name,
    /// Who began it, from where and when.
    pub by: Name,
    /// The serial of the ledger that it started from.
    pub serial: u64,
    /// How many segments its journal has.
    pub segments: u32,
    /// Where each step stands that it began.
    pub steps: BTreeMap<u32, State>,
    /// What it started, and may or may not have done.
    pub intents: Vec<OpenIntent>,
    /// The addresses whose rows it wrote. Services may not show their objects yet.
    pub wrote: BTreeSet<Address>,
    /// Whether it ended by itself, and only the ledger was not written any more.
    pub ended: bool,
}

impl OpenRun {
    /// How far it has come.
    pub(crate) fn journal(&self) -> OpenJournal {
        OpenJournal { run: self.run.clone(), segments: self.segments }
    }
}

/// Reads a ledger; none when there is neither a ledger nor a run that is to begin one.
///
/// # Errors
/// When it cannot be read, or makes no sense; the error then names the newest version that does.
pub async fn load(store: &dyn LedgerStore, key: &LedgerKey) -> Result<Option<Loaded>, LedgerError> {
    loop {
        let Some(stored) = store.read(key).await? else {
            if store.versions(key).await?.is_empty() || is_only_begun(store, key).await? {
                return Ok(None);
            }
            // The first apply may have made it in between.
            if store.edition(key).await?.is_some() {
                continue;
            }
            // A new ledger beside the versions of a lost one would own nothing of what the lost one owned.
            return Err(damaged(store, key, "it is gone, and older versions of it are kept".into()).await);
        };
        let Stored { bytes, edition } = stored;
        let ledger = ledger::read(&bytes);
        // A plan is short of memory while it reads, and these are not needed any more.
        drop(bytes);
        let ledger = match ledger {
            Ok(ledger) if ledger.stack == *key.stack() && ledger.environment == *key.environment() => ledger,
            Ok(ledger) => {
                let other = format!("it is the ledger of {}/{}", ledger.stack, ledger.environment);
                return Err(damaged(store, key, other.into()).await);
            }
            Err(source @ ledger::LedgerError::NewerFormat { .. }) => {
                let (location, help) = (store.location(key), source.help());
                return Err(LedgerError::Newer { location, help, source: source.into() });
            }
            Err(source @ ledger::LedgerError::Format { .. }) => return Err(damaged(store, key, source.into()).await),
        };
        let runs = journals(store, key, &ledger).await?;
        // An apply that goes on may have folded its journal in between; then both are read again.
        if store.edition(key).await?.as_ref() == Some(&edition) {
            return fold(ledger, edition, runs, &store.location(key)).map(Some);
        }
    }
}

/// Whether nobody has applied since this was loaded; none when there was no ledger.
///
/// # Errors
/// As for [`load`].
pub(crate) async fn is_unchanged(
    store: &dyn LedgerStore,
    key: &LedgerKey,
    loaded: Option<&Stamp>,
) -> Result<bool, LedgerError> {
    // A run that has no journal yet has done nothing, and one that has none any more has changed the ledger before that: so,
    // in this order, the ledger need not be read again, which takes as long as a good part of the plan.
    if store.runs(key).await?.is_empty() {
        let edition = loaded.and_then(|stamp| stamp.edition.as_ref());
        return Ok(loaded.is_none_or(|stamp| stamp.segments == 0) && store.edition(key).await?.as_ref() == edition);
    }
    Ok(load(store, key).await?.as_ref().map(Stamp::of).as_ref() == loaded)
}

/// What changes whenever somebody applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    edition: Option<Edition>,
    /// How many segments the journal of the open run has; a run that began has one.
    segments: u32,
}

impl Stamp {
    pub(crate) fn of(loaded: &Loaded) -> Self {
        Self { edition: loaded.edition.clone(), segments: loaded.open.as_ref().map_or(0, |run| run.segments) }
    }
}

/// Whether all that there is of a ledger is the copy of its first version, which owns nothing: the first apply died before it
/// wrote the ledger itself. No run can have begun without that.
async fn is_only_begun(store: &dyn LedgerStore, key: &LedgerKey) -> Result<bool, LedgerError> {
    if store.versions(key).await? != [0] || !store.runs(key).await?.is_empty() {
        return Ok(false);
    }
    let first = store.version(key, 0).await?;
    Ok(first.is_some_and(|(_, bytes)| ledger::read(&bytes).is_ok_and(|ledger| ledger.rows.is_empty())))
}

/// A run's journal.
struct Journal {
    run: Name,
    segments: u32,
    /// The serial that it started from.
    serial: u64,
    records: Vec<Record>,
}

/// The journals that are not part of the ledger, and the runs that are.
struct Journals {
    unfolded: Vec<Journal>,
    folded: Vec<Name>,
}

async fn journals(store: &dyn LedgerStore, key: &LedgerKey, ledger: &Ledger) -> Result<Journals, LedgerError> {
    let mut journals = Journals { unfolded: Vec::new(), folded: Vec::new() };
    for run in store.runs(key).await? {
        let segments = store.segments(key, &run).await?;
        let mut records = Vec::new();
        for (number, bytes) in segments.iter().enumerate() {
            let location = || format!("segment {number} of the journal of run {run} at {}", store.location(key));
            records.extend(journal::read(bytes).map_err(|error| match &error {
                ReadError::NewerFormat { .. } => {
                    LedgerError::Newer { location: location(), help: error.help(), source: error.into() }
                }
                ReadError::Malformed { .. } => {
                    LedgerError::DamagedJournal { location: location(), source: error.into() }
                }
            })?);
        }
        let begun = records.iter().find_map(|record| match record {
            Record::Begun { serial, .. } => Some(*serial),
            _ => None,
        });
        if segments.is_empty() {
            // It is being put away just now.
            continue;
        }
        let serial = begun.unwrap_or(ledger.serial);
        // A run is folded once it has ended. It stays when the process dies before it is put away.
        if serial < ledger.serial && records.last() == Some(&Record::Ended) {
            journals.folded.push(run);
            continue;
        }
        let segments = u32::try_from(segments.len()).unwrap_or(u32::MAX);
        journals.unfolded.push(Journal { run, segments, serial, records });
    }
    Ok(journals)
}

/// Who began a run, from where and when, as its first segment says; empty when that cannot be read any more.
pub(crate) async fn begun_by(store: &dyn LedgerStore, key: &LedgerKey, run: &str) -> Name {
    let segments = store.segments(key, run).await.unwrap_or_default();
    let records: Vec<Record> =
        segments.first().and_then(|first| journal::read(first).ok()).into_iter().flatten().collect();
    by(&records)
}

/// Who began the run that wrote these records.
fn by(records: &[Record]) -> Name {
    let by = records.iter().find_map(|record| match record {
        Record::Begun { by, .. } => Some(by.clone()),
        _ => None,
    });
    by.unwrap_or_default()
}

fn fold(ledger: Ledger, edition: Edition, journals: Journals, location: &str) -> Result<Loaded, LedgerError> {
    let Journals { mut unfolded, folded } = journals;
    let serial = ledger.serial;
    // One at a time applies, and closes what it finds open before it begins. Only whoever was told that nobody has the right to
    // apply any more, while somebody had, leaves a second one, or one that the ledger has gone past.
    if unfolded.len() > 1 || unfolded.iter().any(|journal| journal.serial < serial) {
        let (location, runs) = (location.into(), unfolded.iter().map(Journal::told).collect());
        return Err(LedgerError::RunsBeside { location, runs });
    }
    let Some(Journal { run, segments, records, .. }) = unfolded.pop() else {
        return Ok(Loaded { ledger, edition: Some(edition), open: None, folded });
    };
    let Folded { mut ledger, plan, steps, open: intents, ended, .. } =
        journal::fold(ledger, &records).map_err(|source| LedgerError::DamagedJournal {
            location: format!("the journal of run {run} at {location}"),
            source: source.into(),
        })?;
    ledger.serial = serial + 1;
    let wrote = records.iter().filter_map(written).cloned().collect();
    let (plan, by) = (plan.unwrap_or_default(), by(&records));
    let open = OpenRun { run, plan, by, serial, segments, steps, intents, wrote, ended };
    Ok(Loaded { ledger, edition: Some(edition), open: Some(open), folded })
}

impl Journal {
    /// The run for people: who began it, and what it made or may have made.
    fn told(&self) -> String {
        let made: BTreeMap<&Address, &str> = self.records.iter().filter_map(made).collect();
        let each = made.into_iter().map(|(address, id)| match id {
            "" => format!("{address} (its id is not known)"),
            id => format!("{address} ({id})"),
        });
        let each: Vec<String> = each.collect();
        let made = if each.is_empty() { "made nothing".into() } else { format!("made {}", each.join(", ")) };
        format!("run {} by {} {made}", self.run, by(&self.records))
    }
}

/// What a record says that a create made, or is about to make.
fn made(record: &Record) -> Option<(&Address, &str)> {
    match record {
        Record::Started(intent) if intent.act == "create" => Some((&intent.address, "")),
        Record::Done { effect: Effect::Put(address, row), .. }
        | Record::Failed { effect: Some(Effect::Put(address, row)), .. } => {
            Some((address, row.current.as_ref().map_or("", |owned| owned.id.as_str())))
        }
        _ => None,
    }
}

/// The address whose row a record wrote.
fn written(record: &Record) -> Option<&Address> {
    match record {
        Record::Done { effect: Effect::Put(address, _) | Effect::Rename { to: address, .. }, .. } => Some(address),
        _ => None,
    }
}

/// Names the newest kept version that can be read.
async fn damaged(store: &dyn LedgerStore, key: &LedgerKey, source: Box<dyn Error + Send + Sync>) -> LedgerError {
    let mut previous = None;
    for serial in store.versions(key).await.unwrap_or_default() {
        if let Ok(Some((location, bytes))) = store.version(key, serial).await
            && ledger::read(&bytes).is_ok()
        {
            previous = Some((location, serial));
            break;
        }
    }
    LedgerError::Damaged { location: store.location(key), previous, source }
}
