//! Names that one resource gives up and another one takes.

use super::check;

#[test]
fn a_name_that_is_given_up_can_be_taken() {
    check(
        r#"row  t.db/old orders name="orders"
           live t.db/old name="orders" +id=orders +mark=u-1/1/t.db/old
           code t.db/new name="orders"
           live t.db/new name="orders" +id=orders +mark=u-1/1/t.db/old
           opt allow=t.db/old"#,
        "create t.db/new: new
         delete t.db/old: not-declared",
    );
    check(
        r#"code t.cluster/a name="b"
           row  t.cluster/a a name="a"
           live t.cluster/a name="a" +id=a
           code t.cluster/b name="a"
           live t.cluster/b name="a" +id=a"#,
        r#"replace t.cluster/a: forces(name)
           name: "a" → "b" !
         create t.cluster/b: new"#,
    );
}

#[test]
fn a_name_that_is_kept_cannot_be_taken() {
    check(
        r#"row  t.db/old orders name="orders" +retain
           live t.db/old name="orders" +id=orders +mark=u-1/1/t.db/old
           code t.db/new name="orders"
           live t.db/new name="orders" +id=orders +mark=u-1/1/t.db/old"#,
        r#"forget t.db/old: not-declared
         refused: t.db/new conflicts with ["orders"]: `orders` is that of `t.db/old`, which does not give it up"#,
    );
}

#[test]
fn a_name_that_others_have_replaces_nothing() {
    let renamed = r#"code t.db/a name="b"
           row  t.db/a a name="a"
           live t.db/a name="a" +id=a
           opt allow=t.db/a
           next t.db/a "#;
    let replaced = |refused: &str| {
        format!(
            r#"replace t.db/a: forces(name)
               name: "a" → "b" !
             {refused}"#
        )
    };
    check(&format!("{renamed} absent"), &replaced(""));
    check(
        &format!(r#"{renamed} name="b" +id=b"#),
        &replaced(r#"refused: t.db/a conflicts with ["b"]: `b` carries no owner mark"#),
    );
    check(&format!("{renamed} tombstone"), &replaced("refused: t.db/a has a tombstone: gone until noon"));
}

#[test]
fn two_names_can_change_places() {
    check(
        r#"code t.cluster/a name="b"
           row  t.cluster/a a name="a"
           live t.cluster/a name="a" +id=a
           next t.cluster/a name="b" +id=b
           code t.cluster/b name="a"
           row  t.cluster/b b name="b"
           live t.cluster/b name="b" +id=b
           next t.cluster/b name="a" +id=a"#,
        r#"replace t.cluster/a: forces(name)
           name: "a" → "b" !
         replace t.cluster/b: forces(name)
           name: "b" → "a" !"#,
    );
}
