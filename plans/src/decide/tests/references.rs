//! What is known of other resources, and what follows when it is not.

use super::check;

const VPC: &str = r#"same t.vpc/main vpc-1 range="10.0.0.0/16""#;

#[test]
fn ids_of_unchanged_resources_are_known() {
    check(
        &format!("{VPC}\ncode t.subnet/a vpc=@t.vpc/main#id url={{\"$text\":[\"x-\",@t.vpc/main#arn]}}"),
        "create t.subnet/a: new\n1 unchanged",
    );
}

#[test]
fn what_is_new_makes_dependents_wait() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           code t.subnet/a vpc="vpc-0" url=@t.vpc/main#arn range=@t.vpc/main#range
           row  t.subnet/a sub-1 vpc="vpc-0" url="arn:old" range="10.0.0.0/16"
           live t.subnet/a vpc="vpc-0" url="arn:old" range="10.0.0.0/16""#,
        r#"update t.subnet/a: differs(url)
           url: "arn:old" → ?
         create t.vpc/main: new"#,
    );
}

#[test]
fn an_unknown_that_cannot_be_changed_in_place_replaces() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16"
           same t.subnet/a sub-1 vpc=@t.vpc/main#id
           same t.node/n n cluster=@t.subnet/a#id"#,
        r#"replace t.node/n: unknown-forces(cluster t.subnet/a)
           cluster: "sub-1" → ? !
         replace t.subnet/a: unknown-forces(vpc t.vpc/main)
           vpc: "vpc-1" → ? !
         replace t.vpc/main: forces(range)
           range: "10.0.0.0/16" → "10.1.0.0/16" !"#,
    );
}

#[test]
fn what_a_change_does_not_touch_stays_known() {
    check(
        r#"code t.db/a name="a" port=2 policy="{}"
           row  t.db/a a name="a" port=1 policy="{}"
           live t.db/a name="a" port=1 policy="[]"
           same t.subnet/fixed s1 vpc="v" url=@t.db/a#arn
           same t.subnet/moves s2 vpc="v" url=@t.db/a#endpoint"#,
        r#"update t.db/a: differs(policy), differs(port)
           policy: "[]" → "{}"
           port: 1 → 2
         update t.subnet/moves: differs(url)
           url: "endpoint:a" → ?
         drift t.db/a changed
           policy: "{}" → "[]"
         1 unchanged"#,
    );
    check(
        r#"code t.db/a name="a" policy="{}"
           row  t.db/a a name="a" policy="[]"
           live t.db/a name="a" policy="[]"
           same t.subnet/moves s2 vpc="v" url=@t.db/a#endpoint"#,
        r#"update t.db/a: differs(policy)
           policy: "[]" → "{}"
         1 unchanged"#,
    );
}

#[test]
fn declared_values_are_known_before_their_object_is_there() {
    check(
        r#"code t.db/a name="a" version="15"
           same t.subnet/a s1 vpc="v" url={"$text":[@t.db/a#name,"/",@t.db/a#version]}
           row  t.subnet/a s1 vpc="v" url="a/15" +needs=t.db/a
           live t.subnet/a vpc="v" url="a/15""#,
        "create t.db/a: new\n1 unchanged",
    );
}

#[test]
fn a_declared_value_is_published_as_declared_however_the_service_spells_it() {
    check(
        r#"same t.db/a a name="a" version="15"
           live t.db/a name="a" version="15.7"
           code t.subnet/a vpc="v" url=@t.db/a#version
           row  t.subnet/a s1 vpc="v" url="15"
           live t.subnet/a vpc="v" url="15""#,
        "2 unchanged",
    );
}

#[test]
fn what_a_ready_object_does_not_have_is_nothing() {
    check(
        r#"same t.db/a a name="a"
           code t.subnet/a vpc="v" url=@t.db/a#seed
           row  t.subnet/a s1 vpc="v" url=null
           live t.subnet/a vpc="v""#,
        "2 unchanged",
    );
}

#[test]
fn a_text_is_not_put_together_with_nothing() {
    let db = "same t.db/a a name=\"a\"\n";
    check(
        &format!("{db}code t.subnet/a vpc=\"v\" url={{\"$text\":[\"x-\",@t.db/a#seed]}}"),
        "error: `url` of `t.subnet/a` is put together with `seed` of `t.db/a`, which has no value \
         [set `seed` in the stack, or leave it out of what is put together]",
    );
    check(
        &format!("{db}out x {{\"$json\":{{\"$text\":[@t.db/a#seed]}}}}"),
        "error: the output `x` is put together with `seed` of `t.db/a`, which has no value \
         [set `seed` in the stack, or leave it out of what is put together]",
    );
}

#[test]
fn what_is_still_being_made_lacks_nothing_yet() {
    check(
        r#"code t.db/a name="a"
           row  t.db/a a name="a"
           live t.db/a name="a" +phase=creating
           code t.subnet/a vpc="v" url={"$text":["x-",@t.db/a#seed]}
           out  x {"$text":["x-",@t.db/a#seed]}"#,
        "partial: t.subnet/a needs t.db/a
         refused: t.db/a is busy: a is being created",
    );
}

#[test]
fn what_is_in_a_replaced_container_is_lost_with_it() {
    check(
        r#"code t.cluster/c name="c" encrypted=true
           row  t.cluster/c c name="c" encrypted=false
           live t.cluster/c name="c" encrypted=false
           same t.node/n n cluster=@t.cluster/c#name
           same t.node/other o cluster="x" join=@t.cluster/c#name"#,
        r#"replace t.cluster/c: forces(encrypted)
           encrypted: false → true !
         replace t.node/n: lost-with(t.cluster/c)
         1 unchanged"#,
    );
}

#[test]
fn what_refers_to_a_secret_waits_only_when_its_object_is_new() {
    let consumer = r#"same t.subnet/a s1 vpc="v" url={"$secret":{"text":[@t.db/a#join_key]}}"#;
    check(&format!("same t.db/a a name=\"a\"\n{consumer}"), "2 unchanged");
    check(
        &format!("same t.db/a a name=\"a\" +protect=false\n{consumer}\nopt replace=t.db/a"),
        r#"replace t.db/a: requested
         update t.subnet/a: differs(url)
           url: {"$secret":{"text":[{"$ref":["t.db/a","join_key"]}]}} → {"$secret":{"text":[{"$ref":["t.db/a","join_key"]}]}} (secret)"#,
    );
}

#[test]
fn sets_with_unknown_entries_differ() {
    check(
        r#"code t.vpc/b range="10.1.0.0/16"
           code t.group/g policies=["a",@t.vpc/b#arn]
           row  t.group/g g policies=["a","arn:old"] +needs=t.vpc/b
           live t.group/g policies=["arn:old","a","theirs"]"#,
        r#"update t.group/g: differs(policies)
           policies[1]: "arn:old" → ?
           policies[4]: "theirs" → "theirs" (left alone: foreign)
         create t.vpc/b: new"#,
    );
}

#[test]
fn outputs_change_with_what_they_refer_to() {
    check(
        &format!(
            "{VPC}\nout id @t.vpc/main#id\nout new {{\"$text\":[\"x\",@t.vpc/main#arn]}}\nwas id \"vpc-1\"\nwas gone 1"
        ),
        r#"output gone: 1 → -
         output new: - → "xarn:vpc-1"
         1 unchanged"#,
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           out id @t.vpc/main#id
           was id "vpc-0""#,
        r#"create t.vpc/main: new
         output id: "vpc-0" → ?"#,
    );
}
