//! Ledgers in a local directory.
//!
//! ```text
//! <directory>/<stack>/<environment>/
//! ├─ ledger.json            the newest version
//! ├─ versions/<serial>.json the kept versions, the newest among them
//! ├─ revisions/<number>.json  what each apply made live, for `history` and `rollback`
//! ├─ plans/<run>.json       the plan of that run, for whoever goes on with it
//! ├─ journal/<run>/<n>.jsonl  the segments of a run that is going on, or was interrupted
//! ├─ finished/<run>/        the journals of runs that were folded
//! ├─ lock                   who applies now; the lock is the operating system's, so it ends with the process
//! └─ unlocked/              whose right to apply was ended by somebody else: by whom, and why
//! ```
//!
//! A file is written beside its place, synced, and renamed or linked into it, and then its directory is synced: at any
//! instant there is the old file or the new one, never half of one.

mod files;
mod right;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::Name;
use sha2::{Digest as _, Sha256};

use super::{Edition, Holder, Lasts, LedgerError, LedgerKey, LedgerStore, Lock, Stored};
use right::{Files, Right};

/// How many versions of a ledger are kept: enough to go back weeks, and a ledger of a hundred resources is small.
const VERSIONS_KEPT: usize = 50;

/// How long a lock that is taken is tried again before its holder is named: its holder may be about to end.
const LOCK_TRIES: u32 = 4;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Ledgers in a local directory.
#[derive(Clone, Debug)]
pub struct LocalLedgers {
    directory: PathBuf,
    /// The rights to apply that were taken through this: what is written is written under them.
    rights: Arc<Mutex<BTreeMap<LedgerKey, Weak<Right>>>>,
}

