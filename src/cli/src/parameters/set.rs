//! `--set a.b=v`: taking the arguments apart, and typing their values by what the stack says about its parameters.

use flashinfra_stacks::json::Json;
use flashinfra_stacks::params::path::{ParameterPath, Step};

use super::tree::{Node, Origin};
use crate::program::{Kind, Shape};

/// One value of one argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) path: ParameterPath,
    /// As it was typed, escapes included.
    pub(crate) value: String,
}

/// Takes an argument apart: `a=1,b.c=2` are two assignments.
///
/// A comma separates assignments only where a path and an equals sign follow it; any other comma belongs to the value, and
/// `\,` always does. So Helm's form works, and so does `--set allowed=10.0.0.0/8,192.168.0.0/16`.
pub(crate) fn split(argument: &str) -> Result<Vec<Assignment>, &'static str> {
    let mut assignments = Vec::new();
    for piece in pieces(argument) {
        let (path, value) = split_at_equals(piece).ok_or("an equals sign is missing: write PATH=VALUE")?;
        assignments.push(Assignment { path: path.parse()?, value: value.to_owned() });
    }
    Ok(assignments)
}

/// The argument without its values, for messages: a value may be a secret.
pub(crate) fn without_value(argument: &str) -> &str {
    split_at_equals(argument).map_or("…", |(path, _)| path)
}

