//! Single objects of a store: each call with an end, tried again where that does no harm, and read back where nobody
//! knows whether it was done.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use flashinfra::ledgers::{Guarded, LedgerError, Lock};
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    UpdateVersion,
};
use tokio::time::Instant;

/// How often a request is sent that surely was not done, or that does no harm when it is done twice.
const TRIES: u32 = 5;

/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Listing many pages takes longer than one request.
const LIST_FACTOR: u32 = 6;

/// The objects of a store.
#[derive(Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The URL of what is at the store's root, for people.
    url: String,
    /// How long one request may take.
    timeout: Duration,
}

/// An object as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: UpdateVersion,
}

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Written {
    /// It was done, and this is what a next one has to name.
    Done(UpdateVersion),
    /// It was not, since something else is there; what, if that still was there when it was looked at.
    Refused(Option<Found>),
}

/// What a conditional write expects.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// No object.
    Nothing,
    /// Exactly this version of it.
    Version(UpdateVersion),
}

/// What a try of a call came to, when it was not what was wanted.
enum Trouble {
    /// The store said so, and it will say so again.
    Definite(Error),
    /// It may or may not have been done.
    Unclear(Error),
    /// No answer came in time: it may or may not have been done.
    TimedOut,
    /// The right to write ended; nothing more is sent.
    Lost(&'static str),
}

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, url: String, timeout: Duration) -> Self {
        Self { store, url, timeout }
    }

    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn through(self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self { store: wrap(self.store), ..self }
    }

    /// Where an object is, for people.
    pub(crate) fn location(&self, path: &Path) -> String {
        format!("{}/{path}", self.url)
    }

    /// Reads an object; none when there is none.
    pub(crate) async fn get(&self, path: &Path) -> Result<Option<Found>, LedgerError> {
        let read = || async {
            let result = self.store.get(path).await?;
            let version = UpdateVersion { e_tag: result.meta.e_tag.clone(), version: result.meta.version.clone() };
            Ok(Found { bytes: result.bytes().await?.to_vec(), version })
        };
        match self.tried(self.timeout, read).await {
            Ok(found) => Ok(Some(found)),
            Err(Trouble::Definite(error @ Error::NotFound { .. })) if !lacks_bucket(&error) => Ok(None),
            Err(trouble) => Err(self.failed("read", path, trouble)),
        }
    }

    /// Reads the beginning of an object, so many bytes at most; none when there is no object. One without bytes is none either.
    pub(crate) async fn start(&self, path: &Path, length: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let read = || async {
            let options = GetOptions { range: Some(GetRange::Bounded(0..length)), ..GetOptions::default() };
            Ok(self.store.get_opts(path, options).await?.bytes().await?.to_vec())
        };
        match self.tried(self.timeout, read).await {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(Trouble::Definite(error @ Error::NotFound { .. })) if !lacks_bucket(&error) => return Ok(None),
            // Who did not answer is not waited for as long once more.
            Err(trouble @ (Trouble::TimedOut | Trouble::Lost(_))) => return Err(self.failed("read", path, trouble)),
            // A server that knows no ranges sends all of it, which the client takes for an error. What else is wrong, `get` says.
            Err(Trouble::Definite(_) | Trouble::Unclear(_)) => {}
        }
        let mut found = self.get(path).await?;
        if let Some(found) = &mut found {
            found.bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        }
        Ok(found.map(|found| found.bytes))
    }

    /// Which version of an object there is, without its bytes; none when there is none.
    pub(crate) async fn version(&self, path: &Path) -> Result<Option<UpdateVersion>, LedgerError> {
        match self.tried(self.timeout, || self.store.head(path)).await {
            Ok(ObjectMeta { e_tag, version, .. }) => Ok(Some(UpdateVersion { e_tag, version })),
            Err(Trouble::Definite(Error::NotFound { .. })) => Ok(None),
            Err(trouble) => Err(self.failed("read", path, trouble)),
        }
    }

    /// Whether there is an object.
    pub(crate) async fn exists(&self, path: &Path) -> Result<bool, LedgerError> {
        Ok(self.version(path).await?.is_some())
    }

    /// The objects below a folder, of all pages.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<ObjectMeta>, LedgerError> {
        let list = || self.store.list(Some(folder)).try_collect();
        self.tried(self.timeout * LIST_FACTOR, list).await.map_err(|trouble| self.failed("list", folder, trouble))
    }

    /// The names of the folders directly in a folder, sorted, of all pages.
    pub(crate) async fn folders(&self, folder: &Path) -> Result<Vec<String>, LedgerError> {
        let list = || self.store.list_with_delimiter(Some(folder));
        let listed = self.tried(self.timeout * LIST_FACTOR, list).await;
        let listed = listed.map_err(|trouble| self.failed("list", folder, trouble))?;
        let mut names: Vec<String> =
            listed.common_prefixes.iter().filter_map(|path| Some(path.filename()?.to_owned())).collect();
        names.sort();
        Ok(names)
    }

    /// Writes an object, whatever is there: for bytes that are the same whoever writes them.
    pub(crate) async fn put(&self, path: &Path, bytes: &[u8], lock: Option<&Lock>) -> Result<(), LedgerError> {
        let put = || async { self.store.put(path, PutPayload::from(bytes.to_vec())).await };
        let put = self.tried(self.timeout, || self.guarded(lock, put())).await;
        match flat(put) {
            Ok(_) => Ok(()),
            Err(trouble) => Err(self.failed("write", path, trouble)),
        }
    }

    /// Removes an object, if it is there.
    pub(crate) async fn remove(&self, path: &Path, lock: Option<&Lock>) -> Result<(), LedgerError> {
        let removed = self.tried(self.timeout, || self.guarded(lock, self.store.delete(path))).await;
        match flat(removed) {
            Ok(()) | Err(Trouble::Definite(Error::NotFound { .. })) => Ok(()),
            Err(trouble) => Err(self.failed("remove", path, trouble)),
        }
    }

    /// Writes an object if what is there is what is expected.
    ///
    /// A try whose reply was lost may have been done; then a later one is refused because of our own write. So the object is
    /// read back after a refusal: with our bytes in it, after such a try, it was done.
    ///
    /// # Errors
    /// When nobody answers, or the store refuses for another reason. It may be done then, and it may be done later.
    pub(crate) async fn put_if(
        &self,
        path: &Path,
        bytes: &[u8],
        expected: &Expected,
        lock: Option<&Lock>,
    ) -> Result<Written, LedgerError> {
        let mut maybe_done = false;
        let mut tries = 0;
        loop {
            tries += 1;
            let mode = match expected {
                Expected::Nothing => PutMode::Create,
                Expected::Version(version) => PutMode::Update(version.clone()),
            };
            let options = PutOptions { mode, ..PutOptions::default() };
            let put = self.store.put_opts(path, PutPayload::from(bytes.to_vec()), options);
            let trouble = match flat(self.once(self.timeout, self.guarded(lock, put)).await) {
                Ok(done) => return Ok(Written::Done(done.into())),
                Err(trouble) => trouble,
            };
            let trouble = match trouble {
                Trouble::Definite(error) if is_refusal(&error) && !lacks_bucket(&error) => {
                    let there = self.get(path).await?;
                    match (&there, expected) {
                        (Some(found), _) if maybe_done && found.bytes == bytes => {
                            return Ok(Written::Done(found.version.clone()));
                        }
                        // Some stores refuse when another write is on its way, and that one may come to nothing.
                        (None, Expected::Nothing) => Trouble::Unclear(error),
                        (Some(found), Expected::Version(version)) if found.version == *version => {
                            Trouble::Unclear(error)
                        }
                        (None | Some(_), _) => return Ok(Written::Refused(there)),
                    }
                }
                trouble @ (Trouble::Unclear(_) | Trouble::TimedOut) => {
                    maybe_done = true;
                    trouble
                }
                trouble @ (Trouble::Definite(_) | Trouble::Lost(_)) => return Err(self.failed("write", path, trouble)),
            };
            if tries == TRIES {
                return Err(self.failed("write", path, trouble));
            }
            tokio::time::sleep(pause(tries)).await;
        }
    }

    /// Makes a request, and again while it is not clear what became of it.
    async fn tried<T, F: Future<Output = Result<T, Error>>>(
        &self,
        timeout: Duration,
        call: impl Fn() -> F,
    ) -> Result<T, Trouble> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(timeout, call()).await {
                Err(Trouble::Unclear(_) | Trouble::TimedOut) if tries < TRIES => tokio::time::sleep(pause(tries)).await,
                result => return result,
            }
        }
    }

    /// Makes a request that has an end.
    async fn once<T>(&self, timeout: Duration, call: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
        let deadline = Instant::now() + timeout;
        match tokio::time::timeout_at(deadline, call).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) if is_definite(&error) || lacks_bucket(&error) => Err(Trouble::Definite(error)),
            Ok(Err(error)) => Err(Trouble::Unclear(error)),
            Err(_) => Err(Trouble::TimedOut),
        }
    }

    /// Makes a request only while the right to write is held, if it needs one.
    async fn guarded<T>(
        &self,
        lock: Option<&Lock>,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Trouble>, Error> {
        let Some(lock) = lock else { return call.await.map(Ok) };
        match lock.guard(self.timeout, call).await {
            Guarded::Ended(result) => result.map(Ok),
            Guarded::TimedOut => Ok(Err(Trouble::TimedOut)),
            Guarded::NotStarted => Ok(Err(Trouble::Lost("the lease ran out, and nobody answered to renew it"))),
            Guarded::Lost => Ok(Err(Trouble::Lost("the lease ended while it was written"))),
        }
    }

    fn failed(&self, act: &'static str, path: &Path, trouble: Trouble) -> LedgerError {
        let location = self.location(path);
        match trouble {
            Trouble::Definite(error) | Trouble::Unclear(error) => {
                LedgerError::Store { act, location, source: Box::new(Said::of(&error)) }
            }
            Trouble::TimedOut => {
                let source = format!("no answer within {} s, {TRIES} times", self.timeout.as_secs_f32());
                LedgerError::Store { act, location, source: source.into() }
            }
            Trouble::Lost(reason) => LedgerError::LockLost { location, reason: reason.into() },
        }
    }
}

