//! A proxy for tests: it stands in front of a server that stands in for AWS (moto, ministack), adds the faults that such
//! servers do not have, and counts.
//!
//! ```no_run
//! use std::time::Duration;
//! use flashinfra_test_proxy::{Fault, Gate, Options, Proxy, Rule};
//!
//! # let moto = "http://127.0.0.1:5000";
//! // The process under test is stopped at the seventh call that changes something.
//! let gate = Gate::for_the_world();
//! let kill = Rule::mutating(Fault::HoldAfter(gate.clone())).nth(7);
//! let proxy = Proxy::start(moto, Options { seed: 42, rules: vec![kill] })?;
//!
//! let mut apply = std::process::Command::new("flashinfra").args(["apply", "--yes"]).envs(proxy.environment()).spawn()?;
//! let held = gate.wait(Duration::from_secs(60)).ok_or("it never got that far")?;
//! apply.kill()?;                                          // SIGKILL, after the server acted and before the reply
//! apply.wait()?;
//! assert!(proxy.wait_idle(Duration::from_secs(60)));      // what came before has its replies
//! gate.discard();                                         // and this call never gets one
//! assert_eq!((held.ordinal, proxy.count(&held.operation)), (7, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A proxy
//!
//! [`Proxy::start`] listens on a port of its own of 127.0.0.1 and passes on what comes, byte by byte, until it is told otherwise.
//! Clients are pointed at it: [`Proxy::environment`] for a process, [`Proxy::url`] for an SDK's endpoint. It serves from threads of
//! its own, so that a test may block, and ends when it is dropped. When a test panics, it prints its seed and its last calls.
//!
//! It knows which operation a request is: the service from the signature's scope, the operation from the form (EC2, RDS, IAM, STS,
//! ElastiCache), the target header (KMS, Logs, tagging …), or method and path (EKS, and S3 roughly). What it does not know it
//! passes on, and names by method and path.
//!
//! # The log
//!
//! [`Proxy::calls`] counts by `service:Operation`. [`Proxy::log`] has every call in the order of arrival: what it was, whether it may
//! change something, whether the server acted, the reply's status, and whether the reply was handed over. A retry is a call of
//! its own. Bodies, parameters and headers are never written down. The server's own switches
//! (`/moto-api/…`) are no calls.
//!
//! # Faults
//!
//! A [`Rule`] says which calls are struck (an operation, a service, all, those that change something; the n-th, the first
//! few, some in a hundred) and by which [`Fault`]: throttled, failed, refused, dropped before or after the server acted, cut in
//! the middle of the reply, delayed, held. Every rule counts for itself; delays and gates add up, and of the other faults the first
//! rule's strikes.
//!
//! # Gates
//!
//! A [`Gate`] holds the calls that a rule sends to it, before or after the server acts, until the test releases or discards
//! them. [`Gate::for_the_world`] stops everything that arrives later, too, so that a process can be killed at exactly one call.
//! A call that was held before the server acted and is released then still reaches it, even if its client is dead: that is the
//! request which was under way. [`Proxy::wait_idle`] waits until everything but held calls has ended.
//!
//! # Chance
//!
//! Whatever is left to chance follows from [`Options::seed`] and from what it is about (the rule, the operation, how often that was
//! called), never from the time or from the order in which calls of different operations arrive. [`chosen`] picks the calls for
//! a sweep.
//!
//! # What it cannot show
//!
//! Permissions, quotas, rules between fields, and how long anything takes.

mod proxy;

mod gate;
mod log;
mod options;
mod random;
mod rule;

mod server;
mod state;

mod call;
mod upstream;

mod operation;
mod reply;
mod request;

mod node;

mod error;

pub use error::ProxyError;
pub use gate::{Gate, Held};
pub use log::{Call, Origin};
pub use options::Options;
pub use proxy::Proxy;
pub use random::chosen;
pub use rule::{Fault, Latency, Rule};
