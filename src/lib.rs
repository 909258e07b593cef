//! Declarative infrastructure as typed Rust: stacks compile into plans, plans are computed against live clouds, and apply
//! does what the plan says.
//!
//! By default this crate is what a custom stack needs, the definitions: no SDK, no async runtime, no C. The feature `aws`
//! adds typed AWS resources; the feature `engine` adds planning and applying for programs of your own.

#[cfg(feature = "engine")]
pub mod apply;
#[cfg(feature = "engine")]
pub mod error;
#[cfg(feature = "engine")]
pub mod ledgers;

pub use flashinfra_stacks::{
    Address, Any, Block, Cidr, CidrError, Computed, Dependencies, Empty, FORMAT, Handle, Input, IntoBlock, IntoBlocks,
    IntoInput, IntoList, IntoMap, IntoProvider, IntoResource, IntoSecret, Join, Lifecycle, List, Map, Output, Params,
    Part, Problem, Provider, ProviderHandle, Publish, PublishedOutput, Resource, Scalar, Schema, Secret, Stack, Value,
    base64, cidr, id_type, join, json, main, output, params, pick, program, schema, value,
};

#[doc(hidden)]
pub use flashinfra_stacks::__private;

/// Typed AWS resources.
#[cfg(feature = "aws")]
pub use flashinfra_stacks_aws as aws;
