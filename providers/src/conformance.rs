//! The conformance suite: what every adapter promises, as checks that its tests run.
//!
//! An adapter is right when this suite says so of each of its kinds, against a server that the adapter's author did not
//! write. The suite makes real objects and deletes them again: give it an account, project or cluster to throw away.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use flashinfra_providers::{Provider, conformance::{self, Case}};
//! # use flashinfra_stacks::schema::Schema;
//! # async fn example(provider: Arc<dyn Provider>, schema: Arc<Schema>, network: &str) {
//! use flashinfra_plans::{Value, map};
//!
//! let case = Case::new(schema, map! { "vpc_id" => network, "cidr_block" => "10.0.1.0/24" })
//!     .unknown_id("subnet-0123456789abcdef0")
//!     .second(map! { "vpc_id" => network, "cidr_block" => "10.0.2.0/24" })
//!     .update("map_public_ip_on_launch", Value::Bool(true))
//!     .replacement("cidr_block", Value::from("10.0.3.0/24"));
//! conformance::run(provider, &case).await.assert_conforms();
//! # }
//! ```
//!
//! # What is checked
//!
//! | check | what the adapter promises |
//! |---|---|
//! | `place` | asked twice, the place is the same, and neither part is empty where the provider has one |
//! | `absent` | an id that was never given out is [`Live::Absent`](flashinfra_plans::Live), not an error |
//! | `create` | answers `Done` or `Accepted`, and the object becomes ready |
//! | `identity` | the id of a named kind is the name that was asked for |
//! | `read back` | what was declared is what is read, by the schema's comparisons |
//! | `replan` | the planner finds nothing to do right after the create |
//! | `schema` | what is read is of the schema: names, types, sorted sets |
//! | `secrets` | no secret that was sent comes back |
//! | `owner mark` | the object carries it, and a search by stack finds the object once |
//! | `moved mark` | the mark can be rewritten |
//! | `create once` | a second create does what the schema's `create_once` says, and what an unanswered one made can be found again |
//! | `batch` | answers stand in the order of the questions, present and absent ones mixed |
//! | `foreign change` | what somebody else changed is read |
//! | `update …` | each attribute given is changed in place, read back, and nothing else is changed; the planner finds nothing to do |
//! | `replacement …` | an attribute that takes a new object is refused by an update, and nothing is changed |
//! | `update absent` | an update of what is not there is [`Class::NotFound`](crate::Class) |
//! | `guard …` | a guarded object is not deleted; once the guard is lifted it is |
//! | `delete` | the object becomes absent, or a tombstone |
//! | `delete absent` | a second delete is [`Class::NotFound`](crate::Class) |
//! | `calls` | all of it was counted |
//!
//! A check that does not apply to a kind, or that the case gives nothing for, is in the report with its reason, so that nobody
//! takes it for passed.
//!
//! # What is not checked
//!
//! That no mutating request is sent twice, and that a failed page makes its questions unreadable: both need a server that
//! fails on purpose. An adapter's own tests show them with one.

mod case;
mod checks;
mod fit;
mod replan;
mod report;
mod same;
mod suite;

pub use case::{Case, Foreign};
pub use report::{Check, Report, Verdict};

use std::sync::Arc;

use crate::ports::Provider;

/// Runs all checks of one kind, one after the other, and deletes what they made.
pub async fn run(provider: Arc<dyn Provider>, case: &Case) -> Report {
    let mut suite = suite::Suite::new(provider, case);
    checks::run(&mut suite).await;
    suite.finish().await
}
