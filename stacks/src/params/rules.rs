//! What a definition says about its parameters beyond their types: defaults and limits.

use std::collections::BTreeMap;

/// Why a check refuses a parameter.
///
/// A check gives `Result<(), String>`, `Result<(), &str>` or, to point at one field of a block, `Result<(), Refusal>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field of the block that is to blame, when it is one.
    pub field: Option<String>,
    /// The reason, which follows the parameter's name: `must be above min`.
    pub reason: String,
}

impl Refusal {
    /// Blames one field of the block that is checked.
    pub fn at(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: Some(field.into()), reason: reason.into() }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { field: None, reason }
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self::from(reason.to_owned())
    }
}

/// What `min` and `max` measure: the number itself, the characters of a text, the items of a list, the entries of a map.
#[diagnostic::on_unimplemented(
    message = "`min` and `max` do not apply to `{Self}`",
    note = "they limit whole numbers, and the length of text, lists and maps"
)]
pub trait Measure {
    /// What is counted, in the plural; empty for numbers.
    const UNIT: &'static str;

    /// The measure, or none for a parameter that is left out.
    fn measure(&self) -> Option<i128>;
}

/// Refuses what measures less than `min`.
///
/// # Errors
///
/// The reason, when it does.
pub fn at_least<T: Measure>(value: &T, min: i64) -> Result<(), Refusal> {
    limit(value, |measure| measure >= i128::from(min), "at least", min)
}

/// Refuses what measures more than `max`.
///
/// # Errors
///
/// The reason, when it does.
pub fn at_most<T: Measure>(value: &T, max: i64) -> Result<(), Refusal> {
    limit(value, |measure| measure <= i128::from(max), "at most", max)
}

fn limit<T: Measure>(value: &T, fits: impl Fn(i128) -> bool, side: &str, bound: i64) -> Result<(), Refusal> {
    match value.measure() {
        Some(measure) if !fits(measure) && T::UNIT.is_empty() => {
            Err(Refusal::from(format!("is {measure}, but must be {side} {bound}")))
        }
        Some(measure) if !fits(measure) => {
            Err(Refusal::from(format!("must have {side} {bound} {unit}, not {measure}", unit = T::UNIT)))
        }
        Some(_) | None => Ok(()),
    }
}

macro_rules! measure_integers {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Measure for $integer {
            const UNIT: &'static str = "";
            fn measure(&self) -> Option<i128> {
                i128::try_from(*self).ok()
            }
        }
    )*};
}

measure_integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

#[diagnostic::do_not_recommend]
impl Measure for String {
    const UNIT: &'static str = "characters";
    fn measure(&self) -> Option<i128> {
        i128::try_from(self.chars().count()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl<T> Measure for Vec<T> {
    const UNIT: &'static str = "items";
    fn measure(&self) -> Option<i128> {
        i128::try_from(self.len()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl<K, V> Measure for BTreeMap<K, V> {
    const UNIT: &'static str = "entries";
    fn measure(&self) -> Option<i128> {
        i128::try_from(self.len()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Measure> Measure for Option<T> {
    const UNIT: &'static str = T::UNIT;
    fn measure(&self) -> Option<i128> {
        self.as_ref().and_then(Measure::measure)
    }
}

/// What can be written after `default =` for a parameter of type `T`.
///
/// Beside `T` itself: a string literal for `String`, an array for a list, pairs for a map, and a bare value for an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no default for a parameter of type `{T}`",
    note = "write an expression of that type"
)]
pub trait IntoDefault<T> {
    /// Converts it.
    fn into_default(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> IntoDefault<T> for T {
    fn into_default(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoDefault<Option<T>> for T {
    fn into_default(self) -> Option<T> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoDefault<String> for &str {
    fn into_default(self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl IntoDefault<Option<String>> for &str {
    fn into_default(self) -> Option<String> {
        Some(self.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl<T, U: IntoDefault<T>, const N: usize> IntoDefault<Vec<T>> for [U; N] {
    fn into_default(self) -> Vec<T> {
        self.into_iter().map(IntoDefault::into_default).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<T, U: IntoDefault<T>, const N: usize> IntoDefault<BTreeMap<String, T>> for [(&str, U); N] {
    fn into_default(self) -> BTreeMap<String, T> {
        self.into_iter().map(|(key, value)| (key.to_owned(), value.into_default())).collect()
    }
}
