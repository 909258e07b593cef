//! The Kubernetes adapter: lists, server-side apply and deletes, for any kind that a cluster serves.
//!
//! What is known of Kubernetes without asking a cluster is pure, works on plain JSON, and is open to other programs: when an object
//! is [ready](readiness), which fields [never change](immutable), which values are the [same](scalar), how [lists merge](list_keys),
//! in which [order](mod@order) objects are made, what an [error](trouble) means, who else [writes a field](managed_fields), and what
//! [Helm](helm) keeps of its releases, and what an [upgraded definition](definition) breaks.

mod adapter;
mod api;
mod body;
mod certificates;
mod change;
mod convert;
pub mod definition;
mod discovery;
mod dropped;
mod explain;
mod factory;
pub mod helm;
pub mod immutable;
mod installed;
pub mod list_keys;
mod live;
mod logs;
pub mod managed_fields;
mod manifests;
mod marks;
mod measures;
mod operate;
pub mod path;
mod pods;
mod read;
pub mod readiness;
mod rehearse;
pub mod scalar;
mod settings;
mod tokens;
pub mod trouble;
mod writers;

pub use factory::KubernetesFactory;
// What a stack is compiled with as well: objects as they are declared have an order, too.
pub use flashinfra_stacks_kubernetes::{manifest as object, order};
