//! Objects that come, go, fail, move and are replaced.

use super::check;

#[test]
fn a_vanished_object_is_made_again() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main absent
           same t.subnet/a sub-1 vpc=@t.vpc/main#id"#,
        r#"replace t.subnet/a: unknown-forces(vpc t.vpc/main)
           vpc: "vpc-1" → ? !
         create t.vpc/main: vanished(vpc-1)
         drift t.vpc/main deleted"#,
    );
}

#[test]
fn many_vanished_objects_are_refused() {
    let rows = |present: usize| {
        let row = |at: usize| format!("same t.vpc/v{at} vpc-{at} range=\"10.0.0.0/16\"\n");
        let gone = |at: usize| format!("{}live t.vpc/v{at} absent\n", row(at));
        (0..3).map(gone).chain((3..3 + present).map(row)).collect::<String>()
    };
    let told = |count: usize| {
        let of = |verb: &str| {
            (0..3)
                .map(|at| {
                    format!(
                        "{verb} t.vpc/v{at}{}\n",
                        if verb == "create" { format!(": vanished(vpc-{at})") } else { " deleted".into() }
                    )
                })
                .collect::<String>()
        };
        format!(
            "{}{}{}",
            of("create"),
            of("drift"),
            if count > 0 { format!("{count} unchanged") } else { String::new() }
        )
    };
    let refused = |owned: usize| format!("refused: 3 of {owned} vanished\n");
    check(&rows(0), &told(0).replace("drift t.vpc/v2 deleted\n", &format!("drift t.vpc/v2 deleted\n{}", refused(3))));
    check(&rows(11), &told(11).replace("11 unch", &format!("{}11 unch", refused(14))));
    check(&rows(12), &told(12));
    check(&format!("{}opt +recreate", rows(0)), &told(0));
    // Each is named, or it is not enough.
    let named = "opt +recreate=t.vpc/v0 +recreate=t.vpc/v2";
    check(&format!("{}{named} +recreate=t.vpc/v1", rows(0)), &told(0));
    let still = told(0).replace("drift t.vpc/v2 deleted\n", &format!("drift t.vpc/v2 deleted\n{}", refused(3)));
    check(&format!("{}{named}", rows(0)), &still);
}

#[test]
fn a_tombstone_keeps_a_chosen_name() {
    check(
        r#"same t.db/a a name="a"
           live t.db/a tombstone
           code t.db/b name="b"
           live t.db/b tombstone
           same t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main tombstone"#,
        "create t.vpc/main: vanished(vpc-1)
         drift t.vpc/main deleted
         refused: t.db/a has a tombstone: gone until noon
         refused: t.db/b has a tombstone: gone until noon",
    );
}

#[test]
fn a_name_that_somebody_has_is_a_conflict() {
    check(
        r#"code t.db/a name="a"
           live t.db/a name="a" +id=a +mark=u-9/1/t.db/theirs
           code t.db/b name="b"
           live t.db/b name="b" +id=b
           code t.db/c name="c"
           live t.db/c name="c" +id=c +mark=u-1/3/t.db/c
           code t.db/d name="d"
           live t.db/d name="d" +id=d +by=operator"#,
        r#"refused: t.db/a conflicts with ["a"]: `a` carries the mark of stack u-9 for `t.db/theirs`
         refused: t.db/b conflicts with ["b"]: `b` carries no owner mark
         refused: t.db/c conflicts with ["c"]: `c` carries this stack's mark for `t.db/c`, generation 3, and the ledger does not know it
         refused: t.db/d conflicts with ["d"]: `d` is managed by operator"#,
    );
}

#[test]
fn a_name_that_somebody_has_is_told_also_where_the_old_object_is_gone() {
    let gone = r#"code t.db/main name="b" size=1
                  row  t.db/main a name="a" size=1
                  live t.db/main absent"#;
    let told = super::told_of(&format!("{gone}\nnext t.db/main name=\"b\" +id=b"));
    assert!(told.contains("refused"), "{told}");
    let told = super::told_of(&format!("{gone}\nnext t.db/main absent"));
    assert!(told.contains("create t.db/main") && !told.contains("refused"), "{told}");
}

#[test]
fn what_carries_the_mark_of_another_stack_is_not_touched() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16" dns=true
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16" +mark=u-9/1/t.vpc/main"#,
        r#"update t.vpc/main: differs(dns)
           dns: - → true
         refused: t.vpc/main conflicts with ["vpc-1"]: `vpc-1` carries the mark of stack u-9 for `t.vpc/main`"#,
    );
}

#[test]
fn what_is_busy_under_another_hand_is_refused_and_never_compared() {
    check(
        r#"same t.vpc/a vpc-a range="10.0.0.0/16" dns=true
           live t.vpc/a range="10.0.0.0/16" dns=false +phase=updating
           same t.vpc/b vpc-b range="10.0.0.0/16" +phase=creating
           same t.vpc/c vpc-c range="10.0.0.0/16" +phase=deleting
           row  t.vpc/d vpc-d range="10.0.0.0/16"
           live t.vpc/d range="10.0.0.0/16" +phase=updating"#,
        "refused: t.vpc/a is busy: vpc-a is being changed
         refused: t.vpc/b is busy: vpc-b is being created
         refused: t.vpc/c is busy: vpc-c is being deleted
         refused: t.vpc/d is busy: vpc-d is being changed",
    );
}

