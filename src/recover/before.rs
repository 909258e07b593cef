//! What is left of the ledger that was lost.

use flashinfra_plans::journal::{self, Record};
use flashinfra_plans::{Ledger, Name, ledger};

use super::error::RecoverError;
use crate::error::EngineError;
use crate::ledgers::{self, Edition, LedgerError, LedgerKey, LedgerStore};

/// A version of the lost ledger that can be read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it is.
    pub location: String,
    /// The version.
    pub ledger: Ledger,
}

/// What is left of the ledger that was lost.
#[derive(Clone, Debug)]
pub(super) struct Before {
    /// The damaged ledger, or the one whose journal is, which is there still.
    pub(super) damaged: Option<(Vec<u8>, Edition)>,
    /// The newest version that can be read.
    pub(super) kept: Option<Kept>,
    /// The highest serial that anything of it names.
    pub(super) serial: u64,
    /// Runs that were not folded into it.
    pub(super) runs: Vec<Name>,
}

impl Before {
    /// Looks for it.
    ///
    /// # Errors
    /// When there is a ledger that can be read with its journal, by this version or a newer one, or something cannot be read.
    pub(super) async fn read(store: &dyn LedgerStore, key: &LedgerKey) -> Result<Self, EngineError> {
        let location = store.location(key);
        let damaged = match store.read(key).await? {
            None => None,
            Some(stored) => match ledger::read(&stored.bytes) {
                Ok(ledger) if ledger.stack == *key.stack() && ledger.environment == *key.environment() => {
                    // What a run did whose journal cannot be read is as lost as a ledger: nothing but marks tells of it.
                    match ledgers::load(store, key).await {
                        Err(LedgerError::DamagedJournal { .. }) => Some((stored.bytes, stored.edition)),
                        Ok(_) | Err(_) => {
                            let (serial, owned) = (ledger.serial, ledger.rows.len());
                            return Err(RecoverError::LedgerThere { location, serial, owned }.into());
                        }
                    }
                }
                Err(source @ ledger::LedgerError::NewerFormat { .. }) => {
                    let help = source.help();
                    return Err(LedgerError::Newer { location, help, source: source.into() }.into());
                }
                Ok(_) | Err(ledger::LedgerError::Format { .. }) => Some((stored.bytes, stored.edition)),
            },
        };
        let mut serial = 0;
        let mut kept = None;
        for version in store.versions(key).await? {
            serial = serial.max(version);
            if kept.is_none()
                && let Some((location, bytes)) = store.version(key, version).await?
                && let Ok(ledger) = ledger::read(&bytes)
            {
                kept = Some(Kept { location, ledger });
            }
        }
        let runs = store.runs(key).await?;
        for run in &runs {
            serial = serial.max(begun(store, key, run).await);
        }
        Ok(Self { damaged, kept, serial, runs })
    }
}

/// The serial that a run began from; 0 when its journal does not tell.
async fn begun(store: &dyn LedgerStore, key: &LedgerKey, run: &Name) -> u64 {
    let segments = store.segments(key, run).await.unwrap_or_default();
    let records = segments.first().and_then(|bytes| journal::read(bytes).ok());
    let begun = records.into_iter().flatten().find_map(|record| match record {
        Record::Begun { serial, .. } => Some(serial),
        _ => None,
    });
    begun.unwrap_or_default()
}
