//! Documents of which others write parts: the `spec` of a Kubernetes object.

use super::check;

#[test]
fn what_is_neither_declared_nor_was_applied_is_nobodys_business() {
    check(
        r#"code t.app/web name="web" spec={"containers":[{"name":"a","image":"x:1","ports":[{"port":80}],"limits":{"cpu":"0.5"}}],"wait":"1h","on":false}
           row  t.app/web web name="web" spec={"containers":[{"name":"a","image":"x:1","ports":[{"port":80}],"limits":{"cpu":"0.5"}}],"wait":"1h","on":false}
           live t.app/web name="web" spec={"containers":[{"name":"sidecar"},{"name":"a","image":"x:1","pull":"Always","ports":[{"port":80,"protocol":"TCP"}],"limits":{"cpu":"500m"}}],"replicas":1,"wait":"60m0s","on":null}"#,
        "1 unchanged",
    );
}

#[test]
fn a_field_is_told_by_its_path() {
    check(
        r#"code t.app/web name="web" spec={"containers":[{"name":"a","image":"x:2","ports":[{"port":53,"protocol":"UDP","name":"dns"}]},{"name":"b"}],"rules":[{"to":1},{"to":2}]}
           row  t.app/web web name="web" spec={"containers":[{"name":"a","image":"x:1","ports":[{"port":53,"protocol":"UDP"}]}],"rules":[{"to":1}]}
           live t.app/web name="web" spec={"containers":[{"name":"a","image":"x:1","ports":[{"port":53,"protocol":"TCP"},{"port":53,"protocol":"UDP"}]}],"rules":[{"to":1,"kind":"any"}]}"#,
        r#"update t.app/web: differs(spec)
           spec.containers[name=a].image: "x:1" → "x:2"
           spec.containers[name=a].ports[port=53,protocol=UDP].name: - → "dns"
           spec.containers[name=b]: - → {"name":"b"}
           spec.rules[1]: - → {"to":2}"#,
    );
}

#[test]
fn what_was_applied_and_is_no_longer_declared_goes() {
    check(
        r#"code t.app/web name="web" spec={"containers":[{"name":"a"}],"finalizers":["y"]}
           row  t.app/web web name="web" spec={"containers":[{"name":"a","probe":{"path":"/"}},{"name":"b"},{"name":"gone"}],"finalizers":["x","y"],"gone":1}
           live t.app/web name="web" spec={"containers":[{"name":"a","probe":{"path":"/","period":10}},{"name":"b"},{"name":"theirs"}],"finalizers":["theirs","x","y"]}"#,
        r#"update t.app/web: differs(spec)
           spec.containers[name=a].probe.path: "/" → -
           spec.containers[name=b]: {"name":"b"} → -
           spec.finalizers[=x]: "x" → -
           drift t.app/web changed
           spec.containers[name=gone]: {"name":"gone"} → -
           spec.gone: 1 → -"#,
    );
}

#[test]
fn a_list_whose_entries_have_no_names_is_all_ours() {
    check(
        r#"code t.app/web name="web" spec={"rules":[{"to":1}]}
           row  t.app/web web name="web" spec={"rules":[{"to":1}]}
           live t.app/web name="web" spec={"rules":[{"to":1},{"to":9}]}"#,
        r#"update t.app/web: differs(spec)
           spec.rules[1]: {"to":9} → - (foreign)
           drift t.app/web changed
           spec.rules[1]: - → {"to":9} (foreign)"#,
    );
}

#[test]
fn drift_names_who_did_it() {
    check(
        r#"code t.app/web name="web" spec={"containers":[{"name":"a","image":"x:1"}]}
           row  t.app/web web name="web" spec={"containers":[{"name":"a","image":"x:1"}]}
           live t.app/web name="web" spec={"containers":[{"name":"a","image":"y:2"}]} writers={"spec.containers[name=a].image":"kubectl-edit"}"#,
        r#"update t.app/web: differs(spec)
           spec.containers[name=a].image: "y:2" → "x:1" (by kubectl-edit)
           drift t.app/web changed
           spec.containers[name=a].image: "x:1" → "y:2" (by kubectl-edit)"#,
    );
}

