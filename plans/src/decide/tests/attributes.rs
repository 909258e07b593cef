//! The three-way diff: modes, comparisons, unset attributes.

use super::check;

#[test]
fn nothing_differs() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16" dns=true tags={"a":"1"}
           same t.subnet/a sub-1 vpc=@t.vpc/main#id range="10.0.1.0/24""#,
        "2 unchanged",
    );
}

#[test]
fn a_new_address_is_created() {
    check(r#"code t.vpc/main range="10.0.0.0/16""#, "create t.vpc/main: new");
}

#[test]
fn a_difference_is_updated_in_place() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" dns=true
           row  t.vpc/main vpc-1 range="10.0.0.0/16" dns=false
           live t.vpc/main range="10.0.0.0/16" dns=false"#,
        "update t.vpc/main: differs(dns)
           dns: false → true",
    );
}

#[test]
fn a_difference_that_cannot_be_changed_replaces() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16" dns=true
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16" dns=false"#,
        r#"replace t.vpc/main: forces(range), differs(dns)
           dns: false → true
           range: "10.0.0.0/16" → "10.1.0.0/16" !"#,
    );
}

#[test]
fn what_can_be_set_once_is_set_in_place_and_then_stays() {
    check(
        r#"code t.node/a cluster="c" slot="1"
           row  t.node/a n-1 cluster="c" slot="1"
           live t.node/a cluster="c"
           code t.node/b cluster="c" slot="2"
           row  t.node/b n-2 cluster="c" slot="1"
           live t.node/b cluster="c" slot="1"
           code t.node/c cluster="c" slot="2"
           row  t.node/c n-3 cluster="c" slot="1"
           live t.node/c cluster="c" +unverified=slot"#,
        r#"update t.node/a: differs(slot)
           slot: - → "1"
           replace t.node/b: forces(slot)
           slot: "1" → "2" !
           replace t.node/c: forces(slot)
           slot: "1" → "2" ! (not verified)
           drift t.node/a changed
           slot: "1" → -"#,
    );
}

#[test]
fn spelling_is_no_difference() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.99.0/16"
           same t.db/a a name="a" engine="Postgres" policy="{\"x\":1,\"y\":[2]}"
           live t.db/a name="a" engine="postgres" policy="{ \"y\": [2], \"x\": 1 }""#,
        "2 unchanged",
    );
}

#[test]
fn storage_may_grow_and_versions_may_be_more_precise() {
    check(
        r#"same t.db/a a name="a" size=100 version="15"
           live t.db/a name="a" size=250 version="15.7""#,
        "1 unchanged",
    );
    check(
        r#"same t.db/a a name="a" size=100 version="16"
           live t.db/a name="a" size=90 version="15.7""#,
        r#"update t.db/a: differs(size), differs(version)
           size: 90 → 100
           version: "15.7" → "16"
           drift t.db/a changed
           size: 100 → 90
           version: "16" → "15.7""#,
    );
}

#[test]
fn what_is_set_at_create_is_only_reported() {
    check(
        r#"code t.db/a name="a" seed="new" port=1
           row  t.db/a a name="a" seed="old"
           live t.db/a name="a" seed="old" port=2"#,
        r#"update t.db/a: differs(port)
           port: 2 → 1
           seed: "old" → "old" (left alone: initial)"#,
    );
    check(
        r#"code t.db/a name="a" seed="new"
           row  t.db/a a name="a" seed="old"
           live t.db/a name="a" seed="old""#,
        "1 unchanged",
    );
}

#[test]
fn what_a_controller_writes_is_reported_as_drift_and_left_alone() {
    check(
        r#"same t.db/a a name="a" replicas=2
           live t.db/a name="a" replicas=5"#,
        "drift t.db/a changed
           replicas: 2 → 5 (left alone: autoscaler)
         1 unchanged",
    );
}

#[test]
fn what_is_ignored_is_left_alone() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" dns=true tags={"a":"1","b":"2"} +ignore=dns +ignore=tags.b
           row  t.vpc/main vpc-1 range="10.0.0.0/16" dns=true tags={"a":"1","b":"2"}
           live t.vpc/main range="10.0.0.0/16" dns=false tags={"a":"9","b":"9"}"#,
        r#"update t.vpc/main: differs(tags)
           dns: false → false (left alone: ignore)
           tags.a: "9" → "1"
           tags.b: "9" → "9" (left alone: ignore)
         drift t.vpc/main changed
           dns: true → false (left alone: ignore)
           tags.a: "1" → "9"
           tags.b: "2" → "9" (left alone: ignore)"#,
    );
    check(
        r#"code t.vpc/main range="10.9.0.0/16" +ignore=range
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16""#,
        "1 unchanged",
    );
}

#[test]
fn what_nobody_here_declared_is_not_ours() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16" dns=true name="by hand" tags={"theirs":"1"}"#,
        "1 unchanged",
    );
}

