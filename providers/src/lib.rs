//! Reach: the two ports through which the engine touches the world, and what every adapter promises.
//!
//! - [`Read`] answers a whole batch of questions, so that an adapter can list pages instead of asking object by object.
//!   Planning is handed [`Read`] only: a write while planning does not type-check.
//! - [`Write`] creates, updates or deletes one object, once. It never retries: the engine does, and only what was
//!   surely not done.
//! - An adapter is both, a [`Provider`], made by a [`Factory`] from a provider instance's configuration.
//!   The [`Registry`] is the list of factories that a binary was built with.
//! - The [`conformance`] suite says whether a kind's adapter keeps these promises; [`retry`] is how the engine waits.
//!
//! # Writing an adapter
//!
//! An adapter knows its services and decides nothing. What the planner needs to know of a kind stands in its
//! [schema](flashinfra_stacks::schema::Schema): who sets an attribute, what a change of it takes, when two values are the same.
//! So an adapter translates in both directions, and says truly what happened:
//!
//! 1. **Reading.** Translate all that the schema names, as the service has it, into the schema's names, types and units; leave out
//!    what has no value and what is secret. Do not compare and do not normalise: that is what the schema's comparisons are for.
//!    Sort what is a set. Ask for as many objects as the service allows at once, and let no object spoil another's answer.
//! 2. **Writing.** Send one mutating request for one act where the service allows it, with the SDK's retries off. Where it
//!    takes several, order them so that a repeated act comes to the same. Of a changed collection send what differs. Where the
//!    service takes a condition (a version, an ETag), make the write on it: [`Write::update_if`].
//! 3. **Errors.** Give each a [`Class`] by asking: was it done? Surely not is [`Class::Retry`], [`Class::Wait`], [`Class::FixInput`] or
//!    [`Class::AskPerson`], by who can help; whatever is not sure is [`Class::Unknown`]. Keep the service's code and request id.
//! 4. **Time.** Answer [`Outcome::Accepted`] for what takes longer than the call, translate the service's states into
//!    [phases](flashinfra_plans::Phase), and leave the waiting to the engine.
//! 5. **Proof.** Run the conformance suite for each kind against a server that you did not write, and add tests for what that
//!    server cannot show.

mod access;
mod cluster;
mod condition;
pub mod conformance;
pub mod error;
mod installed;
mod logs;
mod manifests;
mod measure;
pub mod operate;
mod permissions;
pub mod ports;
pub mod registry;
pub mod retry;
mod sensitive;

pub use access::{Access, Origin};
pub use cluster::ClusterToken;
pub use condition::Condition;
pub use error::{Class, Error};
pub use flashinfra_plans::live::Question;
pub use flashinfra_plans::rehearsal::{Rehearsal, Rehearsed, Trial};
pub use installed::{Installed, InstalledObject, Leftover, ReleaseOf};
pub use logs::{LogEntry, LogSink, Logs};
pub use manifests::{Body, Manifest, ToWrite, Unwritable};
pub use measure::{Measure, Metric};
pub use operate::{Operable, Operate, Operation};
pub use permissions::{Needed, Permissions};
pub use ports::is_sought;
pub use ports::{
    ANY_STACK, Answers, Calls, Create, Delete, Inputs, Outcome, Provider, Read, Update, WHY_NOT_READY, Write,
};
pub use registry::{Factory, Registry};
pub use sensitive::Sensitive;