#[test]
fn a_field_of_somebody_else_is_not_taken_unless_asked_to() {
    let world = |force: &str| {
        format!(
            r#"code t.app/web name="web" spec={{"pause":true}} {force}
               row  t.app/web web name="web" spec={{}} {force}
               live t.app/web name="web" spec={{"pause":false}} writers={{"spec.pause":"helm"}}"#
        )
    };
    let update = "update t.app/web: differs(spec)
                  spec.pause: false → true (by helm)";
    check(&world(""), &format!("{update}\nrefused: spec.pause of t.app/web is written by helm"));
    check(&world(r#"force=["spec.pause"]"#), update);
}

#[test]
fn an_entry_of_a_map_of_somebody_else_is_not_taken_unless_asked_to() {
    let world = |force: &str| {
        format!(
            r#"code t.app/web name="web" labels={{"app":"web","app.name":"web","new":"1"}} {force}
               row  t.app/web web name="web" labels={{"app":"web"}} {force}
               live t.app/web name="web" labels={{"app":"x","app.name":"theirs","theirs":"1"}} writers={{"labels.app":"kubectl","labels.app.name":"helm"}}"#
        )
    };
    // What was ours and somebody changed is drift; the name of one label is no part of that of another.
    let update = r#"update t.app/web: differs(labels)
                    labels.app: "x" → "web" (by kubectl)
                    labels.app.name: "theirs" → "web" (by helm)
                    labels.new: - → "1"
                    labels.theirs: "1" → "1" (left alone: foreign)"#;
    let drift = r#"drift t.app/web changed
                   labels.app: "web" → "x" (by kubectl)"#;
    check(&world(""), &format!("{update}\n{drift}\nrefused: labels.app.name of t.app/web is written by helm"));
    check(&world(r#"force=["labels.app.name"]"#), &format!("{update}\n{drift}"));
}

#[test]
fn what_says_nothing_is_written_and_its_loss_is_drift() {
    check(
        r#"code t.app/web name="web" spec={"on":false,"off":false,"rules":[{"to":{}}],"selector":{"x":{}}}
           row  t.app/web web name="web" spec={"off":false,"rules":[{}],"selector":{}}
           live t.app/web name="web" spec={"rules":[{}],"selector":{}}"#,
        r#"update t.app/web: differs(spec)
           spec.off: - → false
           spec.on: - → false
           spec.rules[0].to: - → {}
           spec.selector.x: - → {}
           drift t.app/web changed
           spec.off: false → -"#,
    );
}

#[test]
fn replicas_are_left_to_who_scales() {
    check(
        r#"code t.app/web name="web" spec={"replicas":2,"wait":"1h"}
           row  t.app/web web name="web" spec={"replicas":2,"wait":"1h"}
           live t.app/web name="web" spec={"replicas":7,"wait":"1h"} scalers={"spec.replicas":"hpa web"}"#,
        r#"drift t.app/web changed
           spec.replicas: 2 → 7 (left alone: hpa web)
           1 unchanged"#,
    );
    // Nobody scales it: it is a difference as any other.
    check(
        r#"code t.app/web name="web" spec={"replicas":2}
           row  t.app/web web name="web" spec={"replicas":2}
           live t.app/web name="web" spec={"replicas":7}"#,
        r#"update t.app/web: differs(spec)
           spec.replicas: 7 → 2
           drift t.app/web changed
           spec.replicas: 2 → 7"#,
    );
    // What is no longer declared is not set back to one, in the middle of the day.
    check(
        r#"code t.app/web name="web" spec={"wait":"1h"}
           row  t.app/web web name="web" spec={"replicas":2,"wait":"1h"}
           live t.app/web name="web" spec={"replicas":7,"wait":"1h"}"#,
        r#"record t.app/web: released(spec.replicas), bookkeeping
           spec.replicas: 7 → - (released)
           drift t.app/web changed
           spec.replicas: 2 → 7"#,
    );
}

#[test]
fn what_cannot_be_changed_replaces() {
    check(
        r#"code t.app/web name="web" spec={"selector":{"app":"b"},"wait":"2h"}
           row  t.app/web web name="web" spec={"selector":{"app":"a"},"wait":"1h"}
           live t.app/web name="web" spec={"selector":{"app":"a"},"wait":"1h"}"#,
        r#"replace t.app/web: forces(spec.selector)
           spec.selector.app: "a" → "b" !
           spec.wait: "1h" → "2h""#,
    );
}

#[test]
fn ignored_fields_are_sent_as_they_are() {
    check(
        r#"code t.app/web name="web" spec={"containers":[{"name":"a","image":"x:1"}]} +ignore=spec.containers[name=a].image
           row  t.app/web web name="web" spec={"containers":[{"name":"a","image":"x:1"}]}
           live t.app/web name="web" spec={"containers":[{"name":"a","image":"y:9"}]}"#,
        r#"drift t.app/web changed
           spec.containers[name=a].image: "x:1" → "y:9" (left alone: ignore)
           1 unchanged"#,
    );
}

#[test]
fn what_is_not_known_yet_is_a_difference() {
    check(
        r#"code t.vpc/main range="10.0.0.0/16"
           code t.app/web name="web" spec={"containers":[{"name":"a","vpc":@t.vpc/main#id}]}
           row  t.app/web web name="web" spec={"containers":[{"name":"a","vpc":"old"}]}
           live t.app/web name="web" spec={"containers":[{"name":"a","vpc":"old"}]}"#,
        r#"update t.app/web: differs(spec)
           spec.containers[name=a].vpc: "old" → ?
           create t.vpc/main: new"#,
    );
}

#[test]
fn what_a_controller_is_at_work_on_is_changed_like_any_other() {
    for phase in ["creating", "updating", "failed"] {
        check(
            &format!(
                r#"code t.app/web name="web" spec={{"wait":"2h"}}
                   row  t.app/web web name="web" spec={{"wait":"1h"}} +never-ready
                   live t.app/web name="web" spec={{"wait":"1h"}} +phase={phase}"#
            ),
            r#"update t.app/web: differs(spec)
               spec.wait: "1h" → "2h""#,
        );
    }
    check(
        r#"code t.app/web name="web" spec={"wait":"2h"}
           row  t.app/web web name="web" spec={"wait":"1h"}
           live t.app/web name="web" spec={"wait":"1h"} +phase=deleting"#,
        "refused: t.app/web is busy: web is being deleted",
    );
}
