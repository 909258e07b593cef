//! Types for ids, so that a subnet's does not fit where a network's is needed.

/// Makes types for the ids of kinds: texts that fit nowhere else.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() {
/// flashinfra::id_type! {
///     /// The id of a VPC: `vpc-…`.
///     pub VpcId;
///     /// The id of a subnet: `subnet-…`.
///     pub SubnetId;
/// }
///
/// let existing = VpcId::new("vpc-0a1b2c3d");
/// # }
/// ```
#[macro_export]
macro_rules! id_type {
    ($($(#[$meta:meta])* $visibility:vis $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name($crate::__private::SchemaText);

        impl $name {
            /// An id that exists already, made by others than this stack.
            pub fn new(id: impl Into<String>) -> Self {
                Self($crate::__private::SchemaText::Owned(id.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Ok(Self::new(id))
            }
        }

        $crate::__private::text_scalar!($name);
    )+};
}

/// What a type that is written as text needs, to be the value of an attribute, a part of a text and a parameter; with what a
/// parameter of the type is expected to be, in words.
#[doc(hidden)]
#[macro_export]
macro_rules! __text_scalar {
    ($name:ident) => {
        $crate::__private::text_scalar!($name, "text");
    };
    ($name:ident, $expected:literal) => {
        impl $crate::__private::Scalar for $name {
            const ELEMENT: $crate::__private::Element =
                $crate::__private::Element::Text($crate::__private::text(stringify!($name)));

            fn into_value(self) -> $crate::__private::Value {
                $crate::__private::Value::text(self.to_string())
            }
        }

        impl $crate::__private::Part for $name {
            type Then<K: $crate::__private::Kind> = K;

            fn part(&self) -> $crate::__private::Value {
                $crate::__private::Value::text(self.to_string())
            }
        }

        #[diagnostic::do_not_recommend]
        impl $crate::params::Param for $name {
            fn shape() -> $crate::params::Shape {
                $crate::params::Shape {
                    format: stringify!($name),
                    ..$crate::params::Shape::of($crate::params::Kind::Text)
                }
            }

            fn parse(json: &$crate::json::Json, reader: &mut $crate::params::Reader) -> Option<Self> {
                reader.parse_text(json, $expected)
            }

            fn to_json(&self) -> $crate::json::Json {
                $crate::json::Json::Text(self.to_string())
            }
        }
    };
}

crate::__text_scalar!(Cidr, "text that is an IP range such as 10.0.0.0/16");
use crate::cidr::Cidr;
