//! The program, run as a person would.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

/// Runs the program for a tenant, and answers whether it went well and what it said.
fn run(directory: &Path, tenant: &str, zones: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_library")).arg(directory).args([tenant, zones]).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn a_tenant_gets_a_network_and_never_loses_it() {
    let directory = tempfile::tempdir().unwrap();
    let (went_well, said) = run(directory.path(), "acme", "1");
    assert!(went_well, "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..2], ["made aws.vpc/main", "made aws.subnet/a"]);
    assert!(lines[2].starts_with("vpc_id = \"vpc-"), "{said}");

    assert_eq!(run(directory.path(), "acme", "1"), (true, "acme has its network\n".into()));
    let (went_well, said) = run(directory.path(), "acme", "3");
    assert!(went_well && said.contains("made aws.subnet/b\n") && said.contains("made aws.subnet/c\n"), "{said}");
    assert!(!said.contains("aws.vpc/main"), "{said}");
    let lost = "acme would lose something: nothing was changed\n";
    assert_eq!(run(directory.path(), "acme", "2"), (false, lost.into()));
}

#[test]
fn tenants_do_not_see_each_other() {
    let directory = tempfile::tempdir().unwrap();
    for tenant in ["acme", "globex"] {
        assert!(run(directory.path(), tenant, "1").1.contains("made aws.vpc/main"));
    }
}
