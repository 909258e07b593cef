//! What people ask for: targets, exclusions, destruction, refreshing; and what cannot be read.

use super::check;

const STACK: &str = r#"
    code t.vpc/main range="10.0.0.0/16" dns=true
    row  t.vpc/main vpc-1 range="10.0.0.0/16"
    live t.vpc/main range="10.0.0.0/16" dns=false
    code t.subnet/a vpc=@t.vpc/main#id public=true
    row  t.subnet/a sub-1 vpc=@t.vpc/main#id
    live t.subnet/a vpc=@t.vpc/main#id public=false
    code t.subnet/b vpc=@t.vpc/main#id
    code t.db/d name="d""#;

#[test]
fn targets_take_in_what_they_depend_on() {
    check(
        &format!("{STACK}\nopt target=t.subnet/a"),
        "update t.subnet/a: differs(public)
           public: false → true
         update t.vpc/main: differs(dns)
           dns: false → true
         partial: 2 not targeted",
    );
}

#[test]
fn excludes_leave_out_what_depends_on_them() {
    check(
        &format!("{STACK}\nopt exclude=t.vpc/main"),
        "create t.db/d: new
         partial: 3 excluded",
    );
    check(
        &format!("{STACK}\nopt target=t.subnet/a target=t.db/d exclude=t.subnet/a"),
        "create t.db/d: new
         update t.vpc/main: differs(dns)
           dns: false → true
         partial: 1 not targeted
         partial: 1 excluded",
    );
}

#[test]
fn a_target_that_is_deleted_takes_in_what_depends_on_it() {
    let story = r#"
        row  t.vpc/main vpc-1 range="1"
        live t.vpc/main range="1"
        row  t.subnet/a sub-1 vpc="vpc-1" +needs=t.vpc/main
        live t.subnet/a vpc="vpc-1"
        row  t.subnet/b sub-2 vpc="vpc-2"
        live t.subnet/b vpc="vpc-2""#;
    check(
        &format!("{story}\nopt target=t.vpc/main"),
        "delete t.subnet/a: not-declared
         delete t.vpc/main: not-declared
         partial: 1 not targeted",
    );
    check(
        &format!("{story}\nopt exclude=t.subnet/a"),
        "delete t.subnet/b: not-declared
         partial: 2 excluded",
    );
}

#[test]
fn a_target_that_is_replaced_takes_in_what_depends_on_it() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16"
           same t.subnet/a sub-1 vpc=@t.vpc/main#id
           same t.subnet/b sub-2 vpc="vpc-2"
           opt target=t.vpc/main"#,
        r#"replace t.subnet/a: unknown-forces(vpc t.vpc/main)
           vpc: "vpc-1" → ? !
         replace t.vpc/main: forces(range)
           range: "10.0.0.0/16" → "10.1.0.0/16" !
         partial: 1 not targeted"#,
    );
}

#[test]
fn what_cannot_be_read_blocks_itself_and_its_dependents() {
    check(
        &format!("{STACK}\nlive t.vpc/main unreadable"),
        "create t.db/d: new
         partial: t.subnet/a needs t.vpc/main
         partial: t.subnet/b needs t.vpc/main
         partial: t.vpc/main unreadable, AccessDenied
         refused: t.vpc/main unreadable, AccessDenied",
    );
    check(
        &format!("{STACK}\nlive t.subnet/a unreadable\nopt +partial"),
        "create t.db/d: new
         create t.subnet/b: new
         update t.vpc/main: differs(dns)
           dns: false → true
         partial: t.subnet/a unreadable, AccessDenied",
    );
}

