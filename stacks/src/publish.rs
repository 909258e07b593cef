//! What a stack can publish as an output.

use std::collections::BTreeMap;

use crate::input::{Input, List, Map, Scalar};
use crate::output::Output;
use crate::secret::Secret;
use crate::value::Value;

/// What [`Stack::output`](crate::Stack::output) takes: an output or a value, or a list or map of these. A secret stays one: only
/// where it comes from is published.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be published: outputs, single values, secrets, and lists and maps of these can",
    label = "not a value of a stack"
)]
pub trait Publish {
    /// The value.
    #[doc(hidden)]
    fn into_published(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> Publish for T {
    fn into_published(self) -> Value {
        self.into_value()
    }
}

/// Wrappers of a value, and references to them.
macro_rules! wrappers {
    ($($wrapper:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T> Publish for $wrapper<T> {
            fn into_published(self) -> Value {
                self.into_value()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T> Publish for &$wrapper<T> {
            fn into_published(self) -> Value {
                self.clone().into_value()
            }
        }
    )*};
}

wrappers!(Output, Input, List, Map, Secret);

#[diagnostic::do_not_recommend]
impl Publish for &str {
    fn into_published(self) -> Value {
        Value::text(self.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl Publish for &String {
    fn into_published(self) -> Value {
        Value::text(self.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<P: Publish> Publish for Vec<P> {
    fn into_published(self) -> Value {
        Value::List(self.into_iter().map(Publish::into_published).collect())
    }
}

#[diagnostic::do_not_recommend]
impl<P: Publish, const N: usize> Publish for [P; N] {
    fn into_published(self) -> Value {
        Value::List(self.into_iter().map(Publish::into_published).collect())
    }
}

#[diagnostic::do_not_recommend]
impl<K: Into<String>, P: Publish> Publish for BTreeMap<K, P> {
    fn into_published(self) -> Value {
        Value::Map(self.into_iter().map(|(key, value)| (key.into().into(), value.into_published())).collect())
    }
}
