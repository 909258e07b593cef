//! Real stack programs, built and run. They are in `tests/programs`, and share one target directory.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::{Compiled, Locate, Progress, build, list, load, locate};
use crate::args::Cli;
use crate::parameters::{self, Sources};
use crate::problem::Problems;

/// Copies the programs to where they are built, beside our own target directory, and gives the workspace's path.
///
/// What is there already is left alone, so that cargo sees nothing new.
fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = fs::canonicalize(manifest.join("../..")).unwrap();
    let built = root.join("target/stack-programs");
    fs::create_dir_all(&built).unwrap();
    let lock = fs::File::create(built.join("lock")).unwrap();
    lock.lock().unwrap();
    let workspace = built.join("workspace");
    copy(&manifest.join("tests/programs"), &workspace);
    write(&workspace.join(".cargo/config.toml"), "[build]\ntarget-dir = \"../target\"\n[net]\noffline = true\n");
    // The versions are ours, which are on this machine; cargo then takes out what the programs do not need.
    let ours = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    if fs::read_to_string(built.join("seed.lock")).ok().as_ref() != Some(&ours) {
        write(&workspace.join("Cargo.lock"), &ours);
        write(&built.join("seed.lock"), &ours);
    }
    workspace
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() { copy(&path, &to) } else { write(&to, &fs::read_to_string(path).unwrap()) }
    }
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Compiles what `flashinfra … ARGUMENTS` in the package's directory means; with what was reported meanwhile.
fn compile(package: &str, arguments: &[&str]) -> (Result<Compiled, Problems>, Vec<String>) {
    let directory = workspace().join(package);
    let fixed = ["flashinfra", "explain", "--dir", directory.to_str().unwrap()];
    let cli = Cli::try_parse_from(fixed.iter().chain(arguments)).unwrap();
    let reported = RefCell::new(Vec::new());
    let compiled = load(&cli.global, &|progress| match progress {
        Progress::Printed(line) => reported.borrow_mut().push(line.to_owned()),
        Progress::Compiler(line) => reported.borrow_mut().push(format!("compiler: {line}")),
        Progress::Building(_) | Progress::Built(_) => {}
    });
    (compiled, reported.into_inner())
}

/// The compiled stack of these arguments.
fn compiled(arguments: &[&str]) -> String {
    let (compiled, _) = compile("shop", arguments);
    String::from_utf8(compiled.unwrap_or_else(|problems| panic!("{}", shown(&problems))).bytes).unwrap()
}

/// Refused, with all of these parts in what people see.
fn check_refused(arguments: &[&str], parts: &[&str]) -> String {
    let (compiled, _) = compile("shop", arguments);
    let told = shown(&compiled.unwrap_err());
    for part in parts {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    told
}

fn shown(problems: &Problems) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(500);
    let mut out = String::new();
    for problem in &problems.0 {
        handler.render_report(&mut out, problem).unwrap();
    }
    out
}

