//! Infrastructure as typed Rust: what a stack is made of.
//!
//! A definition is a function that fills a [`Stack`]. What it declares compiles into data, the compiled stack, which the engine
//! plans against live state. The crate does no I/O and depends on nothing but its own derive macros, so that a custom stack
//! builds in seconds.
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # mod aws {
//! #     use flashinfra::{Computed, Input, Resource, Cidr};
//! #     flashinfra::id_type! { pub VpcId; pub SubnetId; }
//! #     #[derive(Resource)]
//! #     #[resource(kind = "aws.vpc")]
//! #     pub struct Vpc { pub cidr_block: Input<Cidr>, pub id: Computed<VpcId> }
//! #     #[derive(Resource)]
//! #     #[resource(kind = "aws.subnet")]
//! #     pub struct Subnet { pub vpc_id: Input<VpcId>, pub cidr_block: Input<Cidr>, pub id: Computed<SubnetId> }
//! # }
//! use flashinfra::{Stack, cidr};
//!
//! fn network(stack: &mut Stack) {
//!     let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
//!     for (zone, cidr) in ["a", "b"].iter().zip(cidr!("10.0.0.0/16").subnets(8)) {
//!         stack.add(format!("private-{zone}"), aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr));
//!     }
//! }
//!
//! # fn main() -> Result<(), Vec<flashinfra::Problem>> {
//! let mut stack = Stack::new("shop", "production");
//! stack.scope("network", network);
//! let compiled = stack.compile()?;
//! # assert!(compiled.contains("aws.subnet/network.private-b"));
//! # Ok(())
//! # }
//! ```

mod address;
mod any;
mod cidr;
mod cluster;
mod compile;
pub mod digest;
mod document;
mod draft;
mod id;
mod input;
pub mod json;
mod lifecycle;
mod location;
mod lookup;
mod needs;
mod output;
pub mod params;
mod problem;
pub mod program;
mod provider;
mod publish;
mod resource;
pub mod schema;
mod secret;
mod stack;
mod text;
mod turn;
pub mod value;

pub use address::Address;
pub use any::Any;
pub use cidr::{Cidr, CidrError};
pub use cluster::KubernetesCluster;
pub use compile::FORMAT;
pub use document::Encode;
pub use flashinfra_derive::{Block, Lookup, Params, Provider, Resource};
pub use id::IdError;
pub use input::{Input, IntoInput, IntoList, IntoMap, List, Map, Scalar};
pub use lifecycle::Lifecycle;
pub use lookup::{IntoKnown, IntoLookup, Lookup, LookupHandle};
pub use output::{Output, pick};
pub use params::Params;
pub use problem::Problem;
pub use provider::{IntoProvider, Provider, ProviderHandle};
pub use publish::Publish;
pub use resource::{Block, Computed, Dependencies, Empty, Handle, IntoBlock, IntoBlocks, IntoResource, Resource};
pub use schema::Schema;
pub use secret::{IntoSecret, Secret};
pub use stack::{PublishedOutput, Stack};
pub use text::{Join, Part, base64, join};
pub use value::Value;

/// A text with outputs in it, which is known when they are.
///
/// Like `format!`: `{}` takes the values behind the text, `{name}` takes a variable. The result is an
/// [`Output<String>`](Output), or a [`Secret<String>`](Secret) if one of the parts is a secret.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # fn main() {
/// use flashinfra::{Output, Secret, output};
///
/// fn urls(host: &Output<String>, port: Output<i64>) -> (Output<String>, Secret<String>) {
///     let password = Secret::env("DB_PASSWORD");
///     (output!("https://{host}:{}", port), output!("postgres://app:{password}@{host}/shop"))
/// }
/// # }
/// ```
#[macro_export]
macro_rules! output {
    ($text:literal $(, $value:expr)* $(,)?) => {
        $crate::__private::output_text!({$crate::__private} {$text} $({$value})*)
    };
    ($($anything:tt)*) => {
        ::core::compile_error!("`output!` takes a text in double quotes and its values: `output!(\"https://{}\", host)`")
    };
}

/// What the macros expand to. No part of the interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::__text_scalar as text_scalar;
    pub use crate::address::Address;
    pub use crate::digest::Digest;
    pub use crate::document::{Document, Null};
    pub use crate::draft::Draft;
    pub use crate::id::{check_id, has_form};
    pub use crate::input::{IntoInput, IntoList, IntoMap, Scalar};
    pub use crate::lifecycle::Lifecycle;
    pub use crate::lookup::{IntoKnown, IntoLookup, Lookup, LookupHandle};
    pub use crate::needs::{Need, Needs, Together};
    pub use crate::output::Output;
    pub use crate::provider::{IntoProvider, Provider, ProviderHandle};
    pub use crate::resource::{
        Block, Dependencies, Handle, IntoBlock, IntoBlocks, IntoResource, Missing, NotSet, Resource, Set,
    };
    pub use crate::schema::{
        Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Items, Mode,
        Rewrite, Schema, Seconds, SetBy, Shape, Stability, Text as SchemaText, Unset, Upgrade,
    };
    pub use crate::secret::{IntoSecret, Secret};
    pub use crate::text::{Kind, Part, Plain, Text};
    pub use crate::turn::Turn;
    pub use crate::value::Value;
    pub use flashinfra_derive::{json_text, output_text};

    /// A static text of a schema.
    pub const fn text(text: &'static str) -> SchemaText {
        SchemaText::Borrowed(text)
    }

    /// A static list of a schema.
    pub const fn items<T: Clone>(items: &'static [T]) -> Items<T> {
        Items::Borrowed(items)
    }

    /// The attribute of a resource, as an output.
    pub fn output<T>(address: &Address, path: &'static str) -> Output<T> {
        Output::reference(address, path)
    }

    /// The attribute of a resource, as a secret.
    pub fn secret_output<T>(address: &Address, path: &'static str) -> Secret<T> {
        Secret::reference(address, path)
    }
}
