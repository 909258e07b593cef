//! Values of every kind, also awkward ones.

use super::{Random, address};
use crate::value::{Expression, Map, Name, Reference, Secret, Value};

const TEXTS: [&str; 9] =
    ["", "a", "10.0.0.0/16", "é → ✓", "\"quoted\"\\", "line\nline", "$ref", "0", "\u{7f}\u{1}\u{2028}"];
const KEYS: [&str; 7] = ["a", "$ref", "$map", "with.dot", "Name", "z", "ü"];

/// A value; `depth` limits how deep it nests.
pub(crate) fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 13 }) {
        0 => Value::Null,
        1 => Value::Bool(random.one_in(2)),
        2 => Value::Integer(*random.pick(&[0, -1, i64::MIN, i64::MAX, 42])),
        3 | 4 => Value::from(*random.pick(&TEXTS)),
        5 => Value::Unknown,
        6 | 7 => Value::List((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        8 | 9 => Value::Map(map(random, depth - 1)),
        10 | 11 => Value::Expression(Box::new(expression(random, depth - 1))),
        _ => Value::Secret(Box::new(secret(random, depth - 1))),
    }
}

/// A map of such values.
pub(crate) fn map(random: &mut Random, depth: usize) -> Map {
    (0..random.below(4)).map(|_| (Name::new(random.pick(&KEYS)), value(random, depth))).collect()
}

fn expression(random: &mut Random, depth: usize) -> Expression {
    match random.below(6) {
        0 => Expression::Reference(reference(random)),
        1 => Expression::Text(vec![
            "https://".into(),
            Value::Expression(Box::new(Expression::Reference(reference(random)))),
        ]),
        2 => Expression::Join { separator: ",".into(), list: value(random, depth) },
        3 => Expression::Base64(value(random, depth)),
        4 => Expression::Json(value(random, depth)),
        _ => Expression::Pick { from: value(random, depth), path: "0.address".into() },
    }
}

fn reference(random: &mut Random) -> Reference {
    Reference {
        address: address(random.below(9)),
        path: (*random.pick(&["id", "endpoint.address", "rules.0.id"])).into(),
    }
}

fn secret(random: &mut Random, depth: usize) -> Secret {
    let version = *random.pick(&[1, 2, 77]);
    let env = Value::Secret(Box::new(Secret::Env { name: "DB_PASSWORD".into(), version }));
    match random.below(5) {
        0 => Secret::Env { name: "DB_PASSWORD".into(), version },
        1 => Secret::File { path: "secrets/db".into(), version },
        2 => Secret::Text(vec!["postgres://app:".into(), env, value(random, depth)]),
        3 => Secret::Base64(env),
        _ => Secret::Json(Value::List([env].into())),
    }
}
