use super::*;

fn key() -> LedgerKey {
    LedgerKey::new("shop", "production").unwrap()
}

fn holder(who: &str) -> Holder {
    Holder { who: who.into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 }
}

#[tokio::test]
async fn every_version_is_kept_and_a_write_replaces_only_what_it_knows() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    assert!(ledgers.read(&key()).await.unwrap().is_none());
    assert!(ledgers.keys().await.unwrap().is_empty());

    let first = ledgers.write(&key(), 1, b"one".to_vec(), None).await.unwrap();
    let again = ledgers.write(&key(), 2, b"two".to_vec(), None).await;
    assert!(matches!(again, Err(LedgerError::Moved { .. })), "{again:?}");
    ledgers.write(&key(), 2, b"two".to_vec(), Some(&first)).await.unwrap();
    let stale = ledgers.write(&key(), 3, b"three".to_vec(), Some(&first)).await;
    assert!(matches!(stale, Err(LedgerError::Moved { .. })), "{stale:?}");

    assert_eq!(ledgers.read(&key()).await.unwrap().unwrap().bytes, b"two");
    assert_eq!(ledgers.versions(&key()).await.unwrap(), [2, 1]);
    assert_eq!(ledgers.version(&key(), 1).await.unwrap().unwrap().1, b"one");
    assert_eq!(ledgers.keys().await.unwrap(), [key()]);
}

#[tokio::test]
async fn old_versions_go_after_a_while() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    let mut edition = None;
    for serial in 1..=VERSIONS_KEPT as u64 + 3 {
        edition = Some(ledgers.write(&key(), serial, vec![serial as u8], edition.as_ref()).await.unwrap());
    }
    let kept = ledgers.versions(&key()).await.unwrap();
    assert_eq!((kept.len(), kept[0], *kept.last().unwrap()), (VERSIONS_KEPT, VERSIONS_KEPT as u64 + 3, 4));
}

#[tokio::test]
async fn a_segment_is_written_once_and_a_finished_run_stays_known() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    ledgers.append(&key(), "run", 0, b"begun".to_vec()).await.unwrap();
    for number in 1..12 {
        ledgers.append(&key(), "run", number, vec![number as u8]).await.unwrap();
    }
    let again = ledgers.append(&key(), "run", 0, b"other".to_vec()).await;
    assert!(matches!(again, Err(LedgerError::SegmentExists { number: 0, .. })), "{again:?}");

    let segments = ledgers.segments(&key(), "run").await.unwrap();
    assert_eq!((segments.len(), &segments[0][..], segments[11][0]), (12, &b"begun"[..], 11));
    assert_eq!(ledgers.runs(&key()).await.unwrap(), ["run"]);
    assert!(!ledgers.finished(&key(), "run").await.unwrap());

    ledgers.finish(&key(), "run").await.unwrap();
    ledgers.finish(&key(), "run").await.unwrap();
    assert!(ledgers.finished(&key(), "run").await.unwrap());
    assert!(ledgers.runs(&key()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_that_wrote_no_segment_has_not_begun() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    // What a full disk leaves, or a process that died in its first write.
    for journal in ["journal/full", "journal/died", "finished/put-away"] {
        std::fs::create_dir_all(directory.path().join("shop/production").join(journal)).unwrap();
    }
    std::fs::write(directory.path().join("shop/production/journal/died/.writing-x1"), "half").unwrap();
    assert!(ledgers.runs(&key()).await.unwrap().is_empty());
    assert!(!ledgers.finished(&key(), "put-away").await.unwrap());
    // A journal that lost its first segment is no such run.
    for number in [0, 1] {
        ledgers.append(&key(), "torn", number, Vec::new()).await.unwrap();
    }
    std::fs::remove_file(directory.path().join("shop/production/journal/torn/0.jsonl")).unwrap();
    assert_eq!(ledgers.runs(&key()).await.unwrap(), ["torn"]);
}

#[tokio::test]
async fn a_gap_in_the_journal_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    for number in [0, 2] {
        ledgers.append(&key(), "run", number, Vec::new()).await.unwrap();
    }
    let error = ledgers.segments(&key(), "run").await.unwrap_err();
    assert!(error.to_string().ends_with("journal/run/1.jsonl is damaged"), "{error}");
}

