//! A server of ministack's for one test program.

use std::process::Command;
use std::sync::OnceLock;

use crate::python::python;
use crate::served::Served;

/// A running ministack server. It lives as long as this value, or as the test program when it is [shared](Ministack::shared).
///
/// It knows what [`Moto`](crate::Moto) lacks (parameter groups of ElastiCache, add-ons of EKS, changes of databases that wait),
/// and checks less of what it is sent.
#[derive(Debug)]
pub struct Ministack(Served);

impl Ministack {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start; the message says what to install.
    pub fn start() -> Self {
        let mut python = Command::new(python("ministack.app", "ministack"));
        Self(Served::start("ministack", &mut python, include_str!("ministack.py")))
    }

    /// The server that all tests of this program share: they keep apart by their stacks' uuids and by names.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Ministack> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Where it is reached: `http://127.0.0.1:…`.
    pub fn endpoint(&self) -> &str {
        self.0.endpoint()
    }

    /// The environment for a program that is to take this server for AWS.
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        self.0.environment()
    }

    /// Forgets everything, as if it had just started.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn reset(&self) {
        self.0.reset("/_ministack/reset");
    }
}
