//! The Kubernetes adapter: lists, server-side apply and deletes, for any kind that a cluster serves.
//!
//! What is known of Kubernetes without asking a cluster is pure, works on plain JSON, and stands in modules of its own.

mod builtin;
pub mod immutable;
pub mod list_keys;
pub mod managed_fields;
pub mod object;
pub mod order;
pub mod path;
pub mod quantity;
pub mod readiness;
pub mod trouble;
