//! Tests of a stack: left out of what is applied, run beside it, and tidied up.

use super::check;

#[test]
fn what_is_applied_leaves_tests_out() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           code t.subnet/smoke vpc=@t.vpc/main#id +test"#,
        "create t.vpc/main: new",
    );
}

#[test]
fn a_test_runs_beside_what_stays_as_it_is() {
    // That the network differs from what is declared is for a plan to apply.
    let release = r#"code t.vpc/main range="10.0.0.0/16" dns=true
                     row  t.vpc/main vpc-1 range="10.0.0.0/16"
                     live t.vpc/main range="10.0.0.0/16" dns=false
                     code t.subnet/smoke vpc=@t.vpc/main#id +test"#;
    check(&format!("{release}\nopt test=t.subnet/smoke"), "create t.subnet/smoke: new");
    check(&format!("{release}\nopt mode=tidy"), "");
}

#[test]
fn a_test_that_left_something_runs_anew() {
    let left = r#"same t.vpc/main vpc-1 range="10.0.0.0/16"
                  code t.db/smoke name="smoke" +test +protect=false
                  row  t.db/smoke smoke name="smoke" +protect=false"#;
    for phase in ["failed", "creating", "ready"] {
        let story = format!("{left}\nlive t.db/smoke name=\"smoke\" +phase={phase}\nopt test=t.db/smoke");
        let failed = if phase == "failed" { "failed, " } else { "" };
        let expect = format!("replace t.db/smoke: {failed}run-again");
        let told = super::told_of(&story).replace("run-again, failed", "failed, run-again");
        assert_eq!(told, expect, "{story}");
    }
    // Whoever deletes what is left does nobody any harm, however much it is.
    let gone = |at: usize| {
        format!(
            "code t.db/t{at} name=\"t{at}\" +test\nrow t.db/t{at} t{at} name=\"t{at}\"\nlive t.db/t{at} absent\nopt test=t.db/t{at}\n"
        )
    };
    let told: Vec<_> = (0..4).map(|at| format!("create t.db/t{at}: vanished(t{at})\n")).collect();
    let drift: Vec<_> = (0..4).map(|at| format!("drift t.db/t{at} deleted\n")).collect();
    check(&(0..4).map(gone).collect::<String>(), &(told.concat() + &drift.concat()));
}

#[test]
fn what_passed_goes_and_what_did_not_is_left_to_be_looked_at() {
    let left = r#"same t.vpc/main vpc-1 range="10.0.0.0/16"
                  code t.db/passed name="passed" +test +protect=false
                  row  t.db/passed passed name="passed" +protect=false
                  live t.db/passed name="passed"
                  code t.db/failed name="failed" +test +protect=false
                  row  t.db/failed failed name="failed" +protect=false
                  live t.db/failed name="failed" +phase=failed
                  code t.db/busy name="busy" +test +protect=false
                  row  t.db/busy busy name="busy" +protect=false
                  live t.db/busy name="busy" +phase=creating
                  code t.db/gone name="gone" +test
                  row  t.db/gone gone name="gone"
                  live t.db/gone absent"#;
    let goes = "forget t.db/gone: left-by-test, vanished(gone)\ndelete t.db/passed: left-by-test";
    check(&format!("{left}\nopt mode=tidy"), goes);
    // A plan to apply finds it as well.
    check(left, &format!("{goes}\n1 unchanged"));
    // What is no longer declared goes like anything else.
    check(
        r#"row  t.db/failed failed name="failed" +protect=false
           live t.db/failed name="failed" +phase=failed"#,
        "delete t.db/failed: not-declared",
    );
}

#[test]
fn a_test_needs_what_is_applied() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           code t.subnet/smoke vpc=@t.vpc/main#id +test
           opt test=t.subnet/smoke"#,
        "error: `t.subnet/smoke` tests `t.vpc/main`, which is not there [`flashinfra apply` makes it; tests run against what is applied]",
    );
    let two = r#"code t.db/first name="first" +test
                 code t.db/second name="second" networks=[@t.db/first#arn] +test"#;
    check(
        &format!("{two}\nopt test=t.db/second"),
        "error: `t.db/second` tests `t.db/first`, which is not there [run both: a test may need another one that runs with it]",
    );
    check(&format!("{two}\nopt test=t.db/first test=t.db/second"), "create t.db/first: new\ncreate t.db/second: new");
}
