//! Ledgers over any store of objects.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra::ledgers::{Edition, Holder, Lasts, LedgerError, LedgerKey, LedgerStore, Lock, Stored};
use flashinfra_plans::Name;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, UpdateVersion};

use crate::environment::Environment;
use crate::layout::{self, Home};
use crate::lease::{self, Kept, State, Times, Waiting};
use crate::objects::{Expected, Objects, Written};
use crate::url::Location;
use crate::{OpenError, connect};

/// How many versions of a ledger are kept: enough to go back weeks, and a ledger of a hundred resources is small.
pub const VERSIONS_KEPT: usize = 50;

/// How many finished runs of a ledger in a cluster keep their journals. A bucket keeps all of them, for an applier that was cut off and
/// comes back after that many; in a cluster nothing else would ever remove them, and who comes back that late finds its lease gone.
#[cfg(feature = "kubernetes")]
const JOURNALS_KEPT: usize = 50;

/// How much of a revision is read for its first line, which has about five hundred bytes. One that has more is read as a whole.
const HEAD_MAX: u64 = 4 * 1024;

/// How many objects are read at once. A journal of a thousand segments is then read in seconds, and no store takes it for
/// an attack.
const AT_ONCE: usize = 16;

/// The variable that says how many seconds a lease lasts.
const LEASE: &str = "FLASHINFRA_LEASE";

/// With a shorter one, a store that answers slowly once would end an apply.
const LEASE_MIN: u64 = 8;

/// Who is told while a newcomer waits.
type Tell = Arc<dyn Fn(&Waiting) + Send + Sync>;

/// Ledgers in a bucket or container.
#[derive(Clone)]
pub struct ObjectLedgers {
    objects: Objects,
    root: Path,
    times: Times,
    tell: Tell,
    /// How many finished runs keep their journals; none: all.
    journals_kept: Option<usize>,
    /// The leases that were taken through this, by their ledger: what is written is written under them.
    leases: Arc<Mutex<BTreeMap<LedgerKey, State>>>,
}

impl ObjectLedgers {
    /// The ledgers at a URL (`s3://bucket/prefix`, `gs://bucket/prefix`, `az://account/container/prefix`), with credentials
    /// from the environment, and from the profiles and files that it names. `FLASHINFRA_LEASE` there says how many seconds a
    /// lease lasts.
    ///
    /// # Errors
    /// When the URL names no such place, this was built without it, or the settings make no sense. Whether the place can
    /// be reached shows only with the first call.
    pub async fn open(url: &str, environment: &Environment) -> Result<Self, OpenError> {
        let location: Location = url.parse()?;
        let times = match environment.get(LEASE) {
            Some(seconds) => Times::of_lease(length(seconds).ok_or_else(|| OpenError::Settings {
                location: url.into(),
                reason: format!("{LEASE} is `{seconds}`, and has to be a number of seconds, {LEASE_MIN} at least"),
            })?),
            None => Times::default(),
        };
        let store = connect::connect(&location, environment).await?;
        let ledgers = Self::over(store, location.root(), location.prefix()).with_times(times);
        #[cfg(feature = "kubernetes")]
        if matches!(location, Location::Kubernetes { .. }) {
            return Ok(ledgers.keeping_journals(JOURNALS_KEPT));
        }
        Ok(ledgers)
    }

    /// The ledgers below a prefix of a store that has conditional writes. `url` names the store's root, for people.
    pub fn over(store: Arc<dyn ObjectStore>, url: impl Into<String>, prefix: &str) -> Self {
        let times = Times::default();
        Self {
            objects: Objects::new(store, url.into(), times.request),
            root: Path::from(prefix),
            times,
            tell: Arc::new(|_| {}),
            journals_kept: None,
            leases: Arc::default(),
        }
    }

    /// The same, with other times. Everybody who applies to a ledger may have their own.
    #[must_use]
    pub fn with_times(self, times: Times) -> Self {
        Self { objects: self.objects.with_timeout(times.request), times, ..self }
    }

    /// The same, telling while a newcomer waits for a lease of which nobody knows whether its holder is there.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&Waiting) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), ..self }
    }

    /// The same, where so many finished runs keep their journals.
    #[must_use]
    pub fn keeping_journals(self, runs: usize) -> Self {
        Self { journals_kept: Some(runs), ..self }
    }

    /// The same, with every request going through something in between, which may count, delay or lose it.
    #[must_use]
    pub fn through(self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self { objects: self.objects.through(wrap), ..self }
    }

    fn home(&self, key: &LedgerKey) -> Home {
        Home::new(&self.root, key)
    }

    /// What a write has to be done under: the lease that was taken, if one was.
    ///
    /// # Errors
    /// [`LedgerError::LockLost`] when it was lost, or could not be renewed for too long.
    async fn right(&self, key: &LedgerKey) -> Result<Option<Lock>, LedgerError> {
        let held = self.leases.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let Some(state) = held.filter(|state| !state.is_released()) else { return Ok(None) };
        let right = Lock::new(state.clone());
        if right.ready(self.times.request, self.times.request).await {
            return Ok(Some(right));
        }
        let unanswered = || "its lease ran out, and the store could not be reached to renew it".into();
        Err(LedgerError::LockLost { location: self.location(key), reason: state.lost().unwrap_or_else(unanswered) })
    }

    /// How the right was lost, for a write in the middle of which it was: the keeper finds out with its next renewal.
    async fn told(&self, key: &LedgerKey, error: LedgerError) -> LedgerError {
        match error {
            LedgerError::LockLost { .. } => self.right(key).await.err().unwrap_or(error),
            other => other,
        }
    }

    /// Removes what a write makes superfluous. What cannot be removed now goes with a later one.
    async fn prune(&self, home: &Home, written: &Path, right: Option<&Lock>) {
        let Ok(listed) = self.objects.list(&home.versions()).await else { return };
        for path in layout::superfluous(&listed, written, VERSIONS_KEPT) {
            if self.objects.remove(&path, right).await.is_err() {
                return;
            }
        }
    }
}

