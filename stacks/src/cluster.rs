//! Clusters that a cloud runs, as the provider `kubernetes` is configured by them.

use crate::output::Output;

/// A cluster whose handle says how its Kubernetes API is reached: what `kubernetes::Provider::of` takes.
///
/// The definition of a cluster implements it for its handle, so that the crates of a cloud and of Kubernetes do not know each other.
pub trait KubernetesCluster {
    /// The URL of the API.
    fn server(&self) -> Output<String>;

    /// The certificate of the API's authority, in Base64 as a kubeconfig has it.
    fn authority(&self) -> Output<String>;

    /// The name by which the provider that the cluster is in makes tokens for it.
    fn token_name(&self) -> Output<String>;
}