#[test]
fn what_cannot_be_read_keeps_what_it_needs_from_being_deleted() {
    let rows = r#"
        row  t.vpc/main vpc-1 range="1"
        live t.vpc/main range="1"
        row  t.subnet/a sub-1 vpc="vpc-1" +needs=t.vpc/main
        live t.subnet/a vpc="vpc-1"
        row  t.node/n node-1 cluster="c" +needs=t.subnet/a
        live t.node/n unreadable
        opt  +partial"#;
    check(
        rows,
        "partial: t.node/n unreadable, AccessDenied
         partial: t.subnet/a needs t.node/n
         partial: t.vpc/main needs t.node/n",
    );
    check(
        r#"code t.vpc/main range="10.1.0.0/16"
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16"
           same t.subnet/a sub-1 vpc=@t.vpc/main#id
           live t.subnet/a unreadable
           code t.subnet/b vpc=@t.vpc/main#id
           opt  +partial"#,
        "partial: t.subnet/a unreadable, AccessDenied
         partial: t.subnet/b needs t.subnet/a
         partial: t.vpc/main needs t.subnet/a",
    );
    // A deposed object stands on what it did, whatever its successor stands on.
    check(
        r#"row  t.vpc/old vpc-1 range="1"
           live t.vpc/old range="1"
           same t.vpc/main vpc-2 range="2"
           same t.subnet/a sub-2 vpc=@t.vpc/main#id +generation=2 +deposed=sub-1/1 +stood-on=t.vpc/old
           old  t.subnet/a 1 unreadable
           opt  +partial"#,
        "partial: t.subnet/a unreadable, AccessDenied
         partial: t.vpc/old needs t.subnet/a
         1 unchanged",
    );
}

#[test]
fn what_was_not_read_is_unreadable_and_never_absent() {
    check(
        r#"row t.vpc/main vpc-1 range="1""#,
        "partial: t.vpc/main unreadable, it was not read
         refused: t.vpc/main unreadable, it was not read",
    );
}

#[test]
fn destruction_goes_by_the_ledger_and_refuses_what_is_protected() {
    let story = r#"
        same t.vpc/main vpc-1 range="1" +needs=t.db/new
        same t.subnet/a sub-1 vpc=@t.vpc/main#id
        same t.db/a a name="a" guard=true
        row  t.db/kept k name="k" +retain
        live t.db/kept name="k"
        row  t.vpc/gone vpc-0 range="1"
        live t.vpc/gone absent
        code t.db/new name="new"
        was  id 1
        opt  mode=destroy"#;
    let told = "
        delete t.db/a: destroying
        forget t.db/kept: destroying
        delete t.subnet/a: destroying
        forget t.vpc/gone: destroying, vanished(vpc-0)
        delete t.vpc/main: destroying
        drift t.vpc/gone deleted
        output id: 1 → -";
    check(story, &format!("{told}\nrefused: t.db/a is protected from delete"));
    check(&format!("{story}\nopt allow=t.db/a"), told);
    check(
        &format!("{story}\nopt exclude=t.subnet/a allow=t.db/a"),
        "delete t.db/a: destroying
         forget t.db/kept: destroying
         forget t.vpc/gone: destroying, vanished(vpc-0)
         drift t.vpc/gone deleted
         partial: 2 excluded",
    );
    check(
        &format!("{story}\nopt target=t.vpc/main"),
        "delete t.subnet/a: destroying
         delete t.vpc/main: destroying
         partial: 3 not targeted",
    );
}

#[test]
fn a_refresh_only_takes_live_over() {
    check(
        r#"same t.vpc/main vpc-1 range="10.0.0.0/16" dns=true tags={"a":"1"}
           live t.vpc/main range="10.0.0.0/16" dns=false tags={"a":"2","theirs":"3"}
           same t.vpc/gone vpc-2 range="1"
           live t.vpc/gone absent
           same t.vpc/same vpc-3 range="1"
           code t.vpc/new range="1"
           out  arn @t.vpc/main#arn
           opt  mode=refresh"#,
        r#"forget t.vpc/gone: vanished(vpc-2)
         record t.vpc/main: bookkeeping
           dns: true → false
           tags.a: "1" → "2"
         drift t.vpc/gone deleted
         drift t.vpc/main changed
           dns: true → false
           tags.a: "1" → "2"
         output arn: - → "arn:vpc-1"
         1 unchanged"#,
    );
}

