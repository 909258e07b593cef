//! The `flashinfra` binary: the command line with the providers that it was built with.

use std::process::ExitCode;

use flashinfra_providers::Registry;

fn main() -> ExitCode {
    flashinfra_cli::run(registry())
}

/// The providers of the features that are on.
fn registry() -> Registry {
    let registry = Registry::new();
    #[cfg(feature = "aws")]
    let registry = registry.with(flashinfra_providers_aws::AwsFactory::new());
    #[cfg(feature = "kubernetes")]
    let registry = registry.with(flashinfra_providers_kubernetes::KubernetesFactory::new());
    registry
}
