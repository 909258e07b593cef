//! What every place has to do, whichever it is.

use std::sync::Arc;

use flashinfra::ledgers::{LedgerError, LedgerKey, LedgerStore};
use flashinfra_ledgers::VERSIONS_KEPT;
use tokio::task::JoinSet;

use crate::places::{Place, holder, key};

crate::places::over!(
    everywhere: [local, memory, s3, gcs, azure, kubernetes]
    a_stale_write_is_refused,
    versions_are_kept,
    a_segment_is_written_once,
    of_many_appenders_one_is_first,
    a_gap_is_named,
    a_finished_run_stays_known,
    the_plan_of_a_run_is_kept_until_it_is_over,
    revisions_are_kept_by_their_number,
    all_pages_are_listed,
    neighbours_are_not_seen,
    of_many_lockers_one_has_it,
    a_lock_that_is_given_back_can_be_taken,
);

async fn a_stale_write_is_refused(place: Place) {
    let ledgers = place.ledgers().await;
    assert!(ledgers.read(&key()).await.unwrap().is_none());
    assert!(ledgers.keys().await.unwrap().is_empty());

    let first = ledgers.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    assert_eq!(ledgers.read(&key()).await.unwrap().unwrap().edition, first);
    let again = ledgers.write(&key(), 2, b"two".to_vec(), None).await;
    assert!(matches!(again, Err(LedgerError::Moved { .. })), "{again:?}");

    let second = ledgers.write(&key(), 2, b"two".to_vec(), Some(&first)).await.unwrap();
    let stale = ledgers.write(&key(), 3, b"three".to_vec(), Some(&first)).await;
    assert!(matches!(stale, Err(LedgerError::Moved { .. })), "{stale:?}");
    // Not even with the bytes that are there: who writes by an old edition has not seen what it replaces.
    let stale = ledgers.write(&key(), 2, b"two".to_vec(), Some(&first)).await;
    assert!(matches!(stale, Err(LedgerError::Moved { .. })), "{stale:?}");

    let present = ledgers.read(&key()).await.unwrap().unwrap();
    assert_eq!((present.bytes, present.edition), (b"two".to_vec(), second));
    assert_eq!(ledgers.versions(&key()).await.unwrap(), [2, 1]);
    assert_eq!(ledgers.keys().await.unwrap(), [key()]);
}

// A directory has the operating system's lock against this, and does without a conditional write.
crate::places::over!(over_objects: [memory, s3, gcs, azure, kubernetes] of_many_writers_one_is_first);

async fn of_many_writers_one_is_first(place: Place) {
    let base = place.ledgers().await.write(&key(), 1, b"base".to_vec(), None).await.unwrap();
    let mut writers = JoinSet::new();
    for number in 0..8_u8 {
        let (ledgers, base) = (place.ledgers().await, base.clone());
        writers.spawn(async move { (number, ledgers.write(&key(), 2, vec![number; 40], Some(&base)).await) });
    }
    let mut written = Vec::new();
    for (number, result) in writers.join_all().await {
        match result {
            Ok(edition) => written.push((number, edition)),
            Err(LedgerError::Moved { .. }) => {}
            Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        }
    }
    let [(number, edition)] = &written[..] else { panic!("{written:?}") };
    let ledgers = place.ledgers().await;
    let present = ledgers.read(&key()).await.unwrap().unwrap();
    assert_eq!((&present.bytes, &present.edition), (&vec![*number; 40], edition));
    assert_eq!(ledgers.versions(&key()).await.unwrap(), [2, 1]);
    assert_eq!(ledgers.version(&key(), 2).await.unwrap().unwrap().1, present.bytes);
}

async fn versions_are_kept(place: Place) {
    let ledgers = place.ledgers().await;
    let mut edition = None;
    let last = VERSIONS_KEPT as u64 + 3;
    for serial in 1..=last {
        let bytes = format!("serial {serial}").into_bytes();
        edition = Some(ledgers.write(&key(), serial, bytes, edition.as_ref()).await.unwrap());
    }
    let kept = ledgers.versions(&key()).await.unwrap();
    assert_eq!(kept, (4..=last).rev().collect::<Vec<_>>());

    let (location, bytes) = ledgers.version(&key(), 9).await.unwrap().unwrap();
    assert_eq!(bytes, b"serial 9");
    assert!(location.contains("shop/production/versions/"), "{location}");
    assert!(ledgers.version(&key(), 3).await.unwrap().is_none());
}

