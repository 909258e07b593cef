use flashinfra_stacks::schema::Element;

use super::*;
use crate::schema_file;

const FIELDS: &str = r#"{"kind":"t.app","version":1,"attributes":[{"name":"spec","shape":{"element":{"document":[
    {"path":"[]","rule":{"keyed_by":["name"]}},
    {"path":"list","rule":{"keyed_by":["name"]}},
    {"path":"list[].inner[].limits.*","rule":{"compare":"quantity"}},
    {"path":"set","rule":"set"},
    {"path":"fixed","rule":"replace"}]}}}]}"#;

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// The differences, as `path: have → want`.
#[track_caller]
fn check(want: &str, have: &str, applied: &str, expect: &[&str]) {
    let schema = schema_file::read(FIELDS).unwrap();
    let Element::Document(fields) = &schema.attributes[0].shape.element else { panic!("a document") };
    let (want, have, applied) = (value(want), value(have), value(applied));
    let mut found = Vec::new();
    let text = |side: Option<&Value>| side.map_or("-".into(), Value::to_json);
    each(fields, &want, Some(&have), Some(&applied), &mut |leaf| {
        let fixed = leaf.fixed.map_or(String::new(), |length| format!(" !{}", &leaf.path[..length]));
        found.push(format!("{}: {} → {}{fixed}", leaf.path, text(leaf.have), text(leaf.want)));
    });
    assert_eq!(found, expect);
}

#[test]
fn paths_of_the_schema_lead_through_entries_and_any_key() {
    let parts =
        [Part::Key("list"), Part::Entry, Part::Key("inner"), Part::Entry, Part::Key("limits"), Part::Key("a.b/c")];
    assert!(leads_to("list[].inner[].limits.*", &parts));
    assert!(!leads_to("list[].inner[].limits", &parts));
    assert!(!leads_to("list[].inner.limits.*", &parts));
    assert!(leads_to("", &[]));
    assert!(leads_to("[]", &[Part::Entry]));
    assert!(leads_to("a[][]", &[Part::Key("a"), Part::Entry, Part::Entry]));
}

#[test]
fn only_what_is_ours_differs() {
    check(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, "{}", &[]);
    check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":2,"c":3}}"#, "{}", &[".a.b: 2 → 1"]);
    check(r#"{"a":null}"#, r#"{"a":1}"#, r#"{"a":1}"#, &[".a: 1 → -"]);
    check(
        r#"{"list":[{"name":"x","inner":[{"limits":{"cpu":1}}]}]}"#,
        r#"{"list":[{"name":"y"},{"name":"x","inner":[{"limits":{"cpu":"1000m"}}]}]}"#,
        "{}",
        &[],
    );
    check(r#"{"set":["a"]}"#, r#"{"set":["b","a"]}"#, r#"{"set":["b"]}"#, &[".set[=b]: \"b\" → -"]);
    check(r#"{"fixed":{"x":1}}"#, r#"{"fixed":{"x":1,"y":2}}"#, r#"{"fixed":{"y":2}}"#, &[".fixed.y: 2 → - !.fixed"]);
}

#[test]
fn what_says_nothing_counts_unless_the_service_says_that_it_dropped_it() {
    let nothing = r#"{"a":false,"b":0,"c":"","d":[],"e":{"f":{}}}"#;
    check(nothing, r#"{"a":null,"b":null,"c":null,"d":null,"e":null}"#, "{}", &[]);
    check(nothing, r#"{"a":null,"b":null,"c":null,"d":null,"e":{}}"#, "{}", &[".e.f: - → {}"]);
    check(r#"{"a":false}"#, "{}", "{}", &[".a: - → false"]);
    check(r#"{"a":false}"#, "{}", r#"{"a":false}"#, &[".a: - → false"]);
    check(r#"{"a":[{}]}"#, r#"{"a":[]}"#, "{}", &[".a[0]: - → {}"]);
    check(r#"{"a":[{"b":{},"c":{}}]}"#, r#"{"a":[{"b":{}}]}"#, "{}", &[".a[0].c: - → {}"]);
    check(r#"{"a":true}"#, r#"{"a":null}"#, "{}", &[".a: - → true"]);
    check("{}", r#"{"a":null}"#, r#"{"a":false}"#, &[]);
    check(r#"{"a":true}"#, "{}", "{}", &[".a: - → true"]);
    check(r#"{"a":false}"#, r#"{"a":true}"#, "{}", &[".a: true → false"]);
}

#[test]
fn a_field_is_put_in_the_place_of_another() {
    let document = value(r#"{"a":{"b.c":1},"list":[{"name":"x","v":[1,2]},{"name":"y"}]}"#);
    for (path, new, expect) in [
        (".a.b.c", Some(9), r#"{"a":{"b.c":9},"list":[{"name":"x","v":[1,2]},{"name":"y"}]}"#),
        (".list[name=x].v[1]", Some(9), r#"{"a":{"b.c":1},"list":[{"name":"x","v":[1,9]},{"name":"y"}]}"#),
        (".list[name=x].v", None, r#"{"a":{"b.c":1},"list":[{"name":"x"},{"name":"y"}]}"#),
        (".list[name=y]", None, r#"{"a":{"b.c":1},"list":[{"name":"x","v":[1,2]}]}"#),
        (".nowhere.x", Some(9), r#"{"a":{"b.c":1},"list":[{"name":"x","v":[1,2]},{"name":"y"}]}"#),
    ] {
        let patched = patched(&document, path, new.map(Value::from).as_ref()).unwrap();
        assert_eq!(patched.to_json(), expect, "{path}");
    }
}

#[test]
fn what_is_watched_leads_to_what_is_live() {
    let schema = schema_file::read(FIELDS).unwrap();
    let Element::Document(fields) = &schema.attributes[0].shape.element else { panic!("a document") };
    let want = value(r#"{"a":{"b":1},"list":[{"name":"x","v":1}],"plain":[1,2]}"#);
    let applied = value(r#"{"list":[{"name":"z","v":2}],"set":["s"]}"#);
    let live =
        value(r#"{"a":{"b":7},"list":[{"name":"z","v":8},{"name":"x","v":9}],"plain":[3],"set":["s"],"theirs":1}"#);
    let mut paths = Vec::new();
    watched(fields, [Some(&want), Some(&applied)], &mut |path| paths.push(path.to_owned()));
    assert_eq!(
        paths,
        [
            ".a.b",
            ".list[name=x].name",
            ".list[name=x].v",
            ".list[name=z].name",
            ".list[name=z].v",
            ".plain",
            ".set[=s]"
        ]
    );
    let at = |path: &str| live.at(path.trim_start_matches('.')).map(Value::to_json).unwrap_or_default();
    assert_eq!(
        paths.iter().map(|path| at(path)).collect::<Vec<_>>(),
        ["7", "\"x\"", "9", "\"z\"", "8", "[3]", "\"s\""]
    );
    let ours = owned(fields, [Some(&want), Some(&applied)], &live);
    assert_eq!(
        ours.to_json(),
        r#"{"a":{"b":7},"list":[{"name":"z","v":8},{"name":"x","v":9}],"plain":[3],"set":["s"]}"#
    );
}
