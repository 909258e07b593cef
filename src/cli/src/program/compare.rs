//! Where two runs of a stack program differ.

use std::path::Path;

use serde_json::{Map, Value};

use crate::problem::{Place, Problem};

/// How much of a value is shown.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// The first thing that was not the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// What it is: `resource aws.vpc/main, attributes.tags`.
    what: String,
    first: String,
    second: String,
    /// Where it was declared.
    at: Option<String>,
}

impl Difference {
    /// The refusal of the stack.
    pub(super) fn refuse(&self, stack: &str, root: &Path) -> Problem {
        let Self { what, first, second, at } = self;
        let message =
            format!("stack `{stack}` is different each time it is compiled: {what} was {first}, then {second}");
        Problem::new(message)
            .help("a stack is computed from its parameters alone: no clock, no random numbers, no order of a HashMap")
            .at(at.as_deref().map(|at| Place::find(at, root)))
    }
}

/// Compares two compiled stacks; they have a line for each schema, resource and output.
pub(super) fn first_difference(first: &[u8], second: &[u8]) -> Option<Difference> {
    if first == second {
        return None;
    }
    let mut lines = first.split(|byte| *byte == b'\n').zip(second.split(|byte| *byte == b'\n'));
    match lines.find(|(one, other)| one != other) {
        Some((one, other)) => Some(of_lines(&String::from_utf8_lossy(one), &String::from_utf8_lossy(other))),
        None => Some(Difference {
            what: "the compiled stack".to_owned(),
            first: format!("{} bytes long", first.len()),
            second: format!("{} bytes", second.len()),
            at: None,
        }),
    }
}

fn of_lines(first: &str, second: &str) -> Difference {
    let (Some(one), Some(other)) = (object(first), object(second)) else { return of_text(first, second) };
    let (name, other_name) = (name(&one), name(&other));
    let at = one.get("at").and_then(Value::as_str).map(str::to_owned);
    if name != other_name {
        let what = "what stands in one place of it".to_owned();
        return Difference { what, first: name, second: other_name, at };
    }
    let mut path = Vec::new();
    let (first, second) = difference(&Value::Object(one), &Value::Object(other), &mut path);
    Difference { what: format!("{name}, {}", path.join(".")), first, second, at }
}

/// What a line declares.
fn name(line: &Map<String, Value>) -> String {
    let named = [("address", "resource"), ("kind", "schema"), ("name", "output")];
    let mut found = named.iter().filter_map(|(key, what)| Some(format!("{what} {}", line.get(*key)?.as_str()?)));
    found.next().unwrap_or_else(|| "a line".to_owned())
}

/// The first difference between two values that are not equal, and the way to it.
fn difference(first: &Value, second: &Value, path: &mut Vec<String>) -> (String, String) {
    let inner = match (first, second) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys());
            keys.map(|key| (key.clone(), one.get(key), other.get(key))).find(|(_, one, other)| one != other)
        }
        (Value::Array(one), Value::Array(other)) => {
            let indices = 0..one.len().max(other.len());
            indices
                .map(|index| (index.to_string(), one.get(index), other.get(index)))
                .find(|(_, one, other)| one != other)
        }
        _ => None,
    };
    match inner {
        Some((step, one, other)) => {
            path.push(step);
            match (one, other) {
                (Some(one), Some(other)) => difference(one, other, path),
                (one, other) => (one.map_or_else(unset, shown), other.map_or_else(unset, shown)),
            }
        }
        None => (shown(first), shown(second)),
    }
}

fn unset() -> String {
    "unset".to_owned()
}

fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

/// The difference of two lines that are no objects.
fn of_text(first: &str, second: &str) -> Difference {
    let same = first.chars().zip(second.chars()).take_while(|(one, other)| one == other).count();
    let rest = |text: &str| cut(&text.chars().skip(same).collect::<String>());
    let what = format!("the compiled stack, at `{}`", first.chars().take(same).collect::<String>().trim_start());
    Difference { what: cut(&what), first: rest(first), second: rest(second), at: None }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The object that a line begins with, whatever closes the lists behind it.
fn object(line: &str) -> Option<Map<String, Value>> {
    serde_json::Deserializer::from_str(line).into_iter().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(first: &str, second: &str, expected: &str) {
        let Difference { what, first, second, .. } =
            first_difference(first.as_bytes(), second.as_bytes()).expect("they differ");
        assert_eq!(format!("{what}: {first} | {second}"), expected);
    }

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference(b"a\n", b"a\n"), None);
        check(
            "{\"format\":1,\n{\"address\":\"aws.vpc/a\",\"attributes\":{\"tags\":{\"built\":\"1\"}},\"at\":\"m.rs:1\"}],",
            "{\"format\":1,\n{\"address\":\"aws.vpc/a\",\"attributes\":{\"tags\":{\"built\":\"2\"}},\"at\":\"m.rs:1\"}],",
            "resource aws.vpc/a, attributes.tags.built: \"1\" | \"2\"",
        );
        check(
            "{\"address\":\"aws.vpc/a\",\"attributes\":{}},",
            "{\"address\":\"aws.vpc/b\",\"attributes\":{}},",
            "what stands in one place of it: resource aws.vpc/a | resource aws.vpc/b",
        );
        check("{\"name\":\"x\",\"value\":[1,2]}]}", "{\"name\":\"x\",\"value\":[1]}]}", "output x, value.1: 2 | unset");
        check("a", "a\nb", "the compiled stack: 1 bytes long | 3 bytes");
        check("\"aws\":1,", "\"gcp\":1,", "the compiled stack, at `\"`: aws\":1, | gcp\":1,");
    }
}