async fn a_segment_is_written_once(place: Place) {
    let ledgers = place.ledgers().await;
    ledgers.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    // The same bytes too: they are another holder's.
    for bytes in ["other\n", "begun\n"] {
        let again = place.ledgers().await.append(&key(), "run", 0, bytes.into()).await;
        assert!(matches!(again, Err(LedgerError::SegmentExists { number: 0, .. })), "{again:?}");
    }
    ledgers.append(&key(), "run", 1, b"done\nended\n".to_vec()).await.unwrap();
    let segments = place.ledgers().await.segments(&key(), "run").await.unwrap();
    assert_eq!(segments, [b"begun\n".to_vec(), b"done\nended\n".to_vec()]);
}

async fn of_many_appenders_one_is_first(place: Place) {
    place.ledgers().await.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    let mut appenders = JoinSet::new();
    for _ in 0..8 {
        let ledgers = place.ledgers().await;
        appenders.spawn(async move { ledgers.append(&key(), "run", 1, b"the same\n".to_vec()).await });
    }
    let results = appenders.join_all().await;
    let fenced = results.iter().filter(|result| matches!(result, Err(LedgerError::SegmentExists { number: 1, .. })));
    assert_eq!(fenced.count(), 7, "{results:?}");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

async fn a_gap_is_named(place: Place) {
    let ledgers = place.ledgers().await;
    for number in [0, 2] {
        ledgers.append(&key(), "run", number, Vec::new()).await.unwrap();
    }
    let error = ledgers.segments(&key(), "run").await.unwrap_err();
    let LedgerError::DamagedJournal { location, source } = &error else { panic!("{error:?}") };
    assert!(location.ends_with("1.jsonl"), "{location}");
    assert_eq!(source.to_string(), "there are 2 segments, and this one is not among them");
}

async fn a_finished_run_stays_known(place: Place) {
    let ledgers = place.ledgers().await;
    for run in ["one", "two"] {
        ledgers.append(&key(), run, 0, b"begun\n".to_vec()).await.unwrap();
    }
    assert_eq!(ledgers.runs(&key()).await.unwrap(), ["one", "two"]);
    assert!(!ledgers.finished(&key(), "one").await.unwrap());

    ledgers.finish(&key(), "one").await.unwrap();
    ledgers.finish(&key(), "one").await.unwrap();
    assert!(ledgers.finished(&key(), "one").await.unwrap());
    assert!(!ledgers.finished(&key(), "two").await.unwrap());
    assert_eq!(ledgers.runs(&key()).await.unwrap(), ["two"]);
}

async fn the_plan_of_a_run_is_kept_until_it_is_over(place: Place) {
    let ledgers = place.ledgers().await;
    assert!(ledgers.kept_plan(&key(), "one").await.unwrap().is_none());
    for _ in 0..2 {
        ledgers.keep_plan(&key(), "one", b"plan".to_vec()).await.unwrap();
    }
    // It is kept before the run begins, and a run without a segment is none.
    assert!(ledgers.runs(&key()).await.unwrap().is_empty());
    ledgers.append(&key(), "one", 0, b"begun\n".to_vec()).await.unwrap();
    assert_eq!(place.ledgers().await.kept_plan(&key(), "one").await.unwrap().as_deref(), Some(&b"plan"[..]));

    ledgers.finish(&key(), "one").await.unwrap();
    assert!(ledgers.kept_plan(&key(), "one").await.unwrap().is_none());
}

async fn revisions_are_kept_by_their_number(place: Place) {
    let ledgers = place.ledgers().await;
    assert!(ledgers.revisions(&key()).await.unwrap().is_empty());
    for number in [1, 2, 9, 10] {
        ledgers.keep_revision(&key(), number, format!("revision {number}").into_bytes()).await.unwrap();
    }
    // Whoever closes the run of a process that died writes it again.
    ledgers.keep_revision(&key(), 10, b"the tenth".to_vec()).await.unwrap();
    assert_eq!(place.ledgers().await.revisions(&key()).await.unwrap(), [10, 9, 2, 1]);
    assert_eq!(place.ledgers().await.revision(&key(), 10).await.unwrap().as_deref(), Some(&b"the tenth"[..]));
    for _ in 0..2 {
        ledgers.drop_revision(&key(), 9).await.unwrap();
    }
    assert_eq!(ledgers.revisions(&key()).await.unwrap(), [10, 2, 1]);
    assert!(ledgers.revision(&key(), 9).await.unwrap().is_none());
    what_is_said_of_a_revision_is_read_alone(ledgers.as_ref()).await;
}

/// Its first line, however much comes after it.
async fn what_is_said_of_a_revision_is_read_alone(ledgers: &dyn LedgerStore) {
    let line = b"{\"revision\":11,\n";
    // Nothing that could be compressed.
    let stack = (0..2_000_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]);
    let large: Vec<u8> = line.iter().copied().chain(stack).collect();
    ledgers.keep_revision(&key(), 11, large.clone()).await.unwrap();
    let start = ledgers.revision_head(&key(), 11).await.unwrap().unwrap();
    assert!(start.starts_with(line) && large.starts_with(&start) && start.len() < 5_000, "{}", start.len());
    // One that says more than is read at first, and one that has no end of a line.
    for (number, text) in [(12, format!("{}\n{}", "x".repeat(10_000), "y".repeat(10_000))), (13, "short".into())] {
        ledgers.keep_revision(&key(), number, text.clone().into_bytes()).await.unwrap();
        let start = ledgers.revision_head(&key(), number).await.unwrap().unwrap();
        let has_line = start.contains(&b'\n') || start.len() == text.len();
        assert!(text.as_bytes().starts_with(&start) && has_line, "{number}: {}", start.len());
    }
    assert!(ledgers.revision_head(&key(), 14).await.unwrap().is_none());
}