impl ObjectLedgers {
    /// Removes the journals of the oldest finished runs. What cannot be removed now goes with a later one: a run's mark goes last.
    async fn prune_journals(&self, home: &Home, kept: usize, right: Option<&Lock>) {
        let Ok(mut finished) = self.objects.list(&home.finished_runs()).await else { return };
        finished.sort_by_key(|run| std::cmp::Reverse(run.last_modified));
        for run in finished.iter().skip(kept) {
            let Some(name) = run.location.filename() else { continue };
            let Ok(segments) = self.objects.list(&home.journal(name)).await else { return };
            for path in segments.iter().map(|segment| &segment.location).chain([&run.location]) {
                if self.objects.remove(path, right).await.is_err() {
                    return;
                }
            }
        }
    }
}

impl fmt::Debug for ObjectLedgers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, root, times, tell: _, journals_kept, leases: _ } = self;
        let mut shown = f.debug_struct("ObjectLedgers");
        shown.field("location", &objects.location(root)).field("times", times).field("journals_kept", journals_kept);
        shown.finish()
    }
}

#[async_trait]
impl LedgerStore for ObjectLedgers {
    fn location(&self, key: &LedgerKey) -> String {
        self.objects.location(&self.home(key).ledger())
    }

    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError> {
        let mut candidates = Vec::new();
        for stack in self.objects.folders(&self.root).await? {
            for environment in self.objects.folders(&self.root.clone().join(stack.as_str())).await? {
                candidates.extend(LedgerKey::new(&stack, &environment));
            }
        }
        let present = stream::iter(candidates)
            .map(|key| async move { Ok(self.objects.exists(&self.home(&key).ledger()).await?.then_some(key)) })
            .buffered(AT_ONCE);
        present.try_filter_map(|key| async move { Ok(key) }).try_collect().await
    }

    async fn read(&self, key: &LedgerKey) -> Result<Option<Stored>, LedgerError> {
        let found = self.objects.get(&self.home(key).ledger()).await?;
        Ok(found.map(|found| Stored { bytes: found.bytes, edition: edition(&found.version) }))
    }

