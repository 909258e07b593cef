use super::*;

/// What the definitions crate writes for a stack that uses everything.
const GOLDEN: &str = include_str!("../../../../stacks/tests/golden/everything.json");

#[test]
fn everything_that_definitions_write_is_read() {
    let stack = read(GOLDEN.as_bytes()).unwrap();
    assert_eq!((stack.stack.as_str(), stack.environment.as_str()), ("everything", "testing"));
    assert_eq!(stack.providers["moon"].config.get("region"), Some(&Value::from("moon-1")));
    assert!(stack.schemas["test.store"].stateful);
    let far = stack.resources.iter().find(|resource| resource.address.name() == "far").unwrap();
    assert_eq!(far.lifecycle.ignore, ["tags.Seen", "is_public"]);
    assert!(far.lifecycle.retain && far.lifecycle.create_before_delete);
    assert!(far.at.as_ref().is_some_and(|at| at.starts_with("stacks/tests/it/compiled.rs:")), "{:?}", far.at);
    assert!(stack.outputs.iter().any(|output| output.value.has_secret()));
}

#[test]
fn schemas_and_values_are_written_as_definitions_write_them() {
    let stack = read(GOLDEN.as_bytes()).unwrap();
    for schema in stack.schemas.values() {
        let line = schema_file::write(schema);
        assert!(GOLDEN.contains(&line), "{line}");
    }
    for resource in &stack.resources {
        let attributes = resource.attributes.to_json();
        assert!(GOLDEN.contains(&format!("\"attributes\":{attributes},")), "{attributes}");
    }
    for output in &stack.outputs {
        assert!(GOLDEN.contains(&format!("\"value\":{},", output.value.to_json())), "{}", output.name);
    }
}

#[test]
fn the_digest_is_that_of_the_stack_without_places() {
    let digest_of = |text: &str| digest(&read(text.as_bytes()).unwrap());
    let here = digest_of(GOLDEN);
    assert!(here.starts_with("sha256:") && here.len() == 71, "{here}");
    assert_eq!(here, digest_of(&GOLDEN.replace("stacks/tests/it/compiled.rs:", "elsewhere.rs:1")));
    for (part, other) in [
        ("\"environment\":\"testing\"", "\"environment\":\"production\""),
        ("moon-1", "moon-2"),
        ("\"retain\":true", "\"retain\":false"),
        ("tags.Seen", "tags.Heard"),
        ("\"copies\":3", "\"copies\":4"),
        ("\"name\":\"encoded\"", "\"name\":\"coded\""),
        ("STORE_PASSWORD\",\"version\":2", "STORE_PASSWORD\",\"version\":3"),
        ("\"compare\":\"cidr\"", "\"compare\":\"json\""),
    ] {
        assert_ne!(here, digest_of(&GOLDEN.replace(part, other)), "{part}");
    }
}

fn check_error(text: &str, expect: &str) {
    let error = read(text.as_bytes()).unwrap_err();
    let help = error.help().map(|help| format!(" [{help}]")).unwrap_or_default();
    assert_eq!(format!("{error}{help}"), expect);
}

#[test]
fn what_the_program_wrote_instead_comes_through() {
    let problems = r#"{"format":1,"problems":[{"message":"too many","at":"a.rs:1:2","help":"fewer","parameter":"nodes.max"},{"message":"b"}]}"#;
    let Err(ReadError::Problems(told)) = read(problems.as_bytes()) else { panic!("these are problems") };
    let (at, help, parameter) = (Some("a.rs:1:2".into()), Some("fewer".into()), Some("nodes.max".into()));
    assert_eq!(told[0], Problem { message: "too many".into(), at, help, parameter });
    assert_eq!(told[1], Problem { message: "b".into(), at: None, help: None, parameter: None });
    check_error(
        r#"{"format":1,"panic":"index out of bounds","at":"a.rs:1:2"}"#,
        "the stack program panicked at a.rs:1:2: index out of bounds \
         [a stack program may not panic; return problems instead, with `stack.problem(…)`]",
    );
}

#[test]
fn a_newer_format_says_which_version_reads_it() {
    check_error(
        r#"{"format":5,"stack":"a","flashinfra":"7.1.0","galaxies":[]}"#,
        "the compiled stack has format 5; this version of flashinfra reads up to format 4 [use flashinfra 7.1.0 or newer]",
    );
    check_error(
        r#"{"format":5}"#,
        "the compiled stack has format 5; this version of flashinfra reads up to format 4 \
         [use the version of flashinfra that wrote it, or a newer one]",
    );
}

#[test]
fn malformed_bytes_are_an_error_with_a_place() {
    let again = "[a compiled stack is written by a stack program; compile it again]";
    let text = "{\"format\":1,\"stack\":\"a\",\"environment\":\"b\",\n\"resources\":[\n{\"address\":\"c\"}]}";
    check_error(
        text,
        &format!(
            "this is no compiled stack: `c` is not an address; an address is `kind/name`, such as \
             `aws.vpc/network.main` (line 3, column 14) {again}"
        ),
    );
    check_error("", &format!("this is no compiled stack: EOF while parsing a value (line 1, column 0) {again}"));
    check_error(
        r#"{"format":1}"#,
        &format!("this is no compiled stack: `stack` is missing (line 1, column 1) {again}"),
    );
    check_error(
        "{\"format\":1,\n\"stak\":\"a\"}",
        &format!(
            "this is no compiled stack: unknown field `stak`, expected one of `format`, `stack`, `environment`, \
             `flashinfra`, `providers`, `schemas`, `lookups`, `resources`, `outputs`, `problems`, `panic`, `at` (line 2, column 6) {again}"
        ),
    );
}

#[test]
fn no_prefix_of_a_document_is_read_and_none_panics() {
    let end = GOLDEN.trim_end().len();
    for cut in (0..end).step_by(5).filter(|&cut| GOLDEN.is_char_boundary(cut)) {
        assert!(matches!(read(&GOLDEN.as_bytes()[..cut]), Err(ReadError::Format { .. })), "cut at {cut}");
    }
    for (at, _) in GOLDEN.match_indices(['"', ':', '[', '}']).step_by(3) {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        bytes[at] = 0xff;
        assert!(read(&bytes).is_err(), "a byte that is no text at {at}");
    }
}
