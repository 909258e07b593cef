//! Values that the API writes differently from how they were sent: quantities, durations, and numbers that may be text.
//!
//! A manifest says `500m` or `0.5`, `1Gi` or `1073741824`, and the API answers with a form of its own. Which fields are such values is
//! [data](flashinfra_stacks_kubernetes::facts), what they mean is arithmetic ([`amount`](flashinfra_plans::compare::amount)); a field of
//! a custom resource is told by the [schema](crate::list_keys::Schema) of its definition.

use flashinfra_plans::compare::amount::{Quantity, duration};
use flashinfra_stacks_kubernetes::facts::{Fact, tables};
use serde_json::Value;

use crate::object::GroupKind;
use crate::path::{Path, matches, prefix};

/// How a value means something that can be written in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `500m` is `0.5`.
    Quantity,
    /// `60m` is `1h0m0s`.
    Duration,
    /// `80` is `"80"`. Source: `k8s.io/apimachinery/pkg/util/intstr`.
    IntOrString,
}

/// How the value at a place of an object means something, where it can be written in several ways. Status is not in it: nobody declares
/// one.
pub fn scalar_at(kind: GroupKind<'_>, path: &Path) -> Option<Scalar> {
    let within = |(at, rows)| prefix(&path.0, at).map(|taken| (&path.0[taken..], rows));
    let tables = tables(kind);
    let mut tables = tables.iter().filter_map(|(at, rows)| within((at, *rows)));
    tables.find_map(|(rest, rows)| {
        let mut scalars = rows.iter().filter_map(|(path, fact)| Some((path, scalar(*fact)?)));
        scalars.find(|(path, _)| matches(rest, path)).map(|(_, scalar)| scalar)
    })
}

fn scalar(fact: Fact) -> Option<Scalar> {
    match fact {
        Fact::Quantity => Some(Scalar::Quantity),
        Fact::Duration => Some(Scalar::Duration),
        Fact::IntOrString => Some(Scalar::IntOrString),
        Fact::Keyed(_) | Fact::Set | Fact::Scaled => None,
    }
}

/// Whether two values of such a field are the same. What cannot be read as one is compared as it stands.
pub fn is_same(scalar: Scalar, left: &Value, right: &Value) -> bool {
    let read = match scalar {
        Scalar::Quantity => both(left, right, quantity).map(|(left, right)| left == right),
        Scalar::Duration => both(left, right, |value| duration(value.as_str()?)).map(|(left, right)| left == right),
        Scalar::IntOrString => both(left, right, whole_or_percent).map(|(left, right)| left == right),
    };
    read.unwrap_or_else(|| left == right)
}

fn both<T>(left: &Value, right: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<(T, T)> {
    Some((read(left)?, read(right)?))
}

/// A quantity as JSON has it, where it may be a number.
pub(crate) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text),
        // As it is written: 0.1 is a tenth.
        Value::Number(number) => Quantity::parse(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `25%` or a whole number, which may be text. A name is neither.
fn whole_or_percent(value: &Value) -> Option<(i64, bool)> {
    match value {
        Value::Number(number) => Some((number.as_i64()?, false)),
        Value::String(text) => match text.strip_suffix('%') {
            Some(percent) => Some((percent.parse().ok()?, true)),
            None => Some((text.parse().ok()?, false)),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