#[test]
fn a_stack_compiles_with_the_parameters_of_its_environment() {
    let production = compiled(&["--stack", "shop", "--env", "production"]);
    for part in [
        r#"{"format":1,"stack":"shop","environment":"production""#,
        r#"{"name":"zones","value":3,"#,
        r#"{"name":"nodes","value":9,"#,
        r#"{"$secret":{"env":"SHOP_PASSWORD","version":2}}"#,
        r#""at":"shop/src/main.rs:28:11"#,
    ] {
        assert!(production.contains(part), "{part} in {production}");
    }
    let staging = compiled(&["--stack", "shop", "--env", "staging", "--set", "nodes.min=4,zones=1"]);
    assert!(staging.contains(r#"{"name":"zones","value":1,"#), "{staging}");
    assert!(staging.contains(r#"{"name":"nodes","value":0,"#), "{staging}");
}

#[test]
fn unknown_and_bad_parameters_are_shown_in_their_file() {
    check_refused(
        &["--stack", "shop", "--env", "wrong"],
        &[
            "unknown parameter `zoens`",
            "wrong.toml:1:1]",
            "zoens = *",
            "did you mean `zones`?",
            "parameter `range` must be text that is an IP range",
            "wrong.toml:2:9]",
            "parameter `nodes.min` must be a whole number, not the text \"two\"",
            "wrong.toml:5:7]",
            "parameter `nodes.max` has no default and no value",
            "environments/wrong.toml or with --set nodes.max=…",
        ],
    );
    check_refused(
        &["--stack", "shop", "--env", "misspelt"],
        &[
            "parameter `zones` is 9, but must be at most 3",
            "misspelt.yaml:1:8]",
            "unknown parameter `nodes.mni`",
            "misspelt.yaml:4:3]",
            "did you mean `nodes.min`?",
        ],
    );
}

#[test]
fn bad_arguments_are_shown_by_their_name() {
    check_refused(
        &["--stack", "shop", "--env", "production", "--set", "zones=many"],
        &["parameter `zones` must be a whole number, not the text \"many\"", "at --set zones"],
    );
    let told = check_refused(
        &["--stack", "shop", "--env", "production", "--set", "pasword=hunter2"],
        &["unknown parameter `pasword`", "did you mean `password`?", "at --set pasword"],
    );
    assert!(!told.contains("hunter2"), "{told}");
    check_refused(
        &["--stack", "shop"],
        &["parameter `nodes.max` has no default and no value", "environments/default.toml"],
    );
}

#[test]
fn malformed_files_and_unknown_environments_are_refused() {
    check_refused(&["--stack", "shop", "--env", "malformed"], &["malformed.toml is not TOML", "malformed.toml:2:"]);
    check_refused(
        &["--stack", "shop", "--env", "prodction"],
        &["no environment `prodction`", "did you mean `production`?"],
    );
}

#[test]
fn a_panic_is_shown_at_its_line() {
    check_refused(
        &["--stack", "panics"],
        &["the stack program panicked: the sky falls", "shop/src/main.rs:36:5]", "panic!(\"the sky falls\");"],
    );
}

#[test]
fn problems_of_the_definition_are_shown_together() {
    check_refused(
        &["--stack", "problems"],
        &["output name: ", "shop/src/main.rs:61:11]", "output `x` is declared twice", "shop/src/main.rs:63:11]"],
    );
}

#[test]
fn what_a_program_prints_is_passed_on_once() {
    let (compiled, mut printed) = compile("shop", &["--stack", "prints"]);
    assert!(compiled.is_ok());
    printed.sort();
    assert_eq!(printed, ["and from stderr", "from stdout", "hello"]);
}

#[test]
fn a_stack_that_is_different_each_time_is_refused() {
    check_refused(
        &["--stack", "clock"],
        &[
            "stack `clock` is different each time it is compiled: output built, value was \"",
            "no clock",
            "shop/src/main.rs:47:11]",
        ],
    );
}

#[test]
fn a_build_and_a_program_see_only_listed_variables() {
    let (compiled, _) = compile("spy", &[]);
    let compiled = String::from_utf8(compiled.unwrap().bytes).unwrap();
    let names = |output: &str| -> Vec<String> {
        let start = format!("{{\"name\":\"{output}\",\"value\":\"");
        let (_, names) = compiled.split_once(&start).unwrap();
        names.split('"').next().unwrap().split(' ').map(str::to_owned).collect()
    };
    let protocol = ["FLASHINFRA_ENV", "FLASHINFRA_OUT", "FLASHINFRA_PARAMS", "FLASHINFRA_STACK"];
    let program = names("program");
    assert!(protocol.iter().all(|name| program.iter().any(|seen| seen == name)), "{program:?}");
    let listed = [protocol.as_slice(), &["TMPDIR", "TMP", "TEMP", "SystemRoot"]].concat();
    assert!(program.iter().all(|seen| listed.contains(&seen.as_str())), "{program:?}");
    let build = names("build");
    assert!(build.iter().any(|seen| seen == "PATH"), "{build:?}");
    assert!(!build.iter().any(|seen| CREDENTIALS.contains(&seen.as_str())), "{build:?}");
}

/// Variables that hold credentials, or lead to them.
const CREDENTIALS: [&str; 4] = ["AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "CARGO_REGISTRY_TOKEN", "KUBECONFIG"];

#[test]
fn credentials_of_ours_reach_neither_a_build_nor_a_program() {
    let again = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "program::tests::a_build_and_a_program_see_only_listed_variables"])
        .envs(CREDENTIALS.map(|name| (name, "hunter2")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_program_that_ends_without_an_answer_is_told() {
    check_refused(&["--stack", "exits"], &["the stack program gave no answer (exit status: 7)", "flashinfra::main!"]);
}

#[test]
fn a_program_that_does_not_end_is_stopped() {
    let stack_crate = locate(&Locate { directory: &workspace().join("shop"), stack: Some("loops") }).unwrap();
    let mut program = build::build(stack_crate, &|_| {}).unwrap();
    let description = program.describe(&|_| {}).unwrap();
    let stack = program.stack_crate().choose(&description).unwrap();
    let directory = &program.stack_crate().directory;
    let sources = Sources { directory, environment: None, env_file: None, set: &[], set_file: &[] };
    let parameters = parameters::load(&sources, stack).unwrap();
    program.time_limit = Duration::from_secs(1);
    let told = shown(&program.compile("loops", &parameters, &|_| {}).unwrap_err());
    assert!(told.contains("the stack program did not end within 1 s"), "{told}");
}

#[test]
fn a_crate_that_does_not_build_is_told_in_the_words_of_the_compiler() {
    let (compiled, said) = compile("broken", &[]);
    assert!(shown(&compiled.unwrap_err()).contains("the stack crate `broken` does not build"));
    let said = said.join("\n");
    assert!(said.contains("no method named `nothing`") && said.contains("broken/src/main.rs:4:11"), "{said}");
}

#[test]
fn stacks_are_found_by_directory_and_by_name() {
    let workspace = workspace();
    let find = |directory: &Path, stack| locate(&Locate { directory, stack });
    let shop = find(&workspace, Some("clock")).unwrap();
    assert_eq!((shop.package.as_str(), shop.binary.as_str(), shop.chosen.as_deref()), ("shop", "shop", Some("clock")));
    // Its Cargo.toml names no stacks: only its program can tell, and the directory says that it is meant.
    let broken = find(&workspace.join("broken/src"), None).unwrap();
    assert_eq!((broken.package.as_str(), broken.chosen), ("broken", None));
    assert_eq!(find(&workspace.join("broken"), Some("shop")).unwrap().package, "shop");
    for (directory, stack, expected) in [
        (workspace.clone(), Some("clokc"), "did you mean `clock`?"),
        (workspace.clone(), Some("zebra"), "there are: shop, panics, prints"),
        (PathBuf::from("/"), None, "there is no stack crate in /"),
        (PathBuf::from("/nowhere"), None, "could not look into /nowhere"),
    ] {
        let told = shown(&find(&directory, stack).unwrap_err().into());
        assert!(told.contains(expected), "{told}");
    }
    check_refused(&[], &["package `shop` has several stacks: shop, panics", "choose one with --stack NAME"]);
    let listed: Vec<String> = list(&workspace).unwrap().into_iter().map(|found| found.package).collect();
    assert_eq!(listed, ["shop"]);
}

#[test]
fn a_compiled_stack_is_read_as_it_is() {
    let production = compiled(&["--stack", "shop", "--env", "production"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &production).unwrap();
    let file = file.path().to_str().unwrap();
    let (from_file, _) = compile("shop", &["--compiled", file, "--env", "production"]);
    assert_eq!(from_file.unwrap().bytes, production.as_bytes());
    check_refused(
        &["--compiled", file, "--env", "staging"],
        &["was compiled for environment `production`, not `staging`"],
    );
    check_refused(&["--compiled", file, "--set", "zones=1"], &["--set does not go with --compiled"]);
    check_refused(&["--compiled", "/nowhere"], &["could not read the compiled stack /nowhere"]);
}
