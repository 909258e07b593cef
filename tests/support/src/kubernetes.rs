//! A Kubernetes API server for one test program.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// How often a server is started before that is given up, each try after a longer pause than the one before.
const STARTS_MAX: u32 = 6;

/// The ports that are taken together, from the one that is asked for: its own, and two of the etcd inside it.
const PORTS_WIDTH: u16 = 3;

/// Where its ports are looked for: below those that systems give to whoever asks for any (from 32768 on Linux, 49152 elsewhere), so that no
/// connection of anybody's has the second or the third of them by the time that it binds it.
const PORTS: Range<u16> = 20_000..32_000;

/// An API server that somebody else wrote, and what leads to it. There may be none on a machine.
#[derive(Debug)]
pub struct Kubernetes {
    kubeconfig: PathBuf,
    /// The folder of a server that was started for these tests, which ends with them.
    started: Option<PathBuf>,
}

impl Kubernetes {
    /// The server that all tests of this program share: that of the kubeconfig `$FLASHINFRA_TEST_KUBECONFIG`, or one that the program
    /// `$FLASHINFRA_KUBE_TEST_SERVER` starts (it takes `--port` and `--dir` and prints the path of a kubeconfig), or that which is found
    /// beside the project. None where there is neither, which is said on standard error for each test that asks: a test that
    /// nobody sees skipped is taken for one that passed.
    pub fn shared(test: &str) -> Option<&'static Self> {
        // What failed is kept, too: no other test of the program tries all of it again.
        static SHARED: OnceLock<Result<Option<Kubernetes>, String>> = OnceLock::new();
        let found = SHARED.get_or_init(Self::find).as_ref();
        let shared = found.unwrap_or_else(|why| panic!("the server did not start:\n{why}")).as_ref();
        if shared.is_none() {
            skipped(test, "FLASHINFRA_TEST_KUBECONFIG, or FLASHINFRA_KUBE_TEST_SERVER to a program that starts one");
        }
        shared
    }

    /// The program that starts servers; that there is none is said as for [`shared`](Self::shared).
    pub(crate) fn starter(test: &str) -> Option<OsString> {
        let found = program();
        if found.is_none() {
            skipped(test, "FLASHINFRA_KUBE_TEST_SERVER to a program that starts one");
        }
        found
    }

    fn find() -> Result<Option<Self>, String> {
        if let Some(kubeconfig) = variable("FLASHINFRA_TEST_KUBECONFIG") {
            return Ok(Some(Self { kubeconfig: kubeconfig.into(), started: None }));
        }
        let Some(start) = program() else { return Ok(None) };
        let mut tries = (1..=STARTS_MAX).map(|number| {
            thread::sleep(Duration::from_secs(u64::from(number - 1)));
            Self::start(Path::new(&start), number)
        });
        let mut failed = Vec::new();
        let started = tries.find_map(|tried| tried.map_err(|why| failed.push(why)).ok());
        started.map(Some).ok_or_else(|| failed.join("\n"))
    }

    /// Starts a server of its own; the error is what it said, with the end of its log.
    fn start(start: &Path, number: u32) -> Result<Self, String> {
        let port = free_ports(number);
        let folder = std::env::temp_dir().join(format!("flashinfra-kubernetes-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the server");
        drop(watched(&folder));
        let output = Command::new(start)
            .args(["--port", &port.to_string(), "--dir"])
            .arg(&folder)
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", start.display()));
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return Err(format!(
                "try {number}, port {port}: {}{}",
                String::from_utf8_lossy(&output.stderr),
                log_end(&folder)
            ));
        }
        Ok(Self { kubeconfig: said.into(), started: Some(folder) })
    }

    /// The kubeconfig that leads to it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The folder of the server that was started for these tests.
    pub fn folder(&self) -> Option<&Path> {
        self.started.as_deref()
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// What starts servers.
fn program() -> Option<OsString> {
    let beside = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let start = root.join("../shared/tools/kube-test-server/start");
        start.is_file().then(|| OsString::from(start))
    };
    variable("FLASHINFRA_KUBE_TEST_SERVER").or_else(beside)
}

/// Says that a test did not run. Not the macro: the harness keeps what that prints to itself.
fn skipped(test: &str, what: &str) {
    let _ = writeln!(io::stderr(), "\nSKIPPED {test}: no Kubernetes API server. Set {what}.");
}

/// The first of some ports in a row that nobody listens on; somebody may still take one before the server does.
fn free_ports(number: u32) -> u16 {
    let steps = u32::from((PORTS.end - PORTS.start) / PORTS_WIDTH);
    // Programs that start at one time begin their search at places of their own.
    let first = std::process::id().wrapping_mul(31).wrapping_add(number * 7);
    let row_at = |step: u32| {
        let row = u16::try_from(first.wrapping_add(step) % steps).expect("fewer rows than ports");
        PORTS.start + row * PORTS_WIDTH
    };
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let mut rows = (0..steps).map(row_at);
    rows.find(|&row| (row..row + PORTS_WIDTH).all(is_free)).expect("some ports are free")
}

/// The last lines of the server's log: its folder goes with this process, so that nobody could read it later.
fn log_end(folder: &Path) -> String {
    const LINES: usize = 10;
    let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("\n    {line}")).collect()
}

/// Ends the server when this process does, however that is: what is shared by all tests is dropped by none.
fn watched(folder: &Path) -> std::process::Child {
    let script =
        "while kill -0 $1 2>/dev/null; do sleep 1; done; kill $(cat \"$2/server.pid\") 2>/dev/null; rm -rf \"$2\"";
    let this = std::process::id().to_string();
    Command::new("setsid")
        .args(["sh", "-c", script, "sh", &this])
        .arg(folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("a shell that ends the server")
}
