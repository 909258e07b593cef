//! What keeps a proxy from starting.

use thiserror::Error;

/// Why a proxy did not start.
#[derive(Debug, Error)]
pub enum ProxyError {
    /// The server's address is not one that the proxy can reach.
    #[error("`{url}` is no address of a server: give it as http://HOST:PORT, without a path")]
    Upstream {
        /// What was given.
        url: String,
    },
    /// The options name a kind that the proxy does not know.
    #[error("the proxy knows no kind `{kind}`; it knows {known}")]
    Kind {
        /// What was named.
        kind: String,
        /// The kinds that there are.
        known: String,
    },
    /// No port or no thread was to be had.
    #[error("the proxy cannot listen on 127.0.0.1")]
    Listen(#[source] std::io::Error),
}
