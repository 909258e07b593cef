//! The configuration of a Kubernetes provider instance.

use flashinfra::{Block, Input, KubernetesCluster, List, Map, Secret};

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
/// there; inside of a cluster, the service account. Credentials are never part of a stack: a token or a key is a
/// [`Secret`](flashinfra::Secret), which says where it comes from.
///
/// A cluster of the same stack is named by its handle: see [`Provider::of`].
#[derive(flashinfra::Provider)]
#[provider(name = "kubernetes")]
pub struct Provider {
    /// The kubeconfig file. When unset, what `KUBECONFIG` names or `~/.kube/config`.
    pub kubeconfig: Option<Input<String>>,
    /// The context in it. When unset, the one that is current. Naming it keeps a stack from following whoever switches contexts.
    pub context: Option<Input<String>>,
    /// The UID of the namespace `kube-system` of the cluster that this has to lead to. Any other is refused before anything is read.
    pub cluster: Option<Input<String>>,
    /// The URL of the API, in place of a kubeconfig. It goes with one of `token`, `token_for`, `client_certificate` and `exec`.
    pub server: Option<Input<String>>,
    /// The certificate of the API's authority, in Base64 as a kubeconfig has it. When unset, those that the system trusts.
    pub certificate_authority: Option<Input<String>>,
    /// A bearer token.
    pub token: Option<Secret<String>>,
    /// The name of a cluster of this stack, as an output of it: the provider that the cluster is in makes tokens for it, with the
    /// credentials that it has.
    pub token_for: Option<Input<String>>,
    /// A client certificate, in Base64 as a kubeconfig has it. It goes with `client_key`.
    pub client_certificate: Option<Input<String>>,
    /// The key of `client_certificate`, in Base64 as a kubeconfig has it.
    pub client_key: Option<Secret<String>>,
    /// A program that prints a credential, as `kubectl` calls one.
    pub exec: Option<Exec>,
    /// The service account of the pod that this runs in, whatever kubeconfig there is.
    pub in_cluster: Option<Input<bool>>,
}

/// A program that prints a credential (client authentication API, `ExecCredential`).
#[derive(Block)]
pub struct Exec {
    /// The program.
    pub command: Input<String>,
    /// Its arguments.
    pub args: Option<List<String>>,
    /// Environment variables for it, beside those of the process that applies.
    pub env: Option<Map<String>>,
    /// The version of `ExecCredential` that it prints. `client.authentication.k8s.io/v1` when unset.
    pub api_version: Option<Input<String>>,
}

impl Provider {
    /// A cluster that the same stack declares. What is in it is planned together with it: where the cluster is not there yet, or is
    /// replaced, its objects are made once it is, and only if nothing has their names.
    ///
    /// ```
    /// # extern crate flashinfra_stacks as flashinfra;
    /// # use flashinfra_stacks_kubernetes as kubernetes;
    /// # use flashinfra::{KubernetesCluster, Stack};
    /// # fn application(stack: &mut Stack, cluster: &impl KubernetesCluster) {
    /// stack.provider("kubernetes", kubernetes::Provider::of(cluster));
    /// # }
    /// ```
    pub fn of(cluster: &impl KubernetesCluster) -> ProviderBuilder {
        Self::builder()
            .server(cluster.server())
            .certificate_authority(cluster.authority())
            .token_for(cluster.token_name())
    }
}
