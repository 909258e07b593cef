//! What an attribute can be set to: a value, or an output of another resource.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::output::Output;
use crate::schema::Element;
use crate::value::Value;

/// A type whose values are single values of an attribute: text, numbers, truth, and what `id_type!` makes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a single value",
    label = "text, a whole number, a `bool`, a `Cidr` or an id is needed here"
)]
pub trait Scalar: Sized {
    /// What the schema says about it.
    const ELEMENT: Element;

    /// The value as a definition knows it.
    fn into_value(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl Scalar for String {
    const ELEMENT: Element = Element::Text(Cow::Borrowed(""));

    fn into_value(self) -> Value {
        Value::text(self)
    }
}

#[diagnostic::do_not_recommend]
impl Scalar for bool {
    const ELEMENT: Element = Element::Bool;

    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Scalar for $integer {
            const ELEMENT: Element = Element::Integer;

            fn into_value(self) -> Value {
                Value::Integer(i64::from(self))
            }
        }
    )*};
}

integers!(i64, i32, i16, u32, u16, u8);

/// The value of an attribute: one that is known, or an [`Output`].
///
/// Definitions seldom name it: setters take [`IntoInput`]. `Input::from` makes one where an `if` or an array mixes values and
/// outputs.
pub struct Input<T> {
    value: Value,
    of: PhantomData<fn() -> T>,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T> Input<T> {
    /// An input from a value or an output.
    pub fn from(value: impl IntoInput<T>) -> Self {
        value.into_input()
    }

    pub(crate) fn new(value: Value) -> Self {
        Self { value, of: PhantomData }
    }

    pub(crate) fn into_value(self) -> Value {
        self.value
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }
}

/// What fits an attribute of type `T`: a `T`, or an [`Output<T>`](Output).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this attribute takes `{T}` or `Output<{T}>`",
    label = "neither a `{T}` nor an output that will be one",
    note = "an output is a method of what `stack.add` returned, as in `vpc.id()`; an `Option` goes through `.with(option, …)`"
)]
pub trait IntoInput<T> {
    /// The input.
    fn into_input(self) -> Input<T>;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> IntoInput<T> for T {
    fn into_input(self) -> Input<T> {
        Input::new(self.into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar + Clone> IntoInput<T> for &T {
    fn into_input(self) -> Input<T> {
        Input::new(self.clone().into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoInput<T> for Output<T> {
    fn into_input(self) -> Input<T> {
        Input::new(self.into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoInput<T> for &Output<T> {
    fn into_input(self) -> Input<T> {
        Input::new(self.value().clone())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoInput<T> for Input<T> {
    fn into_input(self) -> Input<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoInput<T> for &Input<T> {
    fn into_input(self) -> Input<T> {
        Input::new(self.value.clone())
    }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoInput<String> for $text {
            fn into_input(self) -> Input<String> {
                Input::new(Value::text(self.to_string()))
            }
        }
    )*};
}

texts!(&str, &&str, Cow<'_, str>, &Cow<'_, str>, Arc<str>, &Arc<str>, Box<str>);

/// The value of a list or set attribute: entries, or an output that is a list.
pub struct List<T> {
    value: Value,
    of: PhantomData<fn() -> T>,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T> List<T> {
    /// A list from anything that setters of lists take.
    pub fn from(list: impl IntoList<T>) -> Self {
        list.into_list()
    }

    pub(crate) fn new(value: Value) -> Self {
        Self { value, of: PhantomData }
    }

    pub(crate) fn into_value(self) -> Value {
        self.value
    }
}

/// What fits a list attribute: anything to iterate over whose items fit, or an output that is a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this attribute takes a list of `{T}` or of `Output<{T}>`",
    label = "a list is needed here, as in `[a, b]`"
)]
pub trait IntoList<T> {
    /// The list.
    fn into_list(self) -> List<T>;
}

// Recommended, unlike its neighbours: the message is then about the item that does not fit and not about the list.
impl<T, I> IntoList<T> for I
where
    I: IntoIterator,
    I::Item: IntoInput<T>,
{
    fn into_list(self) -> List<T> {
        List::new(Value::List(self.into_iter().map(|item| item.into_input().value).collect()))
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoList<T> for Output<Vec<T>> {
    fn into_list(self) -> List<T> {
        List::new(self.into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoList<T> for &Output<Vec<T>> {
    fn into_list(self) -> List<T> {
        List::new(self.value().clone())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoList<T> for List<T> {
    fn into_list(self) -> List<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoList<T> for &List<T> {
    fn into_list(self) -> List<T> {
        List::new(self.value.clone())
    }
}

/// The value of a map attribute: entries, or an output that is a map.
pub struct Map<T> {
    value: Value,
    of: PhantomData<fn() -> T>,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Map<T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T> Map<T> {
    /// A map from anything that setters of maps take.
    pub fn from(map: impl IntoMap<T>) -> Self {
        map.into_map()
    }

    pub(crate) fn new(value: Value) -> Self {
        Self { value, of: PhantomData }
    }

    pub(crate) fn into_value(self) -> Value {
        self.value
    }
}

/// What fits a map attribute: pairs of a key and a value that fits, or an output that is a map.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this attribute takes pairs of text and `{T}` or `Output<{T}>`",
    label = "pairs are needed here, as in `[(\"Name\", name)]`"
)]
pub trait IntoMap<T> {
    /// The map.
    fn into_map(self) -> Map<T>;
}

impl<T, I, K, V> IntoMap<T> for I
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: IntoInput<T>,
{
    fn into_map(self) -> Map<T> {
        let entries = self.into_iter().map(|(key, value)| (key.into().into(), value.into_input().value));
        Map::new(Value::Map(entries.collect()))
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMap<T> for Output<BTreeMap<String, T>> {
    fn into_map(self) -> Map<T> {
        Map::new(self.into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMap<T> for &Output<BTreeMap<String, T>> {
    fn into_map(self) -> Map<T> {
        Map::new(self.value().clone())
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMap<T> for Map<T> {
    fn into_map(self) -> Map<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoMap<T> for &Map<T> {
    fn into_map(self) -> Map<T> {
        Map::new(self.value.clone())
    }
}
