//! A client as simple as can be: one request, one connection, and an error for whatever is no whole reply.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The text between the first such tags.
    pub(crate) fn tag(&self, name: &str) -> Option<&str> {
        let rest = self.body.split(&format!("<{name}>")).nth(1)?;
        rest.split(&format!("</{name}>")).next()
    }

    /// The texts between all such tags.
    pub(crate) fn tags(&self, name: &str) -> Vec<&str> {
        let (opens, closes) = (format!("<{name}>"), format!("</{name}>"));
        self.body.split(opens.as_str()).skip(1).map(|rest| rest.split(closes.as_str()).next().unwrap()).collect()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a form to a service: `Action=DescribeVpcs&…`, and fails when no whole reply comes.
pub(crate) fn form(url: &str, service: &str, body: &str) -> io::Result<Reply> {
    let content = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];
    send(url, service, "POST", "/", &content, &format!("{body}&Version={}", version(service)))
}

/// The version of a service's API, without which moto takes no form.
fn version(service: &str) -> &'static str {
    match service {
        "ec2" => "2016-11-15",
        "rds" => "2014-10-31",
        "iam" => "2010-05-08",
        _ => "2011-06-15",
    }
}

/// Sends JSON to EKS.
pub(crate) fn eks(url: &str, method: &str, path: &str, body: &str) -> io::Result<Reply> {
    send(url, "eks", method, path, &[("Content-Type", "application/json")], body)
}

/// Sends any request.
pub(crate) fn send(
    url: &str,
    service: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(request(host, service, method, path, headers, body).as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::ConnectionAborted)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    if method != "HEAD" && length.and_then(|length| length.parse().ok()) != Some(body.len()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

/// A request as it goes over the wire.
pub(crate) fn request(
    host: &str,
    service: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let credential = format!("Credential=testing/20261122/us-east-1/{service}/aws4_request");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    head.push_str(&format!("Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0\r\n"));
    head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}")
}
