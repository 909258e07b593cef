//! Texts made of parts, in a type that remembers whether one of them is a secret.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::input::{Input, Scalar};
use crate::output::Output;
use crate::secret::Secret;
use crate::value::{Source, Value, literal};

/// No part so far is a secret.
pub enum Plain {}

/// At least one part is a secret, and so is the whole.
pub enum Confidential {}

/// [`Plain`] or [`Confidential`].
pub trait Kind {
    /// What a text of this kind is: an [`Output`] or a [`Secret`].
    type Out;

    /// The kind of a text of kind `K` with one of this kind in it.
    type With<K: Kind>: Kind;

    /// A text of these parts.
    fn concatenation(parts: Vec<Value>) -> Self::Out;

    /// The base64 of this value.
    fn base64(value: Value) -> Self::Out;

    /// The JSON text of this value.
    fn json(value: Value) -> Self::Out;
}

impl Kind for Plain {
    type Out = Output<String>;
    type With<K: Kind> = K;

    fn concatenation(mut parts: Vec<Value>) -> Output<String> {
        Output::new(match parts.as_slice() {
            [] => Value::text(""),
            [Value::Text(_)] => parts.remove(0),
            _ => Value::Concatenation(parts),
        })
    }

    fn base64(value: Value) -> Output<String> {
        Output::new(Value::Base64(Box::new(value)))
    }

    fn json(value: Value) -> Output<String> {
        Output::new(Value::Json(Box::new(value)))
    }
}

impl Kind for Confidential {
    type Out = Secret<String>;
    type With<K: Kind> = Confidential;

    fn concatenation(parts: Vec<Value>) -> Secret<String> {
        Secret::new(Source::Concatenation(parts))
    }

    fn base64(value: Value) -> Secret<String> {
        Secret::new(Source::Base64(Box::new(value)))
    }

    fn json(value: Value) -> Secret<String> {
        Secret::new(Source::Json(Box::new(value)))
    }
}

/// What can stand in a text: text, whole numbers, `bool`, addresses and ids, outputs of these, and secrets.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a text: only text, whole numbers, `bool`, ids, their outputs and secrets can",
    label = "this is not text",
    note = "outputs are methods of a handle, as in `vpc.id()`; `join(\",\", list)` makes a text of a list"
)]
pub trait Part {
    /// What becomes of a text of kind `K` when this joins it.
    type Then<K: Kind>: Kind;

    /// The part as a value.
    #[doc(hidden)]
    fn part(&self) -> Value;
}

impl<P: Part + ?Sized> Part for &P {
    type Then<K: Kind> = P::Then<K>;

    fn part(&self) -> Value {
        (**self).part()
    }
}

/// Parts that are known and no secrets.
macro_rules! plain_parts {
    ($($part:ty => |$value:ident| $into:expr),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl Part for $part {
            type Then<K: Kind> = K;

            fn part(&self) -> Value {
                let $value = self;
                $into
            }
        }
    )*};
}

plain_parts!(
    str => |value| Value::text(value.to_owned()),
    String => |value| Value::text(value.clone()),
    Cow<'_, str> => |value| Value::text(value.to_string()),
    Arc<str> => |value| Value::text(value.to_string()),
    Box<str> => |value| Value::text(value.to_string()),
    char => |value| Value::text(value.to_string()),
    bool => |value| Value::Bool(*value),
    i64 => |value| Value::Integer(*value),
    i32 => |value| Value::Integer(i64::from(*value)),
    i16 => |value| Value::Integer(i64::from(*value)),
    u32 => |value| Value::Integer(i64::from(*value)),
    u16 => |value| Value::Integer(i64::from(*value)),
    u8 => |value| Value::Integer(i64::from(*value)),
    u64 => |value| Value::text(value.to_string()),
    usize => |value| Value::text(value.to_string()),
);

#[diagnostic::do_not_recommend]
impl<T: Scalar> Part for Output<T> {
    type Then<K: Kind> = K;

