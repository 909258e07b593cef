//! The formats, as the command reads them: bytes that were written once stay readable, and what a newer version wrote is refused by
//! name, with the version that it has and the one that is understood, and changes nothing.
//!
//! `tests/formats/1` has the bytes of the first version of each, which no test writes: compiled stack, plan file, ledger, journal, revision
//! and the sandbox's world. `tests/formats/2` has the compiled stack with lookups, `tests/formats/3` what all of them but the world have with a provider that a
//! resource configures, and `tests/formats/4` what they have with tests and with what is deleted once it has ended. The lease has no file; `ledgers/src/lease.rs` tests its bytes. The lines of `--json` are
//! only ever written; `commands.rs` tests their version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::shell::{Run, Shell};

const LEDGER: &str = "--ledger=ledgers";

/// A file of the samples, and commands that read it.
struct Read {
    file: String,
    commands: &'static [&'static [&'static str]],
}

/// A shell with the samples of the first formats in it.
fn first() -> Shell {
    with(&samples())
}

fn with(samples: &Path) -> Shell {
    let mut shell = Shell::new();
    for (file, bytes) in files(samples) {
        let text = String::from_utf8(bytes).unwrap();
        shell.write(file.strip_prefix(samples).unwrap().to_str().unwrap(), &text);
    }
    shell.set("PASSWORD", "planted");
    shell
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/formats/1").canonicalize().unwrap()
}

/// All files below a directory, with their bytes.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => drop(found.insert(entry.clone(), std::fs::read(&entry).unwrap())),
        }
    }
    found
}

fn run(shell: &Shell, arguments: &[&str]) -> Run {
    shell.run(&[arguments, &["--sandbox", LEDGER]].concat())
}

#[test]
fn what_the_first_formats_hold_is_read() {
    let shell = first();
    assert!(run(&shell, &["validate", "--compiled=stack.json"]).succeeds().contains("2 resources, 1 output"));
    let row = run(&shell, &["ledger", "show", "test.service/web", "--stack=shop", "--env=production"]).succeeds();
    assert!(row.contains("(secret env PASSWORD version 2)") && row.contains("protected    yes"), "{row}");
    let history = run(&shell, &["history", "--stack=shop", "--env=production"]).succeeds();
    assert!(history.contains("ada on laptop") && history.contains("2 created"), "{history}");
    let shown = run(&shell, &["show", "shop.plan"]).succeeds();
    assert!(shown.contains("replicas  2 → 3"), "{shown}");

    // What the plan was made from is what the world holds, and the plan is applied as it stands.
    assert!(run(&shell, &["apply", "shop.plan"]).succeeds().contains("1 updated"));
    let planned = run(&shell, &["plan", "--compiled=stack.json", "-detailed-exitcode"]).succeeds();
    assert!(planned.contains("No changes"), "{planned}");

    // What was live before is kept with all that it takes to go back to it.
    let back = run(&shell, &["rollback", "1", "--stack=shop", "--env=production", "-auto-approve"]).succeeds();
    assert!(back.contains("back to revision 1") && back.contains("replicas  3 → 2"), "{back}");

    // What was interrupted goes on: its create was not answered, and had been done.
    let resumed = run(&shell, &["resume", "--stack=shop", "--env=staging", "-auto-approve"]).succeeds();
    assert!(resumed.contains("2 created"), "{resumed}");
    let networks = run(&shell, &["ledger", "ls", "--stack=shop", "--env=staging"]).succeeds();
    assert!(networks.contains("test.network/main") && networks.contains("web-staging"), "{networks}");
}

#[test]
fn what_the_second_format_of_compiled_stacks_holds_is_read() {
    let shell = with(&samples().with_file_name("2"));
    assert!(run(&shell, &["validate", "--compiled=stack.json"]).succeeds().contains("1 resource, 1 output"));
    let shown = run(&shell, &["show", "shop.plan"]).succeeds();
    assert!(shown.contains("test.newest_image/node: image image-cc30fa1e, zones [a, b, c]"), "{shown}");

    // The world answers as it did when the plan was made.
    assert!(run(&shell, &["apply", "shop.plan"]).succeeds().contains("1 created"));
    let planned = run(&shell, &["plan", "--compiled=stack.json", "-detailed-exitcode"]).succeeds();
    assert!(planned.contains("No changes"), "{planned}");
}

#[test]
fn what_the_formats_with_a_configured_provider_hold_is_read() {
    let shell = with(&samples().with_file_name("3"));
    assert!(run(&shell, &["validate", "--compiled=stack.json"]).succeeds().contains("2 resources"));
    let shown = run(&shell, &["show", "shop.plan"]).succeeds();
    assert!(shown.contains("image  \"1\" → \"2\""), "{shown}");
    assert!(run(&shell, &["apply", "shop.plan"]).succeeds().contains("1 updated"));

    // What was interrupted goes on in the cluster that it had made.
    let resumed = run(&shell, &["resume", "--stack=shop", "--env=staging", "-auto-approve"]).succeeds();
    assert!(resumed.contains("2 created"), "{resumed}");
    let owned = run(&shell, &["ledger", "ls", "--stack=shop", "--env=staging"]).succeeds();
    assert!(owned.contains("test.app/web") && owned.contains("test.cluster/main"), "{owned}");
}

