//! A Kubernetes API server for one test program.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// How often a server is started before that is given up.
const STARTS_MAX: u32 = 3;

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
        static SHARED: OnceLock<Option<Kubernetes>> = OnceLock::new();
        let shared = SHARED.get_or_init(Self::find).as_ref();
        if shared.is_none() {
            // Not the macro: the harness keeps what that prints to itself.
            let _ = writeln!(
                io::stderr(),
                "\nSKIPPED {test}: no Kubernetes API server. Set FLASHINFRA_TEST_KUBECONFIG, or FLASHINFRA_KUBE_TEST_SERVER to a \
                 program that starts one."
            );
        }
        shared
    }

    fn find() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(kubeconfig) = variable("FLASHINFRA_TEST_KUBECONFIG") {
            return Some(Self { kubeconfig: kubeconfig.into(), started: None });
        }
        let beside = || {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let start = root.join("../shared/tools/kube-test-server/start");
            start.is_file().then(|| OsString::from(start))
        };
        let start = variable("FLASHINFRA_KUBE_TEST_SERVER").or_else(beside)?;
        // Somebody may take the port that was free a moment ago.
        let mut tries = (1..=STARTS_MAX).map(|number| Self::start(Path::new(&start), number));
        let mut last = String::new();
        let started = tries.find_map(|tried| tried.map_err(|why| last = why).ok());
        Some(started.unwrap_or_else(|| panic!("the server did not start: {last}")))
    }

    /// Starts a server of its own; the error is what it said.
    fn start(start: &Path, number: u32) -> Result<Self, String> {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
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
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
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
