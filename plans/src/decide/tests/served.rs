//! What is deleted once it has done what it is for, or when it has failed.

use super::super::decide;
use super::story::{Story, address};
use super::{check, told, told_of};
use crate::plan::Act;

/// A network and a database that is there until it is ready, whose row says that it was.
const SPENT: &str = r#"same t.vpc/main vpc-1 range="10.0.0.0/16"
                       code t.db/hook name="hook" size=1 networks=[@t.vpc/main#id] +once +protect=false
                       row  t.db/hook hook name="hook" size=1 networks=[@t.vpc/main#id] +protect=false"#;

/// Decides a story whose row of the hook has no object any more.
fn told_spent(story: &str) -> String {
    let mut story = Story::parse(story);
    story.ledger.rows.get_mut(&address("t.db/hook")).unwrap().current = None;
    super::checked(&story);
    told::decided(&decide(&story.input()).unwrap())
}

#[test]
fn what_is_there_and_done_goes_and_its_row_stays() {
    let there = format!("{SPENT}\nlive t.db/hook name=\"hook\" size=1 networks=[@t.vpc/main#id]");
    let goes = "delete t.db/hook: served";
    check(&there, &format!("{goes}\n1 unchanged"));
    check(&format!("{there}\nopt mode=tidy"), goes);
    let story = Story::parse(&there);
    let plan = super::super::plan(story.input()).unwrap();
    assert!(plan.steps[0].row.is_some(), "{:?}", plan.steps);
    // What is declared and not applied is for a plan that is looked at; after tests there may be some.
    check(&format!("{}\nopt mode=tidy", there.replacen("size=1", "size=2", 1)), "");
    let mut protected = Story::parse(&format!("{there}\nopt mode=tidy"));
    protected.ledger.rows.get_mut(&address("t.db/hook")).unwrap().protect = true;
    assert_eq!(told::decided(&decide(&protected.input()).unwrap()), "");
    let mut of_tests = Story::parse(&format!("{there}\nopt mode=tidy"));
    of_tests.options.tests.push(address("t.db/other"));
    assert_eq!(told::decided(&decide(&of_tests.input()).unwrap()), "");
    // While it is at work it stays, and what has failed is replaced as ever.
    check(&format!("{there} +phase=creating\nopt mode=tidy"), "");
    check(&format!("{there} +phase=failed\nopt mode=tidy"), "");
    check(&format!("{there} +phase=failed"), "replace t.db/hook: failed\n1 unchanged");
    check(
        &format!("{} +phase=failed\nopt mode=tidy", there.replace("+once", "+unless-failed")),
        "delete t.db/hook: failed",
    );
}

#[test]
fn what_is_gone_on_purpose_is_not_missing() {
    let gone = format!("{SPENT}\nlive t.db/hook absent");
    assert_eq!(told_spent(&gone), "2 unchanged");
    // Also where somebody else was quicker.
    check(&gone, "2 unchanged");
    // What is to stay from now on is missing.
    assert_eq!(told_spent(&gone.replace(" +once", "")), "create t.db/hook: new\n1 unchanged");
    // A row of something that has to be there is none.
    assert!(told_of(&gone.replace(" +once", "")).starts_with("create t.db/hook: vanished(hook)"));
}

#[test]
fn it_is_made_again_when_it_is_declared_differently() {
    let gone = format!("{}\nlive t.db/hook absent", SPENT.replacen("size=1", "size=2", 1));
    assert_eq!(told_spent(&gone), "create t.db/hook: run-again, differs(size)\n1 unchanged");
    assert_eq!(
        told_spent(&format!("{SPENT}\nlive t.db/hook absent\nopt replace=t.db/hook")),
        "create t.db/hook: requested\n1 unchanged"
    );
    check(&gone, "create t.db/hook: run-again, differs(size), vanished(hook)\n1 unchanged");
    // Somebody has its name by now.
    let taken = format!("{}\nlive t.db/hook name=\"hook\" +foreign", SPENT.replacen("size=1", "size=2", 1));
    assert!(told_spent(&taken).contains("refused"), "{}", told_spent(&taken));
}

#[test]
fn whether_it_runs_again_may_depend_on_what_is_not_known_yet() {
    let net = r#"same t.vpc/main vpc-1 range="10.0.0.0/16""#;
    let anew = r#"code t.vpc/main range="10.1.0.0/16"
                  row  t.vpc/main vpc-1 range="10.0.0.0/16"
                  live t.vpc/main range="10.0.0.0/16""#;
    let mut story = Story::parse(&format!("{}\nlive t.db/hook absent", SPENT.replace(net, anew)));
    story.ledger.rows.get_mut(&address("t.db/hook")).unwrap().current = None;
    super::checked(&story);
    let plan = super::super::plan(story.input()).unwrap();
    let steps = plan.steps.iter().filter(|step| step.address.as_str() == "t.db/hook");
    let told: Vec<_> =
        steps.map(|step| (step.act.clone(), step.generation, step.when.as_ref().map(|when| when.same))).collect();
    assert_eq!(told, [(Act::Record, 1, Some(true)), (Act::Create, 2, Some(false))], "{:?}", plan.changes);
}

#[test]
fn its_row_goes_with_what_declares_it_and_with_everything() {
    let gone = format!("{SPENT}\nlive t.db/hook absent");
    let undeclared: String =
        gone.lines().filter(|line| !line.contains("code t.db/hook")).map(|line| format!("{line}\n")).collect();
    assert_eq!(told_spent(&undeclared), "forget t.db/hook: served\n1 unchanged");
    let all = told_spent(&format!("{gone}\nopt mode=destroy"));
    assert!(all.contains("forget t.db/hook: served") && all.contains("delete t.vpc/main: destroying"), "{all}");
    assert_eq!(told_spent(&format!("{gone}\nopt mode=refresh")), "1 unchanged");
    // Under another address it is another one.
    let moved = gone
        .replace("code t.db/hook", "code t.db/other")
        .replace("+once", "+once +moved=t.db/hook")
        .replace("live t.db/hook", "live t.db/other");
    let told = told_spent(&moved);
    assert!(told.contains("forget t.db/hook: served") && told.contains("create t.db/other: new"), "{told}");
}

#[test]
fn what_depends_on_it_and_what_refers_to_it_stay() {
    let group = r#"code t.group/web policies=[@t.db/hook#arn]
                   row  t.group/web g-1 policies=[@t.db/hook#arn]
                   live t.group/web policies=[@t.db/hook#arn]"#;
    let there = format!("{SPENT}\nlive t.db/hook name=\"hook\" size=1 networks=[@t.vpc/main#id]\n{group}");
    check(&format!("{there}\nopt target=t.db/hook"), "delete t.db/hook: served\npartial: 1 not targeted\n1 unchanged");
    check(&there, "delete t.db/hook: served\n2 unchanged");
}
