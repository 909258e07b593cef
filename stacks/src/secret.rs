//! Secrets: where they come from. A stack program never holds one.

use std::marker::PhantomData;

use crate::address::Address;
use crate::value::{Reference, Source, Value};

/// A secret, as the source that it comes from when the stack is applied.
///
/// The program that declares the stack never sees the clear text, so that neither the compiled stack nor a plan can hold it.
/// Hence there is no way from text to a `Secret`, and none from a `Secret` to text: no `From<&str>`, `Display`, `Debug` or
/// `PartialEq`. A text with a secret in it ([`output!`](crate::output)) is a secret.
///
/// ```
/// use flashinfra_stacks::{Secret, output};
///
/// let password = Secret::env("DB_PASSWORD").version(2);
/// let url: Secret<String> = output!("postgres://app:{password}@db.internal/shop");
/// ```
pub struct Secret<T> {
    source: Source,
    of: PhantomData<fn() -> T>,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::new(self.source.clone())
    }
}

impl Secret<String> {
    /// The environment variable `name` of the process that applies the plan.
    pub fn env(name: impl Into<String>) -> Self {
        Self::new(Source::Environment { name: name.into().into(), version: 1 })
    }

    /// The content of the file at `path` on the machine that applies the plan, without a line end after its last line.
    pub fn file(path: impl Into<String>) -> Self {
        Self::new(Source::File { path: path.into().into(), version: 1 })
    }

    /// The version of the value, 1 unless said. Secrets are compared by version and never by value: raise it when the
    /// value behind the source has changed, and the next plan updates what consumes it.
    ///
    /// Of a text it sets the version of all sources in it.
    #[must_use]
    pub fn version(mut self, number: u32) -> Self {
        self.source.set_version(number);
        self
    }
}

impl<T> Secret<T> {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, of: PhantomData }
    }

    pub(crate) fn reference(address: &Address, path: &'static str) -> Self {
        Self::new(Source::Reference(Reference { address: address.clone(), path: path.into() }))
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Secret(self.source)
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Secret(self.source.clone())
    }
}

/// What fits a secret attribute: a [`Secret`], and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a secret: this attribute takes `Secret<{T}>`",
    label = "name where the secret comes from: `Secret::env(\"NAME\")` or `Secret::file(\"path\")`",
    note = "a stack holds no secret in clear, so that none can reach a plan, a ledger or a log"
)]
pub trait IntoSecret<T> {
    /// The secret.
    fn into_secret(self) -> Secret<T>;
}

#[diagnostic::do_not_recommend]
impl<T> IntoSecret<T> for Secret<T> {
    fn into_secret(self) -> Secret<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoSecret<T> for &Secret<T> {
    fn into_secret(self) -> Secret<T> {
        self.clone()
    }
}