#[test]
fn what_the_formats_with_what_is_there_for_a_while_hold_is_read() {
    let shell = with(&samples().with_file_name("4"));
    assert!(run(&shell, &["validate", "--compiled=stack.json"]).succeeds().contains("4 resources"));
    let history = run(&shell, &["history", "--stack=shop", "--env=production"]).succeeds();
    assert!(history.contains("3 created") && history.contains("test · 1 passed"), "{history}");
    let owned = run(&shell, &["ledger", "ls", "--stack=shop", "--env=production"]).succeeds();
    assert!(owned.contains("test.job/migrate") && owned.contains("no current object"), "{owned}");
    let shown = run(&shell, &["show", "shop.plan"]).succeeds();
    assert!(shown.contains("deleted once it is done") && shown.contains("replicas  2 → 3"), "{shown}");
    assert!(run(&shell, &["apply", "shop.plan"]).succeeds().contains("1 created · 1 updated"));
    let planned = run(&shell, &["plan", "--compiled=stack.json", "-detailed-exitcode"]).succeeds();
    assert!(planned.contains("No changes"), "{planned}");
    assert!(run(&shell, &["test", "--compiled=stack.json"]).succeeds().contains("1 test"));

    // It was killed while it deleted what had done its work.
    let resumed = run(&shell, &["resume", "--stack=shop", "--env=staging", "-auto-approve"]).succeeds();
    assert!(resumed.contains("1 deleted"), "{resumed}");
    let owned = run(&shell, &["ledger", "ls", "--stack=shop", "--env=staging"]).succeeds();
    assert!(owned.contains("test.job/migrate") && owned.contains("no current object"), "{owned}");
}

#[test]
fn a_newer_format_is_refused_by_name_and_nothing_is_written() {
    let journal = first_of("ledgers/shop/staging/journal");
    const STAGING: [&str; 3] = ["resume", "--stack=shop", "--env=staging"];
    let reads = [
        Read { file: "shop.plan".into(), commands: &[&["show", "shop.plan"], &["apply", "shop.plan"]] },
        Read {
            file: "stack.json".into(),
            commands: &[&["validate", "--compiled=stack.json"], &["apply", "--compiled=stack.json", "-auto-approve"]],
        },
        Read {
            file: "ledgers/shop/production/ledger.json".into(),
            commands: &[
                &["ledger", "ls", "--stack=shop", "--env=production"],
                &["apply", "shop.plan"],
                &["destroy", "--stack=shop", "--env=production", "-auto-approve"],
            ],
        },
        Read {
            file: "ledgers/sandbox.json".into(),
            commands: &[&["plan", "--compiled=stack.json"], &["apply", "--compiled=stack.json", "-auto-approve"]],
        },
        Read {
            file: "ledgers/shop/production/revisions/1.json".into(),
            commands: &[
                &["history", "--stack=shop", "--env=production"],
                &["rollback", "1", "--stack=shop", "--env=production", "-auto-approve"],
            ],
        },
        Read { file: journal, commands: &[&STAGING, &["destroy", "--stack=shop", "--env=staging", "-auto-approve"]] },
    ];
    for Read { file, commands } in reads {
        let shell = first();
        let text = std::fs::read_to_string(shell.file(&file)).unwrap();
        let newer = text.replacen("\"format\":1", "\"format\":9", 1);
        assert_ne!(newer, text, "{file} says its format");
        shell.write(&file, &newer);
        let before = files(shell.path());
        for command in commands {
            let said = run(&shell, command).fails(1);
            assert!(said.contains(named(&file)), "{file} is not named: {said}");
            assert!(said.contains("has format 9") && said.contains(understood(&file)), "{said}");
            assert!(said.contains("version of flashinfra") || said.contains("use flashinfra 0.1.0 or newer"), "{said}");
            // Locks are taken, and let go of.
            let mut after = files(shell.path());
            after.retain(|path, bytes| before.contains_key(path) || !bytes.is_empty());
            assert!(after == before, "{command:?} wrote something: {:?}", after.keys());
        }
    }
}

/// The newest version that is understood.
fn understood(file: &str) -> &'static str {
    match file {
        "stack.json" => "up to format 4",
        "ledgers/sandbox.json" => "format 1",
        _ if file.contains("/revisions/") => "up to format 2",
        _ => "up to format 3",
    }
}

/// What a message calls a file: a segment of a journal by its number and run, a revision by its number.
fn named(file: &str) -> &str {
    if file.contains("/revisions/") {
        return "revision 1 of shop/production";
    }
    let run = file.strip_prefix("ledgers/shop/staging/journal/").and_then(|rest| rest.split('/').next());
    run.unwrap_or_else(|| file.rsplit('/').next().unwrap_or(file))
}

/// The first file below a folder of the samples, as a path from their root.
fn first_of(folder: &str) -> String {
    let samples = samples();
    let first = files(&samples.join(folder)).into_keys().next().unwrap();
    first.strip_prefix(&samples).unwrap().to_str().unwrap().to_owned()
}
