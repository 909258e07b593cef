//! What has to be read.

use super::story::Story;
use crate::questions::{Asked, Key, questions};

/// Each question as `key: kind id {attributes}`.
fn check(story: &str, expect: &str) {
    let story = Story::parse(story);
    let told = |Asked { key, provider, question }: Asked| {
        let key = match key {
            Key::Current(address) => address.to_string(),
            Key::Named(address) => format!("{address} next"),
            Key::Deposed(address, generation) => format!("{address}/{generation}"),
            Key::Lookup(address) => format!("{address} looked up"),
        };
        format!("{key}: {provider} {} {} {}", question.kind, question.id, question.attributes.to_json())
    };
    let lines: Vec<_> = questions(&story.compiled, &story.ledger, &story.options).into_iter().map(told).collect();
    assert_eq!(lines, super::lines(expect));
}

#[test]
fn what_is_owned_is_asked_for_by_its_id() {
    check(
        r#"code t.vpc/a range="1" dns=true
           row  t.vpc/a vpc-1 range="0" name="n"
           row  t.vpc/b range="1" +deposed=vpc-2/1 +deposed=vpc-3/2
           row  t.vpc/c vpc-4 +in=t2
           code t.vpc/new range="1""#,
        r#"t.vpc/a: t t.vpc vpc-1 {"dns":true,"name":"n","range":"0"}
           t.vpc/b/1: t t.vpc vpc-2 {"range":"1"}
           t.vpc/b/2: t t.vpc vpc-3 {"range":"1"}
           t.vpc/c: t2 t.vpc vpc-4 {}"#,
    );
}

#[test]
fn a_chosen_name_is_asked_for_when_it_is_known() {
    check(
        r#"code t.db/a name="a"
           code t.db/b name={"$text":[@t.db/a#name,"-b"]} +in=t2
           code t.db/c name=@t.vpc/main#id
           code t.vpc/main range="1"
           row  t.db/d d name="d"
           code t.db/d name="e"
           code t.db/f name=@t.db/g#name
           code t.db/g name=@t.db/f#name"#,
        r#"t.db/d: t t.db d {"name":"d"}
           t.db/a: t t.db a {"name":"a"}
           t.db/b: t2 t.db a-b {"name":{"$text":[{"$ref":["t.db/a","name"]},"-b"]}}
           t.db/d next: t t.db e {"name":"e"}"#,
    );
}

#[test]
fn a_row_that_moves_is_asked_for_under_the_address_that_it_has() {
    check(
        r#"code t.db/new name="a" +moved=t.db/old
           row  t.db/old a name="a""#,
        r#"t.db/old: t t.db a {"name":"a"}"#,
    );
}

#[test]
fn without_the_stack_only_rows_are_asked_for() {
    for mode in ["destroy", "refresh"] {
        check(
            &format!("code t.db/a name=\"a\"\nrow t.vpc/main vpc-1 range=\"1\"\nopt mode={mode}"),
            r#"t.vpc/main: t t.vpc vpc-1 {"range":"1"}"#,
        );
    }
}
