//! An apply whose every durable commit takes five milliseconds more, as where the ledger is not on a fast local disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use flashinfra::apply::{ApplyOptions, apply};
use flashinfra::ledgers::{Edition, Holder, LedgerError, LedgerKey, LedgerStore, LocalLedgers, Lock, Stored};
use flashinfra::load;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::plan::Options;
use flashinfra::plans::{Name, file};
use flashinfra::providers::Registry;
use flashinfra::session::Session;
use tempfile::TempDir;

use crate::layers::Layers;
use crate::process::Failed;
use crate::table::{row, seconds, times};
use crate::{Setting, stacks};

/// What each commit takes more.
const DELAY: Duration = Duration::from_millis(5);

const SIZES: [usize; 2] = [2000, 10_000];
const WIDTHS: [usize; 6] = [24, 8, 8, 8, 12, 10];

/// Measures and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!("Apply with {} more for each durable commit, in this process", seconds(DELAY));
    row(&["", "as it is", "delayed", "commits", "per resource", "terraform"], &WIDTHS);
    for resources in SIZES {
        let layers = Layers { resources };
        let (plain, _) = once(setting, layers, Duration::ZERO)?;
        let (delayed, commits) = once(setting, layers, DELAY)?;
        let theirs = setting.terraform_applies.borrow().get(&resources).copied();
        let theirs = theirs.map(|theirs| times(theirs.as_secs_f64(), delayed.as_secs_f64()));
        let each = delayed / u32::try_from(resources).unwrap_or(u32::MAX);
        let cells = [
            format!("  {resources} resources"),
            seconds(plain),
            seconds(delayed),
            commits.to_string(),
            format!("{:.2} ms", each.as_secs_f64() * 1000.0),
            theirs.unwrap_or_else(|| "-".into()),
        ];
        row(&cells.each_ref().map(String::as_str), &WIDTHS);
    }
    println!();
    Ok(())
}

/// Applies once; how long that took, and how many commits it made.
fn once(setting: &Setting, layers: Layers, delay: Duration) -> Result<(Duration, u32), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let directory = TempDir::new_in(&setting.directory)?;
    runtime.block_on(async {
        let (session, commits) = session(directory.path(), delay);
        let compiled = stacks::nodes(layers)?;
        let stack = load::for_sandbox(compiled.as_bytes()).map_err(Failed::engine)?;
        let plan = plan(&session, &stack, &Options::default(), Labels::default()).await.map_err(Failed::engine)?.plan;
        let digest = file::digest(&file::write(&plan));
        let started = Instant::now();
        let report = apply(&session, plan, digest, &ApplyOptions::default()).await.map_err(Failed::engine)?;
        match report.exit.code() {
            0 => Ok((started.elapsed(), commits.load(Ordering::Relaxed))),
            code => Err(Failed::Engine(format!("the apply ended with {code}").into())),
        }
    })
}

fn session(directory: &Path, delay: Duration) -> (Session, Arc<AtomicU32>) {
    let commits = Arc::new(AtomicU32::new(0));
    let ledgers = Delayed { inner: LocalLedgers::new(directory), delay, commits: commits.clone() };
    (Session::new(Registry::new(), ledgers).with_sandbox(directory.join("sandbox.json")), commits)
}

/// Ledgers each write of which takes longer.
pub(crate) struct Delayed {
    /// Where they are.
    pub(crate) inner: LocalLedgers,
    /// How much longer.
    pub(crate) delay: Duration,
    /// How often something was written.
    pub(crate) commits: Arc<AtomicU32>,
}

impl Delayed {
    async fn commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }
}

#[async_trait]
impl LedgerStore for Delayed {
    fn location(&self, key: &LedgerKey) -> String {
        self.inner.location(key)
    }

    async fn keys(&self) -> Result<Vec<LedgerKey>, LedgerError> {
        self.inner.keys().await
    }

    async fn read(&self, key: &LedgerKey) -> Result<Option<Stored>, LedgerError> {
        self.inner.read(key).await
    }

    async fn edition(&self, key: &LedgerKey) -> Result<Option<Edition>, LedgerError> {
        self.inner.edition(key).await
    }

    async fn write(
        &self,
        key: &LedgerKey,
        serial: u64,
        bytes: Vec<u8>,
        expected: Option<&Edition>,
    ) -> Result<Edition, LedgerError> {
        self.commit().await;
        self.inner.write(key, serial, bytes, expected).await
    }

    async fn versions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        self.inner.versions(key).await
    }

    async fn version(&self, key: &LedgerKey, serial: u64) -> Result<Option<(String, Vec<u8>)>, LedgerError> {
        self.inner.version(key, serial).await
    }

    async fn runs(&self, key: &LedgerKey) -> Result<Vec<Name>, LedgerError> {
        self.inner.runs(key).await
    }

    async fn segments(&self, key: &LedgerKey, run: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        self.inner.segments(key, run).await
    }

    async fn append(&self, key: &LedgerKey, run: &str, number: u32, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.commit().await;
        self.inner.append(key, run, number, bytes).await
    }

    async fn keep_plan(&self, key: &LedgerKey, run: &str, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.commit().await;
        self.inner.keep_plan(key, run, bytes).await
    }

    async fn kept_plan(&self, key: &LedgerKey, run: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.kept_plan(key, run).await
    }

    async fn keep_revision(&self, key: &LedgerKey, number: u64, bytes: Vec<u8>) -> Result<(), LedgerError> {
        self.commit().await;
        self.inner.keep_revision(key, number, bytes).await
    }

    async fn revisions(&self, key: &LedgerKey) -> Result<Vec<u64>, LedgerError> {
        self.inner.revisions(key).await
    }

    async fn revision(&self, key: &LedgerKey, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.revision(key, number).await
    }

    async fn drop_revision(&self, key: &LedgerKey, number: u64) -> Result<(), LedgerError> {
        self.commit().await;
        self.inner.drop_revision(key, number).await
    }

    async fn finish(&self, key: &LedgerKey, run: &str) -> Result<(), LedgerError> {
        self.inner.finish(key, run).await
    }

    async fn finished(&self, key: &LedgerKey, run: &str) -> Result<bool, LedgerError> {
        self.inner.finished(key, run).await
    }

    async fn lock(&self, key: &LedgerKey, holder: &Holder) -> Result<Lock, LedgerError> {
        self.inner.lock(key, holder).await
    }
}
