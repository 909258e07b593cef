//! What is in a provider that a resource configures: a cluster, and what runs in it.

use super::check;
use super::story::Story;
use crate::check::{Rule, check as violations};
use crate::plan::{Act, Plan};

/// A cluster that is there, and an object in it.
const BOTH: &str = r#"same t.cluster/main c name="c"
     same t.db/a a name="a" +in=k +needs=t.cluster/main
     within k @t.cluster/main#endpoint
     "#;

#[test]
fn what_is_in_a_cluster_that_is_there_is_compared_as_ever() {
    check(&format!("{BOTH} live t.db/a name=\"a\" size=2"), "2 unchanged");
    check(
        r#"same t.cluster/main c name="c"
           code t.db/a name="a" size=2 +in=k
           row  t.db/a a name="a" size=1 +in=k +needs=t.cluster/main
           live t.db/a name="a" size=1
           within k @t.cluster/main#endpoint"#,
        r#"update t.db/a: differs(size)
           size: 1 → 2
         1 unchanged"#,
    );
}

#[test]
fn what_is_in_a_cluster_that_is_not_there_yet_is_made_after_it() {
    check(
        r#"code t.cluster/main name="c"
           code t.db/a name="a" +in=k
           code t.subnet/b vpc="v" url=@t.db/a#endpoint +in=k
           within k @t.cluster/main#endpoint +closed +new"#,
        "create t.cluster/main: new
         create t.db/a: new
         create t.subnet/b: new
         deferred: k after t.cluster/main",
    );
}

#[test]
fn what_is_in_a_replaced_cluster_is_lost_with_it_and_made_in_the_new_one() {
    let replaced = r#"code t.cluster/main name="c" encrypted=true
           row  t.cluster/main c name="c" encrypted=false
           live t.cluster/main name="c" encrypted=false
           same t.app/a a name="a" +in=k +needs=t.cluster/main
           within k @t.cluster/main#endpoint
           "#;
    check(
        replaced,
        r#"replace t.app/a: lost-with(t.cluster/main)
         replace t.cluster/main: forces(encrypted)
           encrypted: false → true !
         deferred: k after t.cluster/main"#,
    );
    // What leaves the definition at the same time goes before the old one, and who has a name there has it there only.
    check(
        &format!(
            r#"{replaced} row t.app/old old name="old" +in=k +needs=t.cluster/main
               live t.app/old name="old"
               code t.app/new name="new" +in=k
               live t.app/new name="new" +id=new"#
        ),
        r#"replace t.app/a: lost-with(t.cluster/main)
         create t.app/new: new
         delete t.app/old: not-declared
         replace t.cluster/main: forces(encrypted)
           encrypted: false → true !
         deferred: k after t.cluster/main"#,
    );
}

/// A namespace and what is in it both go with the cluster: that is the reason, and not the one for the other.
#[test]
fn what_goes_with_its_cluster_goes_for_that_reason_alone() {
    check(
        r#"same t.cluster/main c name="c"
           same t.cluster/space space name="space" +in=k +needs=t.cluster/main
           same t.node/n n cluster=@t.cluster/space#name +in=k +needs=t.cluster/main +needs=t.cluster/space
           within k @t.cluster/main#endpoint
           opt replace=t.cluster/main"#,
        "replace t.cluster/main: requested
         replace t.cluster/space: lost-with(t.cluster/main)
         replace t.node/n: lost-with(t.cluster/main)
         deferred: k after t.cluster/main",
    );
}

#[test]
fn data_in_a_replaced_cluster_is_guarded() {
    check(
        &format!("{BOTH} opt replace=t.cluster/main"),
        "replace t.cluster/main: requested
         replace t.db/a: lost-with(t.cluster/main)
         refused: t.db/a is protected from replace
         deferred: k after t.cluster/main",
    );
}

