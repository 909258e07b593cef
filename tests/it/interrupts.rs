//! Ctrl-C, through the binary.

use std::io::{BufRead, BufReader, Read};
use std::process::Command;

use crate::scenarios;
use crate::shell::Shell;

/// Three databases, one after the other. Each is slow enough to be waited for.
const STACK: &str = "\
test.database/a
  name = \"a\"
  size = 1
test.database/b
  name = \"b\"
  size = 1
  ! depends_on test.database/a
test.database/c
  name = \"c\"
  size = 1
  ! depends_on test.database/b";

#[cfg(unix)]
#[test]
fn an_interrupted_apply_starts_no_new_step_and_is_resumed() {
    let shell = Shell::new();
    shell.write("stack.json", &scenarios::compiled("shop", STACK));
    let common = ["--compiled=stack.json", "--sandbox"];
    let mut apply = shell.start(&[&["apply", "-auto-approve"], &common[..]].concat());
    let mut stderr = BufReader::new(apply.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("creating") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "ended too early: {said}");
    }
    let killed = Command::new("kill").args(["-INT", &apply.id().to_string()]).status().unwrap();
    assert!(killed.success());
    stderr.read_to_string(&mut said).unwrap();
    let output = apply.wait_with_output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}{report}");
    assert!(said.contains("Interrupted: no new step starts"), "{said}");
    assert!(report.contains("not done   create test.database/c"), "{report}");
    assert!(report.contains("Next: flashinfra resume --sandbox"), "{report}");

    // Neither the stack nor a plan file is needed any more.
    std::fs::remove_file(shell.file("stack.json")).unwrap();
    let asked = shell.run(&["resume", "--sandbox"]);
    assert_eq!(asked.code, 3, "{asked}");
    assert!(asked.stdout.contains("shop/default\nbegun by ada on laptop"), "{asked}");
    assert!(asked.stdout.contains("  left     create   test.database/c\n"), "{asked}");
    assert!(asked.stderr.contains("flashinfra resume --sandbox --auto-approve"), "{asked}");
    let resumed = shell.run(&["resume", "--sandbox", "-auto-approve"]).succeeds();
    assert!(resumed.contains("going on where an earlier run had stopped: 3 created"), "{resumed}");
    let again = shell.run(&["resume", "--sandbox"]).succeeds();
    assert_eq!(again, "Nothing was interrupted in shop/default.\n");

    shell.write("stack.json", &scenarios::compiled("shop", STACK));
    let plan = shell.run(&[&["plan", "-detailed-exitcode"], &common[..]].concat()).succeeds();
    assert!(plan.contains("No changes"), "{plan}");
}
