//! Objects that creates made of which nobody got to know.

use super::super::decide;
use super::check;
use super::story::Story;
use crate::map;
use crate::plan::{Act, RowDraft};

const VPC: &str = r#"same t.vpc/main vpc-1 range="10.0.0.0/16"
                     lost t.vpc/main 1"#;

#[test]
fn what_an_unanswered_create_made_is_told_and_left_alone() {
    check(
        &format!("{VPC}\nlate t.vpc/main 1 vpc-2 range=\"10.0.0.0/16\""),
        "double: vpc-2 of t.vpc/main number 1 beside vpc-1
         1 unchanged",
    );
    // The owned object carries that mark as well.
    check(&format!("{VPC}\nlate t.vpc/main 1 vpc-1 range=\"10.0.0.0/16\""), "1 unchanged");
}

#[test]
fn a_mark_that_no_unanswered_create_explains_says_nothing() {
    let copy = "late t.vpc/main 1 vpc-2 range=\"10.0.0.0/16\"";
    check(&format!("same t.vpc/main vpc-1 range=\"10.0.0.0/16\"\n{copy}"), "1 unchanged");
    check(&format!("{VPC}\nlate t.vpc/main 2 vpc-2 range=\"10.0.0.0/16\""), "1 unchanged");
    check(&format!("{VPC}\nlate t.vpc/main 1 vpc-2 range=\"10.0.0.0/16\" +by=backup"), "1 unchanged");
}

#[test]
fn a_double_is_deleted_when_it_is_named() {
    let story = format!("{VPC}\nlate t.vpc/main 1 vpc-2 range=\"10.0.0.0/16\"\nopt double=vpc-2");
    check(
        &story,
        "delete-double t.vpc/main: double(1)
         double: vpc-2 of t.vpc/main number 1 beside vpc-1
         1 unchanged",
    );
    let story = Story::parse(&story);
    let steps = super::super::plan(story.input()).unwrap().steps;
    let [step] = &steps[..] else { panic!("{steps:#?}") };
    assert_eq!((&step.act, step.object.as_deref(), step.generation), (&Act::DeleteDouble, Some("vpc-2"), 1));
    let row = step.row.clone().unwrap();
    assert_eq!(row.protect, story.ledger.rows[&step.address].protect, "the row stays as it is");
    check(&format!("{VPC}\nopt double=vpc-1"), "refused: vpc-1 is no double\n1 unchanged");
}

#[test]
fn what_guards_a_double_is_taken_away_first() {
    let double = r#"late t.vpc/main 1 vpc-2 range="10.0.0.0/16" guard=true id="vpc-2""#;
    let story = Story::parse(&format!("{VPC}\n{double}\nopt double=vpc-2"));
    let plan = super::super::plan(story.input()).unwrap();
    let [unguard, delete] = &plan.steps[..] else { panic!("{:#?}", plan.steps) };
    assert_eq!((&unguard.act, &delete.act), (&Act::UnguardDouble, &Act::DeleteDouble));
    for step in [unguard, delete] {
        assert_eq!((step.object.as_deref(), step.generation), (Some("vpc-2"), 1));
        assert_eq!(step.row, Some(RowDraft::of(&story.ledger.rows[&step.address])), "the row stays as it is");
    }
    // What is live is all that is known of it.
    assert_eq!(unguard.inputs, map! { "guard" => false, "range" => "10.0.0.0/16" });
    assert_eq!((unguard.changed.as_slice(), &unguard.before), (&["guard".into()][..], &map! { "guard" => true }));
    assert_ne!(unguard.expects, delete.expects);
    assert_eq!(crate::check::check(&plan), []);
    assert_eq!(crate::file::read(&crate::file::write(&plan)).unwrap().steps, plan.steps);
}

#[test]
fn nothing_is_made_beside_what_came_late() {
    let late = r#"code t.vpc/main range="10.0.0.0/16"
                  lost t.vpc/main 1
                  late t.vpc/main 1 vpc-2 range="10.0.0.0/16""#;
    check(
        late,
        "create t.vpc/main: new
         refused: vpc-2 was made late for t.vpc/main
         double: vpc-2 of t.vpc/main number 1 beside nothing",
    );
    let decided = decide(&Story::parse(&format!("{late}\nopt double=vpc-2")).input()).unwrap();
    assert!(decided.refusals.is_empty() && decided.decisions.len() == 2, "{decided:#?}");
    // Of an address that is declared no more it is told all the same.
    check(
        "lost t.vpc/main 1\nlate t.vpc/main 1 vpc-2 range=\"10.0.0.0/16\"",
        "double: vpc-2 of t.vpc/main number 1 beside nothing",
    );
}

#[test]
fn what_could_not_be_read_of_what_stays_is_told() {
    check(
        r#"same t.db/a a name="a" port=1 policy="{}" +unverified=policy +unverified=port
           same t.vpc/main vpc-1 range="10.0.0.0/16""#,
        "not verified: t.db/a policy, port
         2 unchanged",
    );
    // A refresh looks at what was applied.
    check(
        r#"row  t.db/a a name="a" port=1
           live t.db/a name="a" +unverified=port +unverified=policy
           opt  mode=refresh"#,
        "not verified: t.db/a port
         1 unchanged",
    );
}