#[tokio::test]
async fn only_one_applies_and_the_second_is_told_who() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    let lock = ledgers.lock(&key(), &holder("ada")).await.unwrap();
    let error = ledgers.lock(&key(), &holder("bob")).await.unwrap_err();
    assert!(error.to_string().ends_with("by ada on laptop (process 7) since 2000-02-29 00:00:00 UTC"), "{error}");
    assert_eq!(ledgers.holder(&key()).await.unwrap(), Some((holder("ada"), Lasts::AsItsProcess)));

    drop(lock);
    assert_eq!(ledgers.holder(&key()).await.unwrap(), None);
    // What a process that was killed leaves behind says nothing.
    std::fs::write(directory.path().join("shop/production/lock"), serde_json::to_vec(&holder("ada")).unwrap()).unwrap();
    assert_eq!(ledgers.holder(&key()).await.unwrap(), None);
    let _lock = ledgers.lock(&key(), &holder("bob")).await.unwrap();
}

#[tokio::test]
async fn a_right_that_somebody_ended_calls_and_writes_nothing_more() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (LocalLedgers::new(directory.path()), LocalLedgers::new(directory.path()));
    assert_eq!(theirs.unlock(&key(), &holder("bob"), "nobody is there").await.unwrap(), None);
    let lock = ours.lock(&key(), &holder("ada")).await.unwrap();
    ours.append(&key(), "run", 0, b"begun".to_vec()).await.unwrap();
    assert!(lock.outlives(Duration::from_secs(3_600)) && !lock.is_lost());

    assert_eq!(theirs.unlock(&key(), &holder("bob"), "wrong account").await.unwrap(), Some(holder("ada")));
    assert!(!lock.outlives(Duration::ZERO) && lock.is_lost());
    for error in [
        ours.append(&key(), "run", 1, Vec::new()).await.unwrap_err(),
        ours.write(&key(), 1, Vec::new(), None).await.unwrap_err(),
        ours.keep_plan(&key(), "run", Vec::new()).await.unwrap_err(),
        ours.finish(&key(), "run").await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("bob on laptop (process 7)"), "{error}");
        assert!(error.to_string().ends_with("ended it: wrong account"), "{error}");
    }
    assert_eq!(theirs.holder(&key()).await.unwrap(), None);
    assert_eq!(theirs.unlock(&key(), &holder("bob"), "again").await.unwrap(), None);

    // Whoever comes next has the right alone, and what the first one still does takes it from nobody.
    let next = theirs.lock(&key(), &holder("bob")).await.unwrap();
    lock.release().await;
    let told = LocalLedgers::new(directory.path()).lock(&key(), &holder("cleo")).await.unwrap_err();
    assert!(told.to_string().contains("by bob on laptop"), "{told}");
    theirs.append(&key(), "run", 1, Vec::new()).await.unwrap();
    theirs.finish(&key(), "run").await.unwrap();
    assert!(next.outlives(Duration::ZERO));
    assert_eq!(std::fs::read_dir(directory.path().join("shop/production/unlocked")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_run_that_was_folded_takes_no_further_segment() {
    let directory = tempfile::tempdir().unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    ledgers.append(&key(), "run", 0, b"begun".to_vec()).await.unwrap();
    ledgers.finish(&key(), "run").await.unwrap();
    for number in [0, 1] {
        let late = ledgers.append(&key(), "run", number, Vec::new()).await;
        assert!(matches!(late, Err(LedgerError::SegmentExists { .. })), "{late:?}");
    }
    assert_eq!(ledgers.segments(&key(), "run").await.unwrap(), [b"begun"]);
    assert!(ledgers.runs(&key()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("shop"), "a file where a directory should be").unwrap();
    let ledgers = LocalLedgers::new(directory.path());
    let error = ledgers.write(&key(), 1, Vec::new(), None).await.unwrap_err();
    assert!(error.to_string().contains("shop"), "{error}");
}
