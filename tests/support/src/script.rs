//! A server that answers what a test tells it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with a status, headers and a body.
    Http {
        /// The status.
        status: u16,
        /// Headers beside the length.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// Begins an answer of status 200 with this, and closes the connection in the middle of it.
    BreaksOff(String),
    /// Reads the request and closes the connection without an answer.
    Hangup,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method and the path: `POST /`.
    pub line: String,
    /// The operation that a service with a protocol of JSON is asked for, from the header `X-Amz-Target`; else empty.
    pub target: String,
    /// The body.
    pub body: String,
}

type Reply = dyn Fn(&Request) -> Answer + Send + Sync;

/// A server on a port of its own. It serves until the test program ends.
pub struct Script {
    endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Answer {
    /// An answer without headers of its own.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Http { status, headers: Vec::new(), body: body.into() }
    }

    /// The same answer with one header more.
    #[must_use]
    pub fn header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Http { status, mut headers, body } => {
                headers.push((name, value.into()));
                Self::Http { status, headers, body }
            }
            other @ (Self::BreaksOff(_) | Self::Hangup) => other,
        }
    }
}

impl Script {
    /// Serves what `reply` makes of each request.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(reply: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("the listener has an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, reply): (_, Arc<Reply>) = (Arc::clone(&requests), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                thread::spawn(move || serve(stream, &log, &*reply));
            }
        });
        Self { endpoint, requests }
    }

    /// Where it is reached.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What came in so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves one request of a connection. Whatever is wrong with it shows in the client under test.
fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, reply: &Reply) -> Option<()> {
    let request = read(&stream)?;
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let (status, headers, body, missing) = match reply(&request) {
        Answer::Http { status, headers, body } => (status, headers, body, 0),
        Answer::BreaksOff(body) => (200, Vec::new(), body, 1),
        Answer::Hangup => return None,
    };
    let length = body.len() + missing;
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).ok()
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (mut length, mut target) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "x-amz-target" => value.trim().clone_into(&mut target),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Some(Request { line, target, body: String::from_utf8_lossy(&body).into_owned() })
}