#[test]
fn drift_is_mended_and_told() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16" dns=true name="n"
           live t.vpc/main range="10.0.0.0/16" dns=false"#,
        r#"update t.vpc/main: differs(dns), differs(name)
           dns: false → true
           name: - → "n"
         drift t.vpc/main changed
           dns: true → false
           name: "n" → -"#,
    );
}

#[test]
fn what_live_has_already_is_taken_over() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" dns=true
           row  t.vpc/main vpc-1 range="10.0.0.0/16" dns=false
           live t.vpc/main range="10.0.0.0/16" dns=true"#,
        "record t.vpc/main: bookkeeping
         drift t.vpc/main changed
           dns: false → true",
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16" dns=true
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16" dns=true"#,
        "record t.vpc/main: bookkeeping",
    );
}

#[test]
fn unset_attributes_are_released() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16" dns=true
           live t.vpc/main range="10.0.0.0/16" dns=true"#,
        "record t.vpc/main: released(dns), bookkeeping
           dns: true → - (released)",
    );
}

#[test]
fn unset_attributes_go_back_to_their_default() {
    check(
        r#"code t.db/a name="a"
           row  t.db/a a name="a" port=1
           live t.db/a name="a" port=1"#,
        "update t.db/a: differs(port)
           port: 1 → 5432 (reset)",
    );
    check(
        r#"code t.db/a name="a"
           row  t.db/a a name="a" port=5432
           live t.db/a name="a" port=5432"#,
        "record t.db/a: released(port), bookkeeping
           port: 5432 → - (released)",
    );
}

#[test]
fn unset_attributes_are_cleared() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16" name="n" tags={"a":"1"}
           live t.vpc/main range="10.0.0.0/16" name="n" tags={"a":"1","theirs":"2"}"#,
        r#"update t.vpc/main: differs(name), differs(tags)
           name: "n" → -
           tags: {"a":"1"} → -"#,
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16" name="n" tags={"a":"1"}
           live t.vpc/main range="10.0.0.0/16" tags={"theirs":"2"}"#,
        r#"record t.vpc/main: released(name), released(tags), bookkeeping
           name: - → - (released)
           tags: {"theirs":"2"} → - (released)
         drift t.vpc/main changed
           name: "n" → -
           tags.a: "1" → -"#,
    );
}

#[test]
fn unsetting_never_replaces() {
    check(
        r#"code t.cluster/c name="c"
           row  t.cluster/c c name="c" encrypted=true
           live t.cluster/c name="c" encrypted=true"#,
        "record t.cluster/c: released(encrypted), bookkeeping
           encrypted: true → - (released)",
    );
    // Unless the schema says that it can be taken away: a replica is promoted.
    check(
        r#"code t.cluster/c name="c"
           row  t.cluster/c c name="c" replica_of="a"
           live t.cluster/c name="c" replica_of="a""#,
        r#"update t.cluster/c: differs(replica_of)
           replica_of: "a" → -"#,
    );
    check(
        r#"code t.cluster/c name="c" replica_of="b"
           row  t.cluster/c c name="c" replica_of="a"
           live t.cluster/c name="c" replica_of="a""#,
        r#"replace t.cluster/c: forces(replica_of)
           replica_of: "a" → "b" !"#,
    );
}

#[test]
fn an_empty_value_is_a_decision_and_the_same_as_none() {
    check(
        r#"code t.group/g rules=[] policies=[]
           row  t.group/g g rules=[] policies=[]
           live t.group/g"#,
        "1 unchanged",
    );
    check(
        r#"code t.group/g rules=[]
           row  t.group/g g rules=[{"port":1}]
           live t.group/g rules=[{"port":1}]"#,
        r#"update t.group/g: differs(rules)
           rules[0]: {"port":1} → -"#,
    );
}

#[test]
fn a_null_says_nothing() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" name=null
           row  t.vpc/main vpc-1 range="10.0.0.0/16" name=null
           live t.vpc/main range="10.0.0.0/16""#,
        "1 unchanged",
    );
}