/// More of everything than the servers put on a page, and names that start like others.
async fn all_pages_are_listed(place: Place) {
    let ledgers = place.ledgers().await;
    let runs: Vec<String> = (0..23).map(|number| format!("run{number}")).collect();
    each(&runs, |run, ledgers| async move { ledgers.append(&key(), &run, 0, b"begun\n".to_vec()).await }, &ledgers)
        .await;
    let mut sorted = runs.clone();
    sorted.sort();
    assert_eq!(ledgers.runs(&key()).await.unwrap(), sorted.iter().map(String::as_str).collect::<Vec<_>>());

    for number in 1..20 {
        ledgers.append(&key(), "run1", number, format!("{number}\n").into_bytes()).await.unwrap();
    }
    let segments = ledgers.segments(&key(), "run1").await.unwrap();
    assert_eq!((segments.len(), &segments[19][..]), (20, &b"19\n"[..]));
    assert_eq!(ledgers.segments(&key(), "run10").await.unwrap().len(), 1);

    let stacks: Vec<String> = (0..16).map(|number| format!("stack{number:02}")).collect();
    let write = |stack: String, ledgers: Arc<dyn LedgerStore>| async move {
        let key = LedgerKey::new(&stack, "production").unwrap();
        ledgers.write(&key, 1, b"one".to_vec(), None).await.map(|_| ())
    };
    each(&stacks, write, &ledgers).await;
    let expected: Vec<LedgerKey> = stacks.iter().map(|stack| LedgerKey::new(stack, "production").unwrap()).collect();
    assert_eq!(ledgers.keys().await.unwrap(), expected);
}

async fn each<F: Future<Output = Result<(), LedgerError>> + Send + 'static>(
    names: &[String],
    act: impl Fn(String, Arc<dyn LedgerStore>) -> F,
    ledgers: &Arc<dyn LedgerStore>,
) {
    let mut acts = JoinSet::new();
    for name in names {
        acts.spawn(act(name.clone(), ledgers.clone()));
    }
    for result in acts.join_all().await {
        result.unwrap();
    }
}

