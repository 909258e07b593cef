//! Where ledgers and journals are kept.
//!
//! [`LedgerStore`] is the port: bytes under a [`LedgerKey`], with versions, a journal of immutable segments and a lock.
//! What the bytes mean is not its business: [`load`] reads them and folds the journal of an
//! interrupted run into them. A ledger without a journal is the recovery of an empty one, so there is one path.

pub mod book;
pub(crate) mod holder;
mod key;
pub mod local;
mod lock;

use std::fmt;

use async_trait::async_trait;
use flashinfra_plans::Name;

pub use book::{Loaded, OpenRun, load};
pub(crate) use book::{Stamp, is_unchanged};
pub use holder::Holder;
pub use key::LedgerKey;
pub use local::LocalLedgers;
pub use lock::{CALL_TIMEOUT, Guarded, Hold, Lasts, Lock};

/// Keeps ledgers: a directory, a bucket.
///
/// Every method is durable when it returns: a crash of the machine right after loses nothing of it.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Where the ledger of a stack is, for people: a path or a URL. Stands in plans and messages.
    fn location(&self, key: &LedgerKey) -> String;

    /// The stacks and environments that have a ledger here, sorted.
    ///
    /// # Errors
    /// When the place cannot be listed.
    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError>;

    /// The newest version of a ledger; none when there is no ledger yet.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn read(&self, key: &LedgerKey) -> Result<Option<Stored>, LedgerError>;

    /// Which version of a ledger is the newest; none when there is no ledger yet.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn edition(&self, key: &LedgerKey) -> Result<Option<Edition>, LedgerError> {
        Ok(self.read(key).await?.map(|stored| stored.edition))
    }

    /// Writes a new version, if the present one is still `expected` (none: if there is no ledger). The version before stays
    /// readable through [`Self::version`].
    ///
    /// # Errors
    /// [`LedgerError::Moved`] when another version is there by now; else when it cannot be written.
    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError>;

    /// The serials of the kept versions, the newest first.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError>;

    /// A kept version, and where it is for people; none when it is not kept.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError>;

    /// The runs that have a journal and were not folded into the ledger yet, sorted. One that wrote no segment has not begun,
    /// and is not among them.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn runs(&self, key: &LedgerKey) -> Result<Vec<Name>, LedgerError>;

    /// The segments of a run's journal, in order, without a gap.
    ///
    /// # Errors
    /// When one cannot be read, or one is missing before the last.
    async fn segments(&self, key: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError>;

    /// Adds segment `number` (from 0) to a run's journal, unless there is one: segments never change. This is the fence
    /// between two appliers.
    ///
    /// # Errors
    /// [`LedgerError::SegmentExists`] when somebody else wrote it; else when it cannot be written.
    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError>;

    /// Keeps the plan of a run, for whoever goes on with it, until the run is put away. Written before the run's first
    /// segment, always with the same bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError>;

    /// The plan that was kept for a run; none when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Keeps a revision: what an apply made live, under its number. Written before the ledger that is of this number, always
    /// by who has the right to apply; a run that died in between writes it again.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn keep_revision(&self, key: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError>;

    /// The numbers of the kept revisions, the newest first; none in a ledger of before there were any.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn revisions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError>;

    /// A kept revision; none when it is not kept.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn revision(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError>;

    /// The first line of a kept revision, and perhaps more of it; none when it is not kept. What it made live may be very large, and
    /// is not read for that.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn revision_head(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.revision(key, number).await
    }

    /// Removes a revision that is one too many. Doing it twice is fine.
    ///
    /// # Errors
    /// When it cannot be removed.
    async fn drop_revision(&self, key: &LedgerKey, number: u64) -> Result<(), LedgerError>;

    /// Puts a run's journal away after it was folded. Its run stays known as [`Self::finished`]. Doing it twice is fine.
    ///
    /// # Errors
    /// When it cannot be put away.
    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError>;

    /// Whether a run was folded and put away: its plan is used up.
    ///
    /// # Errors
    /// When that cannot be found out.
    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError>;

    /// Takes the right to apply, which only one has at a time. Planning does without. Who has it makes every call through
    /// [`Lock::guard`], and gives it back with [`Lock::release`].
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when somebody has it.
    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError>;

    /// Who has the right to apply and how long that lasts, as far as that shows without waiting: somebody whose machine is
    /// gone is named until somebody else takes over. None when nobody has it, or the store cannot tell.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn holder(&self, _key: &LedgerKey) -> Result<Option<(Holder, Lasts)>, LedgerError> {
        Ok(None)
    }

    /// Ends the right to apply in the place of who has it, for people who know that nobody applies any more and do not want
    /// to wait until that shows. Returns who had it; none when nobody has.
    ///
    /// Who has it after all notices before the next call and the next write, where the store shows that, and else with the
    /// next renewal: until then two apply.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn unlock(&self, _key: &LedgerKey, _by: &Holder, _reason: &str) -> Result<Option<Holder>, LedgerError> {
        Ok(None)
    }
}

/// A ledger's bytes, and which version they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What a write has to name to replace exactly this version.
    pub edition: Edition,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, edition } = self;
        f.debug_struct("Stored").field("bytes", &bytes.len()).field("edition", edition).finish()
    }
}

