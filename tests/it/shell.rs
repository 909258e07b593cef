//! Runs the binary in a directory of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A directory to run `flashinfra` in, gone with the test.
pub(crate) struct Shell {
    directory: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

/// What a run said.
#[derive(Debug)]
#[must_use = "a run that nobody looks at tests nothing: call `succeeds` or `fails`"]
pub(crate) struct Run {
    /// The command as typed.
    pub(crate) command: String,
    /// The exit code.
    pub(crate) code: i32,
    /// The results.
    pub(crate) stdout: String,
    /// The progress and the diagnostics.
    pub(crate) stderr: String,
}

impl Shell {
    /// An empty directory, and an environment without anything of this machine.
    pub(crate) fn new() -> Self {
        // What cargo needs to build a stack crate, and nothing else of this machine.
        let kept = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];
        let kept = kept.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
        // Stack crates share what they compile. Their names have to differ, since their binaries stand side by side.
        let target = ("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/stacks"));
        let own = [("LANG", "C.UTF-8"), ("USER", "ada"), ("HOSTNAME", "laptop"), target];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = kept.chain(own).collect();
        Self { directory: tempfile::tempdir().unwrap(), environment }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, contents: &str) {
        let file = self.file(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, contents).unwrap();
    }

    /// Sets a variable for the runs that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Takes a variable away from the runs that follow; answers what it was.
    pub(crate) fn unset(&mut self, name: &str) -> Option<String> {
        self.environment.remove(name)
    }

    /// Starts `flashinfra` with nobody on stdin, and what it prints in pipes.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_flashinfra"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs `flashinfra` with nobody on stdin.
    pub(crate) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Run {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let output = self.start(&arguments).wait_with_output().unwrap();
        Run {
            command: format!("flashinfra {}", arguments.join(" ")),
            code: output.status.code().expect("flashinfra ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Its results, after it ended with 0.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, 0, "{self}");
        self.stdout
    }

    /// Its diagnostics, after it ended with this exit code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self}");
        self.stderr
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "$ {command}\n{stdout}{stderr}[exit {code}]")
    }
}
