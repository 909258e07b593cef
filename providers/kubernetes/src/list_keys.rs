//! How lists merge: which are one value, which are sets, and by which keys the items of the others are told apart.
//!
//! Server-side apply owns the items of a keyed list one by one (`x-kubernetes-list-type: map`), the members of a set one by one, and of
//! any other list all or nothing. A diff that shows less than what is owned lies, and one that shows more makes noise: so the same rule is
//! needed here. For built-in kinds it is data, from the types of the Kubernetes API (`+listType`, `+listMapKey` in `k8s.io/api`); for
//! custom resources it is read from the schema in their definition, as the server does.

mod builtin;
mod owned;
mod schema;

pub use builtin::list_at;
pub use owned::owned_at;
pub use schema::{Schema, SchemaKind};

/// How a list merges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// All of it is one value: who applies it replaces it.
    Atomic,
    /// Its members are owned one by one; their order means nothing.
    Set,
    /// Its items are owned one by one, and told apart by these fields.
    Map(Vec<String>),
}

#[cfg(test)]
mod tests;
