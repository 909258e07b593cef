//! Stores that keep something else than they are given.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use flashinfra_plans::{Ledger, ledger};
use flashinfra_simulate::{Invariant, Subject};
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};

use super::check;

/// A store that keeps something else.
struct Wrong {
    inner: Arc<dyn ObjectStore>,
    /// What it keeps in place of these bytes; none: nothing.
    keeps: fn(&str, Vec<u8>) -> Option<Vec<u8>>,
}

impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a wrong {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Wrong {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let bytes = payload.iter().flat_map(|part| part.to_vec()).collect();
        match (self.keeps)(path.as_ref(), bytes) {
            Some(bytes) => self.inner.put_opts(path, bytes.into(), options).await,
            None => {
                let elsewhere = Path::from("nowhere");
                self.inner.put_opts(&elsewhere, PutPayload::default(), PutOptions::default()).await
            }
        }
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// A subject with a store that keeps something else.
fn keeping(keeps: fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Subject {
    Subject { disk: Arc::new(move |inner| Arc::new(Wrong { inner, keeps })), ..Subject::default() }
}

/// The bytes of a ledger after a change of it; other bytes as they are.
fn altered(path: &str, bytes: Vec<u8>, alter: impl FnOnce(&mut Ledger)) -> Option<Vec<u8>> {
    match (path.contains("/journal/"), ledger::read(&bytes)) {
        (false, Ok(mut ledger)) => {
            alter(&mut ledger);
            Some(ledger::write(&ledger))
        }
        (true, _) | (false, Err(_)) => Some(bytes),
    }
}

#[test]
fn an_intent_that_is_not_kept_is_noticed() {
    let without_intents = |path: &str, bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let kept = |line: &&str| !path.contains("/journal/") || !line.contains("\"started\"");
        Some(text.split_inclusive('\n').filter(kept).collect::<String>().into_bytes())
    };
    check(&keeping(without_intents), Invariant::IntentDurable);
}

#[test]
fn a_lease_that_everybody_gets_is_noticed() {
    let without_lease = |path: &str, bytes: Vec<u8>| (!path.ends_with("lease.json")).then_some(bytes);
    check(&keeping(without_lease), Invariant::LeaseHeld);
}

#[test]
fn a_row_that_is_not_kept_is_noticed() {
    let without_a_row = |path: &str, bytes: Vec<u8>| {
        altered(path, bytes, |ledger| {
            ledger.rows.retain(|address, _| address.kind() != "sim.disk");
        })
    };
    check(&keeping(without_a_row), Invariant::NothingLost);
}

#[test]
fn what_is_done_a_second_time_is_noticed() {
    let without_what_is_done =
        |path: &str, bytes: Vec<u8>| altered(path, bytes, |ledger| ledger.rows.retain(|_, row| !row.is_spent()));
    check(&keeping(without_what_is_done), Invariant::EndsAsDeclared);
}

#[test]
fn protection_that_is_not_kept_is_noticed() {
    let without_protection = |path: &str, bytes: Vec<u8>| {
        altered(path, bytes, |ledger| ledger.rows.values_mut().for_each(|row| row.protect = false))
    };
    check(&keeping(without_protection), Invariant::ProtectionHolds);
}

#[test]
fn a_ledger_that_says_something_else_is_noticed() {
    let with_another_generation = |path: &str, bytes: Vec<u8>| {
        altered(path, bytes, |ledger| {
            for row in ledger.rows.values_mut() {
                row.generation += 7;
                row.current.iter_mut().for_each(|current| current.generation += 7);
            }
        })
    };
    check(&keeping(with_another_generation), Invariant::LedgerAgrees);
}

#[test]
fn a_ledger_that_is_damaged_is_noticed() {
    let half = |path: &str, bytes: Vec<u8>| {
        let kept = if path.ends_with("ledger.json") { bytes.len() / 2 } else { bytes.len() };
        Some(bytes[..kept].to_vec())
    };
    check(&keeping(half), Invariant::EngineMakesSense);
}
