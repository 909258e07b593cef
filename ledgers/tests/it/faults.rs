//! A way to a store on which replies get lost, requests arrive late, or nothing gets through, and what must hold all the same.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra::ledgers::{LedgerError, LedgerStore};
use flashinfra_ledgers::{ObjectLedgers, Times};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Semaphore;

use crate::places::{Place, SHORT, holder, key};

/// What goes wrong on the way.
#[derive(Default)]
pub(crate) struct Faults {
    /// Each write acts, and of the replies to writes of one object every other gets lost, the first one first.
    pub(crate) loses_replies: AtomicBool,
    /// Nothing gets through any more.
    pub(crate) is_cut: AtomicBool,
    /// What is read is never answered.
    is_mute: AtomicBool,
    /// So many writes are refused although nothing is in their way, as S3 does to two at once.
    conflicts: AtomicU32,
    writes: Mutex<BTreeMap<String, u32>>,
    /// The next write of a path that contains this waits on the way until it is let go.
    held: Mutex<Option<(String, Arc<Semaphore>)>>,
}

impl Faults {
    /// Puts these faults on the way of ledgers to their store.
    pub(crate) fn on(self: &Arc<Self>, ledgers: ObjectLedgers) -> ObjectLedgers {
        let faults = self.clone();
        ledgers.through(|inner| Arc::new(Way { inner, faults }))
    }

    /// How many writes were sent.
    pub(crate) fn writes(&self) -> u32 {
        self.writes.lock().unwrap().values().sum()
    }

    /// Holds the next write of such a path on its way, until the semaphore has a permit.
    pub(crate) fn hold(&self, part: &str) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.held.lock().unwrap() = Some((part.into(), gate.clone()));
        gate
    }

    fn check(&self) -> Result<()> {
        match self.is_cut.load(Ordering::SeqCst) {
            true => Err(lost("nothing gets through")),
            false => Ok(()),
        }
    }

    async fn write<T>(&self, path: &str, act: impl Future<Output = Result<T>>) -> Result<T> {
        self.check()?;
        let number = {
            let mut writes = self.writes.lock().unwrap();
            let number = writes.entry(path.into()).or_default();
            *number += 1;
            *number
        };
        let gate = {
            let mut held = self.held.lock().unwrap();
            held.take_if(|(part, _)| path.contains(part.as_str())).map(|(_, gate)| gate)
        };
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        if self.conflicts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::AlreadyExists { path: path.into(), source: "409 ConditionalRequestConflict".into() });
        }
        let result = act.await;
        match self.loses_replies.load(Ordering::SeqCst) && !number.is_multiple_of(2) {
            true => Err(lost("the reply got lost")),
            false => result,
        }
    }
}

fn lost(what: &'static str) -> Error {
    Error::Generic { store: "tests", source: what.into() }
}

