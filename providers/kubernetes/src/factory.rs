//! Makes instances of the provider `kubernetes`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::ProviderInstance;
use flashinfra_providers::error::chain;
use flashinfra_providers::{Access, Class, Error, Factory, Manifest, Provider, ToWrite, Unwritable};
use flashinfra_stacks::schema::Schema;
use flashinfra_stacks_kubernetes as definitions;
use kube::config::Config;

use crate::adapter::Adapter;
use crate::api::Api;
use crate::manifests;
use crate::settings::Settings;

/// How long an answer may take: a list of thousands of objects takes seconds, and what hangs is better asked again.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The factory of the provider type `kubernetes`.
#[derive(Clone, Copy, Debug, Default)]
pub struct KubernetesFactory;

impl KubernetesFactory {
    /// A factory whose instances find clusters where `kubectl` does.
    pub fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Factory for KubernetesFactory {
    fn provider(&self) -> &'static str {
        "kubernetes"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        definitions::schemas()
    }

    /// A custom resource, whose kind has a group behind it: `kubernetes.certificate.cert-manager.io`.
    fn serves_unlisted(&self, kind: &str) -> bool {
        kind.strip_prefix("kubernetes.").is_some_and(|kind| kind.contains('.'))
    }

    fn explained(&self, kind: &str) -> Option<Schema> {
        definitions::explained(kind)
    }

    fn manifests(&self, resources: &[ToWrite<'_>]) -> Option<Result<Vec<Manifest>, Vec<Unwritable>>> {
        Some(manifests::of(resources))
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        self.open_with(instance, Access::default()).await
    }

    async fn open_with(&self, instance: &ProviderInstance, access: Access) -> Result<Arc<dyn Provider>, Error> {
        let settings = Settings::read(&instance.config, &access)?;
        let tokens = settings.tokens(&access)?;
        let mut config = settings.config().await?;
        // The engine knows what was surely not done, and sends that again.
        config.default_retry = false;
        config.read_timeout = Some(ANSWER_MAX);
        config.reset_reader_on_write = true;
        let mut streaming = config.clone();
        streaming.read_timeout = None;
        let client = |config: Config| {
            kube::Client::try_from(config)
                .map_err(|error| Error::new(Class::AskPerson, format!("no way to this cluster: {}", chain(&error))))
        };
        let api = Api::new(client(config)?, client(streaming)?, tokens);
        Ok(Arc::new(Adapter::new(api, settings.cluster())))
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::*;

    #[tokio::test]
    async fn a_context_that_there_is_not_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, "apiVersion: v1\nkind: Config\ncurrent-context: a\n").unwrap();
        let config = map! { "kubeconfig" => path.to_str().unwrap(), "context" => "shop" };
        let error = KubernetesFactory::new()
            .open(&ProviderInstance { provider: "kubernetes".into(), config })
            .await
            .err()
            .expect("there is no such context");
        assert_eq!(error.class, Class::AskPerson);
        assert!(error.message.starts_with("the context `shop` of "), "{error}");
    }
}
