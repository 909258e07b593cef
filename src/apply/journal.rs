//! The writing side of a run's journal: records gather, and become durable together in one immutable segment.

use std::sync::Arc;

use flashinfra_plans::Name;
use flashinfra_plans::journal::{self, Record};
use uuid::Uuid;

use crate::ledgers::{LedgerError, LedgerKey, LedgerStore};

/// A run's journal.
pub(crate) struct Journal {
    store: Arc<dyn LedgerStore>,
    key: LedgerKey,
    run: Name,
    next: u32,
    pending: Vec<Record>,
}

impl Journal {
    /// The journal of a run that has this many segments already.
    pub(crate) fn new(store: Arc<dyn LedgerStore>, key: LedgerKey, run: Name, segments: u32) -> Self {
        Self { store, key, run, next: segments, pending: Vec::new() }
    }

    /// Adds a record to the next segment.
    pub(crate) fn push(&mut self, record: Record) {
        self.pending.push(record);
    }

    /// Makes all records so far durable: what ended, and with it what starts because of that.
    ///
    /// # Errors
    /// When the segment could not be written, or somebody else wrote it. Nothing may be started then.
    pub(crate) async fn commit(&mut self) -> Result<(), LedgerError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let nonce = Uuid::new_v4().to_string();
        let bytes = journal::write(&self.pending, &nonce);
        match self.store.append(&self.key, &self.run, self.next, bytes.clone()).await {
            Err(error @ LedgerError::SegmentExists { .. }) => {
                // The store may have written it and its answer got lost: the nonce tells ours from another's.
                let segments = self.store.segments(&self.key, &self.run).await?;
                if segments.get(self.next as usize) != Some(&bytes) {
                    return Err(error);
                }
            }
            other => other?,
        }
        self.pending.clear();
        self.next += 1;
        Ok(())
    }
}
