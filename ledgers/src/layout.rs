//! Where each part of a ledger is below the prefix, and what the names of the parts say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use flashinfra::ledgers::LedgerKey;
use object_store::ObjectMeta;
use object_store::path::Path;
use sha2::{Digest as _, Sha256};

/// How many digits numbers in names have, so that stores list them in their order: all that there are.
const SERIAL_DIGITS: usize = 20;
const SEGMENT_DIGITS: usize = 8;

/// How many hex digits of a version's digest are in its name: enough that two versions of one serial differ in it.
const DIGEST_DIGITS: usize = 16;

/// The folder of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Home(Path);

impl Home {
    pub(crate) fn new(root: &Path, key: &LedgerKey) -> Self {
        Self(root.clone().join(key.stack().as_str()).join(key.environment().as_str()))
    }

    pub(crate) fn ledger(&self) -> Path {
        self.0.clone().join("ledger.json")
    }

    pub(crate) fn lease(&self) -> Path {
        self.0.clone().join("lease.json")
    }

    pub(crate) fn versions(&self) -> Path {
        self.0.clone().join("versions")
    }

    /// Named by its content, so that two writers of one serial never overwrite each other's copy.
    pub(crate) fn version(&self, serial: u64, bytes: &[u8]) -> Path {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.versions().join(format!("{serial:0SERIAL_DIGITS$}-{}.json", &digest[..DIGEST_DIGITS]))
    }

    pub(crate) fn journal(&self, run: &str) -> Path {
        self.0.clone().join("journal").join(run)
    }

    pub(crate) fn segment(&self, run: &str, number: u32) -> Path {
        self.journal(run).join(format!("{number:0SEGMENT_DIGITS$}.jsonl"))
    }

    pub(crate) fn plan(&self, run: &str) -> Path {
        self.0.clone().join("plans").join(format!("{run}.json"))
    }

    pub(crate) fn revisions(&self) -> Path {
        self.0.clone().join("revisions")
    }

    pub(crate) fn revision(&self, number: u64) -> Path {
        self.revisions().join(format!("{number:0SERIAL_DIGITS$}.json"))
    }

    pub(crate) fn open_runs(&self) -> Path {
        self.0.clone().join("open")
    }

    pub(crate) fn open_run(&self, run: &str) -> Path {
        self.open_runs().join(run)
    }

    pub(crate) fn finished_runs(&self) -> Path {
        self.0.clone().join("finished")
    }

    pub(crate) fn finished_run(&self, run: &str) -> Path {
        self.finished_runs().join(run)
    }
}

/// The number of a segment.
pub(crate) fn segment_number(path: &Path) -> Option<u32> {
    path.filename()?.strip_suffix(".jsonl")?.parse().ok()
}

/// The number of a kept revision.
pub(crate) fn revision_number(path: &Path) -> Option<u64> {
    path.filename()?.strip_suffix(".json")?.parse().ok()
}

/// The serial of a kept version.
pub(crate) fn serial(path: &Path) -> Option<u64> {
    let (serial, digest) = path.filename()?.strip_suffix(".json")?.split_once('-')?;
    (digest.len() == DIGEST_DIGITS).then(|| serial.parse().ok())?
}

/// The kept versions, the newest first. Of several with one serial the oldest object is the one: see [`superfluous`].
pub(crate) fn versions(listed: &[ObjectMeta]) -> BTreeMap<Reverse<u64>, &ObjectMeta> {
    let mut versions: BTreeMap<Reverse<u64>, &ObjectMeta> = BTreeMap::new();
    for object in listed {
        if let Some(serial) = serial(&object.location) {
            let kept = versions.entry(Reverse(serial)).or_insert(object);
            if (object.last_modified, &object.location) < (kept.last_modified, &kept.location) {
                *kept = object;
            }
        }
    }
    versions
}

/// What may go after a version was written: those beyond the newest `keep`, and copies of the same serial that a writer
/// left who was not fast enough. A copy that such a writer adds later is younger than the one that was written.
pub(crate) fn superfluous(listed: &[ObjectMeta], written: &Path, keep: usize) -> Vec<Path> {
    let oldest_kept = versions(listed).into_keys().nth(keep.saturating_sub(1));
    let is_superfluous = |path: &Path| match serial(path) {
        Some(of) => {
            oldest_kept.is_some_and(|Reverse(oldest)| of < oldest) || (Some(of) == serial(written) && path != written)
        }
        None => false,
    };
    listed.iter().map(|object| &object.location).filter(|path| is_superfluous(path)).cloned().collect()
}

/// A segment's first line, which says which attempt wrote it: two holders may well write the same records.
const NONCE: &[u8] = b"{\"segment\":\"";

/// A segment as it is stored.
pub(crate) fn with_nonce(records: &[u8]) -> Vec<u8> {
    let nonce = uuid::Uuid::new_v4().to_string();
    [NONCE, nonce.as_bytes(), b"\"}\n", records].concat()
}

/// The records of a segment.
pub(crate) fn without_nonce(stored: Vec<u8>) -> Vec<u8> {
    match stored.iter().position(|byte| *byte == b'\n') {
        Some(end) if stored.starts_with(NONCE) => stored[end + 1..].to_vec(),
        // Somebody put it there by hand, as a directory has it.
        Some(_) | None => stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new(&Path::from("team"), &LedgerKey::new("shop", "eu-1").unwrap())
    }

    fn object(location: Path, seconds: i64) -> ObjectMeta {
        let last_modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.unsigned_abs());
        ObjectMeta { location, last_modified: last_modified.into(), size: 0, e_tag: None, version: None }
    }

    #[test]
    fn names_say_what_they_are() {
        let version = home().version(12, b"bytes");
        assert_eq!(version.as_ref(), "team/shop/eu-1/versions/00000000000000000012-277089d91c0bdf4f.json");
        assert_eq!(serial(&version), Some(12));
        assert_eq!(serial(&Path::from("versions/notes.txt")), None);
        assert_eq!(home().revision(12).as_ref(), "team/shop/eu-1/revisions/00000000000000000012.json");
        assert_eq!(revision_number(&home().revision(12)), Some(12));
        assert_eq!(revision_number(&version), None);
        assert_eq!(home().segment("run", 7).as_ref(), "team/shop/eu-1/journal/run/00000007.jsonl");
        assert_eq!(segment_number(&home().segment("run", 7)), Some(7));
        assert_eq!(segment_number(&Path::from("journal/run/00000007.txt")), None);
    }

    #[test]
    fn two_attempts_to_write_the_same_records_differ() {
        assert_ne!(with_nonce(b"records\n"), with_nonce(b"records\n"));
        assert_eq!(without_nonce(with_nonce(b"one\ntwo\n")), b"one\ntwo\n");
        assert_eq!(without_nonce(with_nonce(b"")), b"");
        assert_eq!(without_nonce(b"one\ntwo\n".to_vec()), b"one\ntwo\n");
    }

    #[test]
    fn a_writer_who_was_too_slow_leaves_no_version() {
        let (ours, theirs) = (home().version(3, b"ours"), home().version(3, b"theirs"));
        let before = home().version(2, b"before");
        let listed = [object(theirs.clone(), 10), object(ours.clone(), 11), object(before.clone(), 5)];
        assert_eq!(superfluous(&listed, &ours, 50), std::slice::from_ref(&theirs));
        assert_eq!(superfluous(&listed, &ours, 1), [theirs.clone(), before]);

        let later = [object(theirs, 12), object(ours.clone(), 11)];
        assert_eq!(versions(&later)[&Reverse(3)].location, ours);
    }
}
