//! The wire between flashinfra and the server that stands in for AWS: it remembers what was sent, and answers in the server's place
//! when a test wants an error that quotes the request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A relay on a port of its own. It serves until the test program ends.
pub(super) struct Wire {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The bodies of all requests.
    sent: Vec<String>,
    /// What runs on this machine, with its arguments, while a request is under way that changes something.
    processes: Vec<String>,
    quotes: Option<Quotes>,
}

/// Requests that are answered with an error that quotes them.
#[derive(Clone)]
struct Quotes {
    operation: String,
    status: u16,
    code: String,
    /// How many more of them.
    times: u32,
}

impl Wire {
    /// A relay to a server at `http://…`.
    pub(super) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let (server, shared) = (server.trim_start_matches("http://").to_owned(), Arc::clone(&state));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, state) = (server.clone(), Arc::clone(&shared));
                // What is wrong with a connection shows in the command under test.
                thread::spawn(move || relay(stream, &server, &state).ok());
            }
        });
        Self { endpoint, state }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Answers the next so many calls of this operation with an error that quotes the whole request.
    pub(super) fn quotes(&self, operation: &str, status: u16, code: &str, times: u32) {
        self.lock().quotes = Some(Quotes { operation: operation.into(), status, code: code.into(), times });
    }

    /// Lets everything through.
    pub(super) fn passes_on(&self) {
        self.lock().quotes = None;
    }

    /// How many requests held this text.
    pub(super) fn saw(&self, text: &str) -> usize {
        self.lock().sent.iter().filter(|body| body.contains(text)).count()
    }

    /// The command lines that were seen.
    pub(super) fn processes(&self) -> Vec<String> {
        self.lock().processes.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn relay(mut client: TcpStream, server: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let (head, body) = read(&client)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let is_write = ["Action=Create", "Action=Modify"].iter().any(|action| text.starts_with(action));
    let quotes = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.sent.push(text.clone());
        if is_write {
            state.processes.extend(command_lines());
        }
        let is_meant =
            |quotes: &&mut Quotes| quotes.times > 0 && text.contains(&format!("Action={}&", quotes.operation));
        state.quotes.as_mut().filter(is_meant).map(|quotes| {
            quotes.times -= 1;
            quotes.clone()
        })
    };
    if let Some(Quotes { operation: _, status, code, times: _ }) = quotes {
        let body = error(&code, &text);
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Quoted\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        return client.write_all(format!("{head}{body}").as_bytes());
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    upstream.write_all(&body)?;
    std::io::copy(&mut upstream, &mut client).map(drop)
}

/// The head without its end and without what it says about the connection, and the body.
fn read(stream: &TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let lower = line.trim_end().to_ascii_lowercase();
        if lower.is_empty() {
            break;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

/// An error of RDS that repeats what it was sent: as it stood in the form, and the password in clear.
fn error(code: &str, form: &str) -> String {
    let password = form.split('&').find_map(|field| field.strip_prefix("MasterUserPassword=")).unwrap_or_default();
    let clear = decoded(password).replace('&', "&amp;").replace('<', "&lt;");
    let form = form.replace('&', "&amp;");
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>quoted: {clear} is no password, in {form}\
         </Message></Error></ErrorResponse>"
    )
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).unwrap_or_default() as u8;
        match byte {
            b'%' => {
                let (high, low) = (hex(rest.next()), hex(rest.next()));
                bytes.push(high * 16 + low);
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// What every process of this machine was called with, where the system tells.
fn command_lines() -> Vec<String> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let lines = processes.flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
}
