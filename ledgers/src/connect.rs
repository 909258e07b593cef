//! From a place and the environment to a store of objects.
//!
//! The stores' own retries are off: a write that was answered to nobody must be seen as such, see `objects.rs`.

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "gcp")]
mod gcp;
#[cfg(feature = "kubernetes")]
mod kubernetes;

use std::sync::Arc;

use object_store::ObjectStore;
#[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::environment::Environment;
use crate::url::{Location, LocationError};

/// Why ledgers could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no place for ledgers.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// This program has no support for the place.
    #[error("this program was built without ledgers in {place}")]
    Unsupported {
        /// What it is: `S3`.
        place: &'static str,
        /// The feature of flashinfra-ledgers that it takes.
        feature: &'static str,
    },
    /// Credentials or other settings make no sense.
    #[error("the ledgers at {location} cannot be reached with these settings: {reason}")]
    Settings {
        /// The URL.
        location: String,
        /// What is wrong.
        reason: String,
    },
}

/// Connects to a place. Nothing is sent yet, except to find out where an S3 bucket is when no region is set.
pub(crate) async fn connect(location: &Location, environment: &Environment) -> Result<Arc<dyn ObjectStore>, OpenError> {
    #[cfg(not(all(feature = "aws", feature = "gcp", feature = "azure", feature = "kubernetes")))]
    let unsupported = |place, feature| Err(OpenError::Unsupported { place, feature });
    #[cfg(not(any(feature = "aws", feature = "gcp", feature = "azure", feature = "kubernetes")))]
    let _ = environment;
    match location {
        #[cfg(feature = "aws")]
        Location::S3 { bucket, .. } => aws::connect(location, bucket, environment).await,
        #[cfg(not(feature = "aws"))]
        Location::S3 { .. } => unsupported("S3", "aws"),
        #[cfg(feature = "gcp")]
        Location::Gcs { bucket, .. } => gcp::connect(location, bucket, environment),
        #[cfg(not(feature = "gcp"))]
        Location::Gcs { .. } => unsupported("Google Cloud Storage", "gcp"),
        #[cfg(feature = "azure")]
        Location::Azure { account, container, .. } => azure::connect(location, account, container, environment),
        #[cfg(not(feature = "azure"))]
        Location::Azure { .. } => unsupported("Azure Blob Storage", "azure"),
        #[cfg(feature = "kubernetes")]
        Location::Kubernetes { namespace, context, .. } => {
            kubernetes::connect(location, namespace, context.as_deref(), environment).await
        }
        #[cfg(not(feature = "kubernetes"))]
        Location::Kubernetes { .. } => unsupported("a Kubernetes cluster", "kubernetes"),
    }
}

/// One try each: whether it is tried again is decided above, where it is known what a try that nobody answered means.
#[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
fn one_try() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, ..RetryConfig::default() }
}

/// Without encryption only where the environment names an endpoint that has none: a server for tests, in this network.
#[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
fn client(endpoint: Option<&str>) -> ClientOptions {
    let unencrypted = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new().with_allow_http(unencrypted).with_connect_timeout(std::time::Duration::from_secs(5))
}

#[cfg(any(feature = "aws", feature = "gcp", feature = "azure", feature = "kubernetes"))]
fn settings(location: &Location, reason: impl std::fmt::Display) -> OpenError {
    OpenError::Settings { location: location.to_string(), reason: reason.to_string() }
}
