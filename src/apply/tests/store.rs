//! Ledgers in memory: durable at once, so that thousands of runs take seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::Name;

use crate::ledgers::{Edition, Hold, Holder, Lasts, LedgerError, LedgerKey, LedgerStore, Lock, Stored};

/// Ledgers in memory. All keys share one ledger: a test has one stack.
#[derive(Default)]
pub(super) struct MemoryLedgers(Mutex<Content>);

#[derive(Default)]
struct Content {
    versions: BTreeMap<u64, Vec<u8>>,
    plans: BTreeMap<Name, Vec<u8>>,
    revisions: BTreeMap<u64, Vec<u8>>,
    journals: BTreeMap<Name, Vec<Vec<u8>>>,
    finished: BTreeSet<Name>,
    lock: Arc<()>,
}

impl MemoryLedgers {
    fn with<T>(&self, act: impl FnOnce(&mut Content) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

impl Content {
    fn newest(&self) -> Option<Stored> {
        let (serial, bytes) = self.versions.last_key_value()?;
        Some(Stored { bytes: bytes.clone(), edition: Edition(serial.to_string().into()) })
    }
}

/// Held until it is given back or dropped.
struct Held(Mutex<Option<Arc<()>>>);

#[async_trait]
impl Hold for Held {
    fn outlives(&self, _: Duration) -> bool {
        self.0.lock().unwrap().is_some()
    }

    async fn release(&self) {
        self.0.lock().unwrap().take();
    }
}

#[async_trait]
impl LedgerStore for MemoryLedgers {
    fn location(&self, key: &LedgerKey) -> String {
        format!("memory:{key}")
    }

    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError> {
        Ok(Vec::new())
    }

    async fn read(&self, _: &LedgerKey) -> Result<Option<Stored>, LedgerError> {
        Ok(self.with(|content| content.newest()))
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError> {
        self.with(|content| {
            if content.newest().map(|stored| stored.edition).as_ref() != expected {
                return Err(LedgerError::Moved { location: self.location(key) });
            }
            content.versions.insert(serial, bytes);
            Ok(Edition(serial.to_string().into()))
        })
    }

    async fn versions(&self, _: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        Ok(self.with(|content| content.versions.keys().rev().copied().collect()))
    }

    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError> {
        Ok(self.with(|content| content.versions.get(&serial).map(|bytes| (self.location(key), bytes.clone()))))
    }

    async fn runs(&self, _: &LedgerKey) -> Result<Vec<Name>, LedgerError> {
        Ok(self.with(|content| content.journals.keys().cloned().collect()))
    }

    async fn segments(&self, _: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        Ok(self.with(|content| content.journals.get(run).cloned().unwrap_or_default()))
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.with(|content| {
            let journal = content.journals.entry(run.into()).or_default();
            if journal.len() != number as usize {
                let (location, run) = (self.location(key), run.into());
                return Err(LedgerError::SegmentExists { location, run, number });
            }
            journal.push(bytes);
            Ok(())
        })
    }

    async fn keep_plan(&self, _: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.with(|content| content.plans.insert(run.into(), bytes));
        Ok(())
    }

    async fn kept_plan(&self, _: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.with(|content| content.plans.get(run).cloned()))
    }

    async fn keep_revision(&self, _: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.with(|content| content.revisions.insert(number, bytes));
        Ok(())
    }

    async fn revisions(&self, _: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        Ok(self.with(|content| content.revisions.keys().rev().copied().collect()))
    }

    async fn revision(&self, _: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.with(|content| content.revisions.get(&number).cloned()))
    }

    async fn drop_revision(&self, _: &LedgerKey, number: u64) -> Result<(), LedgerError> {
        self.with(|content| content.revisions.remove(&number));
        Ok(())
    }

    async fn finish(&self, _: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        self.with(|content| {
            content.plans.remove(run);
            content.journals.remove(run);
            content.finished.insert(run.into());
        });
        Ok(())
    }

    async fn finished(&self, _: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        Ok(self.with(|content| content.finished.contains(run)))
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        // The steps of a run that was dropped end when the runtime gets to them.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.with(|content| match Arc::strong_count(&content.lock) {
            1 => Ok(Lock::new(Held(Mutex::new(Some(content.lock.clone()))))),
            _ => {
                let (location, holder) = (self.location(key), holder.clone());
                Err(LedgerError::Locked { location, holder, lasts: Lasts::AsItsProcess })
            }
        })
    }
}
