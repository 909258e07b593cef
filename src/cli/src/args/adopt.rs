//! What exists already and is taken over.

use std::path::PathBuf;

use clap::Args;
use flashinfra_plans::Address;

/// `adopt`
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The address, which the stack declares
    #[arg(value_parser = Address::parse, required_unless_present_any = ["file", "helm"], requires = "id")]
    pub(crate) address: Option<Address>,
    /// The id of the object that it is to have
    pub(crate) id: Option<String>,
    /// Many at once: on each line an address and an id
    #[arg(long, value_name = "FILE", conflicts_with_all = ["address", "id"])]
    pub(crate) file: Option<PathBuf>,
    /// All that a release of Helm installed and the stack declares, by kind, namespace and name
    #[arg(long, value_name = "RELEASE", conflicts_with_all = ["address", "id", "file"])]
    pub(crate) helm: Option<String>,
    /// The namespace of that release, when there are several of its name
    #[arg(long, short, value_name = "NAMESPACE", requires = "helm")]
    pub(crate) namespace: Option<String>,
    /// The provider of its cluster, when several have one
    #[arg(long, value_name = "NAME", requires = "helm")]
    pub(crate) provider: Option<String>,
    /// The uuid of the stack that gave the objects up, when they carry its mark still
    #[arg(long, value_name = "UUID")]
    pub(crate) marked_by: Option<String>,
    /// Does not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
}