impl LocalLedgers {
    /// Ledgers in this directory, which is made when the first one is written.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), rights: Arc::default() }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn home(&self, key: &LedgerKey) -> PathBuf {
        self.directory.join(key.stack().as_str()).join(key.environment().as_str())
    }

    fn ledger(&self, key: &LedgerKey) -> PathBuf {
        self.home(key).join("ledger.json")
    }

    fn journal(&self, key: &LedgerKey, run: &str) -> PathBuf {
        self.home(key).join("journal").join(run)
    }

    fn finished_run(&self, key: &LedgerKey, run: &str) -> PathBuf {
        self.home(key).join("finished").join(run)
    }

    fn plan(&self, key: &LedgerKey, run: &str) -> PathBuf {
        self.home(key).join("plans").join(format!("{run}.json"))
    }

    fn revision_file(&self, key: &LedgerKey, number: u64) -> PathBuf {
        self.home(key).join("revisions").join(format!("{number}.json"))
    }

    /// Writes, unless the right to apply was ended. A process that was stopped in the middle of it finds that out afterwards.
    async fn writing<T: Send + 'static>(
        &self,
        key: &LedgerKey,
        write: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.still_right(key)?;
        match blocking(write).await {
            Ok(written) => Ok(written),
            Err(error) => self.still_right(key).and(Err(error)),
        }
    }

    /// Refuses somebody whose right to apply was ended.
    fn still_right(&self, key: &LedgerKey) -> Result<(), LedgerError> {
        let right = self.rights.lock().unwrap_or_else(PoisonError::into_inner).get(key).and_then(Weak::upgrade);
        match right.and_then(|right| right.lost()) {
            Some(reason) => Err(LedgerError::LockLost { location: self.location(key), reason }),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl LedgerStore for LocalLedgers {
    fn location(&self, key: &LedgerKey) -> String {
        self.ledger(key).display().to_string()
    }

    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError> {
        let directory = self.directory.clone();
        blocking(move || {
            let mut keys = Vec::new();
            for stack in files::names(&directory)? {
                for environment in files::names(&directory.join(&stack))? {
                    let ledger = directory.join(&stack).join(&environment).join("ledger.json");
                    if let (true, Ok(key)) = (ledger.is_file(), LedgerKey::new(&stack, &environment)) {
                        keys.push(key);
                    }
                }
            }
            keys.sort();
            Ok(keys)
        })
        .await
    }

    async fn read(&self, key: &LedgerKey) -> Result<Option<Stored>, LedgerError> {
        let path = self.ledger(key);
        blocking(move || {
            let bytes = files::read(&path)?;
            Ok(bytes.map(|bytes| Stored { edition: edition(&bytes), bytes }))
        })
        .await
    }

    async fn edition(&self, key: &LedgerKey) -> Result<Option<Edition>, LedgerError> {
        let path = self.ledger(key);
        blocking(move || Ok(files::digest(&path)?.map(|digest| Edition(digest.into())))).await
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError> {
        let (path, versions) = (self.ledger(key), self.home(key).join("versions"));
        let expected = expected.cloned();
        self.writing(key, move || {
            if files::digest(&path)?.map(|digest| Edition(digest.into())) != expected {
                return Err(LedgerError::Moved { location: path.display().to_string() });
            }
            // The copy first: if the process dies between the two, there is a version too many, not one too few.
            files::replace(&versions.join(format!("{serial}.json")), &bytes)?;
            files::replace(&path, &bytes)?;
            for old in numbers(&versions)?.into_iter().skip(VERSIONS_KEPT) {
                files::remove(&versions.join(format!("{old}.json")))?;
            }
            Ok(edition(&bytes))
        })
        .await
    }

    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        let versions = self.home(key).join("versions");
        blocking(move || numbers(&versions)).await
    }

    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError> {
        let path = self.home(key).join("versions").join(format!("{serial}.json"));
        blocking(move || Ok(files::read(&path)?.map(|bytes| (path.display().to_string(), bytes)))).await
    }

    async fn runs(&self, key: &LedgerKey) -> Result<Vec<Name>, LedgerError> {
        let journal = self.home(key).join("journal");
        blocking(move || {
            let mut runs = Vec::new();
            for run in files::names(&journal)? {
                if has_segment(&journal.join(&run))? {
                    runs.push(run.into());
                }
            }
            Ok(runs)
        })
        .await
    }

    async fn segments(&self, key: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        let (open, finished) = (self.journal(key, run), self.finished_run(key, run));
        blocking(move || {
            let journal = if has_segment(&open)? { open } else { finished };
            let numbers = files::names(&journal)?;
            let count = numbers.iter().filter(|name| name.ends_with(".jsonl")).count();
            let segment = |number| {
                let path = journal.join(format!("{number}.jsonl"));
                files::read(&path)?.ok_or_else(|| {
                    let gap = format!("there are {count} segments, and this one is not among them");
                    LedgerError::DamagedJournal { location: path.display().to_string(), source: gap.into() }
                })
            };
            (0..count).map(segment).collect()
        })
        .await
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let (journal, finished) = (self.journal(key, run), self.finished_run(key, run));
        let (location, run) = (self.location(key), Name::from(run));
        self.writing(key, move || {
            // A run that was folded meanwhile, by somebody who took over, has no place for another segment.
            let is_over = if number == 0 { has_segment(&finished)? } else { !journal.is_dir() };
            match is_over || !files::create(&journal.join(format!("{number}.jsonl")), &bytes)? {
                true => Err(LedgerError::SegmentExists { location, run, number }),
                false => Ok(()),
            }
        })
        .await
    }

    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let path = self.plan(key, run);
        self.writing(key, move || files::replace(&path, &bytes)).await
    }

    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.plan(key, run);
        blocking(move || files::read(&path)).await
    }

    async fn keep_revision(&self, key: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let path = self.revision_file(key, number);
        self.writing(key, move || files::replace(&path, &bytes)).await
    }

    async fn revisions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        let revisions = self.home(key).join("revisions");
        blocking(move || numbers(&revisions)).await
    }

    async fn revision(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.revision_file(key, number);
        blocking(move || files::read(&path)).await
    }

    async fn revision_head(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.revision_file(key, number);
        blocking(move || files::first_line(&path)).await
    }

    async fn drop_revision(&self, key: &LedgerKey, number: u64) -> Result<(), LedgerError> {
        let path = self.revision_file(key, number);
        self.writing(key, move || files::remove(&path)).await
    }

    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        let (journal, finished) = (self.journal(key, run), self.finished_run(key, run));
        let plan = self.plan(key, run);
        self.writing(key, move || {
            files::rename(&journal, &finished)?;
            files::remove(&plan)
        })
        .await
    }

    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        let finished = self.finished_run(key, run);
        blocking(move || has_segment(&finished)).await
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        let files = Files::new(&self.home(key));
        for _ in 0..LOCK_TRIES {
            let (files, holder) = (files.clone(), holder.clone());
            if let Some(right) = blocking(move || files.take(&holder)).await? {
                let right = Arc::new(right);
                let mut rights = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
                rights.insert(key.clone(), Arc::downgrade(&right));
                return Ok(Lock::new(right));
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        let (holder, lasts) = blocking(move || files.taken_by()).await?;
        Err(LedgerError::Locked { location: self.location(key), holder, lasts })
    }

    async fn holder(&self, key: &LedgerKey) -> Result<Option<(Holder, Lasts)>, LedgerError> {
        let files = Files::new(&self.home(key));
        blocking(move || files.holder()).await
    }

    async fn unlock(&self, key: &LedgerKey, by: &Holder, reason: &str) -> Result<Option<Holder>, LedgerError> {
        let (files, by, reason) = (Files::new(&self.home(key)), by.clone(), reason.to_owned());
        blocking(move || files.unlock(&by, &reason)).await
    }
}

/// Whether a run has a journal. Without a segment it was only about to begin when the disk was full or the process died: that
/// uses no plan up.
fn has_segment(journal: &Path) -> Result<bool, LedgerError> {
    Ok(!files::names(journal)?.is_empty())
}

fn edition(bytes: &[u8]) -> Edition {
    Edition(files::hex(&Sha256::digest(bytes)).into())
}

/// What the files of a directory are numbered with, the newest first.
fn numbers(directory: &Path) -> Result<Vec<u64>, LedgerError> {
    let names = files::names(directory)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    numbers.sort_by(|a, b| b.cmp(a));
    Ok(numbers)
}

/// File calls block, so they run where they block nobody.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result,
        Err(error) => Err(LedgerError::store("reach", "the ledger's directory", error)),
    }
}

#[cfg(test)]
mod tests;
