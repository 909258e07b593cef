//! A server of moto's for one test program.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::python::python;

/// A running moto server. It lives as long as this value, or as the test program when it is [shared](Moto::shared).
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    /// The server ends when its standard input does, so also when this process is killed.
    server: Child,
}

impl Moto {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start; the message says what to install.
    pub fn start() -> Self {
        let mut server = Command::new(python("moto.server", "moto[server]"))
            .args(["-c", include_str!("moto.py")])
            // Roles attach policies that AWS manages.
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut port = String::new();
        let output = server.stdout.take().expect("standard output is piped");
        BufReader::new(output).read_line(&mut port).expect("moto says its port");
        let port = port.trim();
        assert!(port.parse::<u16>().is_ok(), "moto did not start: it said {port:?} instead of its port");
        Self { endpoint: format!("http://127.0.0.1:{port}"), server }
    }

    /// The server that all tests of this program share: they keep apart by their stacks' uuids and by names.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Where it is reached: `http://127.0.0.1:…`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The environment for a program that is to take this server for AWS.
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    /// Forgets everything, as if it had just started.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn reset(&self) {
        use std::io::{Read, Write};
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("moto answers");
        let request = format!("POST /moto-api/reset HTTP/1.0\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("moto takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.contains(" 200 "), "moto did not reset: {answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
