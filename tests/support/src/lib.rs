//! What the tests of several crates share: servers that stand in for clouds.
//!
//! - [`Moto`] is AWS as somebody else wrote it, and [`Ministack`] as yet others did. They answer at once, and never fail.
//! - [`Bucket`] is S3, Google Cloud Storage or Azure Blob Storage, for those who keep objects there.
//! - [`Eks`] is moto with clusters that answer, where there is a program that starts API servers.
//! - [`Kubernetes`] is an API server, where there is one, and [`client`] finds kubectl and Helm.
//! - [`Script`] answers what a test tells it, and remembers what it was asked: for lost replies, throttling and pages that are
//!   not AWS's.
//!
//! - [`damaged`] makes of a file what may become of one.
//! - [`NOBODY`] is where nobody listens.
//!
//! All servers listen on 127.0.0.1 on a port of their own and end with the test.

#![expect(clippy::panic, clippy::expect_used, reason = "a test that cannot start its server fails by panicking")]

mod bucket;
mod damage;
mod eks;
mod kubernetes;
mod ministack;
mod moto;
mod npm;
mod python;
mod script;
mod served;

pub use bucket::{Bucket, Cloud};
pub use damage::{Chance, damaged, each_seed, for_seeds};
pub use eks::Eks;
pub use kubernetes::Kubernetes;
pub use ministack::Ministack;
pub use moto::Moto;
pub use npm::client;
pub use python::python;
pub use script::{Answer, Request, Script};

/// Where nobody listens: port 1 is nobody's, and no system gives it to a program that asks for any port. A port that was free a moment
/// ago can be a server of the test beside this one by now.
pub const NOBODY: &str = "127.0.0.1:1";