#[test]
fn what_works_until_it_is_done_may_go_in_the_middle_of_it() {
    let at_work = r#"row  t.job/a a name="a" image="1"
                     live t.job/a name="a" image="1" +phase=creating"#;
    check(at_work, "delete t.job/a: not-declared");
    check(&format!("{at_work}\nopt mode=destroy"), "delete t.job/a: destroying");
    check(
        &format!("code t.job/a name=\"a\" image=\"2\"\n{at_work}"),
        "replace t.job/a: forces(image)\nimage: \"1\" → \"2\" !",
    );
    // As declared it is waited for: others may come after it.
    check(&format!("code t.job/a name=\"a\" image=\"1\"\n{at_work}"), "refused: t.job/a is busy: a is being created");
}

#[test]
fn a_deletion_that_is_going_on_is_waited_for() {
    check(
        r#"row  t.vpc/d vpc-d range="10.0.0.0/16"
           live t.vpc/d range="10.0.0.0/16" +phase=deleting"#,
        "delete t.vpc/d: not-declared",
    );
}

#[test]
fn what_never_became_ready_or_failed_is_replaced() {
    check(
        r#"same t.vpc/a vpc-a range="10.0.0.0/16" +never-ready
           same t.vpc/b vpc-b range="10.0.0.0/16" +phase=failed"#,
        "replace t.vpc/a: never-ready
         replace t.vpc/b: failed",
    );
}

#[test]
fn what_is_no_longer_declared_is_deleted() {
    check(
        r#"row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16" dns=true"#,
        "delete t.vpc/main: not-declared",
    );
}

#[test]
fn what_is_retained_is_forgotten() {
    check(
        r#"row  t.db/a a name="a" +retain
           live t.db/a name="a""#,
        "forget t.db/a: not-declared",
    );
}

#[test]
fn what_is_gone_and_not_declared_leaves_the_ledger() {
    check(
        r#"row  t.db/a a name="a"
           live t.db/a absent
           row  t.db/b b name="b"
           live t.db/b tombstone"#,
        "forget t.db/a: not-declared, vanished(a)
         forget t.db/b: not-declared, vanished(b)
         drift t.db/a deleted
         drift t.db/b deleted",
    );
}

#[test]
fn protection_stands_in_the_way_until_it_is_lifted_by_name() {
    let story = r#"
        code t.db/a name="new"
        row  t.db/a old name="old"
        live t.db/a name="old"
        row  t.db/b b name="b"
        live t.db/b name="b"
        row  t.vpc/main vpc-1 range="10.0.0.0/16" +protect
        live t.vpc/main range="10.0.0.0/16""#;
    let told = r#"
        replace t.db/a: forces(name)
          name: "old" → "new" !
        delete t.db/b: not-declared
        delete t.vpc/main: not-declared"#;
    check(
        story,
        &format!(
            "{told}
             refused: t.db/a is protected from replace
             refused: t.db/b is protected from delete
             refused: t.vpc/main is protected from delete"
        ),
    );
    check(&format!("{story}\nopt allow=t.db/a allow=t.db/b allow=t.vpc/main"), told);
}

#[test]
fn the_stack_lifts_protection_while_the_resource_is_declared() {
    check(
        r#"code t.db/a name="new" +protect=false
           row  t.db/a old name="old"
           live t.db/a name="old""#,
        r#"replace t.db/a: forces(name), unprotected
           name: "old" → "new" !"#,
    );
    check(
        r#"same t.db/a a name="a" +protect=false
           row  t.db/a a name="a""#,
        "record t.db/a: unprotected",
    );
}

#[test]
fn deposed_objects_are_deleted() {
    check(
        r#"same t.vpc/main vpc-3 range="10.0.0.0/16" +deposed=vpc-1/1 +deposed=vpc-2/2 +generation=3
           old  t.vpc/main 1 range="10.0.0.0/16"
           old  t.vpc/main 2 absent"#,
        "delete-deposed t.vpc/main: deposed(1)
         delete-deposed t.vpc/main: deposed(2), vanished(vpc-2)",
    );
    check(
        r#"row  t.db/a +deposed=a/1
           old  t.db/a 1 name="a""#,
        "delete-deposed t.db/a: deposed(1)
         refused: t.db/a is protected from delete-deposed",
    );
}

#[test]
fn an_address_with_only_a_deposed_object_gets_a_new_one() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           row  t.vpc/main range="10.0.0.0/16" +deposed=vpc-1/1
           old  t.vpc/main 1 range="10.0.0.0/16""#,
        "create t.vpc/main: new
         delete-deposed t.vpc/main: deposed(1)",
    );
}

