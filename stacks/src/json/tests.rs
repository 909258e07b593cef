//! What is read, what is refused, and where.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use super::*;

#[test]
fn values_survive_a_round_trip() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "-0",
        "9223372036854775807",
        "9223372036854775808",
        "1.50",
        "-2e-7",
        r#""quote \" backslash \\ line \n bell \u0007 ü 🦀""#,
        r#"{"a":[1,{"b":null}],"c":"x"}"#,
    ] {
        let read = Json::parse(text).unwrap();
        let expected = if text == "-0" { "0" } else { text };
        assert_eq!(read.to_string(), expected);
    }
    assert_eq!(Json::parse(" [ 1 , 2 ] \n").unwrap().to_string(), "[1,2]");
}

#[test]
fn escapes_are_read() {
    let read = Json::parse(r#""\u00fc\ud83e\udd80\/\b""#).unwrap();
    assert_eq!(read, Json::from("ü🦀/\u{8}"));
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let deep = "[".repeat(DEPTH_MAX + 2);
    for (text, reason, line, column) in [
        ("", "it ends where a value is expected", 1, 1),
        ("{\n \"a\": 1,\n}", "a key in double quotes is expected", 3, 1),
        ("[1,]", "a value is expected", 1, 4),
        ("[1 2]", "a comma or `]` is expected", 1, 4),
        (r#"{"a" 1}"#, "a colon is expected", 1, 6),
        (r#"{"a":1,"a":2}"#, "an object names a key twice", 1, 13),
        ("01", "something follows the value", 1, 2),
        ("1.", "a digit is expected", 1, 3),
        ("+1", "a value is expected", 1, 1),
        ("nul", "a value is expected", 1, 1),
        ("\"ü", "text is not closed", 1, 3),
        ("\"a\nb\"", "a control character in text must be escaped", 1, 3),
        (r#""\x""#, "no such escape", 1, 3),
        (r#""\ud83e""#, "half of a surrogate pair", 1, 8),
        (r#""\udd80\ud83e""#, "half of a surrogate pair", 1, 14),
        (r#""\u+123""#, "four hexadecimal digits are expected", 1, 4),
        (deep.as_str(), "it nests too deep", 1, DEPTH_MAX + 2),
    ] {
        assert_eq!(Json::parse(text), Err(JsonError { reason, line, column }), "{text:.40}");
    }
}

#[test]
fn long_text_is_cut_in_messages() {
    let told = Json::from("ü".repeat(100).as_str()).told();
    assert_eq!(told, format!("the text \"{}\"…", "ü".repeat(60)));
}
