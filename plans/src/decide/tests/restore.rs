//! Restoring: a new object beside the old one, which stays.

use super::check;

const SHOP: &str = r#"
    code t.db/d name="shop" port=1
    row  t.db/d shop name="shop" port=1
    live t.db/d name="shop" port=1"#;

#[test]
fn a_restored_object_has_a_name_of_its_own_and_the_old_one_stays() {
    check(
        &format!("{SHOP}\nopt restore=t.db/d:before"),
        r#"restore t.db/d: restored(the snapshot before)
           name: "shop" → "shop-r2"
           restore_from.snapshot: - → "before""#,
    );
    check(
        &format!("{SHOP}\nopt restore=t.db/d:2026-11-27T02:00:00Z"),
        r#"restore t.db/d: restored(shop as of 2026-11-27T02:00:00Z)
           name: "shop" → "shop-r2"
           restore_from.source: - → "shop"
           restore_from.time: - → "2026-11-27T02:00:00Z""#,
    );
}

#[test]
fn what_was_restored_is_as_declared_under_its_name_and_the_old_one_is_told() {
    let restored = r#"
        code t.db/d name="shop" port=1
        row  t.db/d shop-r2 name="shop-r2" port=1 +generation=2 +deposed=shop/1
        live t.db/d name="shop-r2" port=1
        old  t.db/d 1 name="shop" port=1"#;
    check(restored, "1 unchanged\nkept: shop of t.db/d");
    check(&format!("{restored}\nopt allow=t.db/d"), "delete-deposed t.db/d: deposed(1)");
    check(
        &format!("{restored}\nopt restore=t.db/d:latest"),
        r#"restore t.db/d: restored(shop-r2 as of its last backup)
           name: "shop-r2" → "shop-r3"
           restore_from.source: - → "shop-r2"
         kept: shop of t.db/d"#,
    );
    // Another name than that of its generation is another object.
    check(
        r#"code t.db/d name="shop"
           row  t.db/d shop-r3 name="shop-r3" +generation=2
           live t.db/d name="shop-r3"
           opt  replace=t.db/d"#,
        r#"replace t.db/d: requested, forces(name)
           name: "shop-r3" → "shop" !
         refused: t.db/d is protected from replace"#,
    );
}

#[test]
fn what_is_gone_is_restored_under_the_name_that_it_had() {
    check(
        r#"code t.db/d name="shop"
           row  t.db/d shop name="shop"
           live t.db/d absent
           opt  restore=t.db/d:before"#,
        r#"create t.db/d: vanished(shop), restored(the snapshot before)
         drift t.db/d deleted"#,
    );
}

#[test]
fn a_name_that_somebody_has_is_not_taken() {
    check(
        &format!("{SHOP}\nnext t.db/d name=\"shop-r2\" +id=shop-r2\nopt restore=t.db/d:before"),
        r#"restore t.db/d: restored(the snapshot before)
           name: "shop" → "shop-r2"
           restore_from.snapshot: - → "before"
         refused: t.db/d conflicts with ["shop-r2"]: `shop-r2` carries no owner mark"#,
    );
}

#[test]
fn what_cannot_be_restored_is_told() {
    let help = "`flashinfra explain` lists the attributes of a kind: what can be restored has `restore_from`";
    let check = |story: &str, why: &str| check(story, &format!("error: {why} [{help}]"));
    check(
        "code t.vpc/main range=\"1\"\nopt restore=t.vpc/main:before",
        "`--restore t.vpc/main`: there is no way to restore an object of its kind",
    );
    check("code t.db/d name=\"shop\"\nopt restore=t.db/e:before", "`--restore t.db/e`: it is not declared");
    check(
        "code t.db/d name=\"shop\"\nopt restore=t.db/d:latest",
        "`--restore t.db/d`: it has no object yet, whose backups could be taken; a snapshot could",
    );
}