#[test]
fn an_unreadable_deposed_object_keeps_its_row() {
    check(
        r#"row  t.vpc/main vpc-2 range="10.0.0.0/16" +deposed=vpc-1/1
           live t.vpc/main absent
           old  t.vpc/main 1 unreadable
           opt +partial"#,
        "partial: t.vpc/main unreadable, AccessDenied",
    );
}

#[test]
fn replacements_come_first_where_they_are_asked_to_and_spread_to_dependencies() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16"
           same t.subnet/a sub-1 vpc=@t.vpc/main#id +cbd
           same t.subnet/b sub-2 vpc=@t.vpc/main#id"#,
        r#"replace-create-first t.subnet/a: unknown-forces(vpc t.vpc/main)
           vpc: "vpc-1" → ? !
         replace t.subnet/b: unknown-forces(vpc t.vpc/main)
           vpc: "vpc-1" → ? !
         replace-create-first t.vpc/main: forces(range), create-first-for(t.subnet/a)
           range: "10.0.0.0/16" → "10.1.0.0/16" !"#,
    );
}

#[test]
fn two_objects_at_once_need_two_names() {
    check(
        r#"code t.cluster/c name="c" encrypted=true +cbd
           row  t.cluster/c c name="c"
           live t.cluster/c name="c""#,
        "error: `t.cluster/c` cannot be created before its old object is deleted: both are named `c` \
         [let `name` change with what forces the replacement, or take create_before_delete out]",
    );
    check(
        r#"code t.cluster/c name="c2" +cbd
           row  t.cluster/c c1 name="c1"
           live t.cluster/c name="c1""#,
        r#"replace-create-first t.cluster/c: forces(name)
           name: "c1" → "c2" !"#,
    );
    check(
        r#"code t.cluster/c name="c" encrypted=true
           row  t.cluster/c c name="c"
           live t.cluster/c name="c"
           same t.node/n n cluster=@t.cluster/c#name +cbd"#,
        "error: `t.cluster/c` cannot be created before its old object is deleted: both are named `c` (`t.node/n` asks for it) \
         [let `name` change with what forces the replacement, or take create_before_delete out]",
    );
}

#[test]
fn bookkeeping_is_a_record() {
    for (changed, told) in
        [("+protect", "protected"), ("+retain", "bookkeeping"), ("+needs=t.vpc/other", "bookkeeping")]
    {
        check(
            &format!(
                "code t.vpc/main range=\"1\" {changed}\nrow t.vpc/main vpc-1 range=\"1\" +needs=\n\
                 live t.vpc/main range=\"1\"\nsame t.vpc/other vpc-2 range=\"1\""
            ),
            &format!("record t.vpc/main: {told}\n1 unchanged"),
        );
    }
    check("same t.db/a a name=\"a\" +v=1", "record t.db/a: bookkeeping");
    check(
        "row t.db/a a name=\"a\" +v=3\nlive t.db/a name=\"a\"",
        "error: the ledger's row of `t.db/a` has schema version 3; this version of flashinfra knows 2 \
         [use the version of flashinfra that wrote the row, or a newer one]",
    );
}

#[test]
fn recovered_rows_unset_nothing_and_verify_no_secret() {
    check(
        r#"code t.db/a name="a" password={"$secret":{"env":"PW"}} policy="{}" beyond=1 +raw=beyond
           row  t.db/a a name="a" port=1 pin="2" +recovered
           live t.db/a name="a" port=1 +unverified=policy"#,
        r#"record t.db/a: recovered
           password: - → {"$secret":{"env":"PW"}} (not verified)
           policy: - → "{}" (not verified)"#,
    );
    check(
        r#"code t.vpc/main range="10.0.0.0/16" tags={"a":"1"}
           row  t.vpc/main vpc-1 +recovered
           live t.vpc/main range="10.0.0.0/16" tags={"b":"2"}"#,
        r#"update t.vpc/main: differs(tags)
           tags.a: - → "1"
           tags.b: "2" → "2" (left alone: foreign)"#,
    );
}

#[test]
fn recovered_rows_are_protected_until_somebody_has_looked() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16"
           row  t.vpc/main vpc-1 +recovered +protect
           live t.vpc/main range="10.0.0.0/16"
           row  t.vpc/old vpc-2 +recovered +protect
           live t.vpc/old range="10.0.0.0/16""#,
        r#"replace t.vpc/main: forces(range)
           range: "10.0.0.0/16" → "10.1.0.0/16" !
         delete t.vpc/old: not-declared
         refused: t.vpc/main is protected from replace
         refused: t.vpc/old is protected from delete"#,
    );
    check(
        r#"code t.vpc/main range="1" +retain
           row  t.vpc/main vpc-1 +recovered +protect
           live t.vpc/main range="1""#,
        "record t.vpc/main: recovered",
    );
}

#[test]
fn a_resource_that_changes_its_provider_is_replaced_unless_it_is_the_same_place() {
    let story = r#"code t.vpc/main range="1" +in=t2
                   row  t.vpc/main vpc-1 range="1"
                   live t.vpc/main range="1""#;
    check(story, "record t.vpc/main: bookkeeping");
    check(&format!("{story}\nplace t2 sandbox:2"), "replace t.vpc/main: forces(provider)");
}