#[test]
fn what_was_in_a_cluster_that_is_gone_is_gone_with_it() {
    let gone = r#"same t.cluster/main c name="c"
           live t.cluster/main absent
           within k @t.cluster/main#endpoint +closed
           "#;
    check(
        &format!(r#"{gone} same t.app/a a name="a" +in=k +needs=t.cluster/main"#).replace("same t.app", "code t.app"),
        "create t.app/a: new
         create t.cluster/main: vanished(c)
         drift t.cluster/main deleted
         deferred: k after t.cluster/main",
    );
    check(
        &format!(
            r#"{gone} code t.app/a name="a" +in=k
               row  t.app/a a name="a" +in=k +needs=t.cluster/main
               row  t.app/old old name="old" +in=k +needs=t.cluster/main
               opt +recreate"#
        ),
        "create t.app/a: gone-with(t.cluster/main)
         forget t.app/old: not-declared, gone-with(t.cluster/main)
         create t.cluster/main: vanished(c)
         drift t.app/a deleted
         drift t.app/old deleted
         drift t.cluster/main deleted
         deferred: k after t.cluster/main",
    );
    // Nothing is left to delete, and nobody to ask.
    let rows = r#"row t.cluster/main c name="c"
           live t.cluster/main absent
           row  t.app/a a name="a" +in=k +needs=t.cluster/main
           within k @t.cluster/main#endpoint +closed
           "#;
    check(
        &format!("{rows} opt mode=destroy"),
        "forget t.app/a: destroying, gone-with(t.cluster/main)
         forget t.cluster/main: destroying, vanished(c)
         drift t.app/a deleted
         drift t.cluster/main deleted",
    );
    check(
        &format!("{rows} opt mode=refresh"),
        "forget t.app/a: gone-with(t.cluster/main)
         forget t.cluster/main: vanished(c)
         drift t.app/a deleted
         drift t.cluster/main deleted",
    );
}

#[test]
fn what_is_in_a_cluster_goes_before_it() {
    check(
        &format!("{BOTH} opt mode=destroy allow=t.db/a"),
        "delete t.cluster/main: destroying\ndelete t.db/a: destroying",
    );
}

#[test]
fn what_was_made_elsewhere_is_not_taken_for_gone() {
    // The ledger knows the provider as another one, where the object is still.
    check(
        r#"code t.cluster/main name="c"
           code t.app/a name="a" +in=k
           row  t.app/a a name="a" +in=k
           within k @t.cluster/main#endpoint +closed +new"#,
        "create t.cluster/main: new
         partial: t.app/a unreadable, provider `k` cannot be opened as long as `t.cluster/main` is not there
         refused: t.app/a unreadable, provider `k` cannot be opened as long as `t.cluster/main` is not there",
    );
    // Under a name of its own the new one is told from the old one.
    check(
        r#"code t.cluster/main name="c"
           code t.app/a name="a" +in=k
           row  t.app/a a name="a"
           live t.app/a name="a"
           within k @t.cluster/main#endpoint +closed +new"#,
        "replace t.app/a: forces(provider)
         create t.cluster/main: new
         deferred: k after t.cluster/main",
    );
}

#[test]
fn a_provider_cannot_lead_to_two_clusters_at_once() {
    check(
        r#"code t.vpc/main range="10.1.0.0/16" +cbd
           row  t.vpc/main vpc-1 range="10.0.0.0/16"
           live t.vpc/main range="10.0.0.0/16"
           same t.app/a a name="a" +in=k +needs=t.vpc/main
           within k @t.vpc/main#arn"#,
        "error: `t.vpc/main` configures provider `k`, which can lead to one at a time: there cannot be two of it \
         [take create_before_delete out, or configure the provider by something else]",
    );
}

/// A plan of a cluster with an object in it, both of which are new.
fn new() -> Plan {
    let story = Story::parse(
        r#"code t.cluster/main name="c"
           code t.app/a name="a" +in=k
           within k @t.cluster/main#endpoint +closed +new"#,
    );
    let plan = super::super::plan(story.input()).unwrap();
    assert_eq!(
        plan.steps.iter().map(|step| step.address.to_string()).collect::<Vec<_>>(),
        ["t.cluster/main", "t.app/a"]
    );
    plan
}

#[test]
fn a_plan_that_does_more_in_a_place_that_it_makes_is_caught() {
    let caught = |spoil: fn(&mut Plan)| {
        let mut plan = new();
        assert_eq!(violations(&plan), []);
        spoil(&mut plan);
        let found = violations(&plan);
        assert!(found.iter().any(|violation| violation.rule == Rule::Deferred), "{found:?}");
    };
    // It does not wait, it does not say what for, it does not say that it does, it waits for something else.
    caught(|plan| plan.steps[1].after.clear());
    caught(|plan| drop(plan.basis.deferred.insert("k".into(), Vec::new())));
    caught(|plan| plan.basis.deferred.clear());
    caught(|plan| drop(plan.basis.deferred.insert("k".into(), vec![super::story::address("t.app/a")])));
    // It keeps what is there.
    caught(|plan| plan.steps[1].act = Act::Record);
    caught(|plan| plan.steps[1].act = Act::Update);
    caught(|plan| plan.steps[1].object = Some("a".into()));
}
