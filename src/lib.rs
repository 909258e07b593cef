//! Declarative infrastructure as typed Rust: stacks compile into plans, plans are computed against live clouds, and apply
//! does what the plan says.
//!
//! By default this crate is what a custom stack needs, the definitions: no SDK, no async runtime, no C. The feature `aws`
//! adds typed AWS resources; the feature `engine` adds planning and applying for programs of your own.

#[cfg(feature = "engine")]
pub mod able;
#[cfg(feature = "engine")]
pub mod adopt;
#[cfg(feature = "engine")]
mod again;
#[cfg(feature = "engine")]
pub mod apply;
#[cfg(feature = "engine")]
pub mod by_hand;
#[cfg(feature = "engine")]
pub mod error;
#[cfg(feature = "engine")]
pub mod forget;
#[cfg(feature = "engine")]
pub mod health;
#[cfg(feature = "engine")]
pub mod ledgers;
#[cfg(feature = "engine")]
pub mod live;
#[cfg(feature = "engine")]
pub mod load;
#[cfg(feature = "engine")]
pub mod logs;
#[cfg(feature = "engine")]
mod open;
#[cfg(feature = "engine")]
pub mod outputs;
#[cfg(feature = "engine")]
pub mod owned;
#[cfg(feature = "engine")]
pub mod permissions;
#[cfg(feature = "engine")]
pub mod plan;
#[cfg(feature = "engine")]
mod read;
#[cfg(feature = "engine")]
pub mod recover;
#[cfg(feature = "engine")]
mod rehearse;
#[cfg(feature = "engine")]
pub mod render;
#[cfg(feature = "engine")]
pub mod resume;
#[cfg(feature = "engine")]
pub mod revisions;
#[cfg(feature = "engine")]
pub mod secrets;
#[cfg(feature = "engine")]
pub mod session;

#[cfg(feature = "engine")]
pub use flashinfra_plans as plans;
#[cfg(feature = "engine")]
pub use flashinfra_providers as providers;
#[cfg(feature = "engine")]
pub use flashinfra_providers_memory as sandbox;

// A stack and what it declares.
pub use flashinfra_stacks::{Address, Dependencies, Handle, Lifecycle, Problem, PublishedOutput, Stack};
// Kinds, blocks and providers, and their builders.
pub use flashinfra_stacks::{Block, Computed, IntoBlock, IntoBlocks, IntoProvider, IntoResource, Provider};
pub use flashinfra_stacks::{ProviderHandle, Resource, Schema, schema};
// What is looked up, since it exists already.
pub use flashinfra_stacks::{IntoKnown, IntoLookup, Lookup, LookupHandle};
// Values, outputs and secrets.
pub use flashinfra_stacks::{
    Any, Cidr, CidrError, Empty, IdError, Input, IntoInput, IntoList, IntoMap, IntoSecret, List, Map,
};
pub use flashinfra_stacks::{Output, Publish, Scalar, Secret, Value, cidr, id, id_type, value};
// Texts and documents with outputs in them.
pub use flashinfra_stacks::{Encode, Join, Part, base64, join, json, output, pick};
// The program around a stack, and its parameters.
pub use flashinfra_stacks::{FORMAT, KubernetesCluster, Params, main, params, program};

#[doc(hidden)]
pub use flashinfra_stacks::__private;

/// Typed AWS resources.
#[cfg(feature = "aws")]
pub use flashinfra_stacks_aws as aws;
/// Kubernetes objects.
#[cfg(feature = "kubernetes")]
pub use flashinfra_stacks_kubernetes as kubernetes;
