//! A cluster, found where `kubectl` finds it.

use std::error::Error;
use std::iter;
use std::sync::Arc;

use flashinfra::providers::error::chain;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use object_store::ObjectStore;

use super::{OpenError, settings};
use crate::cluster::Cluster;
use crate::environment::Environment;
use crate::url::Location;

/// Connects to the cluster of a kubeconfig's context; without one to the current context, or to the cluster that this runs in.
pub(super) async fn connect(
    location: &Location,
    namespace: &str,
    context: Option<&str>,
    environment: &Environment,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let options = KubeConfigOptions { context: context.map(Into::into), ..KubeConfigOptions::default() };
    let told = |error: &(dyn Error + 'static)| settings(location, why(error));
    let config = match environment.get("KUBECONFIG") {
        Some(files) => {
            let kubeconfig = merged(files).map_err(|error| told(&error))?;
            Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| told(&error))
        }
        None if context.is_some() => Config::from_kubeconfig(&options).await.map_err(|error| told(&error)),
        None => Config::infer().await.map_err(|error| told(&error)),
    };
    let mut config = config?;
    // Whether it is tried again is decided where it is known what a try that nobody answered means.
    config.default_retry = false;
    let client = kube::Client::try_from(config).map_err(|error| told(&error))?;
    Ok(Arc::new(Cluster::new(client, namespace)))
}

/// The files that the variable names, as kubectl merges them.
fn merged(files: &str) -> Result<Kubeconfig, KubeconfigError> {
    let mut merged = Kubeconfig::default();
    for file in std::env::split_paths(files).filter(|file| !file.as_os_str().is_empty()) {
        merged = merged.merge(Kubeconfig::read_from(file)?)?;
    }
    Ok(merged)
}

/// What is the matter, and nothing of what stands in a kubeconfig: the parser's own message quotes the lines around a mistake, and those
/// hold tokens and keys.
fn why(error: &(dyn Error + 'static)) -> String {
    let mut causes = iter::successors(Some(error), |error| (*error).source());
    match causes.find_map(|cause| cause.downcast_ref()) {
        Some(KubeconfigError::Parse(error)) => match error.location() {
            Some(at) => format!("line {} of the kubeconfig is not as a kubeconfig is written", at.line()),
            None => "the file is no kubeconfig".to_owned(),
        },
        Some(_) | None => chain(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_kubeconfig_is_not_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "users:\n- user: {token: s3cret\n  name: [}\n").unwrap();
        let error = merged(file.path().to_str().unwrap()).unwrap_err();
        assert_eq!(why(&error), "line 3 of the kubeconfig is not as a kubeconfig is written");
    }
}
