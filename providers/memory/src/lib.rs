//! The sandbox of flashinfra: any kind, from its schema, in memory or in a local file.
//!
//! Use it to try a stack without an account, and in tests. `flashinfra --sandbox` puts it in the place of every provider.
//! It knows nothing of AWS or Kubernetes; what it does follows from the [schema](flashinfra_stacks::schema::Schema):
//!
//! - **Ids** are made up in the style of the kind (`vpc-0f3a…`), or are the name that the stack chose. They follow from the
//!   sandbox's uuid, the owner mark and where the object is, so that the same seed gives the same world.
//! - **Computed attributes** look like what their name says (an ARN, an endpoint, an address) and stay the same for as long as
//!   the object lives; those that change with others do.
//! - **What was not set** and the provider chooses, gets a value; what has a documented default, gets that.
//! - **Texts come back normalised**: a range without host bits, JSON sorted, `15` as `15.4`.
//! - **Lookups** are answered with something made up as well, which stays as it is until somebody changes it.
//! - **Refused**: unknown, missing, mistyped and computed attributes, changes of what cannot be changed in place, a name that is
//!   taken, a delete of what is guarded (`DeletionProtected`) or still used by others (`DependencyViolation`).
//! - **Slow kinds**, those that typically take a minute and more, are accepted first and found ready by the second read.
//! - **Faults** of all sorts strike on request, seeded and repeatable: [`Faults`]. What other people do to objects is
//!   [`Sandbox::tamper`], [`Sandbox::remove`] and [`Sandbox::insert`].
//! - **Secrets are not kept**: no value, no hash; only how often one was sent.
//!
//! What it cannot show: permissions, quotas, prices, rules between attributes, and anything else that a schema does not say.

mod check;
mod condition;
mod error;
mod faults;
mod holders;
mod invent;
mod keep;
mod life;
mod literal;
mod lookup;
mod network;
mod operate;
mod options;
mod provider;
mod record;
mod sandbox;
mod services;
mod store;
mod tamper;
mod world;

pub use error::SandboxError;
pub use faults::{Fault, Faults, Operation, Rule, When};
pub use options::{Latency, Options, Slow};
pub use sandbox::Sandbox;
pub use tamper::{Foreign, Listed};