async fn neighbours_are_not_seen(place: Place) {
    let team = place.ledgers_at("/team").await;
    let other_team = place.ledgers_at("/team-two").await;
    let above = place.ledgers().await;
    let shop_two = LedgerKey::new("shop-two", "production").unwrap();

    team.write(&key(), 1, b"team".to_vec(), None).await.unwrap();
    team.append(&key(), "run", 0, b"begun\n".to_vec()).await.unwrap();
    other_team.write(&shop_two, 1, b"other".to_vec(), None).await.unwrap();

    assert_eq!(team.keys().await.unwrap(), [key()]);
    assert_eq!(other_team.keys().await.unwrap(), std::slice::from_ref(&shop_two));
    assert!(above.keys().await.unwrap().is_empty());
    assert!(other_team.read(&key()).await.unwrap().is_none());
    assert!(other_team.runs(&key()).await.unwrap().is_empty());
    assert!(team.runs(&shop_two).await.unwrap().is_empty());
    assert!(team.segments(&key(), "ru").await.unwrap().is_empty());
    assert!(team.versions(&LedgerKey::new("shop", "prod").unwrap()).await.unwrap().is_empty());

    // Nor is the right to apply to one that to another.
    let _team = team.lock(&key(), &holder("ada")).await.unwrap();
    let _other = other_team.lock(&key(), &holder("bob")).await.unwrap();
    let _two = team.lock(&shop_two, &holder("cyd")).await.unwrap();
}

async fn of_many_lockers_one_has_it(place: Place) {
    for round in 0..3 {
        let mut lockers = JoinSet::new();
        for number in 0..6 {
            let ledgers = place.ledgers().await;
            lockers.spawn(async move { (number, ledgers.lock(&key(), &holder(&format!("locker {number}"))).await) });
        }
        let mut results = lockers.join_all().await;
        let position = results.iter().position(|(_, result)| result.is_ok()).expect("nobody has it");
        let (number, lock) = results.swap_remove(position);
        for (_, result) in results {
            let Err(LedgerError::Locked { holder, .. }) = &result else { panic!("round {round}: {result:?}") };
            assert_eq!(holder.who, format!("locker {number}"), "round {round}");
        }
        lock.unwrap().release().await;
    }
}

async fn a_lock_that_is_given_back_can_be_taken(place: Place) {
    let ledgers = place.ledgers().await;
    assert_eq!(ledgers.holder(&key()).await.unwrap(), None);
    let lock = ledgers.lock(&key(), &holder("ada")).await.unwrap();
    assert_eq!(place.ledgers().await.holder(&key()).await.unwrap().map(|(holder, _)| holder), Some(holder("ada")));
    let error = place.ledgers().await.lock(&key(), &holder("bob")).await.unwrap_err();
    assert!(error.to_string().contains("by ada on laptop (process 7) since 2000-02-29 00:00:00 UTC"), "{error}");
    let lasts = error.to_string().ends_with(", by a lease of 3 s that was renewed just now");
    assert_eq!(lasts, place.has_objects(), "{error}");
    lock.release().await;
    assert_eq!(place.ledgers().await.holder(&key()).await.unwrap(), None);

    // At once, without waiting for anything to run out.
    let before = std::time::Instant::now();
    let lock = place.ledgers().await.lock(&key(), &holder("bob")).await.unwrap();
    assert!(before.elapsed() < crate::places::SHORT.lease);
    drop(lock);
    let _lock = place.ledgers().await.lock(&key(), &holder("cyd")).await.unwrap();
}

// Nothing else would ever remove them in a cluster.
crate::places::over!(where_journals_go: [memory, kubernetes] the_journals_of_old_runs_go);

async fn the_journals_of_old_runs_go(place: Place) {
    let ledgers = place.objects().await.keeping_journals(2);
    for run in ["one", "two", "three", "four"] {
        for number in 0..2 {
            ledgers.append(&key(), run, number, b"record\n".to_vec()).await.unwrap();
        }
        ledgers.finish(&key(), run).await.unwrap();
        // A cluster counts times in seconds.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
    for (run, is_kept) in [("one", false), ("two", false), ("three", true), ("four", true)] {
        assert_eq!(ledgers.finished(&key(), run).await.unwrap(), is_kept, "{run}");
        assert_eq!(ledgers.segments(&key(), run).await.unwrap().len(), if is_kept { 2 } else { 0 }, "{run}");
    }
}
