//! A proxy for tests: it stands in front of a server that stands in for AWS (moto, ministack), and adds what real services do
//! and such servers do not. Faults, slow states, pages, client tokens, lag; and it counts.
//!
//! ```no_run
//! use std::time::Duration;
//! use flashinfra_test_proxy::{Fault, Gate, Options, Proxy, Rule};
//!
//! # let moto = "http://127.0.0.1:5000";
//! // All that real services do, and the process under test is stopped at the seventh call that changes something.
//! let gate = Gate::for_the_world();
//! let kill = Rule::mutating(Fault::HoldAfter(gate.clone())).nth(7);
//! let proxy = Proxy::start(moto, Options::lifelike(42).with(kill))?;
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
//! passes on, and names by method and path. Rewriting breaks signatures, which no stand-in checks.
//!
//! # The log
//!
//! [`Proxy::calls`] counts by `service:Operation`. [`Proxy::log`] has every call in the order of arrival: what it was, whether it may
//! change something, whether the server acted, the reply's status, and whether the reply was handed over. A retry is a call of
//! its own. Bodies, parameters and headers are never written down. What the proxy itself asks the server, and the server's own
//! switches (`/moto-api/…`), are no calls.
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
//! # Objects
//!
//! [`Options::pace`] makes objects slow, counted in reads that show the object or would have shown it, each object for itself:
//!
//! | phase | what a read sees | of which kinds |
//! |---|---|---|
//! | hidden | nothing: missing in lists, tags and rules; not found by id | all |
//! | creating | `pending`, `creating`, `CREATING`; no endpoint yet | VPC, subnet, NAT gateway, VPC endpoint, RDS instance, replication group, EKS cluster, node group, add-on |
//! | updating | `modifying`, `UPDATING` after a change; EKS refuses another change | RDS instance, replication group, EKS cluster, node group, add-on |
//! | deleting | `deleting`, `DELETING` after a delete; its name is taken | NAT gateway, VPC endpoint, RDS instance, replication group, EKS cluster, node group, add-on |
//! | listed | lists still have it, `deleted` or as it was; reads that name it do not | all but KMS keys |
//!
//! For the last two, the proxy reads an object from the server just before its delete is sent. The server's own answer comes
//! first in everything else: a delete that it refuses changes nothing. Dependencies are the server's: an instance that the proxy
//! shows as being deleted no longer keeps its subnet group.
//!
//! # Pages
//!
//! With [`Options::page_size`], the server is asked for everything at once and the client gets it page by page, under tokens of the
//! proxy's own, in every operation of a table that holds what AWS's models call paged. Pages are cut from one answer: what changes
//! meanwhile does not show. A client may want smaller pages. What EC2 is asked for by id comes whole, as it does there.
//!
//! # Client tokens
//!
//! With [`Options::client_tokens`], a call with the client token of an earlier, successful one of the same operation gets that one's
//! reply and does not reach the server; with other parameters it is refused. While the first is under way, the second waits. Replies
//! are kept in memory only.
//!
//! # Chance
//!
//! Whatever is left to chance follows from [`Options::seed`] and from what it is about (the rule, the operation, how often that was
//! called), never from the time or from the order in which calls of different operations arrive. [`chosen`] picks the calls for
//! a sweep.
//!
//! # Sweeps
//!
//! One run without rules says how many calls there are; the others are struck at one of them each:
//!
//! ```no_run
//! use flashinfra_test_proxy::{Fault, Options, Proxy, Rule, chosen};
//!
//! # fn apply(_: &Proxy) {}
//! # fn check_that_the_world_is_as_it_should_be() {}
//! # let moto = "http://127.0.0.1:5000";
//! let seed = 42;
//! let proxy = Proxy::start(moto, Options::lifelike(seed))?;
//! apply(&proxy);
//! let calls = proxy.log().len() as u64;
//! for call in chosen(seed, 1..=calls, 20) {               // or 1..=calls for all of them
//!     // The server's own switch first (`POST /moto-api/reset`), then the proxy's memory.
//!     proxy.reset();
//!     proxy.set_rules(vec![Rule::any(Fault::DropAfter).nth(call)]);
//!     apply(&proxy);
//!     check_that_the_world_is_as_it_should_be();
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it cannot show
//!
//! Permissions, quotas, rules between fields, and how long anything takes. EKS's `DescribeUpdate` is the server's: moto has
//! none. A client that waits by anything but reads waits for ever.

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

mod filters;
mod kinds;
mod pages;
mod tokens;
mod world;

mod error;
#[cfg(test)]
mod models;

pub use error::ProxyError;
pub use gate::{Gate, Held};
pub use log::{Call, Origin};
pub use options::{Options, Pace};
pub use proxy::Proxy;
pub use random::chosen;
pub use rule::{Fault, Latency, Rule};
