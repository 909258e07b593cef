//! Definitions of Kubernetes objects. Pure: no client and no call.
//!
//! An [`object`] is whatever serialises as one: the types of k8s-openapi, of whichever version of Kubernetes the stack's own
//! `Cargo.toml` names, those of an operator's crate, or plain JSON for custom resources. So this crate knows no version of
//! anything, and a field that came yesterday can be used today.
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # use flashinfra_stacks_kubernetes as kubernetes;
//! # fn main() -> Result<(), Vec<flashinfra::Problem>> {
//! use flashinfra::{Secret, Stack};
//! use kubernetes::{Variables, token};
//! use serde_json::json;
//!
//! let mut stack = Stack::new("shop", "production");
//! let namespace = stack.add("shop", kubernetes::object(json!({
//!     "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" },
//! })));
//! let login = kubernetes::Secret::named("login").namespace(namespace.name()).value("password", Secret::env("PASSWORD"));
//! let login = stack.add("login", login);
//! stack.add("web", kubernetes::object(json!({
//!     "apiVersion": "v1", "kind": "Pod",
//!     "metadata": { "name": "web", "namespace": token(namespace.name()) },
//!     "spec": { "containers": [{
//!         "name": "web", "image": "nginx:1.29",
//!         "envFrom": [login.env_from()],
//!     }] },
//! })));
//! # stack.compile().map(|_| ())
//! # }
//! ```

extern crate flashinfra_stacks as flashinfra;

mod config;
mod convert;
mod definitions;
pub mod facts;
mod handle;
mod hook;
mod kinds;
pub mod manifest;
mod needs;
mod object;
pub mod order;
mod provider;
mod secret;
mod structural;
mod token;
mod web_service;

pub use convert::{attribute_name, field_name};
pub use definitions::Definitions;
pub use handle::{
    ConfigMapHandle, Names, ObjectHandle, PersistentVolumeClaimHandle, SecretHandle, ServiceAccountHandle,
    ServiceHandle, Variables, Volume, kind, name,
};
pub use hook::Hook;
pub use kinds::{DEFINED_BY, OPTIONAL, READY_WHEN, explained, kind_of, name_of, schemas};
pub use object::{Object, config_map, object, persistent_volume_claim, service, service_account};
pub use provider::{Exec, ExecBuilder, Provider, ProviderBuilder};
pub use secret::Secret;
pub use token::token;
pub use web_service::{WebService, WebServiceHandle, WebServiceObjects};
