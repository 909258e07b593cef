//! Rows that move with their addresses.

use super::check;

#[test]
fn a_row_moves_with_its_address() {
    check(
        r#"code t.vpc/new range="10.0.0.0/16" +moved=t.vpc/older +moved=t.vpc/old
           row  t.vpc/old vpc-1 range="10.0.0.0/16"
           live t.vpc/old range="10.0.0.0/16"
           code t.subnet/a vpc=@t.vpc/new#id
           row  t.subnet/a sub-1 vpc="vpc-1" +needs=t.vpc/old
           live t.subnet/a vpc="vpc-1""#,
        "record t.subnet/a: bookkeeping
         move t.vpc/new: moved-from(t.vpc/old)",
    );
    check(
        r#"code t.vpc/new range="10.0.0.0/16" dns=true +moved=t.vpc/old
           row  t.vpc/old vpc-1 range="10.0.0.0/16"
           live t.vpc/old range="10.0.0.0/16" dns=false"#,
        "update t.vpc/new: differs(dns), moved-from(t.vpc/old)
           dns: false → true",
    );
    check(r#"same t.vpc/new vpc-1 range="10.0.0.0/16" +moved=t.vpc/old"#, "1 unchanged");
}

#[test]
fn a_row_that_moves_without_its_object_is_forgotten() {
    check(
        r#"code t.vpc/new range="10.0.0.0/16" +moved=t.vpc/old
           row  t.vpc/old vpc-1 range="10.0.0.0/16"
           live t.vpc/old absent"#,
        "create t.vpc/new: vanished(vpc-1)
         forget t.vpc/old: vanished(vpc-1)
         drift t.vpc/new deleted",
    );
}

#[test]
fn a_move_that_two_rows_could_make_is_refused() {
    check(
        r#"same t.vpc/new vpc-2 range="10.0.0.0/16" +moved=t.vpc/old
           row  t.vpc/old vpc-1 range="10.0.0.0/16"
           live t.vpc/old range="10.0.0.0/16""#,
        r#"delete t.vpc/old: not-declared
         refused: t.vpc/new conflicts with ["vpc-2", "vpc-1"]: `t.vpc/new` and `t.vpc/old` are all owned, and only one of them can be it"#,
    );
}

#[test]
fn moves_that_cannot_be_meant_are_errors() {
    let row = "row t.vpc/old vpc-1 range=\"10.0.0.0/16\"";
    check(
        &format!("code t.vpc/new range=\"10.0.0.0/16\" +moved=t.vpc/old\ncode t.vpc/old range=\"10.0.0.0/16\"\n{row}"),
        "error: `t.vpc/new` is moved from `t.vpc/old`, which is declared as well [take one of the two out: an object has one address]",
    );
    check(
        &format!("code t.vpc/a range=\"1\" +moved=t.vpc/old\ncode t.vpc/b range=\"1\" +moved=t.vpc/old\n{row}"),
        "error: `t.vpc/a` and `t.vpc/b` are both moved from `t.vpc/old` [an object has one address: leave `moved_from` to one of them]",
    );
    check(
        &format!("code t.subnet/a vpc=\"v\" +moved=t.vpc/old\n{row}"),
        "error: `t.subnet/a` is moved from `t.vpc/old`, which is another kind \
         [an object cannot change its kind; leave `moved_from` out, and it is replaced]",
    );
}
