//! One applier at a time, whatever happens to it: renewed leases are not taken, others are, and who lost one knows.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flashinfra::ledgers::{CALL_TIMEOUT, LedgerError, LedgerStore, Lock};
use flashinfra_ledgers::{ObjectLedgers, Times, Waiting};
use object_store::memory::InMemory;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::places::{Place, SHORT, holder, key};

crate::places::over!(
    over_objects: [memory, s3, gcs, azure, kubernetes]
    who_is_there_keeps_it,
    who_is_cut_off_loses_it,
    of_many_who_wait_one_takes_over,
    a_lease_that_ran_out_and_nobody_took_goes_on,
    a_lease_can_be_ended_by_hand,
);

/// Told to a newcomer, in order.
type Told = Arc<Mutex<Vec<Waiting>>>;

fn listening(ledgers: ObjectLedgers) -> (ObjectLedgers, Told) {
    let told = Told::default();
    let ears = told.clone();
    (ledgers.telling(move |waiting| ears.lock().unwrap().push(waiting.clone())), told)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn who_is_there_keeps_it(place: Place) {
    let lock = place.objects().await.lock(&key(), &holder("ada")).await.unwrap();
    assert!(lock.outlives(SHORT.call) && !lock.outlives(SHORT.lease));
    let started = Instant::now();
    // Longer than a lease lasts that is not renewed.
    while started.elapsed() < SHORT.lease * 2 {
        let (newcomer, told) = listening(place.objects().await);
        let error = newcomer.lock(&key(), &holder("bob")).await.unwrap_err();
        assert!(matches!(&error, LedgerError::Locked { holder, .. } if holder.who == "ada"), "{error:?}");
        let told = told.lock().unwrap();
        assert_eq!(told[0].holder, holder("ada"));
        assert!(told.iter().all(|waiting| waiting.unchanged < SHORT.lease));
        assert!(lock.outlives(SHORT.call));
    }
    lock.release().await;
}

async fn who_is_cut_off_loses_it(place: Place) {
    let faults = Arc::new(Faults::default());
    let ada = faults.on(place.objects().await);
    let of_ada = ada.lock(&key(), &holder("ada")).await.unwrap();
    let edition = ada.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    ada.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    faults.is_cut.store(true, Ordering::SeqCst);

    let (bob, told) = listening(place.objects().await);
    let started = Instant::now();
    let taking = tokio::spawn({
        let bob = bob.clone();
        async move { bob.lock(&key(), &holder("bob")).await }
    });
    until("no call starts any more", || !of_ada.outlives(SHORT.call)).await;
    assert!(of_ada.outlives(Duration::ZERO), "the last call that started can still end under the lease");
    until("the lease ends", || !of_ada.outlives(Duration::ZERO)).await;
    assert!(!taking.is_finished(), "it was taken over while it was held");
    let of_bob = taking.await.unwrap().unwrap();
    assert!(started.elapsed() >= SHORT.lease + SHORT.call, "{:?}", started.elapsed());
    {
        let told = told.lock().unwrap();
        assert!(told.iter().all(|waiting| waiting.holder == holder("ada")));
        assert!(told.is_sorted_by(|a, b| a.unchanged < b.unchanged && a.takeover_in > b.takeover_in));
    }
    bob.append(&key(), "run", 1, b"ended\n".to_vec()).await.unwrap();

    // She is back, and finds out before she writes anything.
    faults.is_cut.store(false, Ordering::SeqCst);
    let refused = [
        ada.append(&key(), "run", 1, b"started\n".to_vec()).await.unwrap_err(),
        ada.append(&key(), "run", 2, b"started\n".to_vec()).await.unwrap_err(),
        ada.write(&key(), 2, b"two".to_vec(), Some(&edition)).await.unwrap_err(),
        ada.finish(&key(), "run").await.unwrap_err(),
    ];
    for error in refused {
        let LedgerError::LockLost { reason, .. } = &error else { panic!("{error:?}") };
        assert!(reason.contains("taken over by bob on laptop"), "{reason}");
    }
    assert!(!of_ada.outlives(Duration::ZERO));
    of_ada.release().await;
    assert!(of_bob.outlives(SHORT.call), "what she gives back is not what he has");
    assert_eq!(bob.segments(&key(), "run").await.unwrap().len(), 2);
    assert_eq!(bob.read(&key()).await.unwrap().unwrap().bytes, b"one");
    assert!(!bob.finished(&key(), "run").await.unwrap());
}

async fn of_many_who_wait_one_takes_over(place: Place) {
    let faults = Arc::new(Faults::default());
    let _of_ada = faults.on(place.objects().await).lock(&key(), &holder("ada")).await.unwrap();
    faults.is_cut.store(true, Ordering::SeqCst);
    let mut newcomers = JoinSet::new();
    for number in 0..4 {
        let ledgers = place.objects().await;
        newcomers.spawn(async move { (number, ledgers.lock(&key(), &holder(&format!("newcomer {number}"))).await) });
    }
    let mut results = newcomers.join_all().await;
    let first = results.iter().position(|(_, result)| result.is_ok()).expect("nobody took it over");
    let (number, lock) = results.swap_remove(first);
    for (_, result) in results {
        let Err(LedgerError::Locked { holder, .. }) = &result else { panic!("{result:?}") };
        assert_eq!(holder.who, format!("newcomer {number}"));
    }
    assert!(lock.unwrap().outlives(SHORT.call));
}

/// A laptop that slept: nobody else was there in the meantime, and the store can tell.
async fn a_lease_that_ran_out_and_nobody_took_goes_on(place: Place) {
    let faults = Arc::new(Faults::default());
    let ada = faults.on(place.objects().await);
    let lock = ada.lock(&key(), &holder("ada")).await.unwrap();
    faults.is_cut.store(true, Ordering::SeqCst);
    until("the lease ends", || !lock.outlives(Duration::ZERO)).await;
    let error = ada.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap_err();
    assert!(matches!(&error, LedgerError::LockLost { reason, .. } if reason.contains("ran out")), "{error:?}");

    faults.is_cut.store(false, Ordering::SeqCst);
    until("it is renewed", || lock.outlives(SHORT.call)).await;
    ada.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    lock.release().await;
}

async fn a_lease_can_be_ended_by_hand(place: Place) {
    let ada = place.objects().await;
    assert_eq!(ada.unlock(&key(), &holder("bob"), "nobody is there").await.unwrap(), None);
    let of_ada = ada.lock(&key(), &holder("ada")).await.unwrap();

    let bob = place.objects().await;
    let had = bob.unlock(&key(), &holder("bob"), "her machine burnt down").await.unwrap();
    assert_eq!(had, Some(holder("ada")));
    let of_bob = bob.lock(&key(), &holder("bob")).await.unwrap();
    until("she notices", || !of_ada.outlives(Duration::ZERO)).await;
    let error = ada.append(&key(), "run", 0, Vec::new()).await.unwrap_err();
    assert!(matches!(error, LedgerError::LockLost { .. }), "{error:?}");
    of_bob.release().await;
    assert_eq!(bob.unlock(&key(), &holder("bob"), "nobody is there").await.unwrap(), None);
}

/// A paused clock, and the times that a team has.
struct Virtual {
    store: Arc<InMemory>,
    times: Times,
}

impl Virtual {
    fn new() -> Self {
        Self { store: Arc::default(), times: Times::default() }
    }

    fn ledgers(&self) -> ObjectLedgers {
        ObjectLedgers::over(self.store.clone(), "memory://ledgers", "team").with_times(self.times)
    }

    async fn cut_off(&self) -> Lock {
        let faults = Arc::new(Faults::default());
        let lock = faults.on(self.ledgers()).lock(&key(), &holder("ada")).await.unwrap();
        faults.is_cut.store(true, Ordering::SeqCst);
        lock
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_somebody_else_goes_on_in_seven_minutes() {
    let team = Virtual::new();
    let of_ada = team.cut_off().await;
    let started = Instant::now();
    let (bob, told) = listening(team.ledgers());
    let taking = tokio::spawn(async move { bob.lock(&key(), &holder("bob")).await });

    tokio::time::sleep(Duration::from_secs(175)).await;
    assert!(of_ada.outlives(CALL_TIMEOUT), "a store may be out of reach for minutes");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!of_ada.outlives(CALL_TIMEOUT) && of_ada.outlives(Duration::ZERO));
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(!of_ada.outlives(Duration::ZERO) && !taking.is_finished());

    let _of_bob = taking.await.unwrap().unwrap();
    let waited = started.elapsed().as_secs();
    assert!((420..425).contains(&waited), "{waited} s");
    assert_eq!(told.lock().unwrap()[0].takeover_in.as_secs(), 420);
    let text = told.lock().unwrap()[10].to_string();
    let expected = "ada on laptop (process 7) since 2000-02-29 00:00:00 UTC applies, or was cut off: no sign of life for 20 s; \
                    taken over in 400 s without one";
    assert_eq!(text, expected);
}

#[tokio::test(start_paused = true)]
async fn who_is_there_is_noticed_within_seconds() {
    let team = Virtual::new();
    let _of_ada = team.ledgers().lock(&key(), &holder("ada")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let started = Instant::now();
    let error = team.ledgers().lock(&key(), &holder("bob")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }), "{error:?}");
    assert!(started.elapsed() <= Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_object_that_is_no_lease_is_named() {
    let team = Virtual::new();
    let path = object_store::path::Path::from("team/shop/production/lease.json");
    for (bytes, expected, next) in [
        (
            "{\"format\":9}",
            "the lease has format 9; this version of flashinfra reads format 1",
            Some("use the version of flashinfra that wrote it, or a newer one"),
        ),
        ("scribble", "it is no lease (expected value at line 1 column 1); when nobody applies, remove it", None),
    ] {
        object_store::ObjectStoreExt::put(team.store.as_ref(), &path, bytes.into()).await.unwrap();
        let error = team.ledgers().lock(&key(), &holder("bob")).await.unwrap_err();
        let (LedgerError::Store { location, source, .. } | LedgerError::Newer { location, source, .. }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(error.help().as_deref(), next);
        let there = object_store::ObjectStoreExt::get(team.store.as_ref(), &path).await.unwrap().bytes().await.unwrap();
        assert_eq!(there, bytes, "it was left as it is");
        assert_eq!(
            (location.as_str(), source.to_string().as_str()),
            ("memory://ledgers/team/shop/production/lease.json", expected)
        );
    }
}
