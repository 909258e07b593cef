//! Types for ids, so that a subnet's does not fit where a network's is needed.

use std::fmt;

use crate::cidr::Cidr;

/// Makes types for the ids of kinds: texts that fit nowhere else.
///
/// What an id looks like may stand behind the type: how it begins, where `*` is any run of characters but `:` and `/`.
/// Literals ([`id!`](crate::id)) and parameters are checked against it.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() {
/// use flashinfra::{id, id_type};
///
/// id_type! {
///     /// The id of a VPC.
///     pub VpcId = "vpc-";
///     /// The ARN of an IAM role.
///     pub RoleArn = "arn:*:iam::*:role/";
///     /// The name of an availability zone.
///     pub AvailabilityZone;
/// }
///
/// let existing = id!(VpcId, "vpc-0a1b2c3d");
/// let zone = AvailabilityZone::new(format!("us-east-1{}", "a"));
/// # }
/// ```
#[macro_export]
macro_rules! id_type {
    ($($(#[$meta:meta])* $visibility:vis $name:ident $(= $form:literal)?;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name($crate::__private::SchemaText);

        impl $name {
            const FORM: &'static str = concat!("" $(, $form)?);

            /// An id that exists already, made by others than this stack. Its form is not checked: `id!` does that for a
            /// literal, and `parse` for any text.
            pub fn new(id: impl Into<String>) -> Self {
                Self($crate::__private::SchemaText::Owned(id.into()))
            }

            /// A literal; `id!` makes the compiler evaluate it.
            ///
            /// # Panics
            /// When the text is no such id: in a constant that is an error of the compiler.
            #[doc(hidden)]
            #[track_caller]
            pub const fn literal(id: &'static str) -> Self {
                if $crate::__private::has_form(id, Self::FORM) {
                    Self($crate::__private::SchemaText::Borrowed(id))
                } else {
                    panic!(concat!("malformed ", stringify!($name), $(": it looks like `", $form, "…`, and",)? " has no spaces"))
                }
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
            type Err = $crate::IdError;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                $crate::__private::check_id(id, stringify!($name), Self::FORM).map(|()| Self::new(id))
            }
        }

        $crate::__private::text_scalar!($name);
    )+};
}

/// An id whose text is checked while compiling, by `cargo check` too: `id!(VpcId, "vpc-0a1b2c3d")`.
///
/// ```compile_fail
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() {
/// flashinfra::id_type! { pub VpcId = "vpc-"; }
/// let existing = flashinfra::id!(VpcId, "subnet-0a1b2c3d");
/// # }
/// ```
#[macro_export]
macro_rules! id {
    ($id:ty, $text:literal) => {{
        // An item and not a `const { … }` block: only items are evaluated by `cargo check`.
        const ID: $id = <$id>::literal($text);
        ID
    }};
}

/// Why a text is not an id of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError {
    name: &'static str,
    form: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, form } = self;
        match *form {
            "" => write!(f, "{name} is a text without spaces"),
            form => write!(f, "{name} looks like `{form}…`"),
        }
    }
}

impl std::error::Error for IdError {}

/// Checks the text of an id: for generated code.
pub fn check_id(text: &str, name: &'static str, form: &'static str) -> Result<(), IdError> {
    if has_form(text, form) { Ok(()) } else { Err(IdError { name, form }) }
}

/// Whether a text begins like this and goes on, without a space. In a form, `*` is a run of characters but `:` and `/`.
pub const fn has_form(text: &str, form: &str) -> bool {
    let (text, form) = (text.as_bytes(), form.as_bytes());
    let (mut at, mut expected) = (0, 0);
    while expected < form.len() {
        if form[expected] == b'*' {
            let start = at;
            while at < text.len() && text[at] != b':' && text[at] != b'/' {
                at += 1;
            }
            if at == start {
                return false;
            }
        } else {
            if at == text.len() || text[at] != form[expected] {
                return false;
            }
            at += 1;
        }
        expected += 1;
    }
    let goes_on = at < text.len();
    while at < text.len() {
        if text[at].is_ascii_whitespace() {
            return false;
        }
        at += 1;
    }
    goes_on
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
        #[diagnostic::do_not_recommend]
        impl $crate::__private::Scalar for $name {
            const ELEMENT: $crate::__private::Element =
                $crate::__private::Element::Text($crate::__private::text(stringify!($name)));

            fn into_value(self) -> $crate::__private::Value {
                $crate::__private::Value::text(self.to_string())
            }
        }

        #[diagnostic::do_not_recommend]
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

#[cfg(test)]
mod tests {
    use super::has_form;

    #[test]
    fn ids_have_forms() {
        for (text, form) in [
            ("vpc-0a", "vpc-"),
            ("anything", ""),
            ("arn:aws:iam::123456789012:role/x", "arn:*:iam::*:role/"),
            ("arn:aws-cn:iam::aws:policy/service-role/X", "arn:*:iam::*:policy/"),
        ] {
            assert!(has_form(text, form), "{text} {form}");
        }
        for (text, form) in [
            ("subnet-0a", "vpc-"),
            ("vpc-", "vpc-"),
            ("vp", "vpc-"),
            ("", ""),
            ("vpc-a b", "vpc-"),
            ("arn:aws:iam::123456789012:user/x", "arn:*:iam::*:role/"),
            ("arn::iam::123456789012:role/x", "arn:*:iam::*:role/"),
            ("arn:aws:iam::12/34:role/x", "arn:*:iam::*:role/"),
        ] {
            assert!(!has_form(text, form), "{text} {form}");
        }
    }
}