/// The way to a store.
struct Way {
    inner: Arc<dyn ObjectStore>,
    faults: Arc<Faults>,
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a way to {}", self.inner)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a way to {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Way {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.faults.write(path.as_ref(), self.inner.put_opts(path, payload, options)).await
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.faults.check()?;
        if self.faults.is_mute.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        self.inner.get_opts(path, options).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.faults.check()?;
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (inner, faults) = (self.inner.clone(), self.faults.clone());
        let delete = move |path: Result<Path>| {
            let (inner, faults) = (inner.clone(), faults.clone());
            async move {
                let path = path?;
                let one = stream::iter([Ok(path.clone())]).boxed();
                let act = async { inner.delete_stream(one).next().await.unwrap_or(Err(lost("no answer"))) };
                faults.write(path.as_ref(), act).await
            }
        };
        paths.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.faults.check() {
            Ok(()) => self.inner.list(prefix),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.faults.check()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

crate::places::over!(
    over_objects: [memory, s3, gcs, azure, kubernetes]
    lost_replies_change_nothing,
    a_fence_holds_when_replies_get_lost,
    a_segment_that_arrives_late_is_fenced,
    a_run_that_was_put_away_stays_fenced,
);

crate::places::over!(over_servers: [s3, gcs, azure, kubernetes] a_ledger_in_the_wrong_bucket_is_not_an_empty_one);

/// For a test that is about replies: a machine that has much to do must not end its lease.
const PATIENT: Times = Times { lease: Duration::from_secs(20), ..SHORT };

/// A whole run, in which each write acts and every other reply to one gets lost.
async fn lost_replies_change_nothing(place: Place) {
    let faults = Arc::new(Faults::default());
    faults.loses_replies.store(true, Ordering::SeqCst);
    let patient = || async { place.objects().await.with_times(PATIENT) };
    let ledgers = faults.on(patient().await);

    let lock = ledgers.lock(&key(), &holder("ada")).await.unwrap();
    let first = ledgers.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    for number in 0..5 {
        ledgers.append(&key(), "run", number, format!("{number}\n").into_bytes()).await.unwrap();
    }
    // Long enough for renewals whose replies get lost too.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let renewed = async {
        while !lock.outlives(PATIENT.lease - Duration::from_millis(500)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENT.lease, renewed).await.expect("the lease is renewed");
    ledgers.write(&key(), 2, b"two".to_vec(), Some(&first)).await.unwrap();
    ledgers.finish(&key(), "run").await.unwrap();
    lock.release().await;

    let after = patient().await;
    assert_eq!(after.read(&key()).await.unwrap().unwrap().bytes, b"two");
    assert_eq!(after.versions(&key()).await.unwrap(), [2, 1]);
    let segments: Vec<Vec<u8>> = (0..5).map(|number| format!("{number}\n").into_bytes()).collect();
    assert_eq!(after.segments(&key(), "run").await.unwrap(), segments);
    assert!(after.runs(&key()).await.unwrap().is_empty() && after.finished(&key(), "run").await.unwrap());
    let before = std::time::Instant::now();
    after.lock(&key(), &holder("bob")).await.unwrap().release().await;
    assert!(before.elapsed() < PATIENT.lease, "it was not given back");
}

/// What another wrote is not taken for our own because our reply got lost.
async fn a_fence_holds_when_replies_get_lost(place: Place) {
    let other = place.objects().await;
    let first = other.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    other.write(&key(), 2, b"two".to_vec(), Some(&first)).await.unwrap();
    other.append(&key(), "run", 0, b"the same\n".to_vec()).await.unwrap();

    let faults = Arc::new(Faults::default());
    faults.loses_replies.store(true, Ordering::SeqCst);
    let ledgers = faults.on(place.objects().await);
    // Again and again, so that this or that reply is the one that gets lost.
    for _ in 0..3 {
        let fenced = ledgers.append(&key(), "run", 0, b"the same\n".to_vec()).await;
        assert!(matches!(fenced, Err(LedgerError::SegmentExists { .. })), "{fenced:?}");
        let stale = ledgers.write(&key(), 2, b"mine".to_vec(), Some(&first)).await;
        assert!(matches!(stale, Err(LedgerError::Moved { .. })), "{stale:?}");
    }
    assert_eq!(other.versions(&key()).await.unwrap(), [2, 1]);
    assert_eq!(other.version(&key(), 2).await.unwrap().unwrap().1, b"two");
}

/// A segment is on its way while somebody else goes on with the run.
async fn a_segment_that_arrives_late_is_fenced(place: Place) {
    let faults = Arc::new(Faults::default());
    let slow = faults.on(place.objects().await);
    slow.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    let gate = faults.hold("00000001.jsonl");
    let late = tokio::spawn(async move { slow.append(&key(), "run", 1, b"started\n".to_vec()).await });
    while faults.writes() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let other = place.objects().await;
    let segments = other.segments(&key(), "run").await.unwrap().len();
    other.append(&key(), "run", u32::try_from(segments).unwrap(), b"ended\n".to_vec()).await.unwrap();
    gate.add_permits(1);
    let fenced = late.await.unwrap();
    assert!(matches!(fenced, Err(LedgerError::SegmentExists { number: 1, .. })), "{fenced:?}");
    assert_eq!(other.segments(&key(), "run").await.unwrap(), [b"begun\n".to_vec(), b"ended\n".to_vec()]);
}

/// A holder that was cut off writes its next segment long after somebody else closed and folded its run.
async fn a_run_that_was_put_away_stays_fenced(place: Place) {
    let cut_off = place.objects().await;
    cut_off.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    let other = place.objects().await;
    other.append(&key(), "run", 1, b"ended\n".to_vec()).await.unwrap();
    other.finish(&key(), "run").await.unwrap();

    for number in [0, 1] {
        let fenced = cut_off.append(&key(), "run", number, b"started\n".to_vec()).await;
        assert!(matches!(fenced, Err(LedgerError::SegmentExists { .. })), "{fenced:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_out_of_reach_is_named() {
    let place = Place::memory();
    let faults = Arc::new(Faults::default());
    faults.is_cut.store(true, Ordering::SeqCst);
    let ledgers = faults.on(place.objects().await);
    let error = ledgers.read(&key()).await.unwrap_err();
    let LedgerError::Store { act: "read", location, source } = &error else { panic!("{error:?}") };
    assert!(location.ends_with(&format!("{}/shop/production/ledger.json", place.prefix)), "{location}");
    assert!(source.to_string().contains("nothing gets through"), "{source}");
    assert!(ledgers.append(&key(), "run", 0, Vec::new()).await.is_err());
    assert!(ledgers.keys().await.is_err() && ledgers.runs(&key()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_waited_for_once() {
    let faults = Arc::new(Faults::default());
    let ledgers = faults.on(Place::memory().objects().await);
    ledgers.keep_revision(&key(), 1, b"head\nbody\n".to_vec()).await.unwrap();
    assert_eq!(ledgers.revision_head(&key(), 1).await.unwrap().unwrap(), b"head\nbody\n");

    faults.is_mute.store(true, Ordering::SeqCst);
    let begun = tokio::time::Instant::now();
    let whole = ledgers.revision(&key(), 1).await.unwrap_err();
    let waited = begun.elapsed();
    let head = ledgers.revision_head(&key(), 1).await.unwrap_err();
    assert_eq!(begun.elapsed() - waited, waited, "of the beginning as long as of the whole");
    for error in [whole, head] {
        let LedgerError::Store { act: "read", source, .. } = &error else { panic!("{error:?}") };
        assert!(source.to_string().starts_with("no answer within"), "{source}");
    }
}

async fn a_ledger_in_the_wrong_bucket_is_not_an_empty_one(place: Place) {
    let elsewhere = place.without_bucket().await;
    for error in [
        elsewhere.read(&key()).await.unwrap_err(),
        elsewhere.write(&key(), 1, b"one".to_vec(), None).await.unwrap_err(),
        elsewhere.lock(&key(), &holder("ada")).await.unwrap_err(),
    ] {
        let LedgerError::Store { source, .. } = &error else { panic!("{error:?}") };
        assert!(source.to_string().starts_with("there is no such bucket, container or namespace"), "{source}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_comes_to_nothing_is_tried_again() {
    let faults = Arc::new(Faults::default());
    let ledgers = faults.on(Place::memory().objects().await);
    let refuse = |times| faults.conflicts.store(times, Ordering::SeqCst);
    refuse(2);
    ledgers.append(&key(), "run", 1, b"started\n".to_vec()).await.unwrap();
    let first = ledgers.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    // The copy of the version is written whatever is there, so the ledger itself is what gets the second one.
    let held = faults.hold("ledger.json");
    let writing = tokio::spawn({
        let (ledgers, first) = (ledgers.clone(), first.clone());
        async move { ledgers.write(&key(), 2, b"two".to_vec(), Some(&first)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    refuse(1);
    held.add_permits(1);
    writing.await.unwrap().unwrap();
    assert_eq!(ledgers.read(&key()).await.unwrap().unwrap().bytes, b"two");

    // For ever is no conflict any more, but trouble.
    refuse(u32::MAX);
    let error = ledgers.append(&key(), "run", 2, b"done\n".to_vec()).await.unwrap_err();
    assert!(matches!(error, LedgerError::Store { .. }), "{error:?}");
}

#[tokio::test]
async fn nothing_is_created_in_place_of_what_is_there() {
    // What the way itself does, so that the tests above mean what they say.
    let store: Arc<dyn ObjectStore> = Arc::new(object_store::memory::InMemory::new());
    let faults = Arc::new(Faults::default());
    faults.loses_replies.store(true, Ordering::SeqCst);
    let way = Way { inner: store, faults };
    let create = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let path = Path::from("object");
    let first = way.put_opts(&path, "one".into(), create()).await;
    assert!(matches!(first, Err(Error::Generic { .. })), "{first:?}");
    let second = way.put_opts(&path, "two".into(), create()).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })), "{second:?}");
}
