//! What providers say of changes before they are made, and objects that may not be read.

use super::story::{Story, address};
use super::{checked, lines, told};
use crate::decide::decide;
use crate::live::{Live, Object, Phase};
use crate::plan::AttributeChange;
use crate::rehearsal::Rehearsed;
use crate::value::{Map, Value};

/// Decides a story once something was said of an address.
#[track_caller]
fn check(story: &str, of: &str, said: Rehearsed, expect: &str) {
    let mut world = Story::parse(story);
    world.observed.rehearsed.insert(address(of), said);
    let decided = decide(&world.input()).unwrap();
    checked(&world);
    assert_eq!(lines(&told::decided(&decided)), lines(expect), "\nof the story\n{story}");
}

const CHANGED: &str = r#"
    code t.app/web name="web" spec={"wait":"2h","on":true}
    row  t.app/web web name="web" spec={"wait":"1h"}
    live t.app/web name="web" spec={"wait":"1h"}"#;

#[test]
fn a_field_that_this_object_never_changes_replaces_it() {
    let said = Rehearsed { fixed: vec![("spec.wait".into(), "it only waits once".into())], ..Rehearsed::default() };
    check(
        CHANGED,
        "t.app/web",
        said,
        r#"replace t.app/web: fixed(spec.wait: it only waits once)
           spec.on: - → true
           spec.wait: "1h" → "2h" !"#,
    );
}

#[test]
fn what_the_service_would_set_stands_at_the_change() {
    let beside = |path: &str, after: i64| AttributeChange {
        path: path.into(),
        before: None,
        after: Some(Value::Integer(after)),
        forces_replacement: false,
        note: None,
    };
    // What is declared is told already.
    let said = Rehearsed { beside: vec![beside("spec.added", 3), beside("spec.wait", 1)], ..Rehearsed::default() };
    check(
        CHANGED,
        "t.app/web",
        said,
        r#"update t.app/web: differs(spec)
           spec.added: - → 3 (by the service)
           spec.on: - → true
           spec.wait: "1h" → "2h""#,
    );
}

#[test]
fn what_would_be_refused_is_refused_and_the_rest_is_told() {
    let said = Rehearsed {
        refused: Some("spec.wait: must be short".into()),
        careful: vec!["spec.on becomes required".into()],
        untried: Some("may not patch".into()),
        ..Rehearsed::default()
    };
    check(
        CHANGED,
        "t.app/web",
        said,
        r#"update t.app/web: differs(spec)
           spec.on: - → true
           spec.wait: "1h" → "2h"
           refused: t.app/web: spec.wait: must be short
           careful: t.app/web: spec.on becomes required
           untried: t.app/web: may not patch"#,
    );
}

#[test]
fn what_loses_data_is_protected_unless_the_stack_says_otherwise() {
    let said = || Rehearsed { loses: Some("its volumes go with it".into()), ..Rehearsed::default() };
    let story = |protect: &str| {
        format!(
            r#"code t.app/web name="new" spec={{}} {protect}
                   row  t.app/web web name="web" spec={{}}
                   live t.app/web name="web" spec={{}}"#
        )
    };
    let replaced = r#"replace t.app/web: forces(name)
                      name: "web" → "new" !"#;
    let careful = "careful: t.app/web: its volumes go with it";
    let refused = format!("{replaced}\nrefused: t.app/web is protected from replace\n{careful}");
    check(&story(""), "t.app/web", said(), &refused);
    check(&story("+protect=false"), "t.app/web", said(), &format!("{replaced}\n{careful}"));
}

#[test]
fn what_may_not_be_read_is_as_it_was_last_applied() {
    let mut world = Story::parse(
        r#"code t.app/web name="web" spec={"on":true}
           row  t.app/web web name="web" spec={"on":true}
           live t.app/web name="web""#,
    );
    let unverified = vec!["name".into(), "spec".into()];
    let (id, phase, attributes) = ("web".into(), Phase::Ready, Map::default());
    let unseen = Object { id, phase, attributes, unverified, owner: None, managed_by: None };
    let live = Live::Present(unseen);
    world.observed.current.insert(address("t.app/web"), live.clone());
    let decided = decide(&world.input()).unwrap();
    checked(&world);
    assert_eq!(lines(&told::decided(&decided)), ["not verified: t.app/web name, spec", "1 unchanged"]);
    // Of what is to be made nobody knows whether it is there already.
    world.ledger.rows.clear();
    world.observed.current.insert(address("t.app/web"), live);
    let decided = decide(&world.input()).unwrap();
    let why = "whether there is one may not be read with these credentials";
    let expected = [format!("partial: t.app/web unreadable, {why}"), format!("refused: t.app/web unreadable, {why}")];
    assert_eq!(lines(&told::decided(&decided)), expected);
}
