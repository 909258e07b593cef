//! A process that is stopped past its lease and continued: it makes no call and writes nothing more.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use flashinfra::ledgers::LedgerStore as _;
use flashinfra_ledgers::ObjectLedgers;
use flashinfra_providers_memory::{Options, Sandbox};
use flashinfra_test_support::{Bucket, Cloud};
use futures_util::TryStreamExt as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::places::{environment, example, key};

const LEASE_MS: &str = "2000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_stopped_does_nothing_more() {
    let clouds = [Cloud::S3, Cloud::Gcs, Cloud::Azure];
    let checks = clouds.map(|cloud| tokio::spawn(a_holder(Bucket::shared(cloud))));
    for (cloud, check) in clouds.into_iter().zip(checks) {
        assert!(check.await.is_ok(), "over {cloud:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_that_was_stopped_does_nothing_more() {
    let clouds = [Cloud::S3, Cloud::Gcs, Cloud::Azure];
    let checks = clouds.map(|cloud| tokio::spawn(an_apply(Bucket::shared(cloud))));
    for (cloud, check) in clouds.into_iter().zip(checks) {
        assert!(check.await.is_ok(), "over {cloud:?}");
    }
}

async fn a_holder(server: &'static Bucket) {
    let url = format!("{}/stopped/{}", server.url(), uuid::Uuid::new_v4());
    let directory = tempfile::tempdir().unwrap();
    let calls = directory.path().join("calls");
    let mut ada = hold(server, &url, "ada", &calls);
    ada.expect("applies");
    until_calls(&calls, "ada", 50).await;

    ada.signal(Signal::STOP);
    let mut bob = hold(server, &url, "bob", &calls);
    let told = bob.expect("applies");
    assert!(told.iter().all(|line| line.starts_with("waiting: ada on ")), "{told:?}");
    assert!(told.len() > 1);
    until_calls(&calls, "bob", 50).await;
    let ledgers = ObjectLedgers::open(&url, &environment(server)).await.unwrap();
    let by_ada = (count(&calls, "ada"), ledgers.segments(&key(), "ada").await.unwrap());

    ada.signal(Signal::CONT);
    ada.expect("stopped");
    let end = ada.expect("refused: the right to apply to");
    assert!(end.last().unwrap().contains("taken over by bob on "), "{end:?}");
    assert!(ada.child.wait().unwrap().success());
    assert_eq!(count(&calls, "ada"), by_ada.0, "it made a call");
    assert_eq!(ledgers.segments(&key(), "ada").await.unwrap(), by_ada.1, "it wrote a segment");
    assert!(ledgers.read(&key()).await.unwrap().is_none(), "it wrote the ledger");

    let so_far = count(&calls, "bob");
    until_calls(&calls, "bob", so_far + 50).await;
}

/// The whole engine: one is stopped in the middle of an apply, another goes on with it, and what the first one does then is
/// nothing.
async fn an_apply(server: &'static Bucket) {
    let url = format!("{}/stopped/{}", server.url(), uuid::Uuid::new_v4());
    let directory = tempfile::tempdir().unwrap();
    let sandbox = directory.path().join("sandbox.json");
    let records = |who: &str| {
        let arguments = [url.as_str(), who, "4000", sandbox.to_str().unwrap(), "40"];
        Applier::start(server, "records", &arguments)
    };
    let mut ada = records("ada");
    for _ in 0..5 {
        ada.expect("done samples.");
    }
    ada.signal(Signal::STOP);

    let mut bob = records("bob");
    let told = bob.expect("applied, exit 0");
    assert!(told.iter().any(|line| line.starts_with("waiting: ada on ")), "{told:?}");
    assert!(bob.child.wait().unwrap().success());
    let before = (std::fs::read(&sandbox).unwrap(), objects(server, &url).await);
    let made = Sandbox::open(Some(sandbox.clone()), BTreeMap::new(), Options::default()).unwrap().objects().unwrap();
    assert_eq!(made.len(), 40, "none is missing, none is doubled");
    assert!(before.1.iter().any(|(path, _)| path.contains("/finished/")), "{:?}", before.1);

    ada.signal(Signal::CONT);
    let end = ada.expect("refused: the right to apply to");
    assert!(end.last().unwrap().contains("taken over by bob on "), "{end:?}");
    assert!(ada.child.wait().unwrap().success());
    assert!(std::fs::read(&sandbox).unwrap() == before.0, "it made a call");
    assert_eq!(objects(server, &url).await, before.1, "it wrote something");
}

/// Everything that is below a prefix: its name, and what its content is.
async fn objects(server: &Bucket, url: &str) -> Vec<(String, Option<String>)> {
    let mut found = None;
    let ledgers = ObjectLedgers::open(url, &environment(server)).await.unwrap();
    let _ledgers = ledgers.through(|store| {
        found = Some(store.clone());
        store
    });
    let prefix = object_store::path::Path::from(url.strip_prefix(server.url()).unwrap());
    let listed: Vec<_> = found.unwrap().list(Some(&prefix)).try_collect().await.unwrap();
    let mut objects: Vec<_> = listed.into_iter().map(|object| (object.location.to_string(), object.e_tag)).collect();
    objects.sort();
    objects
}

fn count(calls: &Path, who: &str) -> usize {
    std::fs::read_to_string(calls).unwrap_or_default().lines().filter(|line| *line == who).count()
}

async fn until_calls(calls: &Path, who: &str, wanted: usize) {
    let started = std::time::Instant::now();
    while count(calls, who) < wanted {
        assert!(started.elapsed() < Duration::from_secs(30), "{who} makes no calls");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn hold(server: &Bucket, url: &str, who: &str, calls: &Path) -> Applier {
    Applier::start(server, "hold", &[url, who, LEASE_MS, calls.to_str().unwrap()])
}

/// An example of this package, in a process of its own.
struct Applier {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Applier {
    fn start(server: &Bucket, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(example(name));
        let mut child = command.args(arguments).envs(server.environment()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Reads on until a line that starts so; all lines until then, with it only if it says more than that.
    fn expect(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "it ended before `{start}`, after {lines:?}");
            let line = line.trim_end();
            if line == start {
                return lines;
            }
            lines.push(line.to_owned());
            if line.starts_with(start) {
                return lines;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