fn flat<T>(result: Result<Result<T, Trouble>, Trouble>) -> Result<T, Trouble> {
    result.and_then(|inner| inner)
}

fn pause(tries: u32) -> Duration {
    PAUSE * 2_u32.saturating_pow(tries - 1)
}

/// Whether the store refused a write because of what is there.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. } | Error::NotFound { .. }
    )
}

/// Whether sending it again would get the same answer.
fn is_definite(error: &Error) -> bool {
    match error {
        Error::NotFound { .. }
        | Error::InvalidPath { .. }
        | Error::NotSupported { .. }
        | Error::AlreadyExists { .. }
        | Error::Precondition { .. }
        | Error::NotModified { .. }
        | Error::NotImplemented { .. }
        | Error::PermissionDenied { .. }
        | Error::Unauthenticated { .. }
        | Error::UnknownConfigurationKey { .. } => true,
        // Everything else came from the way there, or from a server in trouble.
        _ => false,
    }
}

/// Whether it is not the object that is missing, but what it should be in. A ledger that is looked for in the wrong place
/// must not pass for one that does not exist yet.
fn lacks_bucket(error: &Error) -> bool {
    let text = error.to_string();
    ["NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist", "NoSuchNamespace"]
        .iter()
        .any(|code| text.contains(code))
}

