//! Outputs inside of strings that somebody else's types hold.
//!
//! The types of Kubernetes' objects know nothing of values that come later: their fields are strings. So an output stands in one as
//! a token, as in AWS's CDK: a text that no person would write, and that becomes the value again when the object is converted. It
//! can stand inside a longer text. A typed change at a path, the other way to do it, would have the path checked by nobody and
//! the value far from the field that it is for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use flashinfra::__private::Plain;
use flashinfra::{Encode, Value};

const OPEN: &str = "\u{27ea}flashinfra:";
const CLOSE: &str = "\u{27eb}";

thread_local! {
    /// The values of the tokens that this thread made. A token is its number, the same in every run.
    static VALUES: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// A text that stands for an output, for the string fields of Kubernetes objects. It is good in the thread that made it, and
/// nowhere but in an object.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// use flashinfra::Output;
///
/// fn environment(host: &Output<String>, port: &Output<i64>) -> [String; 2] {
///     [kubernetes::token(host), format!("http://{}:{}/", kubernetes::token(host), kubernetes::token(port))]
/// }
/// ```
///
/// A secret has no token: it belongs into a [`Secret`](crate::Secret), whose name goes into the object.
pub fn token<E: Encode<Then<Plain> = Plain>>(output: E) -> String {
    let value = output.encode();
    VALUES.with_borrow_mut(|values| {
        values.push(value);
        format!("{OPEN}{}{CLOSE}", values.len() - 1)
    })
}

/// The value of a text: itself, or what the tokens in it stand for.
pub(crate) fn resolved(text: &str) -> Value {
    if !text.contains(OPEN) {
        return Value::text(text.to_owned());
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let value = after.split_once(CLOSE).and_then(|(number, after)| Some((value(number)?, after)));
        let Some((value, after)) = value else {
            return Value::Invalid(
                "it holds a part of a token: a token is used as it is, and nothing is cut off".into(),
            );
        };
        if !before.is_empty() {
            parts.push(Value::text(before.to_owned()));
        }
        parts.push(value);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Value::text(rest.to_owned()));
    }
    if parts.len() == 1 { parts.remove(0) } else { Value::Concatenation(parts) }
}

/// Whether a text holds a token where no output can stand.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether a text is one token and nothing else.
pub(crate) fn is_all_of(text: &str) -> bool {
    let inside = text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE));
    inside.is_some_and(|inside| !inside.contains(CLOSE))
}

fn value(number: &str) -> Option<Value> {
    let number: usize = number.parse().ok()?;
    VALUES.with_borrow(|values| values.get(number).cloned())
}

/// A map of texts, each a text with tokens.
pub(crate) fn map<K: Into<String>, V: Into<String>>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (key.into().into(), resolved(&value.into())));
    Value::Map(entries.collect::<BTreeMap<_, _>>())
}