    fn part(&self) -> Value {
        self.value().clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Part for Input<T> {
    type Then<K: Kind> = K;

    fn part(&self) -> Value {
        self.value().clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Part for Secret<T> {
    type Then<K: Kind> = Confidential;

    fn part(&self) -> Value {
        self.to_value()
    }
}

/// A text that grows by parts: what [`output!`](crate::output) expands to.
pub struct Text<K> {
    parts: Vec<Value>,
    kind: PhantomData<fn() -> K>,
}

impl Text<Plain> {
    /// The empty text.
    pub fn new() -> Self {
        Self { parts: Vec::new(), kind: PhantomData }
    }
}

impl Default for Text<Plain> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kind> Text<K> {
    /// The text with a part behind it; a secret part makes it a secret.
    pub fn push<P: Part>(mut self, part: P) -> Text<P::Then<K>> {
        append(&mut self.parts, part.part());
        Text { parts: self.parts, kind: PhantomData }
    }

    /// The whole: an `Output<String>`, or a `Secret<String>` if one part was a secret.
    pub fn finish(self) -> K::Out {
        K::concatenation(self.parts)
    }
}

/// Appends a part in the one form that equal texts have: texts within texts are flat, neighbouring literals are one.
fn append(parts: &mut Vec<Value>, part: Value) {
    match part {
        Value::Concatenation(inner) | Value::Secret(Source::Concatenation(inner)) => {
            inner.into_iter().for_each(|part| append(parts, part));
        }
        part => match (parts.last_mut(), literal(&part)) {
            (_, Some(text)) if text.is_empty() => {}
            (Some(Value::Text(last)), Some(text)) => last.to_mut().push_str(&text),
            (_, Some(text)) => parts.push(Value::text(text.into_owned())),
            (_, None) => parts.push(part),
        },
    }
}

/// What [`join`] takes: anything to iterate over whose items can stand in a text, or an output that is a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined: a list of texts, ids, their outputs or secrets can",
    label = "not a list of what can stand in a text"
)]
pub trait Join {
    /// An `Output<String>`, or a `Secret<String>` if the entries are secrets.
    type Out;

    /// The entries with the separator between them.
    #[doc(hidden)]
    fn join(self, separator: &str) -> Self::Out;
}

#[diagnostic::do_not_recommend]
impl<I> Join for I
where
    I: IntoIterator,
    I::Item: Part,
{
    type Out = <<I::Item as Part>::Then<Plain> as Kind>::Out;

    fn join(self, separator: &str) -> Self::Out {
        let mut parts = Vec::new();
        for (index, item) in self.into_iter().enumerate() {
            if index > 0 {
                append(&mut parts, Value::text(separator.to_owned()));
            }
            append(&mut parts, item.part());
        }
        <<I::Item as Part>::Then<Plain> as Kind>::concatenation(parts)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Join for Output<Vec<T>> {
    type Out = Output<String>;

    fn join(self, separator: &str) -> Output<String> {
        Output::new(Value::Join(separator.to_owned().into(), Box::new(self.into_value())))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Join for &Output<Vec<T>> {
    type Out = Output<String>;

    fn join(self, separator: &str) -> Output<String> {
        self.clone().join(separator)
    }
}

/// The entries of a list as one text, with `separator` between them: Terraform's `join`.
///
/// ```
/// # use flashinfra_stacks::{Output, join};
/// fn brokers(hosts: &[Output<String>]) -> Output<String> {
///     join(",", hosts)
/// }
/// ```
pub fn join<L: Join>(separator: &str, list: L) -> L::Out {
    list.join(separator)
}

/// A text in base64 (RFC 4648, with padding): a secret if the text is one.
pub fn base64<P: Part>(text: P) -> <P::Then<Plain> as Kind>::Out {
    <P::Then<Plain> as Kind>::base64(text.part())
}
