//! The right to apply in a directory: the operating system's lock on a file, which ends with the process, however that
//! ends.
//!
//! A process that is stopped keeps such a lock, and nothing takes it away. So a person can: `unlock` leaves a record that
//! names this one time that somebody took the right. Its holder looks for it before each call and each write, and whoever
//! comes next puts a lock file of their own in the place of the old one.

use std::fs::{File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::files;
use crate::ledgers::{Hold, Holder, Lasts, LedgerError};

/// The files of the right to apply to one ledger.
#[derive(Clone, Debug)]
pub(super) struct Files {
    /// Locked for as long as somebody applies, and says who.
    lock: PathBuf,
    /// Locked for the moment in which somebody takes the right.
    taking: PathBuf,
    /// The records of rights that people ended.
    unlocked: PathBuf,
}

/// What stands in the lock file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    holder: Holder,
    /// Names this one time that somebody took the right; empty for versions that do not look whether it was ended.
    #[serde(default)]
    id: String,
}

/// The record of a right that somebody ended in its holder's place.
#[derive(Serialize, Deserialize)]
struct Unlocked {
    holder: Holder,
    by: Holder,
    reason: String,
}

impl Files {
    pub(super) fn new(home: &Path) -> Self {
        Self { lock: home.join("lock"), taking: home.join("lock.taking"), unlocked: home.join("unlocked") }
    }

    /// Takes the right; none when somebody has it, or is just taking it.
    pub(super) fn take(&self, holder: &Holder) -> Result<Option<Right>, LedgerError> {
        files::make_directory(self.lock.parent().unwrap_or(Path::new(".")))?;
        // Of two that find the old lock ended only one may put its own there.
        let Some(_taking) = locked(&self.taking)? else { return Ok(None) };
        let entry = Entry { holder: holder.clone(), id: Uuid::new_v4().to_string() };
        let file = match locked(&self.lock)? {
            Some(mut file) => {
                // A name that stays behind in an unlocked file misleads nobody but a reader.
                file.set_len(0).and_then(|()| file.rewind()).map_err(|error| self.failed(error))?;
                self.sign(&mut file, &entry)?;
                file
            }
            None if self.entry()?.is_some_and(|present| self.is_ended(&present)) => self.replaced(&entry)?,
            None => return Ok(None),
        };
        Ok(Some(Right { file: Mutex::new(Some(file)), ended: self.record(&entry.id) }))
    }

    /// Who has the right, and for how long; none when nobody has.
    pub(super) fn holder(&self) -> Result<Option<(Holder, Lasts)>, LedgerError> {
        Ok(self.present()?.map(|entry| told(entry.holder)))
    }

    /// Who has the right, for somebody who could not take it.
    pub(super) fn taken_by(&self) -> Result<(Holder, Lasts), LedgerError> {
        let unnamed =
            Holder { who: "somebody".into(), host: "an unnamed machine".into(), process: 0, since_unix_seconds: 0 };
        Ok(told(self.entry()?.map_or(unnamed, |entry| entry.holder)))
    }

    /// Ends the right in its holder's place; returns who that was.
    pub(super) fn unlock(&self, by: &Holder, reason: &str) -> Result<Option<Holder>, LedgerError> {
        let Some(Entry { holder, id }) = self.present()? else { return Ok(None) };
        if id.is_empty() {
            let older = "its holder runs a version that would not notice: end the process instead";
            return Err(LedgerError::store("unlock", self.lock.display().to_string(), older));
        }
        let unlocked = Unlocked { holder: holder.clone(), by: by.clone(), reason: reason.into() };
        let text = serde_json::to_vec(&unlocked).map_err(|error| self.failed(error.into()))?;
        // Somebody else may have ended it in the same moment.
        files::create(&self.record(&id), &text)?;
        Ok(Some(holder))
    }

    /// What the lock file says, as long as a process has it locked and nobody ended that. What is written in the file may
    /// be from one that died.
    fn present(&self) -> Result<Option<Entry>, LedgerError> {
        match is_locked(&self.lock)? {
            true => Ok(self.entry()?.filter(|entry| !self.is_ended(entry))),
            false => Ok(None),
        }
    }

    fn entry(&self) -> Result<Option<Entry>, LedgerError> {
        Ok(files::read(&self.lock)?.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    fn record(&self, id: &str) -> PathBuf {
        self.unlocked.join(format!("{id}.json"))
    }

    fn is_ended(&self, entry: &Entry) -> bool {
        !entry.id.is_empty() && self.record(&entry.id).exists()
    }

    /// Puts another lock file in the place of one whose right was ended. The old holder keeps the lock on the old file,
    /// which nobody looks at any more.
    fn replaced(&self, entry: &Entry) -> Result<File, LedgerError> {
        let write = || {
            let mut file = NamedTempFile::with_prefix_in(".taking-", self.lock.parent().unwrap_or(Path::new(".")))?;
            file.as_file().try_lock()?;
            serde_json::to_writer(&mut file, entry)?;
            file.persist(&self.lock).map_err(|error| error.error)
        };
        write().map_err(|error| self.failed(error))
    }

    fn sign(&self, file: &mut File, entry: &Entry) -> Result<(), LedgerError> {
        let text = serde_json::to_vec(entry).map_err(|error| self.failed(error.into()))?;
        file.write_all(&text).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> LedgerError {
        LedgerError::store("lock", self.lock.display().to_string(), error)
    }
}

/// The right to apply, while somebody has it.
#[derive(Debug)]
pub(super) struct Right {
    file: Mutex<Option<File>>,
    /// Where the record is, once somebody ended it.
    ended: PathBuf,
}

impl Right {
    /// Who ended it and why, if somebody did.
    pub(super) fn lost(&self) -> Option<String> {
        if !self.is_ended() {
            return None;
        }
        let record = files::read(&self.ended).ok().flatten();
        Some(match record.and_then(|text| serde_json::from_slice::<Unlocked>(&text).ok()) {
            Some(Unlocked { by, reason, .. }) => format!("{by} ended it: {reason}"),
            None => "somebody ended it".into(),
        })
    }

    fn is_ended(&self) -> bool {
        matches!(self.ended.try_exists(), Ok(true))
    }

    /// Both end with the file handle anyway.
    fn give_back(&self) {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(file) = file {
            let _ = file.set_len(0);
            let _ = file.unlock();
        }
    }
}

/// It is held for as long as the process is there, also while that is stopped, unless somebody ended it.
#[async_trait]
impl Hold for Arc<Right> {
    fn outlives(&self, _: Duration) -> bool {
        matches!(self.ended.try_exists(), Ok(false))
    }

    fn is_lost(&self) -> bool {
        self.is_ended()
    }

    async fn release(&self) {
        self.give_back();
    }
}

impl Drop for Right {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A file with the lock on it; none when another process has that.
fn locked(path: &Path) -> Result<Option<File>, LedgerError> {
    let failed = |error: std::io::Error| LedgerError::store("lock", path.display().to_string(), error);
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Whether a process has the lock now.
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

fn told(holder: Holder) -> (Holder, Lasts) {
    let is_here = holder.host == Holder::this_process().host;
    let lasts = if is_here && is_stopped(holder.process) { Lasts::WhileStopped } else { Lasts::AsItsProcess };
    (holder, lasts)
}

/// Whether a process of this machine was stopped, by Ctrl-Z or a debugger, as far as the system says.
#[cfg(target_os = "linux")]
fn is_stopped(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name before the state is in parentheses, and may hold any character.
    stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['T', 't']))
}

#[cfg(not(target_os = "linux"))]
fn is_stopped(_: u32) -> bool {
    false
}
