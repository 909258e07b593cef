//! From files and arguments to merged parameters, and back to the place where one was set.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::fs;
use std::path::Path;

use flashinfra_stacks::params::path::ParameterPath;
use miette::{GraphicalReportHandler, GraphicalTheme};
use tempfile::TempDir;

use super::{Parameters, Sources, load};
use crate::problem::{Place, Problem, Problems};
use crate::program::StackDescription;

/// A stack with a parameter of each type.
pub(super) const DESCRIBED: &str = r#"{"name":"shop","parameters":[
    {"name":"zones","type":"integer","default":2},
    {"name":"owner","type":"text"},
    {"name":"note","type":"text","optional":true,"default":null},
    {"name":"debug","type":"bool","default":false},
    {"name":"cidrs","type":"list","items":{"type":"text"},"default":["10.0.0.0/8","192.168.0.0/16"]},
    {"name":"tags","type":"map","items":{"type":"text"},"default":{"project":"shop"}},
    {"name":"nodes","type":"block","fields":[{"name":"min","type":"integer","default":1},{"name":"max","type":"integer"}]},
    {"name":"pools","type":"list","default":[],"items":{"type":"block","fields":[
        {"name":"size","type":"text"},{"name":"token","type":"secret"}]}},
    {"name":"password","type":"secret"}]}"#;

/// A stack crate's directory with these environment files.
pub(super) fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("environments")).unwrap();
    for (name, text) in files {
        fs::write(directory.path().join("environments").join(name), text).unwrap();
    }
    directory
}

pub(super) fn sources<'a>(directory: &'a Path, environment: Option<&'a str>, set: &'a [String]) -> Sources<'a> {
    Sources { directory, environment, env_file: None, set, set_file: &[] }
}

/// Loads the environment `production` from one file, with these `--set`.
fn production(file: (&str, &str), set: &[&str]) -> Result<Parameters, Problems> {
    let directory = directory(&[file]);
    let set: Vec<String> = set.iter().map(|argument| (*argument).to_owned()).collect();
    load(&sources(directory.path(), Some("production"), &set), &serde_json::from_str(DESCRIBED).unwrap())
}

/// Compares the merged parameters.
fn check(file: (&str, &str), set: &[&str], expected: &str) {
    assert_eq!(production(file, set).unwrap().to_json(), expected);
}

/// The problems as people see them, without the directory.
pub(super) fn shown(problems: &Problems) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(500);
    let mut out = String::new();
    for problem in &problems.0 {
        handler.render_report(&mut out, problem).unwrap();
    }
    out
}

#[test]
fn toml_and_yaml_say_the_same() {
    let toml = "zones = 3\nowner = \"team\"\n[nodes]\nmax = 5\n[[pools]]\nsize = \"a\"\ntoken.env = \"T\"\n\
        [[pools]]\nsize = 'b'\ntoken = { file = \"t\" }\n";
    let yaml = "# all of it\nzones: 3\nowner: team\nnodes: {max: 5}\npools:\n- size: a\n  token:\n    env: T\n\
        - size: 'b'\n  token: {file: t}\n";
    let json = r#"{"zones":3,"owner":"team","nodes":{"max":5},
        "pools":[{"size":"a","token":{"env":"T"}},{"size":"b","token":{"file":"t"}}]}"#;
    let expected = r#"{"nodes":{"max":5},"owner":"team","pools":[{"size":"a","token":{"env":"T"}},{"size":"b","token":{"file":"t"}}],"zones":3}"#;
    check(("production.toml", toml), &[], expected);
    check(("production.yaml", yaml), &[], expected);
    check(("production.yml", json), &[], expected);
}

#[test]
fn yaml_means_what_its_core_schema_says() {
    let yaml = "note: no\nowner: 1.30\nzones: 0x10\ndebug: true\ntags: {a: ~, b: '2', c: !!str 3, d: 007, e: +4, f: 1e3}\n\
        cidrs: &c [a, b]\npools: *c\n";
    check(
        ("production.yaml", yaml),
        &[],
        r#"{"cidrs":["a","b"],"debug":true,"note":"no","owner":1.30,"pools":["a","b"],"tags":{"a":null,"b":"2","c":"3","d":"007","e":4,"f":1e3},"zones":16}"#,
    );
    check(("production.yaml", "# nothing\n"), &[], "{}");
    check(
        ("production.toml", "owner = 1.30\nnote = 2026-01-02\nzones = 1_000\n"),
        &[],
        r#"{"note":"2026-01-02","owner":1.30,"zones":1000}"#,
    );
}

