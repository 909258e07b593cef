//! `kubeconfig` and `kubeconfig token`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use flashinfra_plans::Address;

/// `kubeconfig`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Kubeconfig {
    /// Which cluster, when the stack has several
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Option<Address>,
    /// What the context is called, instead of the cluster's ARN
    #[arg(long, value_name = "NAME")]
    pub(crate) alias: Option<String>,
    /// The file, instead of one of KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Prints what would be written, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(subcommand)]
    pub(crate) inside: Option<InKubeconfig>,
}

/// What the written file calls.
#[derive(Debug, Subcommand)]
pub(crate) enum InKubeconfig {
    /// Print a token for a cluster, as kubectl asks for it
    Token(ClusterToken),
}

/// `kubeconfig token`
#[derive(Debug, Args)]
pub(crate) struct ClusterToken {
    /// The cluster's name
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster: String,
    /// The region of the cluster
    #[arg(long)]
    pub(crate) region: String,
    /// The ARN of the role to act as
    #[arg(long, value_name = "ARN")]
    pub(crate) assume_role: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "assume_role")]
    pub(crate) external_id: Option<String>,
}
