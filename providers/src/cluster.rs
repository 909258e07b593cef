//! How the Kubernetes API of a cloud's clusters is reached.

use flashinfra_plans::Name;

use crate::sensitive::Sensitive;

/// A token for the Kubernetes API of a cluster. While it lasts, it is as good as a password.
#[derive(Clone, Debug)]
pub struct ClusterToken {
    /// The token.
    pub token: Sensitive,
    /// Until when it is good: RFC 3339, in UTC and whole seconds.
    pub expires: Name,
}
