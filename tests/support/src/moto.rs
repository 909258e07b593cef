//! A server of moto's for one test program.

use std::process::Command;
use std::sync::OnceLock;

use crate::python::python;
use crate::served::Served;

/// A running moto server. It lives as long as this value, or as the test program when it is [shared](Moto::shared).
#[derive(Debug)]
pub struct Moto(Served);

impl Moto {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start; the message says what to install.
    pub fn start() -> Self {
        Self::of(include_str!("moto.py"), |_| ())
    }

    /// Starts a script that serves moto, with an environment that this completes.
    pub(crate) fn of(script: &str, complete: impl FnOnce(&mut Command)) -> Self {
        let mut python = Command::new(python("moto.server", "moto[server]"));
        // Roles attach policies that AWS manages.
        python.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        complete(&mut python);
        Self(Served::start("moto", &mut python, script))
    }

    /// The server that all tests of this program share: they keep apart by their stacks' uuids and by names.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
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
        self.0.reset("/moto-api/reset");
    }
}
