//! Parameters: what differs between the environments of a stack, as a typed struct.
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # fn main() {}
//! # use std::collections::BTreeMap;
//! use flashinfra::Params;
//!
//! /// What differs between environments.
//! #[derive(Params)]
//! struct Shop {
//!     /// In how many availability zones to run.
//!     #[param(default = 2, min = 1, max = 3)]
//!     zones: u32,
//!     /// Who answers for it. No default: every environment says so.
//!     owner: String,
//!     /// A block; its fields have their own defaults.
//!     nodes: Nodes,
//!     #[param(default = [("project", "shop")])]
//!     tags: BTreeMap<String, String>,
//! }
//!
//! #[derive(Params)]
//! #[param(check = Nodes::check)]
//! struct Nodes {
//!     #[param(default = Size::Large)]
//!     size: Size,
//!     #[param(default = 1)]
//!     min: u32,
//!     #[param(default = 3)]
//!     max: u32,
//! }
//!
//! #[derive(Clone, Copy, Params)]
//! enum Size {
//!     Small,
//!     Large,
//! }
//!
//! impl Nodes {
//!     fn check(&self) -> Result<(), String> {
//!         if self.min <= self.max { Ok(()) } else { Err("has min above max".to_owned()) }
//!     }
//! }
//! ```
//!
//! What `#[param(…)]` takes:
//!
//! | on | key | meaning |
//! |---|---|---|
//! | a field | `default = …` | its value when none is given; without `= …`, that of [`Default`] |
//! | a field | `min = …`, `max = …` | limits of a number, or of the length of text, a list or a map |
//! | a field, a struct | `check = …` | a function `fn(&T) -> Result<(), E>`, `E` being text or a [`Refusal`] |
//! | a variant | `name = "…"` | what it is written as; its name in snake case otherwise |
//! | a struct, an enum | `crate = …` | the path of this crate, `::flashinfra` otherwise |
//!
//! A block merges field by field: what the environment sets, over the default of the block, over the defaults of its fields.
//! A list or a map is one value: setting it replaces the default. A field without default and without value is refused, and
//! so is an unknown key. A [`Secret`](crate::Secret) takes where the value is kept, `{ env = "NAME" }` or
//! `{ file = "PATH" }`, and never the value.

mod describe;
pub mod path;
mod reader;
mod rules;
mod secret;
pub mod suggest;
mod types;

use crate::json::Json;

pub use describe::{Kind, Parameter, Shape};
pub use reader::{Entries, Fault, Reader};
pub use rules::{IntoDefault, Measure, Refusal, at_least, at_most};

/// A set of parameters: a struct whose fields are [`Param`]s. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of parameters",
    note = "put `#[derive(flashinfra::Params)]` on the struct"
)]
pub trait Params: Param {
    /// What it says about itself, field by field.
    fn parameters() -> Vec<Parameter>;
}

/// A type that a parameter can have.
///
/// A type of your own that is written as text needs `shape`, `parse` (through [`Reader::parse_text`] when it has a
/// `FromStr`) and `to_json`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter",
    note = "a parameter is a bool, a whole number of at most 64 bits, a String, a Cidr, an id, a Secret, an Option, a Vec, \
            a BTreeMap<String, _>, or a type of yours with `#[derive(flashinfra::Params)]`; floats are none"
)]
pub trait Param: Sized {
    /// What values it takes.
    fn shape() -> Shape;

    /// Reads a given value. When it gives none, it has told the reader why.
    fn parse(json: &Json, reader: &mut Reader) -> Option<Self>;

    /// The value as JSON, such that [`parse`](Self::parse) gives it back. It is how defaults are shown.
    fn to_json(&self) -> Json;

    /// What is given, else the default; without either it tells the reader.
    fn read(given: Option<&Json>, default: Option<Self>, reader: &mut Reader) -> Option<Self> {
        match given {
            Some(json) => Self::parse(json, reader),
            None => {
                if default.is_none() {
                    reader.missing(Self::shape().kind);
                }
                default
            }
        }
    }
}

/// Reads a set of parameters. `file` is the file in which the user would set one, for messages.
///
/// # Errors
///
/// Everything that is wrong with them, at once.
pub fn read<P: Params>(given: &Json, file: &str) -> Result<P, Vec<Fault>> {
    let mut reader = Reader::new(file);
    let params = P::read(Some(given), None, &mut reader);
    let faults = reader.into_faults();
    match params {
        Some(params) if faults.is_empty() => Ok(params),
        Some(_) | None => Err(faults),
    }
}

#[cfg(test)]
mod tests;
