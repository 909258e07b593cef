//! Servers that nobody here wrote, each started once, on a port of its own; they end with this process.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use flashinfra_ledgers::Environment;

/// A server, and what a client's environment has to say.
pub(crate) struct Server {
    /// Its standard input: the server ends when that does, however this process ends.
    _child: Child,
    pub(crate) url: &'static str,
    variables: Vec<(&'static str, String)>,
}

impl Server {
    pub(crate) fn environment(&self) -> Environment {
        self.variables.iter().map(|(name, value)| (*name, value.clone())).collect()
    }

    pub(crate) fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }
}

/// Moto's S3.
pub(crate) fn s3() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (child, port) = start(&["s3"]);
        let variables = vec![
            ("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}")),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_ACCESS_KEY_ID", "tests".into()),
            ("AWS_SECRET_ACCESS_KEY", "tests".into()),
        ];
        Server { _child: child, url: "s3://ledgers", variables }
    })
}

/// fake-gcs-server, behind a translator.
pub(crate) fn gcs() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (child, port) = start(&["gcs"]);
        let variables = vec![("STORAGE_EMULATOR_HOST", format!("127.0.0.1:{port}"))];
        Server { _child: child, url: "gs://ledgers", variables }
    })
}

/// Azurite.
pub(crate) fn azure() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let folder = installed("FLASHINFRA_NPM", "npm");
        let (child, port) = start(&["azure", folder.to_str().unwrap()]);
        let variables = vec![("AZURITE_BLOB_STORAGE_URL", format!("http://127.0.0.1:{port}"))];
        Server { _child: child, url: "az://devstoreaccount1/ledgers", variables }
    })
}

fn start(arguments: &[&str]) -> (Child, u16) {
    let python = installed("FLASHINFRA_VENV", "venv").join("bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve.py");
    let mut command = Command::new(&python);
    command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}; run `make setup`", python.display()));
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
    (child, port.unwrap_or_else(|| panic!("the server for {arguments:?} did not start; run `make setup`")))
}

/// Where `make setup` puts things.
fn installed(variable: &str, name: &str) -> PathBuf {
    let folder = std::env::var_os(variable).map(PathBuf::from).unwrap_or_else(|| {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
        cache.expect("there is neither XDG_CACHE_HOME nor HOME").join("flashinfra").join(name)
    });
    assert!(folder.is_dir(), "{} is missing: run `make setup`", folder.display());
    folder
}
