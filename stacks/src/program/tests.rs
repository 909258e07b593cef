//! Programs asked without a process around them.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::panic::Location;

use super::answer::{Program, Request, panic, problems};
use crate::json::Json;
use crate::{Cidr, Params, Problem, Secret, Stack};

#[derive(Params)]
#[param(crate = crate)]
struct Shop {
    #[param(default = 2, max = 3)]
    zones: u32,
    #[param(default = crate::cidr!("10.0.0.0/16"))]
    range: Cidr,
    password: Secret<String>,
}

fn shop(stack: &mut Stack, params: &Shop) {
    stack.output("zones", i64::from(params.zones));
    stack.output("range", params.range);
    stack.output("password", params.password.clone());
}

fn bare(stack: &mut Stack) -> Result<(), String> {
    if stack.environment() == "default" { Ok(()) } else { Err("there is only one environment".to_owned()) }
}

fn program() -> Program {
    Program::new().stack("shop", &[" The shop.", "", " Sells."], shop).stack("bare", &[], bare)
}

fn request(stack: &str, environment: &str, parameters: &str) -> Request {
    Request {
        stack: Some(stack.to_owned()),
        environment: environment.to_owned(),
        parameters: parameters.to_owned(),
        parameters_file: "environments/production.yaml".to_owned(),
        describe: false,
    }
}

/// What the program answers, in the form in which the command line reads it.
fn told(request: &Request) -> String {
    program().answer(request).unwrap_or_else(|told| problems(&told))
}

#[test]
fn a_stack_compiles_with_its_parameters() {
    let parameters = r#"{"zones":3,"password":{"env":"DB_PASSWORD","version":2}}"#;
    let compiled = told(&request("shop", "production", parameters));
    assert!(compiled.starts_with(r#"{"format":1,"stack":"shop","environment":"production""#), "{compiled}");
    for part in [
        r#"{"name":"zones","value":3"#,
        r#"{"name":"range","value":"10.0.0.0/16""#,
        r#"{"$secret":{"env":"DB_PASSWORD","version":2}}"#,
    ] {
        assert!(compiled.contains(part), "{part} in {compiled}");
    }
    assert!(Json::parse(&compiled).is_ok());
}

#[test]
fn a_secret_takes_a_source_and_no_message_repeats_it() {
    for (password, expected) in [
        (r#""hunter2""#, "parameter `password` is a secret: it takes where the value is kept, not the value itself"),
        (r#"{"env":"hunter2!"}"#, "parameter `password.env` must be the name of an environment variable"),
        (r#"{"env":42}"#, "parameter `password.env` must be the name of an environment variable"),
        (r#"{"file":""}"#, "parameter `password.file` must be the path of a file"),
        (r#"{"value":"hunter2"}"#, "unknown parameter `password.value`"),
        (r#"{"env":"A","file":"hunter2"}"#, "parameter `password` is a secret and needs one source"),
        (r#"{"env":"A","version":"hunter2"}"#, "parameter `password.version` must be a whole number from 1"),
    ] {
        let told = told(&request("shop", "default", &format!(r#"{{"password":{password}}}"#)));
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("hunter2") && !told.contains("42"), "{told}");
    }
    let missing = told(&request("shop", "default", "{}"));
    assert!(
        missing.contains("say in environments/production.yaml where it is kept: { env: NAME } or { file: PATH }"),
        "{missing}"
    );
}

#[test]
fn problems_keep_their_parameter_and_help() {
    let told = told(&request("shop", "production", r#"{"zones":4,"range":"10.0.0.1/8","pasword":{"env":"A"}}"#));
    assert_eq!(
        told,
        r#"{"format":1,"problems":[
{"message":"unknown parameter `pasword`","help":"did you mean `password`?","parameter":"pasword"},
{"message":"parameter `zones` is 4, but must be at most 3","parameter":"zones"},
{"message":"parameter `range` must be text that is an IP range such as 10.0.0.0/16, not the text \"10.0.0.1/8\": malformed CIDR: host bits are set; zero the bits after the prefix","parameter":"range"},
{"message":"parameter `password` has no default and no value","help":"say in environments/production.yaml where it is kept: { env: NAME } or { file: PATH }","parameter":"password"}]}
"#
    );
}

#[test]
fn requests_that_fit_no_stack_are_told() {
    for (told, expected) in [
        (told(&request("shpo", "default", "{}")), "the program has no stack `shpo`\",\"help\":\"did you mean `shop`?"),
        (told(&request("x", "default", "{}")), "the program has no stack `x`\",\"help\":\"its stacks are: shop, bare"),
        (told(&Request { stack: None, ..request("", "default", "{}") }), "several stacks, and none was chosen"),
        (told(&request("bare", "default", r#"{"a":1}"#)), "unknown parameter `a`\",\"help\":\"there are none here"),
        (told(&request("bare", "staging", "{}")), "{\"message\":\"there is only one environment\"}"),
        (told(&request("bare", "default", "{")), "the parameters are not JSON: a key in double quotes is expected"),
    ] {
        assert!(told.contains(expected), "{told}");
    }
    let twice = Program::new().stack("a", &[], bare).stack("a", &[], bare);
    let problems = twice.answer(&request("a", "default", "{}")).unwrap_err();
    assert_eq!(problems[0].message, "the program has two stacks named `a`");
}

#[test]
fn programs_describe_their_stacks() {
    let told = told(&Request { describe: true, ..request("", "default", "{}") });
    assert_eq!(
        told,
        r#"{"format":1,"stacks":[
{"name":"shop","doc":"The shop.\n\nSells.","parameters":[{"default":2,"max":3,"name":"zones","type":"integer"},{"default":"10.0.0.0/16","format":"Cidr","name":"range","type":"text"},{"name":"password","type":"secret"}]},
{"name":"bare","doc":"","parameters":[]}]}
"#
    );
}

#[test]
fn problems_and_panics_are_json() {
    let here = Location::caller();
    let problem = Problem::new("a \"quoted\"\nthing").at(here).help("h");
    let expected = format!(
        "{{\"format\":1,\"problems\":[\n{{\"message\":\"a \\\"quoted\\\"\\nthing\",\
         \"at\":\"stacks/src/program/tests.rs:{}:{}\",\"help\":\"h\"}}]}}\n",
        here.line(),
        here.column()
    );
    assert_eq!(problems(&[problem]), expected);
    assert_eq!(panic("oh", None), "{\"format\":1,\"panic\":\"oh\"}\n");
}
