//! Ledgers for teams: in S3, Google Cloud Storage, Azure Blob Storage or a Kubernetes cluster, one applier at a time.
//!
//! [`ObjectLedgers`] is a [`LedgerStore`](flashinfra::ledgers::LedgerStore) over any `object_store` that has conditional
//! writes; [`ObjectLedgers::open`] makes one from a URL and the usual environment. Below its prefix each ledger is a folder:
//!
//! ```text
//! <prefix>/<stack>/<environment>/
//! ├─ ledger.json                      the newest version, replaced only by who knows it
//! ├─ versions/<serial>-<digest>.json  the kept versions, the newest among them
//! ├─ revisions/<number>.json          what each apply made live, the newest ten
//! ├─ journal/<run>/<n>.jsonl          the segments of each run, which never change and, in a bucket, are never removed
//! ├─ open/<run>                       a run that is going on, or was interrupted
//! ├─ finished/<run>                   a run that was folded
//! └─ lease.json                       who applies now, and how often that was said
//! ```
//!
//! Nothing here trusts a clock of another machine, nor that a reply arrives: what was written is read back when the store
//! did not say, and a lease is taken from its holder only after it was seen unchanged for its whole length.

mod clock;
#[cfg(feature = "kubernetes")]
mod cluster;
mod connect;
mod environment;
mod layout;
mod lease;
mod objects;
mod store;
mod url;

pub use environment::Environment;
pub use lease::{Times, Waiting};
pub use store::{ObjectLedgers, VERSIONS_KEPT};
pub use url::{Location, LocationError};

pub use connect::OpenError;
