//! The handle that tests hold.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::error::ProxyError;
use crate::kinds;
use crate::log::Call;
use crate::options::Options;
use crate::rule::Rule;
use crate::server;
use crate::state::Shared;
use crate::upstream::Upstream;

/// A running proxy. It serves from threads of its own until this is dropped, so that a test may block; every method may be
/// called from sync and async tests.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Set until the proxy is dropped.
    runtime: Option<Runtime>,
}

impl Proxy {
    /// Starts a proxy on a free port in front of the server at `http://HOST:PORT`.
    ///
    /// # Errors
    /// When the address is none, the options name a kind that there is not, or no port is free.
    pub fn start(upstream: &str, options: Options) -> Result<Self, ProxyError> {
        if let Some(kind) = options.paces.keys().find(|name| kinds::all().all(|kind| kind.name != **name)) {
            let known = kinds::all().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
            return Err(ProxyError::Kind { kind: kind.clone(), known });
        }
        let upstream = Upstream::at(upstream)?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(ProxyError::Listen)?;
        listener.set_nonblocking(true).map_err(ProxyError::Listen)?;
        let address = listener.local_addr().map_err(ProxyError::Listen)?;
        // Two threads: held calls wait without one.
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(ProxyError::Listen)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).map_err(ProxyError::Listen)?
        };
        let shared = Arc::new(Shared::new(upstream, options));
        runtime.spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, runtime: Some(runtime) })
    }

    /// Where clients reach it: `http://127.0.0.1:…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment for a program that is to take this proxy for AWS.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// The seed that its choices follow from.
    pub fn seed(&self) -> u64 {
        self.shared.options.seed
    }

    /// How often each operation was called: `ec2:DescribeVpcs` → 2.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.shared.counts()
    }

    /// How often one operation was called.
    pub fn count(&self, operation: &str) -> u64 {
        self.calls().get(operation).copied().unwrap_or_default()
    }

    /// All calls, in the order in which they arrived.
    pub fn log(&self) -> Vec<Call> {
        self.shared.log()
    }

    /// Adds a rule, which begins to count with the next call.
    pub fn add_rule(&self, rule: Rule) {
        self.shared.add_rule(rule);
    }

    /// Replaces all rules; the new ones begin to count with the next call.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.shared.set_rules(rules);
    }

    /// Empties the log and lets rules count from one again. Objects, pages and client tokens stay as they are.
    pub fn clear_log(&self) {
        self.shared.clear_log();
    }

    /// Forgets everything but the rules, which count from one again: for a server that was reset, too.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Waits until no call is on its way, but those that a gate holds; says whether that came in time. Blocks the thread.
    #[must_use = "it may not have come in time"]
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        self.shared.wait_idle(timeout)
    }
}

/// How many calls are printed when a test panics.
const CALLS_PRINTED: usize = 20;

impl Drop for Proxy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print();
        }
        if let Some(runtime) = self.runtime.take() {
            // Not waiting for it: a test may end while calls are held, and inside of another runtime.
            runtime.shutdown_background();
        }
    }
}

impl Proxy {
    #[expect(clippy::print_stderr, reason = "a failing test says what it takes to repeat it")]
    fn print(&self) {
        let log = self.log();
        eprintln!("the proxy's seed was {}; of {} calls the last were:", self.seed(), log.len());
        for call in log.iter().skip(log.len().saturating_sub(CALLS_PRINTED)) {
            eprintln!("{call}");
        }
    }
}
