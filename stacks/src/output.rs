//! What is known only after apply.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::address::Address;
use crate::schema::Text;
use crate::value::{Reference, Value};

/// A value that is known only after apply: an attribute of a resource, or something made of such attributes.
///
/// A definition can hand it on and build texts with it ([`output!`](crate::output)); it cannot look into it. There is no
/// `PartialEq`, `Display` or `Debug`, because the shape of the graph may not hang on a value that no plan knows.
pub struct Output<T> {
    value: Value,
    of: PhantomData<fn() -> T>,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T> Output<T> {
    pub(crate) fn new(value: Value) -> Self {
        Self { value, of: PhantomData }
    }

    /// An attribute of a resource: what the methods of handles return.
    pub(crate) fn reference(address: &Address, path: &'static str) -> Self {
        Self::new(Value::Reference(Reference { address: address.clone(), path: path.into() }))
    }

    pub(crate) fn into_value(self) -> Value {
        self.value
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    fn picked<U>(&self, path: Text) -> Output<U> {
        Output::new(Value::Pick(Box::new(self.value.clone()), path))
    }
}

impl<T> Output<Vec<T>> {
    /// The entry of a list, counted from 0. That there is one is checked when the value is known.
    pub fn at(&self, index: usize) -> Output<T> {
        self.picked(index.to_string().into())
    }
}

impl<T> Output<BTreeMap<String, T>> {
    /// The value of a key of a map. That there is one is checked when the value is known.
    pub fn key(&self, key: &str) -> Output<T> {
        self.picked(key.to_owned().into())
    }
}

/// A part of an output that is not modelled: names of keys and numbers of entries, with dots between.
///
/// The type is what the caller says it is, and is checked when the value is known.
///
/// ```
/// # use flashinfra_stacks::{Any, Output, pick};
/// fn issuer(cluster_status: &Output<Any>) -> Output<String> {
///     pick(cluster_status, "identity.0.oidc.issuer")
/// }
/// ```
pub fn pick<T, U>(from: &Output<T>, path: &str) -> Output<U> {
    from.picked(path.to_owned().into())
}
