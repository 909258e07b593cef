//! Ledgers in a local directory.
//!
//! ```text
//! <directory>/<stack>/<environment>/
//! ├─ ledger.json            the newest version
//! ├─ versions/<serial>.json the kept versions, the newest among them
//! ├─ plans/<run>.json       the plan of that run, for whoever goes on with it
//! ├─ journal/<run>/<n>.jsonl  the segments of a run that is going on, or was interrupted
//! ├─ finished/<run>/        the journals of runs that were folded
//! └─ lock                   who applies now; the lock is the operating system's, so it ends with the process
//! ```
//!
//! A file is written beside its place, synced, and renamed or linked into it, and then its directory is synced: at any
//! instant there is the old file or the new one, never half of one.

mod files;

use std::fs::{File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::Name;
use sha2::{Digest as _, Sha256};

use super::{Hold, Holder, LedgerError, LedgerKey, LedgerStore, Lock, Revision, Stored};

/// How many versions of a ledger are kept: enough to go back weeks, and a ledger of a hundred resources is small.
const VERSIONS_KEPT: usize = 50;

/// How long a lock that is taken is tried again before its holder is named: its holder may be about to end.
const LOCK_TRIES: u32 = 4;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Ledgers in a local directory.
#[derive(Clone, Debug)]
pub struct LocalLedgers {
    directory: PathBuf,
}

impl LocalLedgers {
    /// Ledgers in this directory, which is made when the first one is written.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
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

    fn plan(&self, key: &LedgerKey, run: &str) -> PathBuf {
        self.home(key).join("plans").join(format!("{run}.json"))
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
            Ok(bytes.map(|bytes| Stored { revision: revision(&bytes), bytes }))
        })
        .await
    }

    async fn revision(&self, key: &LedgerKey) -> Result<Option<Revision>, LedgerError> {
        let path = self.ledger(key);
        blocking(move || Ok(files::digest(&path)?.map(|digest| Revision(digest.into())))).await
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Revision>,
    ) -> Result<Revision, LedgerError> {
        let (path, versions) = (self.ledger(key), self.home(key).join("versions"));
        let expected = expected.cloned();
        blocking(move || {
            if files::digest(&path)?.map(|digest| Revision(digest.into())) != expected {
                return Err(LedgerError::Moved { location: path.display().to_string() });
            }
            // The copy first: if the process dies between the two, there is a version too many, not one too few.
            files::replace(&versions.join(format!("{serial}.json")), &bytes)?;
            files::replace(&path, &bytes)?;
            for old in serials(&versions)?.into_iter().skip(VERSIONS_KEPT) {
                files::remove(&versions.join(format!("{old}.json")))?;
            }
            Ok(revision(&bytes))
        })
        .await
    }

    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        let versions = self.home(key).join("versions");
        blocking(move || serials(&versions)).await
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
        let journal = self.journal(key, run);
        blocking(move || {
            let numbers = files::names(&journal)?;
            let count = numbers.iter().filter(|name| name.ends_with(".jsonl")).count();
            let segment = |number| {
                let path = journal.join(format!("{number}.jsonl"));
                files::read(&path)?.ok_or_else(|| {
                    let gap = format!("there are {count} segments, and this one is not among them");
                    LedgerError::Damaged { location: path.display().to_string(), previous: None, source: gap.into() }
                })
            };
            (0..count).map(segment).collect()
        })
        .await
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let path = self.journal(key, run).join(format!("{number}.jsonl"));
        let (location, run) = (self.location(key), Name::from(run));
        blocking(move || match files::create(&path, &bytes)? {
            true => Ok(()),
            false => Err(LedgerError::SegmentExists { location, run, number }),
        })
        .await
    }

    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let path = self.plan(key, run);
        blocking(move || files::replace(&path, &bytes)).await
    }

    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.plan(key, run);
        blocking(move || files::read(&path)).await
    }

    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        let (journal, finished) = (self.journal(key, run), self.home(key).join("finished").join(run));
        let plan = self.plan(key, run);
        blocking(move || {
            files::rename(&journal, &finished)?;
            files::remove(&plan)
        })
        .await
    }

    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        let finished = self.home(key).join("finished").join(run);
        blocking(move || has_segment(&finished)).await
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        let (path, location, holder) = (self.home(key).join("lock"), self.location(key), holder.clone());
        for _ in 0..LOCK_TRIES {
            let (path, holder) = (path.clone(), holder.clone());
            if let Some(guard) = blocking(move || Guard::take(&path, &holder)).await? {
                return Ok(Lock::new(guard));
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        let holder = blocking(move || named(&path)).await?;
        Err(LedgerError::Locked { location, holder })
    }

    async fn holder(&self, key: &LedgerKey) -> Result<Option<Holder>, LedgerError> {
        let path = self.home(key).join("lock");
        blocking(move || if is_locked(&path)? { named(&path).map(Some) } else { Ok(None) }).await
    }
}

/// Whether a run has a journal. Without a segment it was only about to begin when the disk was full or the process died: that
/// uses no plan up.
fn has_segment(journal: &Path) -> Result<bool, LedgerError> {
    Ok(!files::names(journal)?.is_empty())
}

/// Who wrote their name into the lock file.
fn named(path: &Path) -> Result<Holder, LedgerError> {
    let text = files::read(path)?.unwrap_or_default();
    let unnamed =
        Holder { who: "somebody".into(), host: "an unnamed machine".into(), process: 0, since_unix_seconds: 0 };
    Ok(serde_json::from_slice(&text).unwrap_or(unnamed))
}

/// Whether a process has the lock now. What is written in the file may be from one that died.
fn is_locked(path: &Path) -> Result<bool, LedgerError> {
    let failed = |error: std::io::Error| LedgerError::store("look at", path.display().to_string(), error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    // Given back at once, with the file. Who takes the lock just now tries again.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The operating system's lock on the lock file. It ends with the process, however that ends.
struct Guard(Mutex<Option<File>>);

impl Guard {
    fn take(path: &Path, holder: &Holder) -> Result<Option<Self>, LedgerError> {
        let failed = |error: std::io::Error| LedgerError::store("lock", path.display().to_string(), error);
        files::make_directory(path.parent().unwrap_or(Path::new(".")))?;
        let options = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = options.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let text = serde_json::to_vec(holder).map_err(|error| failed(error.into()))?;
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&text)).map_err(failed)?;
        Ok(Some(Self(Mutex::new(Some(file)))))
    }

    fn give_back(&self) {
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(file) = file {
            // Both end with the file handle anyway; a name that stays behind in an unlocked file misleads nobody but a reader.
            let _ = file.set_len(0);
            let _ = file.unlock();
        }
    }
}

#[async_trait]
impl Hold for Guard {
    /// It is held for as long as the process is there, also while that is stopped.
    fn outlives(&self, _: Duration) -> bool {
        true
    }

    async fn release(&self) {
        self.give_back();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn revision(bytes: &[u8]) -> Revision {
    Revision(files::hex(&Sha256::digest(bytes)).into())
}

/// The serials of the kept versions, the newest first.
fn serials(versions: &Path) -> Result<Vec<u64>, LedgerError> {
    let names = files::names(versions)?;
    let mut serials: Vec<u64> = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    serials.sort_by(|a, b| b.cmp(a));
    Ok(serials)
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
