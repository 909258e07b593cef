//! A process that is stopped past its lease and continued: it makes no call and writes nothing more.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use flashinfra::ledgers::LedgerStore as _;
use flashinfra_ledgers::ObjectLedgers;
use flashinfra_test_support::{Bucket, Cloud};
use rustix::process::{Pid, Signal, kill_process};

use crate::places::{environment, key};

const LEASE_MS: &str = "2000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_stopped_does_nothing_more() {
    let clouds = [Cloud::S3, Cloud::Gcs, Cloud::Azure];
    let checks = clouds.map(|cloud| tokio::spawn(check(Bucket::shared(cloud))));
    for (cloud, check) in clouds.into_iter().zip(checks) {
        assert!(check.await.is_ok(), "over {cloud:?}");
    }
}

async fn check(server: &'static Bucket) {
    let url = format!("{}/stopped/{}", server.url(), uuid::Uuid::new_v4());
    let directory = tempfile::tempdir().unwrap();
    let calls = directory.path().join("calls");
    let mut ada = Applier::start(server, &url, "ada", &calls);
    ada.expect("applies");
    until_calls(&calls, "ada", 50).await;

    ada.signal(Signal::STOP);
    let mut bob = Applier::start(server, &url, "bob", &calls);
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

/// The example `hold`, in a process of its own.
struct Applier {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Applier {
    fn start(server: &Bucket, url: &str, who: &str, calls: &Path) -> Self {
        let mut command = Command::new(example("hold"));
        command.args([url, who, LEASE_MS]).arg(calls).stdout(Stdio::piped());
        command.envs(server.environment());
        let mut child = command.spawn().unwrap();
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

/// Cargo builds examples with the tests of their package, beside them.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is missing: `cargo build -p flashinfra-ledgers --examples --all-features`",
        path.display()
    );
    path
}
