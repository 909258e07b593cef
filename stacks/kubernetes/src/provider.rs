//! The configuration of a Kubernetes provider instance.

use flashinfra::Input;

/// Which cluster objects live in.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// # use flashinfra::Stack;
/// # let mut stack = Stack::new("shop", "production");
/// stack.provider("kubernetes", kubernetes::Provider::builder().context("shop-production"));
/// ```
///
/// What is not said is as for `kubectl`: the files that `KUBECONFIG` names, or `~/.kube/config`, and the context that is current
/// there; inside of a cluster, the service account. Credentials are never part of a stack.
#[derive(flashinfra::Provider)]
#[provider(name = "kubernetes")]
pub struct Provider {
    /// The kubeconfig file. When unset, what `KUBECONFIG` names or `~/.kube/config`.
    pub kubeconfig: Option<Input<String>>,
    /// The context in it. When unset, the one that is current. Naming it keeps a stack from following whoever switches contexts.
    pub context: Option<Input<String>>,
    /// The UID of the namespace `kube-system` of the cluster that the context has to lead to. Any other is refused before anything
    /// is read.
    pub cluster: Option<Input<String>>,
}
