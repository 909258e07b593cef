//! The walls and the house rules, kept by a test: what `ARCHITECTURE.md`, `docs/invariants.md` and `STYLE.md` promise and no lint can see.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files may be a little longer than the 400 lines of `STYLE.md`, so that nobody splits one for the sake of three lines.
const FILE_LINES_MAX: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The files that git would commit, with this ending, as (path from the root, text).
fn files(ending: &str) -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> = listed
        .lines()
        .filter(|path| path.ends_with(ending))
        .filter_map(|path| Some((path.to_owned(), std::fs::read_to_string(root().join(path)).ok()?)))
        .collect();
    assert!(!files.is_empty(), "there are files ending in {ending}");
    files
}

/// The crates that a build of this package links, with these features.
fn dependencies(package: &str, features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--package", package, "--features", features])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[track_caller]
fn refuse(package: &str, features: &str, banned: &[&str]) {
    let linked = dependencies(package, features);
    let found: Vec<_> = banned.iter().filter(|name| linked.contains(**name)).collect();
    assert!(found.is_empty(), "{package} must not link {found:?}");
}

/// What costs a custom stack its seconds: an async runtime, serialisation, diagnostics, C.
const HEAVY: &[&str] =
    &["tokio", "serde", "serde_json", "miette", "toml", "hyper", "rustls", "cc", "aws-lc-sys", "libc"];

#[test]
fn a_custom_stack_links_light_crates_only() {
    refuse("shop", "", HEAVY);
    let linked = dependencies("shop", "");
    assert!(linked.len() <= 9, "a stack links at most 9 crates, itself included: {linked:?}");
}

#[test]
fn planning_links_no_runtime_and_no_provider() {
    let banned = ["tokio", "async-trait", "flashinfra-providers", "flashinfra", "hyper", "cc"];
    refuse("flashinfra-plans", "", &banned);
    refuse("flashinfra-stacks", "", &["flashinfra-plans", "serde", "tokio"]);
}

#[test]
fn the_default_command_builds_no_cloud_sdk() {
    let linked = dependencies("flashinfra-cli", "");
    let sdk: Vec<_> = linked.iter().filter(|name| name.starts_with("aws-")).collect();
    assert!(sdk.is_empty(), "{sdk:?}");
}

#[test]
fn one_file_names_petgraph() {
    let names_it = |text: &str| text.lines().any(|line| line.trim_start().starts_with("use petgraph"));
    let namers: Vec<_> = files(".rs").into_iter().filter(|(_, text)| names_it(text)).map(|f| f.0).collect();
    assert_eq!(namers, ["plans/src/graph.rs"]);
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = files(".rs")
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "files over {FILE_LINES_MAX} lines, each to be split by what it does: {long:?}");
}

#[test]
fn only_the_output_file_prints() {
    // The samples are compiled for tests only, and print the seed of a failing one.
    let may_print = ["src/cli/src/output.rs", "stacks/src/program.rs", "plans/src/samples.rs"];
    let printers: Vec<_> = files(".rs")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("examples/") && !path.starts_with("tests/") && !path.contains("/tests/"))
        .filter(|(path, _)| !may_print.contains(&path.as_str()))
        .filter(|(_, text)| text.contains("clippy::print_std"))
        .map(|(path, _)| path)
        .collect();
    assert!(printers.is_empty(), "{printers:?} print; only {may_print:?} may");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file is not a finding of its own.
    let banned = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    let ignored = ["#[", "ignore"].concat();
    let found: Vec<_> = files(".rs")
        .into_iter()
        .filter(|(_, text)| banned.iter().chain([&ignored]).any(|word| text.contains(word.as_str())))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_definition_and_its_adapter_have_the_same_file_name() {
    let definitions: Vec<_> = files(".rs")
        .into_iter()
        .filter(|(path, text)| path.starts_with("stacks/aws/src/") && text.contains("derive(Resource"))
        .map(|(path, _)| path.replacen("stacks/", "providers/", 1))
        .collect();
    assert!(definitions.len() >= 7, "{definitions:?}");
    let missing: Vec<_> = definitions.into_iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "definitions without an adapter of the same name: {missing:?}");
}

#[test]
fn no_file_names_a_machine() {
    // Put together here, so that this file is not a finding of its own.
    let banned = [["/ro", "ot/"].concat(), ["/wo", "rk/"].concat()];
    for ending in [".rs", ".md", ".toml", ".json", ".txt", ".yml", ".plan", ".lock"] {
        if ending == ".plan" && files("").iter().all(|(path, _)| !path.ends_with(ending)) {
            continue;
        }
        for (path, text) in files("").into_iter().filter(|(path, _)| path.ends_with(ending)) {
            assert!(banned.iter().all(|word| !text.contains(word.as_str())), "{path} names a path of some machine");
        }
    }
}

#[test]
fn every_test_that_the_rules_name_exists() {
    for (page, least) in [("ARCHITECTURE.md", 1), ("docs/invariants.md", 200)] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let is_test = |text: &&str| text.contains(".rs::") || text.starts_with("tests/scenarios/");
        let named: Vec<_> = text.split('`').skip(1).step_by(2).filter(is_test).collect();
        assert!(named.len() >= least, "{page} names the tests that guard what it says: {named:?}");
        named.into_iter().for_each(there_is);
    }
}

/// Fails unless there is this file, with this test in it.
#[track_caller]
fn there_is(name: &str) {
    let (path, function) = name.split_once("::").unwrap_or((name, ""));
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{name}: there is no such file"));
    assert!(function.is_empty() || text.contains(&format!("fn {function}(")), "{name}: there is no such test");
}

#[test]
fn every_scenario_stands_beside_the_rule_that_it_shows() {
    let readme = std::fs::read_to_string(root().join("tests/scenarios/README.md")).unwrap();
    let (_, table) = readme.split_once("\n## What they show\n").expect("the README has the table");
    let named: BTreeSet<&str> = table.split('`').skip(1).step_by(2).collect();
    named.iter().filter(|name| name.contains(".rs::")).for_each(|name| there_is(name));
    let shown: BTreeSet<&str> = named.into_iter().filter(|name| name.ends_with(".txt")).collect();
    let there = files(".txt");
    let there: BTreeSet<&str> = there
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("tests/scenarios/"))
        .filter(|name| *name != "kinds.txt")
        .collect();
    let unplaced: Vec<_> = there.difference(&shown).collect();
    let missing: Vec<_> = shown.difference(&there).collect();
    assert!(unplaced.is_empty() && missing.is_empty(), "in no row: {unplaced:?}; named and not there: {missing:?}");
}
