use super::{FileError, digest, read, write};
use crate::plan::{PLANNER, Plan};
use crate::samples::{Random, World, for_seeds, plans};

/// Plans hold schemas without documentation once they come from a file.
fn bare(mut plan: Plan) -> Plan {
    for schema in plan.schemas.values_mut() {
        *schema = super::without_documentation(schema).into();
    }
    plan
}

fn sample() -> Vec<u8> {
    let plan = plans::any(&mut Random::new(3));
    assert!(!plan.steps.is_empty() && !plan.changes.is_empty());
    write(&plan)
}

/// The bytes with something replaced, and a digest that is right for them.
fn forged(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(sample()).unwrap();
    assert!(text.contains(from), "{from}");
    let body = text[..text.rfind("\"digest\"").unwrap()].replacen(from, to, 1);
    let digest = super::hash(body.as_bytes());
    format!("{body}\"digest\":\"{digest}\"}}\n").into_bytes()
}

#[test]
fn every_plan_comes_back() {
    for_seeds(300, |random| {
        let plan = plans::any(random);
        let bytes = write(&plan);
        assert_eq!(read(&bytes).unwrap(), bare(plan.clone()));
        assert_eq!(write(&read(&bytes).unwrap()), bytes, "the same plan has the same bytes");
    });
}

#[test]
fn it_is_one_json_document_with_an_item_a_line() {
    let bytes = sample();
    let plan = read(&bytes).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document["steps"].as_array().unwrap().len(), plan.steps.len());
    let text = String::from_utf8(bytes).unwrap();
    let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(lines("{\"id\":"), plan.steps.len());
    let declared = plan.basis.declared.as_ref().map_or(0, |stack| stack.resources.len());
    let beside = plan.not_verified.len() + plan.doubles.len() + plan.kept.len();
    let addresses = declared + plan.changes.len() + plan.drift.len() + beside;
    assert_eq!(lines("{\"address\":"), addresses);
    assert!(!text.contains("\"doc\""), "schemas stand without their documentation");
}

#[test]
fn the_digest_is_what_the_last_line_says() {
    let bytes = sample();
    let last = String::from_utf8_lossy(&bytes).lines().last().unwrap().to_owned();
    assert_eq!(last, format!("\"digest\":\"{}\"}}", digest(&bytes)));
}

#[test]
fn whatever_is_cut_off_is_missed() {
    let bytes = sample();
    for length in 0..bytes.len() - 1 {
        let error = read(&bytes[..length]).unwrap_err();
        let start = "{\"format\":1,\"plan\":";
        match error {
            FileError::CutShort => {}
            FileError::NotAPlan(None) if length <= start.len() => {}
            other => panic!("cut at {length}: {other:?}"),
        }
    }
    assert!(read(&bytes[..bytes.len() - 1]).is_ok(), "without its last line end it is whole");
}

#[test]
fn every_edited_byte_is_noticed() {
    let bytes = sample();
    for_seeds(400, |random| {
        let mut edited = bytes.clone();
        let place = random.below(bytes.len() - 2);
        // Also bytes that make the text no text.
        edited[place] = if random.one_in(4) {
            0xFF
        } else if edited[place] == b'7' {
            b'8'
        } else {
            b'7'
        };
        read(&edited).unwrap_err();
    });
    let text = String::from_utf8(bytes).unwrap();
    let Err(FileError::Changed { line_ends: false, .. }) = read(text.replacen("mars-1", "mars-2", 1).as_bytes()) else {
        panic!("an edit is told as such");
    };
    let error = read(text.replace('\n', "\r\n").as_bytes()).unwrap_err();
    assert!(matches!(error, FileError::Changed { line_ends: true, .. }), "{error:?}");
    assert!(error.help().contains(".gitattributes"), "{}", error.help());
}

#[test]
fn other_files_are_told_apart() {
    let check = |text: &str, expect: &str| {
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expect, "{text}");
        assert!(!error.help().is_empty());
    };
    check("", "this is not a plan file");
    check("\u{0}\u{1}", "this is not a plan file");
    check("resource \"aws_vpc\" {}", "this is not a plan file");
    check("{\"format\":1,\"stack\":\"shop\",\n\"schemas\":[\n", "this is not a plan file: it is a compiled stack");
    let ledger = crate::ledger::write(&World::small(&[]).ledger);
    check(str::from_utf8(&ledger).unwrap(), "this is not a plan file: it is a ledger");
    check("{\"format\":1,\"problems\":[]}", "this is not a plan file: it is the problems of a stack");
    check(
        "{\"format\":4,\"plan\":\"apply\"",
        "the plan file has format 4; this version of flashinfra reads up to format 3",
    );
    check("{\"format\":1,\"plan\":\"apply\"", "the plan file is cut short: it does not end with its digest");
}

#[test]
fn a_plan_made_under_other_rules_is_no_stale_plan() {
    let bytes = forged(&format!("\"planner\":{PLANNER}"), "\"planner\":77");
    let error = read(&bytes).unwrap_err();
    assert_eq!(error, FileError::OtherPlanner { flashinfra: "0.1.0".into(), planner: 77 });
    assert!(error.help().contains("flashinfra 0.1.0"));
}

#[test]
fn fields_that_nobody_knows_are_refused() {
    let error = read(&forged("\"unchanged\":", "\"uncharged\":")).unwrap_err();
    assert!(matches!(&error, FileError::Malformed(message) if message.contains("uncharged")), "{error:?}");
}
