//! The command with the provider of this example, from nothing to nothing, on real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory to serve a site from.
struct Site {
    directory: tempfile::TempDir,
}

/// What a run said.
struct Run {
    command: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("target")).unwrap();
        Self { directory }
    }

    /// A file of the site: the stack says that they are in `target`.
    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join("target").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let stack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../site");
        let mut command = Command::new(env!("CARGO_BIN_EXE_flashinfra-files"));
        command.args(arguments).arg("--dir").arg(stack).arg("--ledger=ledger").current_dir(self.directory.path());
        // Where the end-to-end tests of the command build their stacks too, so that what these share is compiled once.
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/stacks")).stdin(Stdio::null());
        let output = command.output().unwrap();
        Run {
            command: arguments.join(" "),
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    #[track_caller]
    fn succeeds(self) -> String {
        assert_eq!(self.code, 0, "{self}");
        self.stdout
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "$ flashinfra-files {command}\n{stdout}{stderr}[exit {code}]")
    }
}

#[test]
fn files_are_planned_applied_repaired_and_deleted() {
    let site = Site::new();
    let planned = site.run(&["plan", "-out=site.plan"]).succeeds();
    assert!(planned.contains("create   files.text/note") && planned.contains("2 to create"), "{planned}");
    let applied = site.run(&["apply", "site.plan"]).succeeds();
    assert!(applied.contains("2 created"), "{applied}");
    assert_eq!(site.read("index.html"), "<h1>It works</h1>\n");
    assert_eq!(site.read("note.txt"), "index.html has 18 bytes\n");
    assert!(site.run(&["plan", "-detailed-exitcode"]).succeeds().contains("No changes"));

    fs::write(site.file("index.html"), "<h1>Defaced</h1>\n").unwrap();
    fs::remove_file(site.file("note.txt")).unwrap();
    let drift = site.run(&["drift"]).succeeds();
    assert!(drift.contains("files.text/page") && drift.contains("content"), "{drift}");
    assert!(drift.contains("files.text/note") && drift.contains("is gone"), "{drift}");
    let repaired = site.run(&["apply", "-auto-approve"]).succeeds();
    assert!(repaired.contains("1 created") && repaired.contains("1 updated"), "{repaired}");
    assert_eq!(site.read("index.html"), "<h1>It works</h1>\n");
    assert_eq!(site.read("note.txt"), "index.html has 18 bytes\n");
    assert!(site.run(&["plan", "-detailed-exitcode"]).succeeds().contains("No changes"));

    let foreign = site.file("robots.txt");
    fs::write(&foreign, "not ours").unwrap();
    assert!(site.run(&["destroy", "-auto-approve"]).succeeds().contains("2 deleted"));
    let left: Vec<_> = fs::read_dir(site.file("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [foreign]);
}

#[test]
fn a_file_that_is_there_already_is_not_ours() {
    let site = Site::new();
    fs::write(site.file("index.html"), "somebody's").unwrap();
    let refused = site.run(&["apply", "-auto-approve"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stdout.contains("files.text/page") && refused.stdout.contains("index.html"), "{refused}");
    assert_eq!(site.read("index.html"), "somebody's");
    assert!(!site.file("note.txt").exists());
}

#[test]
fn another_folder_is_another_place() {
    let site = Site::new();
    site.run(&["apply", "-auto-approve"]).succeeds();
    fs::rename(site.file(""), site.directory.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("moved", site.directory.path().join("target")).unwrap();
    let refused = site.run(&["plan"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("moved"), "{refused}");
}

#[test]
fn the_kind_is_explained_beside_the_others() {
    let site = Site::new();
    let explained = site.run(&["explain", "files.text"]).succeeds();
    assert!(explained.contains("A text file.") && explained.contains("forces replacement"), "{explained}");
    assert!(site.run(&["explain"]).succeeds().contains("aws.vpc "));
}
