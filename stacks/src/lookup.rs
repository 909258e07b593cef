//! Lookups: what a stack asks about things that exist already and that it does not own.

use std::borrow::Cow;
use std::sync::Arc;

use crate::address::Address;
use crate::draft::Draft;
use crate::input::Scalar;
use crate::schema::Schema;
use crate::value::Value;

/// A kind of lookup: a struct with `#[derive(Lookup)]`.
///
/// Like a [`Resource`](crate::Resource) the struct is never built. Its `Input`s are what is asked, its `Computed`s what is
/// answered. A plan asks before it compares anything, so that answers are known while planning: a changed answer shows as an
/// ordinary change of what uses it, and stands in the plan.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() -> Result<(), Vec<flashinfra::Problem>> {
/// use flashinfra::{Computed, Input, Lookup, Resource, Stack};
///
/// /// The newest image of a name.
/// #[derive(Lookup)]
/// #[lookup(kind = "acme.newest_image")]
/// pub struct NewestImage {
///     /// The name.
///     pub name: Input<String>,
///     /// The id of the image.
///     pub id: Computed<String>,
/// }
///
/// /// A machine.
/// #[derive(Resource)]
/// #[resource(kind = "acme.machine")]
/// pub struct Machine {
///     /// What it starts with.
///     #[attr(replace)]
///     pub image: Input<String>,
/// }
///
/// let mut stack = Stack::new("shop", "production");
/// let image = stack.lookup("image", NewestImage::builder().name("debian-13"));
/// stack.add("web", Machine::builder().image(image.id()));
/// assert!(stack.compile()?.contains("\"lookups\""));
/// # Ok(())
/// # }
/// ```
pub trait Lookup {
    /// What the engine knows about the kind.
    const SCHEMA: &'static Schema;

    /// What [`Stack::lookup`](crate::Stack::lookup) returns: a method for each attribute that is answered.
    type Handle: LookupHandle;
}

/// A declared lookup, as resources refer to its answer.
pub trait LookupHandle {
    /// The handle of an address: for generated code.
    #[doc(hidden)]
    fn at(address: Address) -> Self
    where
        Self: Sized;
}

/// A lookup's builder on which everything that has to be asked is set: what [`Stack::lookup`](crate::Stack::lookup) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the builder of a lookup",
    label = "the builder of a lookup is needed here, as in `aws::CallerIdentity::builder()`"
)]
pub trait IntoLookup {
    /// The kind.
    type Lookup: Lookup;

    /// What was set: for generated code.
    #[doc(hidden)]
    fn into_draft(self) -> Draft;
}

/// What fits an attribute of a lookup of type `T`: a value that is known while planning, and no output.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: a lookup is asked while planning, and takes a `{T}` that is known by then",
    label = "not a `{T}` that is known before anything is read",
    note = "an output is known only once something was read or made; pass what it is made of as a parameter"
)]
pub trait IntoKnown<T> {
    /// The value.
    fn into_known(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: Scalar> IntoKnown<T> for T {
    fn into_known(self) -> Value {
        self.into_value()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Scalar + Clone> IntoKnown<T> for &T {
    fn into_known(self) -> Value {
        self.clone().into_value()
    }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoKnown<String> for $text {
            fn into_known(self) -> Value {
                Value::text(self.to_string())
            }
        }
    )*};
}

texts!(&str, &&str, Cow<'_, str>, &Cow<'_, str>, Arc<str>, &Arc<str>, Box<str>);