#[test]
fn secrets_are_compared_by_source_and_version() {
    check(r#"same t.db/a a name="a" password={"$secret":{"env":"PW"}}"#, "1 unchanged");
    check(
        r#"code t.db/a name="a" password={"$secret":{"env":"PW","version":2}}
           row  t.db/a a name="a" password={"$secret":{"env":"PW"}}
           live t.db/a name="a""#,
        r#"update t.db/a: differs(password)
           password: {"$secret":{"env":"PW"}} → {"$secret":{"env":"PW","version":2}} (secret)"#,
    );
}

#[test]
fn a_list_that_is_kept_back_for_its_secret_is_compared_with_what_was_applied() {
    check(
        r#"code t.db/a name="a" networks=["a",{"$secret":{"env":"PW"}}]
           row  t.db/a a name="a" networks=["a",{"$secret":{"env":"PW"}}]
           live t.db/a name="a""#,
        "1 unchanged",
    );
    check(
        r#"code t.db/a name="a" networks=["a",{"$secret":{"env":"PW","version":2}}]
           row  t.db/a a name="a" networks=["a",{"$secret":{"env":"PW"}}]
           live t.db/a name="a""#,
        r#"update t.db/a: differs(networks)
           networks: ["a",{"$secret":{"env":"PW"}}] → ["a",{"$secret":{"env":"PW","version":2}}] (secret)"#,
    );
}

#[test]
fn what_is_never_readable_is_compared_with_what_was_applied() {
    check(
        r#"code t.db/a name="a" pin="2"
           row  t.db/a a name="a" pin="1"
           live t.db/a name="a""#,
        r#"update t.db/a: differs(pin)
           pin: "1" → "2""#,
    );
    check(
        r#"code t.db/a name="a"
           row  t.db/a a name="a" pin="1"
           live t.db/a name="a""#,
        "update t.db/a: differs(pin)
           pin: - → - (secret)",
    );
}

#[test]
fn what_could_not_be_read_is_compared_with_what_was_applied() {
    check(
        r#"same t.db/a a name="a" policy="{}"
           live t.db/a name="a" +unverified=policy"#,
        "not verified: t.db/a policy
         1 unchanged",
    );
    check(
        r#"code t.db/a name="a" policy="{}" port=2
           row  t.db/a a name="a" policy="{}" port=1
           live t.db/a name="a" port=1 +unverified=policy"#,
        r#"update t.db/a: differs(port)
           policy: "{}" → "{}" (not verified)
           port: 1 → 2"#,
    );
    check(
        r#"code t.db/a name="a" policy="[]"
           row  t.db/a a name="a" policy="{}"
           live t.db/a name="a" +unverified=policy"#,
        r#"update t.db/a: differs(policy)
           policy: "{}" → "[]" (not verified)"#,
    );
}

#[test]
fn blocks_are_compared_part_by_part() {
    check(
        r#"code t.cluster/c name="c" scaling={"min":1,"max":5,"now":2}
           row  t.cluster/c c name="c" scaling={"min":1,"max":4,"now":2}
           live t.cluster/c name="c" scaling={"min":1,"max":4,"now":3,"role":"r","status":"busy"}"#,
        "update t.cluster/c: differs(scaling)
           scaling.max: 4 → 5
           scaling.now: 3 → 3 (left alone: autoscaler)
         drift t.cluster/c changed
           scaling.now: 2 → 3 (left alone: autoscaler)",
    );
    check(
        r#"code t.cluster/c name="c" scaling={"kind":"b","min":1}
           row  t.cluster/c c name="c" scaling={"kind":"a","min":1}
           live t.cluster/c name="c" scaling={"kind":"a","min":1}"#,
        r#"replace t.cluster/c: forces(scaling.kind)
           scaling.kind: "a" → "b" !"#,
    );
}

#[test]
fn parts_of_blocks_are_unset_as_attributes_are() {
    check(
        r#"code t.cluster/c name="c" scaling={"min":1}
           row  t.cluster/c c name="c" scaling={"min":1,"max":4,"kind":"a"}
           live t.cluster/c name="c" scaling={"min":1,"max":4,"kind":"a"}"#,
        r#"update t.cluster/c: differs(scaling), released(scaling.kind)
           scaling.kind: "a" → - (released)
           scaling.max: 4 → 10 (reset)"#,
    );
}

#[test]
fn what_is_set_outside_the_schema_is_compared_with_live_or_applied() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" beyond=2 +raw=beyond
           row  t.vpc/main vpc-1 range="10.0.0.0/16" beyond=1
           live t.vpc/main range="10.0.0.0/16""#,
        "update t.vpc/main: differs(beyond)
           beyond: 1 → 2 (raw)",
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16" beyond=2 +raw=beyond
           row  t.vpc/main vpc-1 range="10.0.0.0/16" beyond=2
           live t.vpc/main range="10.0.0.0/16" beyond=3"#,
        "update t.vpc/main: differs(beyond)
           beyond: 3 → 2 (raw)
         drift t.vpc/main changed
           beyond: 2 → 3 (raw)",
    );
    check(r#"same t.vpc/main vpc-1 range="10.0.0.0/16" beyond=2 +raw=beyond"#, "1 unchanged");
}

#[test]
fn anything_is_compared_as_a_whole() {
    check(
        r#"code t.cluster/c name="c" extra={"a":[1,2],"b":{"c":null}}
           row  t.cluster/c c name="c" extra={"a":[1],"b":{"c":null}}
           live t.cluster/c name="c" extra={"a":[1],"b":{"c":null}}"#,
        r#"update t.cluster/c: differs(extra)
           extra: {"a":[1],"b":{"c":null}} → {"a":[1,2],"b":{"c":null}}"#,
    );
}