    async fn edition(&self, key: &LedgerKey) -> Result<Option<Edition>, LedgerError> {
        Ok(self.objects.version(&self.home(key).ledger()).await?.as_ref().map(edition))
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        let copy = home.version(serial, &bytes);
        // The copy first: if the process dies between the two, there is a version too many, not one too few.
        let expected = expected.map_or(Expected::Nothing, |edition| Expected::Version(version(edition)));
        let write = async {
            self.objects.put(&copy, &bytes, right.as_ref()).await?;
            self.objects.put_if(&home.ledger(), &bytes, &expected, right.as_ref()).await
        };
        let written = match write.await {
            Ok(written) => written,
            Err(error) => return Err(self.told(key, error).await),
        };
        match written {
            Written::Done(version) => {
                self.prune(&home, &copy, right.as_ref()).await;
                Ok(edition(&version))
            }
            Written::Refused(there) => {
                // Unless somebody else wrote the very same: then the copy is theirs too.
                if there.is_none_or(|found| found.bytes != bytes) {
                    let _ = self.objects.remove(&copy, right.as_ref()).await;
                }
                Err(LedgerError::Moved { location: self.location(key) })
            }
        }
    }

    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        let listed = self.objects.list(&self.home(key).versions()).await?;
        Ok(layout::versions(&listed).into_keys().map(|serial| serial.0).collect())
    }

    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError> {
        let listed = self.objects.list(&self.home(key).versions()).await?;
        let Some(path) = layout::versions(&listed).get(&std::cmp::Reverse(serial)).map(|object| &object.location)
        else {
            return Ok(None);
        };
        Ok(self.objects.get(path).await?.map(|found| (self.objects.location(path), found.bytes)))
    }

    async fn runs(&self, key: &LedgerKey) -> Result<Vec<Name>, LedgerError> {
        let home = self.home(key);
        let mut runs = Vec::new();
        for object in self.objects.list(&home.open_runs()).await? {
            // Without its first segment it was only about to begin: nothing was consumed, and nothing is open.
            if let Some(run) = object.location.filename()
                && self.objects.exists(&home.segment(run, 0)).await?
            {
                runs.push(Name::from(run));
            }
        }
        runs.sort();
        Ok(runs)
    }

    async fn segments(&self, key: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        let home = self.home(key);
        let listed = self.objects.list(&home.journal(run)).await?;
        let count = listed.iter().filter(|object| layout::segment_number(&object.location).is_some()).count();
        let numbers = 0..u32::try_from(count).unwrap_or(u32::MAX);
        let read = |number| {
            let path = home.segment(run, number);
            async move {
                let Some(found) = self.objects.get(&path).await? else {
                    let gap = format!("there are {count} segments, and this one is not among them");
                    let location = self.objects.location(&path);
                    return Err(LedgerError::DamagedJournal { location, source: gap.into() });
                };
                Ok(layout::without_nonce(found.bytes))
            }
        };
        stream::iter(numbers).map(read).buffered(AT_ONCE).try_collect().await
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        let bytes = layout::with_nonce(&bytes);
        let write = async {
            if number == 0 {
                self.objects.put(&home.open_run(run), &[], right.as_ref()).await?;
            }
            self.objects.put_if(&home.segment(run, number), &bytes, &Expected::Nothing, right.as_ref()).await
        };
        match write.await {
            Ok(Written::Done(_)) => Ok(()),
            Ok(Written::Refused(_)) => {
                Err(LedgerError::SegmentExists { location: self.location(key), run: run.into(), number })
            }
            Err(error) => Err(self.told(key, error).await),
        }
    }

    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        match self.objects.put(&home.plan(run), &bytes, right.as_ref()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.told(key, error).await),
        }
    }

    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.objects.get(&self.home(key).plan(run)).await?.map(|found| found.bytes))
    }

    async fn keep_revision(&self, key: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        match self.objects.put(&home.revision(number), &bytes, right.as_ref()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.told(key, error).await),
        }
    }

    async fn revisions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        let listed = self.objects.list(&self.home(key).revisions()).await?;
        let mut numbers: Vec<_> =
            listed.iter().filter_map(|object| layout::revision_number(&object.location)).collect();
        numbers.sort_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    async fn revision(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.objects.get(&self.home(key).revision(number)).await?.map(|found| found.bytes))
    }

    async fn revision_head(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let start = self.objects.start(&self.home(key).revision(number), HEAD_MAX).await?;
        match start {
            Some(start) if !start.contains(&b'\n') => self.revision(key, number).await,
            start => Ok(start),
        }
    }

    async fn drop_revision(&self, key: &LedgerKey, number: u64) -> Result<(), LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        self.objects.remove(&home.revision(number), right.as_ref()).await
    }

    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        let (home, right) = (self.home(key), self.right(key).await?);
        // The segments stay: a holder that was cut off must still find the place taken where it wants to write its next one.
        self.objects.put(&home.finished_run(run), &[], right.as_ref()).await?;
        self.objects.remove(&home.open_run(run), right.as_ref()).await?;
        self.objects.remove(&home.plan(run), right.as_ref()).await?;
        if let Some(kept) = self.journals_kept {
            self.prune_journals(&home, kept, right.as_ref()).await;
        }
        Ok(())
    }

    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        self.objects.exists(&self.home(key).finished_run(run)).await
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        let path = self.home(key).lease();
        let taken = lease::take(&self.objects, &path, holder, &self.times, self.tell.as_ref()).await?;
        let kept = Kept::new(self.objects.clone(), path, taken, &self.times);
        self.leases.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), kept.state().clone());
        Ok(Lock::new(kept))
    }

    async fn holder(&self, key: &LedgerKey) -> Result<Option<(Holder, Lasts)>, LedgerError> {
        lease::holder(&self.objects, &self.home(key).lease()).await
    }

    async fn unlock(&self, key: &LedgerKey, by: &Holder, reason: &str) -> Result<Option<Holder>, LedgerError> {
        lease::break_off(&self.objects, &self.home(key).lease(), by, reason).await
    }
}

/// How long a lease of so many seconds lasts; none when that is no length for one.
fn length(seconds: &str) -> Option<Duration> {
    seconds.parse().ok().filter(|seconds| *seconds >= LEASE_MIN).map(Duration::from_secs)
}

/// An edition is an ETag, which has no space in it, and a version, either of which may be missing.
fn edition(version: &UpdateVersion) -> Edition {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    Edition(format!("{} {}", part(&version.e_tag), part(&version.version)).into())
}

fn version(edition: &Edition) -> UpdateVersion {
    let (e_tag, version) = edition.0.split_once(' ').unwrap_or((&edition.0, ""));
    let part = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    UpdateVersion { e_tag: part(e_tag), version: part(version) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_what_a_store_needs_to_know() {
        for (e_tag, number) in [(Some("\"d41d8\""), None), (None, Some("1795345503734925")), (Some("0x8D"), Some("3"))]
        {
            let known = UpdateVersion { e_tag: e_tag.map(Into::into), version: number.map(Into::into) };
            assert_eq!(version(&edition(&known)), known);
        }
    }
}