#[test]
fn a_replacement_can_be_asked_for() {
    check(
        r#"same t.vpc/main vpc-1 range="1"
           opt replace=t.vpc/main"#,
        "replace t.vpc/main: requested",
    );
}

#[test]
fn options_name_addresses_that_there_are() {
    check(
        &format!("{STACK}\nopt target=t.vpc/mian"),
        "error: `--target t.vpc/mian`: it is neither declared nor in the ledger [did you mean `t.vpc/main`?]",
    );
    check(
        &format!("{STACK}\nopt exclude=t.queue/jobs"),
        "error: `--exclude t.queue/jobs`: it is neither declared nor in the ledger \
         [`flashinfra ledger ls` and `flashinfra graph` list the addresses]",
    );
    check(
        "row t.vpc/main vpc-1 range=\"1\"\nopt replace=t.vpc/main",
        "error: `--replace t.vpc/main`: it is not declared any more, so it is deleted anyway [leave the option out]",
    );
    check("same t.vpc/main vpc-1 range=\"1\"\nopt allow=t.vpc/mian", "refused: t.vpc/mian is unknown\n1 unchanged");
}

#[test]
fn another_place_is_no_place_to_plan_in() {
    check(
        "same t.vpc/main vpc-1 range=\"1\"\nplace t sandbox:2",
        "error: provider `t` leads to t sandbox:2, and the ledger's objects are in t sandbox:1 \
         [use the credentials and region of before, or a provider instance with another name than `t`]",
    );
}

#[test]
fn what_the_stack_says_has_to_make_sense() {
    for (story, expect) in [
        (
            "code t.vpc/main rnage=\"1\"",
            "error: `t.vpc/main` has no attribute `rnage`, which the stack sets [did you mean `range`?]",
        ),
        (
            "code t.vpc/main range=\"1\"\ncode t.subnet/a vpc=@t.vpc/main#idd",
            "error: `t.vpc/main` has no attribute `idd`, which `t.subnet/a` refers to [did you mean `id`?]",
        ),
        (
            "code t.vpc/main range=\"1\" +ignore=colour",
            "error: `t.vpc/main` has no attribute `colour`, which its `ignore` names [`flashinfra explain t.vpc` lists the attributes]",
        ),
        (
            "code t.vpc/main range=\"1\" id=\"x\"",
            "error: `id` of `t.vpc/main` is set by the provider only [leave it out; other resources can refer to it]",
        ),
        (
            "code t.db/a name=\"a\" password=\"clear\"",
            "error: `password` of `t.db/a` is a secret and stands in clear in the compiled stack \
             [take it from an environment variable or a file, with `Secret::env` or `Secret::file`]",
        ),
        (
            "code t.group/g rules=[{\"port\":1,\"token\":\"clear\"}]",
            "error: `rules` of `t.group/g` is a secret and stands in clear in the compiled stack \
             [take it from an environment variable or a file, with `Secret::env` or `Secret::file`]",
        ),
        (
            "code t.db/a name=\"x\"\ncode t.db/b name=\"x\"",
            "error: `t.db/a` and `t.db/b` are both named `x` [a name stands for one object: give one of them another one]",
        ),
        (
            "code t.vpc/main range=\"1\" +in=t3",
            "error: `t.vpc/main` is in provider `t3`, which the stack does not configure [did you mean `t`?]",
        ),
        (
            "code u.vpc/main range=\"1\"",
            "error: there is no schema of the kind `u.vpc` of `u.vpc/main` [compile the stack again, with the definitions that it uses]",
        ),
        (
            "out id @t.vpc/main#id",
            "error: the output `id` refers to `t.vpc/main`, which is not declared [declare it, or take the output out]",
        ),
    ] {
        check(story, expect);
    }
}
