//! A server in Python that takes the place of AWS, as a child of this process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A running server. It ends with this value.
#[derive(Debug)]
pub(crate) struct Served {
    endpoint: String,
    /// The server ends when its standard input does, so also when this process is killed.
    server: Child,
}

impl Served {
    /// Starts a script that serves on a port of 127.0.0.1 until its standard input ends, and prints the port.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) fn start(name: &str, python: &mut Command, script: &str) -> Self {
        let mut server = python
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut port = String::new();
        let output = server.stdout.take().expect("standard output is piped");
        BufReader::new(output).read_line(&mut port).expect("the server says its port");
        let port = port.trim();
        assert!(port.parse::<u16>().is_ok(), "{name} did not start: it said {port:?} instead of its port");
        Self { endpoint: format!("http://127.0.0.1:{port}"), server }
    }

    /// Where it is reached: `http://127.0.0.1:…`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The environment for a program that is to take this server for AWS.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    /// Posts to a path that makes it forget everything.
    ///
    /// # Panics
    /// When the server does not answer.
    pub(crate) fn reset(&self, path: &str) {
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the server answers");
        let request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the server takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        assert!(answer.contains(" 200 "), "it did not reset: {answer}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