#[test]
fn the_command_line_goes_over_the_file() {
    check(
        ("production.toml", "zones = 3\nowner = \"team\"\nnodes = { min = 2, max = 5 }\ncidrs = [\"10.0.0.0/8\"]\n"),
        &["nodes.max=9,debug=true", "owner=12", "zones=1", "zones=2", "note=null"],
        r#"{"cidrs":["10.0.0.0/8"],"debug":true,"nodes":{"max":9,"min":2},"note":null,"owner":"12","zones":2}"#,
    );
    check(("production.toml", ""), &["cidrs=a,b"], r#"{"cidrs":["a","b"]}"#);
    check(("production.toml", ""), &[r#"nodes={"max":3}"#], r#"{"nodes":{"max":3}}"#);
}

#[test]
fn single_items_are_set_in_the_default_of_a_list_or_map() {
    check(("production.toml", ""), &["cidrs[1]=a", "cidrs[2]=b"], r#"{"cidrs":["10.0.0.0/8","a","b"]}"#);
    check(("production.toml", "cidrs = ['x']"), &["cidrs[0]=a"], r#"{"cidrs":["a"]}"#);
    check(
        ("production.toml", ""),
        &[r"tags.example\.com/team=a"],
        r#"{"tags":{"example.com/team":"a","project":"shop"}}"#,
    );
    check(
        ("production.toml", ""),
        &["pools[0].size=a", "pools[0].token.env=T"],
        r#"{"pools":[{"size":"a","token":{"env":"T"}}]}"#,
    );
}

#[test]
fn a_secret_changes_its_source() {
    check(
        ("production.toml", "password = { file = \"p\", version = 2 }"),
        &["password.env=P"],
        r#"{"password":{"env":"P","version":2}}"#,
    );
}

#[test]
fn files_become_values() {
    let directory = directory(&[]);
    let policy = directory.path().join("policy.txt");
    fs::write(&policy, "a\nb\n").unwrap();
    let set_file = [format!("note={}", policy.display())];
    let sources = Sources { set_file: &set_file, ..sources(directory.path(), None, &[]) };
    let parameters = load(&sources, &serde_json::from_str(DESCRIBED).unwrap()).unwrap();
    assert_eq!(parameters.to_json(), r#"{"note":"a\nb\n"}"#);
    assert_eq!((parameters.environment(), parameters.file()), ("default", None));
}

#[test]
fn the_environment_names_its_file() {
    let directory = directory(&[("staging.toml", ""), ("production.yaml", ""), ("both.toml", ""), ("both.yml", "")]);
    let described: StackDescription = serde_json::from_str(DESCRIBED).unwrap();
    let load = |environment| load(&sources(directory.path(), environment, &[]), &described);
    assert!(load(Some("staging")).unwrap().file().unwrap().ends_with("environments/staging.toml"));
    assert!(load(Some("production")).unwrap().file().unwrap().ends_with("environments/production.yaml"));
    for (environment, expected) in [
        ("prodution", "did you mean `production`?"),
        ("qa", "there are: both, production, staging; to add one, create "),
        ("both", "environment `both` has two files: "),
        ("../x", "`../x` cannot name an environment"),
    ] {
        let told = shown(&load(Some(environment)).unwrap_err());
        assert!(told.contains(expected), "{told}");
    }
    // The environment's own file, named by its path, is that environment; another file is not.
    let env_file = directory.path().join("environments/staging.toml");
    let named = Sources { env_file: Some(&env_file), ..sources(directory.path(), None, &[]) };
    assert_eq!(super::load(&named, &described).unwrap().environment(), "staging");
    let elsewhere = directory.path().join("staging.toml");
    fs::write(&elsewhere, "").unwrap();
    let named = Sources { env_file: Some(&elsewhere), ..sources(directory.path(), None, &[]) };
    assert_eq!(super::load(&named, &described).unwrap().environment(), "default");
}

#[test]
fn malformed_files_are_shown_at_the_place() {
    for (name, text, expected) in [
        ("production.toml", "zones = 3\nowner = team\n", ["is not TOML: ", "production.toml:2:9]", "owner = team"]),
        ("production.toml", "zones = 3\nzones = 4\n", ["duplicate key", "production.toml:2:1]", "zones = 4"]),
        ("production.yaml", "zones: 3\nzones: 4\n", ["stands twice", "production.yaml:2:1]", "zones: 4"]),
        ("production.yaml", "nodes: {max: 3\nowner: x\n", ["is not YAML: ", "production.yaml:", "owner: x"]),
        ("production.yaml", "zones: !mine 3\n", ["the tag !mine is not supported", "production.yaml:1:14]", "zones"]),
        ("production.yaml", "a: 1\n---\nb: 2\n", ["a second document begins", "production.yaml:3:", "b: 2"]),
        ("production.yaml", "nodes:\n  <<: {min: 1}\n", ["merge keys", "production.yaml:2:3]", "<<"]),
        ("production.yaml", "- zones\n", ["holds no table of parameters", "write one parameter a line", ""]),
    ] {
        let told = shown(&production((name, text), &[]).unwrap_err());
        for part in expected {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

#[test]
fn aliases_cannot_stand_for_a_billion_values() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        yaml.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let told = shown(&production(("production.yaml", &yaml), &[]).unwrap_err());
    assert!(told.contains("its aliases stand for too many values"), "{told}");
}

#[test]
fn malformed_arguments_are_told_without_their_value() {
    for (argument, expected) in [
        ("zones", "could not read --set …: an equals sign is missing: write PATH=VALUE"),
        ("zones.=hunter2", "could not read --set zones.: a name is missing"),
        ("zones.a=hunter2", "parameter `zones` is a single value, so `zones.a` cannot be set in it"),
        ("cidrs[3]=hunter2", "parameter `cidrs` has 2 items, so `cidrs[3]` cannot be set in it"),
        ("cidrs.a=hunter2", "parameter `cidrs` is a list, so `cidrs.a` cannot be set in it"),
        ("nodes[0]=hunter2", "parameter `nodes` is no list, so `nodes[0]` cannot be set in it"),
    ] {
        let told = shown(&production(("production.toml", "zones = 1"), &[argument]).unwrap_err());
        assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_secret_in_clear_is_refused_and_shown_nowhere() {
    for (file, set, expected) in [
        (("production.toml", "zones = 1\npassword = \"hunter2\"\n"), "", "production.toml:2:12"),
        (("production.yaml", "password: hunter2\nzones: 1\n"), "", "production.yaml:1:11"),
        (("production.yaml", "pools:\n- token: hunter2\n"), "", "parameter `pools[0].token` is a secret"),
        (("production.toml", ""), "password=hunter2", "at --set password\n"),
        (("production.toml", ""), "pools[0].token=hunter2", "at --set pools[0].token\n"),
        (("production.toml", "pasword = \"hunter2\"\npassword = \"hunter2\""), "", "set `password.env`"),
    ] {
        let set: Vec<&str> = Some(set).filter(|set| !set.is_empty()).into_iter().collect();
        let told = shown(&production(file, &set).unwrap_err());
        assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_secret_is_masked_in_a_file_that_cannot_be_read() {
    for (name, text) in [
        ("production.toml", "password = \"hunter2\nzones = 1\n"),
        ("production.toml", "password = \"\"\"\nhunter2\n\"\"\"\nzones = = 1\n"),
        ("production.yaml", "password: hunter2\nzones: [\n"),
        ("production.yaml", "password: |\n  hunter2\nzones: [\n"),
        ("production.yaml", "pools:\n- token: hunter2\n  size: {\n"),
    ] {
        let told = shown(&production((name, text), &[]).unwrap_err());
        assert!(!told.contains("hunter2") && told.contains(name), "{told}");
    }
}

/// Shows the place of a parameter as a problem would.
fn place(parameters: &Parameters, path: &str) -> Option<String> {
    let place: Place = parameters.place(&path.parse::<ParameterPath>().unwrap())?;
    Some(shown(&Problem::new("x").at(Some(place)).into()))
}

#[test]
fn problems_point_where_a_parameter_was_set() {
    let toml = "zones = 4\ncolour = \"hunter2\"\n\n[nodes]\nmin = 2\n\n[[pools]]\nsize = 3\n";
    let parameters = production(("production.toml", toml), &["debug=maybe"]).unwrap();
    for (path, expected) in [
        ("zones", "production.toml:1:9]"),
        ("colour", "production.toml:2:1]"),
        ("nodes.min", "production.toml:5:7]"),
        // It is missing: the block that lacks it.
        ("nodes.max", "production.toml:4:2]"),
        ("pools[0].size", "production.toml:8:8]"),
        ("debug", "at --set debug"),
    ] {
        let told = place(&parameters, path).unwrap();
        assert!(told.contains(expected) && !told.contains("hunter2"), "{path} {told}");
    }
    assert_eq!(place(&parameters, "owner"), None);

    let yaml = "zones: 4\nnodes:\n  min: 2\npools:\n  - size: 3\n";
    let parameters = production(("production.yaml", yaml), &[]).unwrap();
    for (path, expected) in [
        ("zones", "production.yaml:1:8]"),
        ("nodes.min", "production.yaml:3:8]"),
        ("nodes.max", "production.yaml:2:1]"),
        ("pools[0].size", "production.yaml:5:11]"),
        ("pools[0].token", "production.yaml:5:5]"),
    ] {
        let told = place(&parameters, path).unwrap();
        assert!(told.contains(expected), "{path} {told}");
    }
}