/// Names one version of a ledger, in the store's own terms: a digest of its bytes, an ETag, a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition(pub Name);

/// What can be wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The names of a stack and environment do not make a key.
    #[error("`{0}` cannot name a ledger")]
    Key(String),
    /// The store could not be read or written.
    #[error("could not {act} {location}")]
    Store {
        /// What was tried: `read`, `write`, `list`.
        act: &'static str,
        /// What with.
        location: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody has the right to apply.
    #[error("{location} is being applied to by {holder}{}", told(*.lasts))]
    Locked {
        /// The ledger.
        location: String,
        /// Who has it.
        holder: Holder,
        /// For how long.
        lasts: Lasts,
    },
    /// Somebody else may have the right to apply by now. Nothing was written.
    #[error("the right to apply to {location} was lost: {reason}")]
    LockLost {
        /// The ledger.
        location: String,
        /// How it was lost.
        reason: String,
    },
    /// The ledger changed between reading and writing.
    #[error("{location} was changed by somebody else in the meantime")]
    Moved {
        /// The ledger.
        location: String,
    },
    /// Somebody else wrote this segment of the journal.
    #[error("segment {number} of the journal of run {run} at {location} was written by somebody else")]
    SegmentExists {
        /// The ledger.
        location: String,
        /// The run.
        run: Name,
        /// Which segment.
        number: u32,
    },
    /// Two applied at once, and the ledger holds what one of them did.
    #[error("two applied to {location} at once, and it does not hold all that they did: {}", .runs.join("; "))]
    RunsBeside {
        /// The ledger.
        location: String,
        /// The runs that it does not hold, each with who began it and what it made.
        runs: Vec<String>,
    },
    /// A newer version of flashinfra wrote it.
    #[error("{location} cannot be read by this version of flashinfra")]
    Newer {
        /// The file.
        location: String,
        /// Which version reads it.
        help: String,
        /// What it says of itself.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The journal of a run that is not over makes no sense. The ledger itself may be as it was.
    #[error("{location} is damaged")]
    DamagedJournal {
        /// The segment.
        location: String,
        /// What is wrong, with the line.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes make no sense.
    #[error("{location} is damaged")]
    Damaged {
        /// The damaged file.
        location: String,
        /// Where the newest version that can be read is, and its serial.
        previous: Option<(String, u64)>,
        /// What is wrong, with the line.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// How long somebody has the right to apply, after who that is.
fn told(lasts: Lasts) -> String {
    match lasts {
        Lasts::AsItsProcess => String::new(),
        Lasts::WhileStopped => ", whose process is stopped".into(),
        Lasts::Lease(length) => format!(", by a lease of {} s that was renewed just now", length.as_secs()),
    }
}

impl LedgerError {
    /// What to do about it, as a sentence; none when the message says all.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Key(_) => Some("Names of stacks and environments are letters, digits, `-`, `_` and `.`".into()),
            Self::Store { .. } => None,
            Self::Newer { help, .. } => Some(help.clone()),
            Self::Locked { lasts: Lasts::AsItsProcess, holder, .. } => Some(format!(
                "Wait until it is done, then plan again. If it hangs, end its process (`kill {}` on {}), or only its right to apply: \
                 `flashinfra unlock --reason TEXT`.",
                holder.process, holder.host
            )),
            Self::Locked { lasts: Lasts::WhileStopped, holder: Holder { process, .. }, .. } => Some(format!(
                "`kill -CONT {process}` lets it go on. `flashinfra unlock --reason TEXT` ends its right to apply: \
                 continued later, it does nothing more."
            )),
            Self::Locked { lasts: Lasts::Lease(_), .. } => Some(
                "Wait until it is done, then plan again. `flashinfra unlock --reason TEXT` is for when it must not go on."
                    .into(),
            ),
            Self::LockLost { .. } => {
                Some("What was started before may have been done. Plan again: that finds out what was.".into())
            }
            Self::Moved { .. } | Self::SegmentExists { .. } => {
                Some("Another apply was faster. Nothing more was done here; plan again.".into())
            }
            Self::RunsBeside { .. } => Some(
                "That is what ending a right to apply leads to while its holder goes on. Look at what is there, and keep a copy of the \
                 journal that is not to count; then take it away (the directory `journal/RUN`; in a bucket, the object `open/RUN`) and, \
                 before anything is planned, take over what it made with `flashinfra adopt ADDRESS ID`."
                    .into(),
            ),
            Self::DamagedJournal { .. } => Some(
                "Segments are never edited: restore it from a backup. Without one, what its run did is known only where it did it: \
                 `flashinfra recover` makes the ledger anew from what carries the stack's mark, and keeps this one as a version."
                    .into(),
            ),
            Self::Damaged { location, previous: Some((version, serial)), .. } => Some(format!(
                "The newest version that can be read has the serial {serial}: compare {version} with {location}, \
                 copy it there, and plan to see what it does not know. `flashinfra recover` makes one anew instead."
            )),
            Self::Damaged { previous: None, .. } => {
                let recover = "No kept version can be read either. Restore it from a backup, or make one anew with \
                               `flashinfra recover`: it finds what carries the stack's mark.";
                Some(recover.into())
            }
        }
    }

    pub(crate) fn store(
        act: &'static str,
        location: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Store { act, location: location.into(), source: source.into() }
    }
}
