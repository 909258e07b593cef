//! What a decision says beside what people see: inputs, values before, fingerprints, row drafts.

use super::super::{Decision, decide};
use super::story::Story;
use crate::plan::{Act, Step};

/// The one decision of a story.
fn only(story: &str) -> Decision {
    let story = Story::parse(story);
    let mut decisions = decide(&story.input()).unwrap().decisions;
    assert_eq!(decisions.len(), 1, "{decisions:?}");
    decisions.remove(0)
}

fn names(names: &[crate::Name]) -> String {
    names.join(" ")
}

#[test]
fn an_update_sends_everything_declared_and_keeps_what_is_left_alone() {
    let decision = only(
        r#"code t.cluster/c name="c" scaling={"min":1,"max":5,"now":2} groups={"a":{"size":2}} +ignore=groups
           row  t.cluster/c c name="c" scaling={"min":1,"max":4,"now":2} groups={"a":{"size":1}}
           live t.cluster/c name="c" scaling={"min":1,"max":4,"now":7,"role":"r"} groups={"a":{"size":9}}"#,
    );
    assert_eq!(
        decision.inputs.to_json(),
        r#"{"groups":{"a":{"size":9}},"name":"c","scaling":{"max":5,"min":1,"now":7}}"#
    );
    assert_eq!(names(&decision.changed), "scaling");
    assert_eq!(decision.before.to_json(), r#"{"scaling":{"max":4,"min":1,"now":7}}"#);
    assert_eq!(names(&decision.watched), "name scaling.max scaling.min");
    assert_eq!(decision.generation, 1);
}

#[test]
fn the_values_before_a_change_are_ours_only() {
    let decision = only(
        r#"code t.vpc/main range="1" tags={"a":"1"}
           row  t.vpc/main vpc-1 range="1" tags={"b":"2"}
           live t.vpc/main range="1" tags={"b":"2","theirs":"3"}"#,
    );
    assert_eq!(decision.before.to_json(), r#"{"tags":{"b":"2"}}"#);
    assert_eq!(names(&decision.watched), "range tags.a tags.b");
    let decision = only(
        r#"code t.group/g policies=["a"]
           row  t.group/g g policies=["b"]
           live t.group/g policies=["theirs","b"]"#,
    );
    assert_eq!(decision.before.to_json(), r#"{"policies":["b"]}"#);
}

#[test]
fn what_is_released_is_neither_sent_nor_removed() {
    let decision = only(
        r#"code t.cluster/c name="c" scaling={"min":2}
           row  t.cluster/c c name="c" scaling={"min":1,"kind":"a"}
           live t.cluster/c name="c" scaling={"min":1,"kind":"a"}"#,
    );
    assert_eq!(decision.inputs.to_json(), r#"{"name":"c","scaling":{"min":2}}"#);
    assert_eq!(decision.before.to_json(), r#"{"scaling":{"min":1}}"#);
}

#[test]
fn what_goes_back_to_a_default_is_sent_and_not_kept() {
    let decision = only(
        r#"code t.cluster/c name="c" scaling={"min":1}
           row  t.cluster/c c name="c" scaling={"min":1,"max":4}
           live t.cluster/c name="c" scaling={"min":1,"max":4}"#,
    );
    assert_eq!(decision.inputs.to_json(), r#"{"name":"c","scaling":{"max":10,"min":1}}"#);
    let row = decision.row.unwrap();
    assert_eq!(names(&row.released), "scaling.max");
    assert_eq!(row.applied(decision.inputs).to_json(), r#"{"name":"c","scaling":{"min":1}}"#);
}

#[test]
fn what_is_cleared_is_not_sent() {
    let decision = only(
        r#"code t.vpc/main range="1"
           row  t.vpc/main vpc-1 range="1" name="n"
           live t.vpc/main range="1" name="n""#,
    );
    assert_eq!((decision.inputs.to_json().as_str(), names(&decision.changed).as_str()), (r#"{"range":"1"}"#, "name"));
}

#[test]
fn references_stay_where_their_value_comes_from_another_step() {
    let story = Story::parse(
        r#"code t.vpc/main range="1"
           code t.subnet/a vpc=@t.vpc/main#id range=@t.vpc/main#range url={"$text":["a-",@t.vpc/main#arn,"-",@t.vpc/main#range]}"#,
    );
    let decided = decide(&story.input()).unwrap();
    assert_eq!(
        decided.decisions[0].inputs.to_json(),
        r#"{"range":"1","url":{"$text":["a-",{"$ref":["t.vpc/main","arn"]},"-1"]},"vpc":{"$ref":["t.vpc/main","id"]}}"#
    );
    let attributes: Vec<_> =
        decided.decisions[0].change.attributes.iter().map(|change| change.after.clone().unwrap().to_json()).collect();
    assert_eq!(attributes, [r#""1""#, r#"{"$unknown":true}"#, r#"{"$unknown":true}"#]);
    let row = decided.decisions[0].row.clone().unwrap();
    assert_eq!(row.depends_on, [super::story::address("t.vpc/main")]);
    assert_eq!(row.at.as_deref(), Some("stack.rs:2"));
}

#[test]
fn a_deletion_has_its_arguments_and_guards() {
    let decision = only(
        r#"row  t.db/a a name="a" final="last" guard=true pin="1"
           live t.db/a name="a" guard=true
           opt  allow=t.db/a"#,
    );
    assert_eq!(decision.delete_arguments.to_json(), r#"{"final":"last"}"#);
    assert_eq!(names(&decision.delete_guards), "guard");
    assert!(decision.expects_unguarded.is_some() && decision.expects_unguarded != decision.expects);
    assert_eq!(names(&decision.watched), "guard name");
    assert_eq!((decision.generation, decision.row), (1, None));
    let decision = only(
        r#"code t.db/a name="b" final="newer"
           row  t.db/a a name="a" final="last" +generation=4
           live t.db/a name="a" +unverified=guard
           opt  allow=t.db/a"#,
    );
    assert_eq!(decision.delete_arguments.to_json(), r#"{"final":"newer"}"#);
    assert_eq!((names(&decision.delete_guards).as_str(), decision.generation), ("", 5));
    assert_eq!(decision.owned.unwrap().generation, 4);
}

#[test]
fn what_is_read_of_others_and_sent_is_told() {
    let vpc = r#"same t.vpc/main vpc-1 range="1""#;
    let told = |story: &str| -> Vec<String> {
        let found = only(&format!("{vpc}\n{story}")).relies_on;
        found.iter().map(|of| format!("{} {} {}", of.address, of.object, of.values.to_json())).collect()
    };
    // What the stack declares itself is no news, and neither is what comes from another step.
    assert_eq!(
        told("code t.subnet/a vpc=@t.vpc/main#id url={\"$text\":[@t.vpc/main#arn,\"-\",@t.vpc/main#range]}"),
        [r#"t.vpc/main vpc-1 {"arn":"arn:vpc-1","id":"vpc-1"}"#]
    );
    // An update sends what changes.
    let changed = r#"code t.subnet/a vpc=@t.vpc/main#id url="new"
                     row  t.subnet/a s1 vpc="vpc-1" url="old" +needs=t.vpc/main
                     live t.subnet/a vpc="vpc-1" url="old""#;
    assert_eq!(told(changed), [""; 0]);
}

#[test]
fn a_replacement_that_a_later_value_forces_comes_down_to_less_when_it_is_the_same() {
    let port = r#"code t.db/a name="a" port=2
                  row  t.db/a a name="a" port=1
                  live t.db/a name="a" port=1"#;
    let node = "same t.node/n n1 cluster=@t.db/a#endpoint size=1";
    let steps = |story: &str| {
        let plan = super::super::plan(Story::parse(story).input()).unwrap();
        assert_eq!(crate::check::check(&plan), []);
        let of_node = plan.steps.into_iter().filter(|step| step.address.kind() == "t.node");
        let told = |step: &Step| (step.act.clone(), step.when.as_ref().map(|when| when.same), names(&step.changed));
        of_node.map(|step| told(&step)).collect::<Vec<_>>()
    };
    let case = |act, same| (act, Some(same), String::new());
    let instead = [case(Act::Record, true), case(Act::Delete, false), case(Act::Create, false)];
    assert_eq!(steps(&format!("{port}\n{node}")), instead);
    // What differs beside it is updated then.
    let larger = r#"code t.node/n cluster=@t.db/a#endpoint size=2
                    row  t.node/n n1 cluster="endpoint:a" size=1 +needs=t.db/a
                    live t.node/n cluster="endpoint:a" size=1"#;
    let update = (Act::Update, Some(true), "size".into());
    let instead = [update, case(Act::Delete, false), case(Act::Create, false)];
    assert_eq!(steps(&format!("{port}\n{larger}")), instead);
    // What is asked for, and what is lost with its container, is replaced in any case.
    let done = |act| (act, None, String::new());
    assert_eq!(steps(&format!("{port}\n{node}\nopt replace=t.node/n")), [done(Act::Delete), done(Act::Create)]);
    let replaced = r#"code t.db/a name="a" engine="x" +protect=false
                      row  t.db/a a name="a" engine="y" +protect=false
                      live t.db/a name="a" engine="y""#;
    assert_eq!(steps(&format!("{replaced}\n{node}")), [done(Act::Delete), done(Act::Create)]);
}

#[test]
fn generations_go_on_where_an_address_left_off() {
    let mut story = Story::parse("code t.vpc/main range=\"1\"");
    story.ledger.retired.insert(super::story::address("t.vpc/main"), 6);
    assert_eq!(decide(&story.input()).unwrap().decisions[0].generation, 7);
}

#[test]
fn a_fingerprint_ignores_what_the_step_does_not_rely_on() {
    let expects = |live: &str| {
        only(&format!(
            "code t.cluster/c name=\"c\" scaling={{\"min\":2,\"now\":1}}\n\
             row t.cluster/c c name=\"c\" scaling={{\"min\":1,\"now\":1}}\nlive t.cluster/c name=\"c\" {live}"
        ))
        .expects
    };
    let here = expects(r#"scaling={"min":1,"now":1}"#);
    assert!(here.is_some());
    assert_eq!(here, expects(r#"scaling={"min":1,"now":9,"status":"busy"} extra=1"#));
    assert_ne!(here, expects(r#"scaling={"min":0,"now":1}"#));
}
