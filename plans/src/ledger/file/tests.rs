use super::*;

const LEDGER: &str = r#"{"format":1,"stack":"shop","environment":"production","uuid":"0-1","serial":7,"flashinfra":"VERSION",
"providers":{
"aws":{"type":"aws","config":{"region":"eu-1"}},
"us":{"type":"aws","config":{}}},
"places":{
"aws":{"provider":"aws","scope":"aws:1","region":"eu-1"}},
"schemas":[
{"kind":"aws.vpc","version":2,"attributes":[{"name":"cidr"}]}],
"rows":[
{"address":"aws.db/a","provider":"aws","schema_version":1,"deposed":[{"id":"db-1","generation":3,"ready":false,"depends_on":["aws.vpc/b"]},{"id":"db-0","generation":2,"depends_on":[]}],"generation":4,"applied":{}},
{"address":"aws.vpc/b","provider":"us","schema_version":2,"current":{"id":"vpc-1","generation":1},"generation":1,"applied":{"cidr":"10.0.0.0/16","token":{"$secret":{"env":"T","version":2}}},"computed":{"id":"vpc-1"},"depends_on":["aws.db/a"],"protect":true,"retain":true,"recovered":true,"at":"a.rs:1:2"}],
"retired":{
"aws.vpc/gone":2},
"outputs":{
"id":"vpc-1",
"none":null}}
"#;

fn golden() -> String {
    LEDGER.replace("VERSION", env!("CARGO_PKG_VERSION"))
}

#[test]
fn a_ledger_is_written_one_row_a_line_and_read_back() {
    let ledger = read(golden().as_bytes()).unwrap();
    assert_eq!(String::from_utf8(write(&ledger)).unwrap(), golden());
    assert_eq!(ledger.rows.len(), 2);
    let empty = Ledger::new("shop".into(), "production".into(), "0-1".into());
    assert_eq!(read(&write(&empty)).unwrap(), empty);
}

#[test]
fn what_was_done_by_hand_is_kept_until_the_row_is_written_again() {
    use crate::journal::{Effect, apply};
    use crate::ledger::by_hand::{ByHand, Looked, Stage};

    let mut ledger = read(golden().as_bytes()).unwrap();
    let address = Address::parse("aws.vpc/b").unwrap();
    let done = |act: &str, set: Option<(Name, Value)>| ByHand {
        act: act.into(),
        set,
        by: "ada on laptop".into(),
        at: "2026-11-27T10:00:00Z".into(),
        why: "".into(),
        stage: Stage::Done,
    };
    let five = Value::Integer(5);
    ledger.note_by_hand(&address, done("scale", Some(("replicas".into(), Value::Integer(4)))));
    ledger.note_by_hand(&address, done("restart", None));
    ledger.note_by_hand(&address, done("scale", Some(("replicas".into(), five.clone()))));
    let noted = &ledger.by_hand[&address];
    assert_eq!(noted.iter().map(|done| done.act.as_str()).collect::<Vec<_>>(), ["restart", "scale"]);
    assert!(noted[1].explains("replicas", Some(&five)) && !noted[1].explains("replicas", Some(&Value::Integer(4))));
    assert_eq!(noted[1].told(), "by ada on laptop with `flashinfra scale`, 2026-11-27T10:00:00Z");
    assert_eq!(read(&write(&ledger)).unwrap(), ledger);
    // What is begun stands beside it until somebody knows what came of it.
    let seven = Some(("replicas".into(), Value::Integer(7)));
    let begun = ByHand { stage: Stage::Begun, ..done("scale", seven) };
    for (looked, is_noted, left) in [
        (
            Looked::Unknown("it could not be read".into()),
            false,
            vec![("restart", None), ("scale", Some(5)), ("scale", Some(7))],
        ),
        (Looked::NotShown, true, vec![("restart", None), ("scale", Some(5))]),
        (Looked::Done, true, vec![("restart", None), ("scale", Some(7))]),
    ] {
        let mut ledger = ledger.clone();
        ledger.note_by_hand(&address, begun.clone());
        assert_eq!(ledger.begun_by_hand().collect::<Vec<_>>(), [(&address, &begun)]);
        assert_eq!(read(&write(&ledger)).unwrap(), ledger);
        assert_eq!(ledger.settle_by_hand(&address, &begun, &looked), is_noted);
        let told = |done: &ByHand| (done.act.to_string(), done.set.as_ref().and_then(|(_, value)| value.as_integer()));
        let left = left.into_iter().map(|(act, value)| (act.to_owned(), value)).collect::<Vec<_>>();
        assert_eq!(ledger.by_hand[&address].iter().map(told).collect::<Vec<_>>(), left, "{looked:?}");
        assert_eq!(ledger.begun_by_hand().count(), usize::from(!is_noted));
    }
    let row = ledger.rows[&address].clone();
    apply(&mut ledger, &Effect::Put(address.clone(), Box::new(row)));
    assert!(ledger.by_hand.is_empty());
}

#[test]
fn what_a_deposed_object_of_an_older_version_stands_on_is_what_its_row_says() {
    let older = r#""deposed":[{"id":"vpc-0","generation":1}],"generation":2"#;
    let text = golden().replace(r#""current":{"id":"vpc-1","generation":1},"generation":1"#, older);
    let row = read(text.as_bytes()).unwrap().rows.into_values().next_back().unwrap();
    assert_eq!(row.deposed.len(), 1);
    assert_eq!(row.deposed[0].depends_on, row.depends_on);
    assert!(!row.depends_on.is_empty());
}

#[test]
fn a_newer_format_says_which_version_reads_it() {
    for text in [
        golden().replace("\"format\":1", "\"format\":9").replace(env!("CARGO_PKG_VERSION"), "7.1.0"),
        r#"{"format":9,"flashinfra":"7.1.0","shards":[]}"#.into(),
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the ledger has format 9; this version of flashinfra reads up to format 3");
        assert_eq!(error.help(), "use flashinfra 7.1.0 or newer");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let twice = golden().replace("aws.vpc/b\",\"provider", "aws.db/a\",\"provider");
    let older = golden().replace("\"format\":1", "\"format\":0");
    for (text, expect) in
        [(twice, "`aws.db/a` has two rows (line 11, column 304)"), (older, "format 0 is unknown (line 1, column 1)")]
    {
        assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), format!("this is no ledger: {expect}"));
    }
}

#[test]
fn damage_is_an_error_with_a_place_and_never_a_panic() {
    let error = read(golden().replace("\"generation\":4", "\"generation\":-4").as_bytes()).unwrap_err();
    assert!(matches!(&error, LedgerError::Format { line: 10, .. }), "{error}");
    assert!(error.to_string().starts_with("this is no ledger: invalid value: integer `-4`, expected u32"), "{error}");
    let end = golden().trim_end().len();
    for cut in 0..end {
        assert!(matches!(read(&golden().as_bytes()[..cut]), Err(LedgerError::Format { .. })), "cut at {cut}");
    }
}