/// What a store said. Its own error types repeat their sources in their text, so this has the text and no source.
#[derive(Debug)]
struct Said(String);

impl Said {
    fn of(error: &Error) -> Self {
        let text = answer(&error.to_string());
        let hint = match error {
            _ if lacks_bucket(error) => "there is no such bucket, container or namespace, and flashinfra makes none",
            Error::PermissionDenied { .. } => {
                "the credentials may not do that: a ledger needs to get, put, delete and list objects"
            }
            Error::Unauthenticated { .. } => "no credentials were found that are accepted",
            _ => return Self(text),
        };
        Self(format!("{hint} ({text})"))
    }
}

/// What the service itself said, without the request and the document around it; else all on one line.
fn answer(text: &str) -> String {
    let part = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.trim()).filter(|part| !part.is_empty())
    };
    match (part("Code"), part("Message")) {
        (Some(code), Some(message)) => format!("{code}: {}", message.lines().next().unwrap_or_default()),
        (Some(code), None) => code.into(),
        (None, _) => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Said {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_says_fits_on_a_line() {
        let xml = "Server returned 403: <?xml version=\"1.0\"?>\n<Error>\n<Code>AccessDenied</Code><Message>Access Denied\nRequestId:1</Message></Error>";
        assert_eq!(answer(xml), "AccessDenied: Access Denied");
        assert_eq!(answer("<Error><Code>NoSuchBucket</Code></Error>"), "NoSuchBucket");
        assert_eq!(answer("connection\n  refused"), "connection refused");
    }
}
