//! Collections: keyed and exclusive, sets, lists and maps of blocks.

use super::check;

#[test]
fn keys_of_others_are_left_alone_in_a_keyed_map() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16" tags={"a":"1"}
           live t.vpc/main range="10.0.0.0/16" tags={"a":"1","theirs":"2"}"#,
        "1 unchanged",
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16" tags={"a":"1","c":"3"}
           row  t.vpc/main vpc-1 range="10.0.0.0/16" tags={"a":"1","b":"2"}
           live t.vpc/main range="10.0.0.0/16" tags={"a":"0","b":"2","theirs":"2"}"#,
        r#"update t.vpc/main: differs(tags)
           tags.a: "0" → "1"
           tags.b: "2" → -
           tags.c: - → "3"
           tags.theirs: "2" → "2" (left alone: foreign)
         drift t.vpc/main changed
           tags.a: "1" → "0""#,
    );
}

#[test]
fn a_key_that_is_gone_already_is_only_recorded() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" tags={"a":"1"}
           row  t.vpc/main vpc-1 range="10.0.0.0/16" tags={"a":"1","b":"2"}
           live t.vpc/main range="10.0.0.0/16" tags={"a":"1"}"#,
        r#"record t.vpc/main: bookkeeping
         drift t.vpc/main changed
           tags.b: "2" → -"#,
    );
}

#[test]
fn keys_of_others_are_drift_in_an_exclusive_map() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16" labels={"a":"1"}
           live t.vpc/main range="10.0.0.0/16" labels={"a":"1","theirs":"2"}"#,
        r#"update t.vpc/main: differs(labels)
           labels.theirs: "2" → - (foreign)
         drift t.vpc/main changed
           labels.theirs: - → "2" (foreign)"#,
    );
}

#[test]
fn rules_of_others_are_removed_one_line_each() {
    check(
        r#"same t.group/g g rules=[{"port":443,"ranges":["10.0.0.0/8"]}]
           live t.group/g rules=[{"port":22,"ranges":["0.0.0.0/0"],"rule_id":"r2"},{"port":443,"ranges":["10.0.0.0/8"],"rule_id":"r1"}]"#,
        r#"update t.group/g: differs(rules)
           rules[1]: {"port":22,"ranges":["0.0.0.0/0"],"rule_id":"r2"} → - (foreign)
         drift t.group/g changed
           rules[1]: - → {"port":22,"ranges":["0.0.0.0/0"],"rule_id":"r2"} (foreign)"#,
    );
}

#[test]
fn a_rule_that_is_nearly_another_one_is_told_as_its_change() {
    check(
        r#"code t.group/g rules=[{"port":443,"ranges":["10.0.10.0/24"]},{"port":80}]
           row  t.group/g g rules=[{"port":443,"ranges":["10.0.0.0/16"]},{"port":80}]
           live t.group/g rules=[{"port":80,"rule_id":"r"},{"port":443,"ranges":["10.0.0.0/16"],"rule_id":"s"}]"#,
        r#"update t.group/g: differs(rules)
           rules[0].ranges: ["10.0.0.0/16"] → ["10.0.10.0/24"]"#,
    );
}

#[test]
fn a_source_that_somebody_added_to_a_rule_is_drift() {
    check(
        r#"same t.group/g g rules=[{"port":443,"ranges":["10.0.0.0/8"]}]
           live t.group/g rules=[{"port":443,"ranges":["10.0.0.0/8"],"source":"g-9"}]"#,
        r#"update t.group/g: differs(rules)
           rules[0].source: "g-9" → -
         drift t.group/g changed
           rules[0].source: - → "g-9""#,
    );
}

#[test]
fn the_order_of_a_set_does_not_count_and_that_of_a_list_does() {
    check(
        r#"same t.group/g g policies=["a","b"] rules=[{"port":1},{"port":2}]
           live t.group/g policies=["b","a"] rules=[{"port":2},{"port":1}]
           same t.db/a a name="a" networks=["x","y"]
           live t.db/a name="a" networks=["y","x"]"#,
        r#"update t.db/a: differs(networks)
           networks[0]: "y" → "x"
           networks[1]: "x" → "y"
         drift t.db/a changed
           networks[0]: "x" → "y"
           networks[1]: "y" → "x"
         1 unchanged"#,
    );
}

#[test]
fn entries_of_a_keyed_set_are_ours_or_not() {
    check(
        r#"code t.group/g policies=["a","c"]
           row  t.group/g g policies=["a","b"]
           live t.group/g policies=["a","b","theirs"]"#,
        r#"update t.group/g: differs(policies)
           policies[1]: - → "c"
           policies[3]: "b" → -
           policies[4]: "theirs" → "theirs" (left alone: foreign)"#,
    );
}

#[test]
fn blocks_in_a_map_are_compared_part_by_part() {
    check(
        r#"code t.cluster/c name="c" groups={"a":{"size":2},"b":{"size":1},"d":{}}
           row  t.cluster/c c name="c" groups={"a":{"size":1},"b":{"size":1},"c":{"size":9}}
           live t.cluster/c name="c" groups={"a":{"size":1,"zone":"z"},"b":{"size":1,"zone":"z"},"c":{"size":9}}"#,
        r#"update t.cluster/c: differs(groups)
           groups.a.size: 1 → 2
           groups.c: {"size":9} → -
           groups.d: - → {}"#,
    );
}

#[test]
fn a_secret_entry_of_a_map_is_there_although_live_does_not_show_it() {
    let row = r#"row  t.vpc/main vpc-1 range="1" labels={"a":"1","s":{"$secret":{"env":"S"}}}
                 live t.vpc/main range="1" labels={"a":"1"}"#;
    check(
        &format!("code t.vpc/main range=\"1\" labels={{\"a\":\"1\",\"s\":{{\"$secret\":{{\"env\":\"S\"}}}}}}\n{row}"),
        "1 unchanged",
    );
    check(
        &format!("code t.vpc/main range=\"1\" labels={{\"a\":\"1\"}}\n{row}"),
        r#"update t.vpc/main: differs(labels)
           labels.s: {"$secret":{"env":"S"}} → - (secret)"#,
    );
}

#[test]
fn secrets_in_collections_count_by_version() {
    check(
        r#"code t.group/g rules=[{"port":1,"token":{"$secret":{"env":"T","version":2}}}]
           row  t.group/g g rules=[{"port":1,"token":{"$secret":{"env":"T"}}}]
           live t.group/g rules=[{"port":1}]"#,
        r#"update t.group/g: differs(rules)
           rules: [{"port":1,"token":{"$secret":{"env":"T"}}}] → [{"port":1,"token":{"$secret":{"env":"T","version":2}}}] (secret)"#,
    );
    check(
        r#"code t.cluster/c name="c" groups={"a":{"key":{"$secret":{"file":"k"}}}}
           row  t.cluster/c c name="c" groups={"a":{"key":{"$secret":{"file":"k"}}}}
           live t.cluster/c name="c" groups={"a":{}}"#,
        "1 unchanged",
    );
}