/// Splits at the commas that begin an assignment.
fn pieces(argument: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut braces = 0_usize;
    for (at, character, escaped) in characters(argument) {
        match character {
            '{' | '[' if !escaped => braces += 1,
            '}' | ']' if !escaped => braces = braces.saturating_sub(1),
            ',' if !escaped && braces == 0 && begins_assignment(&argument[at + 1..]) => {
                pieces.push(&argument[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&argument[start..]);
    pieces
}

fn begins_assignment(rest: &str) -> bool {
    let comma = characters(rest)
        .find(|(_, character, escaped)| *character == ',' && !escaped)
        .map_or(rest.len(), |found| found.0);
    let Some((path, _)) = split_at_equals(&rest[..comma]) else { return false };
    let is_name = path.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && path.chars().all(|character| character.is_ascii_alphanumeric() || "_-.[]\\/".contains(character));
    is_name && path.parse::<ParameterPath>().is_ok()
}

/// Splits at the first bare equals sign.
fn split_at_equals(text: &str) -> Option<(&str, &str)> {
    let (at, ..) = characters(text).find(|(_, character, escaped)| *character == '=' && !escaped)?;
    Some((&text[..at], &text[at + 1..]))
}

/// The characters with their places, and whether a backslash stands before them.
fn characters(text: &str) -> impl Iterator<Item = (usize, char, bool)> {
    let mut after_backslash = false;
    text.char_indices().map(move |(at, character)| {
        let escaped = after_backslash;
        after_backslash = character == '\\' && !escaped;
        (at, character, escaped)
    })
}

/// The value that was typed, as the parameter's type wants it. What does not fit stays text: the stack refuses it with the
/// same words as a bad value in a file. `shape` is none for a parameter that does not exist.
pub(crate) fn typed(value: &str, shape: Option<&Shape>, origin: &Origin) -> Node {
    Node::from_json(to_json(value, shape), origin)
}

fn to_json(value: &str, shape: Option<&Shape>) -> Json {
    let text = || Json::Text(value.replace("\\,", ","));
    let Some(shape) = shape else { return text() };
    if shape.optional && value == "null" {
        return Json::Null;
    }
    match shape.kind {
        Kind::Text => text(),
        Kind::Integer => value.parse().map_or_else(|_| text(), Json::Integer),
        Kind::Bool => value.parse().map_or_else(|_| text(), Json::Bool),
        Kind::List => match json_if(value, '[') {
            Some(list) => list,
            // A shell ate its quotes, or one was forgotten: that is no list of one item that begins with a bracket.
            None if value.starts_with('[') => text(),
            None => Json::List(items(value).into_iter().map(|item| to_json(item, shape.items.as_deref())).collect()),
        },
        Kind::Map | Kind::Block | Kind::Secret => json_if(value, '{').unwrap_or_else(text),
    }
}

/// The value as JSON when it begins like a list or an object and is one.
fn json_if(value: &str, opening: char) -> Option<Json> {
    if value.starts_with(opening) { Json::parse(value).ok() } else { None }
}

/// The items of `{a,b}` or `a,b`.
fn items(value: &str) -> Vec<&str> {
    let inner = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
    if inner.is_empty() {
        return Vec::new();
    }
    let mut items = Vec::new();
    let mut start = 0;
    for (at, ..) in characters(inner).filter(|(_, character, escaped)| *character == ',' && !escaped) {
        items.push(&inner[start..at]);
        start = at + 1;
    }
    items.push(&inner[start..]);
    items
}

/// The shape of what stands at a path.
pub(crate) fn shape_at(root: &Shape, steps: &[Step]) -> Option<Shape> {
    let mut shape = root.clone();
    for step in steps {
        shape = shape.inside(step)?;
    }
    Some(shape)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use super::*;

    fn check_split(argument: &str, expected: &[(&str, &str)]) {
        let split = split(argument).unwrap();
        let split: Vec<_> = split.iter().map(|found| (found.path.to_string(), found.value.as_str())).collect();
        let split: Vec<_> = split.iter().map(|(path, value)| (path.as_str(), *value)).collect();
        assert_eq!(split, expected, "{argument}");
    }

    #[test]
    fn arguments_are_taken_apart() {
        check_split("a=1", &[("a", "1")]);
        check_split("a.b[0]=x=y", &[("a.b[0]", "x=y")]);
        check_split("a=1,b.c=2", &[("a", "1"), ("b.c", "2")]);
        check_split("a=10.0.0.0/8,192.168.0.0/16", &[("a", "10.0.0.0/8,192.168.0.0/16")]);
        check_split("a={x,y},b=z", &[("a", "{x,y}"), ("b", "z")]);
        check_split(r#"a={"x":1,"y=":2},b=z"#, &[("a", r#"{"x":1,"y=":2}"#), ("b", "z")]);
        check_split(r"url=jdbc\,user=3", &[("url", r"jdbc\,user=3")]);
        check_split("note=hello, world = fine", &[("note", "hello, world = fine")]);
        check_split(r"tags.example\.com/team=a", &[(r"tags.example\.com/team", "a")]);
        check_split("a=", &[("a", "")]);
    }

    #[test]
    fn malformed_arguments_are_refused() {
        assert_eq!(split("zones"), Err("an equals sign is missing: write PATH=VALUE"));
        assert_eq!(split("=3"), Err("a name is missing"));
        assert_eq!(split("a[x]=3"), Err("between `[` and `]` stands a number from 0"));
        assert_eq!(without_value("db.password=hunter2"), "db.password");
        assert_eq!(without_value("hunter2"), "…");
    }

    #[test]
    fn values_get_the_type_of_their_parameter() {
        let list = |of| Shape { items: Some(Box::new(Shape::of(of))), ..Shape::of(Kind::List) };
        let optional = Shape { optional: true, ..Shape::of(Kind::Text) };
        for (value, shape, expected) in [
            ("2", Shape::of(Kind::Integer), "2"),
            ("two", Shape::of(Kind::Integer), "\"two\""),
            ("2", Shape::of(Kind::Text), "\"2\""),
            ("null", Shape::of(Kind::Text), "\"null\""),
            ("null", optional, "null"),
            ("true", Shape::of(Kind::Bool), "true"),
            ("yes", Shape::of(Kind::Bool), "\"yes\""),
            (r"a\,b", Shape::of(Kind::Text), "\"a,b\""),
            (r"C:\dir", Shape::of(Kind::Text), r#""C:\\dir""#),
            ("1,2", list(Kind::Integer), "[1,2]"),
            ("{1,2}", list(Kind::Text), r#"["1","2"]"#),
            (r"a\,b,c", list(Kind::Text), r#"["a,b","c"]"#),
            (r#"["a","b,c"]"#, list(Kind::Text), r#"["a","b,c"]"#),
            ("[a,b]", list(Kind::Text), "\"[a,b]\""),
            ("{}", list(Kind::Text), "[]"),
            ("", list(Kind::Text), "[]"),
            (r#"{"a":1}"#, Shape::of(Kind::Map), r#"{"a":1}"#),
            ("x", Shape::of(Kind::Block), "\"x\""),
        ] {
            assert_eq!(to_json(value, Some(&shape)).to_string(), expected, "{value} {:?}", shape.kind);
        }
        assert_eq!(to_json("3", None).to_string(), "\"3\"");
    }
}
