//! Reach: the two ports through which the engine touches the world, and what every adapter promises.
//!
//! - [`Read`] answers a whole batch of questions, so that an adapter can list pages instead of asking object by object.
//!   Planning is handed [`Read`] only: a write while planning does not type-check.
//! - [`Write`] creates, updates or deletes one object, once. It never retries: the engine does, and only what was
//!   surely not done.
//! - An adapter is both, a [`Provider`], made by a [`Factory`] from a provider instance's configuration.
//!   The [`Registry`] is the list of factories that a binary was built with.

pub mod conformance;
pub mod error;
pub mod ports;
pub mod registry;
pub mod retry;

pub use error::{Class, Error};
pub use flashinfra_plans::live::Question;
pub use ports::{Answers, Calls, Create, Delete, Inputs, Outcome, Provider, Read, Sensitive, Update, Write};
pub use registry::{Factory, Registry};
