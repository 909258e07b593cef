//! JSON documents with outputs in them, in a type that remembers whether something in it is a secret.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::any::Any;
use crate::input::{List, Map, Scalar};
use crate::output::Output;
use crate::text::{Kind, Part, Plain};
use crate::value::Value;

/// What can stand in a JSON document: what can stand in a text, and lists and maps of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a JSON document: text, whole numbers, `bool`, ids, outputs, secrets, and lists and maps of these can",
    label = "this is no JSON"
)]
pub trait Encode {
    /// What becomes of a document of kind `K` when this joins it.
    type Then<K: Kind>: Kind;

    /// The value.
    #[doc(hidden)]
    fn encode(&self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<P: Part> Encode for P {
    type Then<K: Kind> = P::Then<K>;

    fn encode(&self) -> Value {
        self.part()
    }
}

/// Collections of what can stand in a document.
macro_rules! collections {
    ($($(#[$meta:meta])* [$($generics:tt)*] $collection:ty => $item:ident, |$value:ident| $into:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$item: Encode, $($generics)*> Encode for $collection {
            type Then<K: Kind> = $item::Then<K>;

            fn encode(&self) -> Value {
                let $value = self;
                $into
            }
        }
    )*};
}

fn list<E: Encode>(items: &[E]) -> Value {
    Value::List(items.iter().map(Encode::encode).collect())
}

fn map<'a, E: Encode + 'a>(entries: impl IntoIterator<Item = (&'a String, &'a E)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.clone().into(), value.encode())).collect())
}

collections! {
    [] Vec<E> => E, |items| list(items);
    [] &Vec<E> => E, |items| list(items);
    [] &[E] => E, |items| list(items);
    [const N: usize] [E; N] => E, |items| list(items);
    [const N: usize] &[E; N] => E, |items| list(items.as_slice());
    [] BTreeMap<String, E> => E, |entries| map(entries);
    [] &BTreeMap<String, E> => E, |entries| map(*entries);
    [] Option<E> => E, |option| option.as_ref().map_or(Value::Null, Encode::encode);
}

/// Values that are known to be no secrets.
macro_rules! plain {
    ($([$($generics:tt)*] $plain:ty => |$value:ident| $into:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Encode for $plain {
            type Then<K: Kind> = K;

            fn encode(&self) -> Value {
                let $value = self;
                $into
            }
        }
    )*};
}

plain! {
    [T: Scalar] Output<Vec<T>> => |output| output.value().clone();
    [T: Scalar] &Output<Vec<T>> => |output| output.value().clone();
    [T: Scalar] Output<BTreeMap<String, T>> => |output| output.value().clone();
    [T: Scalar] &Output<BTreeMap<String, T>> => |output| output.value().clone();
    [T] List<T> => |list| list.clone().into_value();
    [T] Map<T> => |map| map.clone().into_value();
    [] Any => |any| any.clone().into_value();
    [] Null => |_null| Value::Null;
}

/// JSON's `null`.
pub struct Null;

/// A document that grows by entries: what [`json!`](crate::json!) expands to.
pub struct Document<K> {
    value: Value,
    kind: PhantomData<fn() -> K>,
}

impl Document<Plain> {
    /// The empty object.
    pub fn object() -> Self {
        Self { value: Value::Map(BTreeMap::new()), kind: PhantomData }
    }

    /// The empty list.
    pub fn list() -> Self {
        Self { value: Value::List(Vec::new()), kind: PhantomData }
    }

    /// What stands alone.
    pub fn single<E: Encode>(value: &E) -> Document<E::Then<Plain>> {
        Document { value: value.encode(), kind: PhantomData }
    }
}

impl<K: Kind> Document<K> {
    /// The object with one entry more; a secret makes it a secret.
    pub fn entry<E: Encode>(mut self, key: impl Into<String>, value: &E) -> Document<E::Then<K>> {
        if let Value::Map(entries) = &mut self.value {
            entries.insert(key.into().into(), value.encode());
        }
        Document { value: self.value, kind: PhantomData }
    }

    /// The list with one item more; a secret makes it a secret.
    pub fn item<E: Encode>(mut self, value: &E) -> Document<E::Then<K>> {
        if let Value::List(items) = &mut self.value {
            items.push(value.encode());
        }
        Document { value: self.value, kind: PhantomData }
    }

    /// The text of the document: an `Output<String>`, or a `Secret<String>` if there is a secret in it.
    pub fn finish(self) -> K::Out {
        K::json(self.value)
    }
}

impl<D: Kind> Encode for Document<D> {
    type Then<K: Kind> = D::With<K>;

    fn encode(&self) -> Value {
        self.value.clone()
    }
}

/// A JSON document as text, with outputs in it: Terraform's `jsonencode`.
///
/// Written like JSON, with expressions as values; a key is a text, or an expression in parentheses. The result is an
/// [`Output<String>`](crate::Output), or a [`Secret<String>`](crate::Secret) if there is a secret in it.
///
/// ```
/// use flashinfra_stacks::{Output, Secret, json};
///
/// fn policy(bucket_arn: &Output<String>, actions: &[String]) -> Output<String> {
///     json!({
///         "Version": "2012-10-17",
///         "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": bucket_arn }],
///     })
/// }
///
/// fn login(host: &Output<String>) -> Secret<String> {
///     json!({ "host": host, "port": 5432, "password": Secret::env("DB_PASSWORD") })
/// }
/// ```
#[macro_export]
macro_rules! json {
    ($($document:tt)*) => {
        $crate::__private::json_text!({$crate::__private} {$($document)*})
    };
}
