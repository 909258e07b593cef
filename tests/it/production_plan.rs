//! FlashMM's reviewed production plan, which stands beside its stack: what a change of the stack does to it is part of the
//! change. `UPDATE=1` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, TableLike};

use crate::shell::Shell;

#[test]
#[cfg(feature = "aws")]
fn a_policy_for_flashmms_production_is_had_before_there_is_an_account() {
    let shell = Shell::new();
    let directory = format!("--dir={}/../..", env!("CARGO_MANIFEST_DIR"));
    let arguments =
        ["plan", "--permissions", "--sandbox", "--ledger=ledger", "--stack=flashmm", "--env=production", &directory];
    let policy = shell.run(&arguments).succeeds();
    let policy: serde_json::Value = serde_json::from_str(&policy).expect("nothing but the document is on stdout");
    let actions = |statement: &str| policy.pointer(&format!("/Statement/{statement}/Action")).unwrap().to_string();
    let (read, write) = (actions("0"), actions("1"));
    // The buckets of other regions are in the same document: the credentials are the same.
    assert!(read.contains("\"s3:GetReplicationConfiguration\""), "{read}");
    assert!(read.contains("\"eks:DescribeCluster\"") && !read.contains("Create"), "{read}");
    assert!(
        write.contains("\"iam:PassRole\"") && !write.contains("ec2:Describe") && !write.contains("Delete"),
        "{write}"
    );
}

/// What is set in a table, by dotted path.
fn settings(table: &dyn TableLike, path: &str, found: &mut BTreeMap<String, String>) {
    for (key, item) in table.iter() {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match item.as_table_like() {
            Some(table) => settings(table, &path, found),
            None => drop(found.insert(path, item.to_string().trim().to_owned())),
        }
    }
}

/// The application is in the stack of its cluster, and alone for a cluster that is there: what stands in two files is the same.
#[test]
fn flashmms_application_is_configured_alike_in_both_of_its_stacks() {
    for environment in ["staging", "production"] {
        let read = |file: &str| {
            let text = std::fs::read_to_string(root().join("stacks/flashmm").join(file)).unwrap();
            text.parse::<DocumentMut>().unwrap()
        };
        let (whole, alone) =
            (read(&format!("environments/{environment}.toml")), read(&format!("app/environments/{environment}.toml")));
        let [mut within, mut without] = [BTreeMap::new(), BTreeMap::new()];
        settings(whole["application"].as_table_like().unwrap(), "", &mut within);
        settings(alone.as_table(), "", &mut without);
        // The stack of the cluster knows these.
        without.retain(|path, _| {
            let known = ["context", "backups.bucket", "database.host", "database.name", "cache.host", "network.vpc"];
            !known.contains(&path.as_str())
        });
        assert_eq!(within, without, "{environment}");
    }
}

/// What a stack plans for an environment, on the sandbox, without what differs from machine to machine.
fn planned(stack: &str, environment: &str) -> String {
    let shell = Shell::new();
    let directory = format!("--dir={}", root().display());
    let stack = format!("--stack={stack}");
    let environment = format!("--env={environment}");
    let planned =
        shell.run(&["plan", "-v", "--sandbox", "--ledger=ledger", &stack, &environment, &directory]).succeeds();
    // Where the ledger and the parameters are differs from machine to machine, and what reading took is no part of a plan.
    let (planned, _calls) = planned.split_once("\nAPI calls\n").expect("-v prints the calls after the plan");
    let elsewhere = |line: &&str| !line.starts_with("ledger ") && !line.starts_with("parameters ");
    planned.lines().filter(elsewhere).map(|line| format!("{line}\n")).collect()
}

/// Compares a plan with the one that was reviewed.
#[track_caller]
fn is_as_reviewed(planned: &str, reviewed: &str) {
    let reviewed = root().join(reviewed);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&reviewed, planned).unwrap();
    }
    let reviewed = std::fs::read_to_string(&reviewed).unwrap();
    assert_eq!(planned, reviewed, "run this test with UPDATE=1, review the difference with git diff, and commit it");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn flashmms_reviewed_plan_is_what_its_stack_plans() {
    is_as_reviewed(&planned("flashmm", "production"), "stacks/flashmm/production.plan.txt");
}

#[test]
fn the_reviewed_plans_of_flashmms_application_are_what_its_stack_plans() {
    for environment in ["development", "staging", "production"] {
        let reviewed = format!("stacks/flashmm/app/{environment}.plan.txt");
        is_as_reviewed(&planned("flashmm-app", environment), &reviewed);
    }
}
