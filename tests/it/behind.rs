//! Somebody who does things in an AWS account behind flashinfra's back, and looks at what there is without it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use flashinfra_test_support::python;

use crate::server::{Server, Serving};

/// A Python with AWS's own client, which stays: starting one takes longer than a run of flashinfra.
pub(crate) struct Behind {
    process: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Behind {
    /// Somebody with access to the account that this server stands in for.
    pub(crate) fn start(serving: &Serving) -> Self {
        let server = match serving.server() {
            Server::Moto => "moto",
            Server::Ministack => "ministack",
        };
        Self::start_at(server, &serving.environment())
    }

    /// Somebody with access to a server of this kind by an environment.
    pub(crate) fn start_at(server: &str, environment: &[(&'static str, &str)]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/aws.py");
        let mut process = Command::new(python("boto3", "moto[server]"))
            .arg(script)
            .envs(environment.iter().copied())
            .env("FLASHINFRA_SERVER", server)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipes = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, pipes: Mutex::new(pipes) }
    }

    /// Does one of the things that `aws.py` knows, and says what it printed.
    #[track_caller]
    pub(crate) fn does(&self, what: &str) -> String {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipes.0, "{what}").unwrap();
        let mut said = String::new();
        loop {
            let start = said.len();
            assert!(pipes.1.read_line(&mut said).unwrap() > 0, "aws.py failed at {what}");
            if said[start..].trim_end().is_empty() {
                said.truncate(start);
                return said;
            }
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
