//! Makes instances of the provider `kubernetes`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::{Map, ProviderInstance};
use flashinfra_providers::{Class, Error, Factory, Manifest, Provider, ToWrite, Unwritable};
use flashinfra_stacks::schema::Schema;
use flashinfra_stacks_kubernetes as definitions;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};

use crate::adapter::Adapter;
use crate::api::Api;
use crate::manifests;

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

    fn manifests(&self, resources: &[ToWrite<'_>]) -> Option<Result<Vec<Manifest>, Vec<Unwritable>>> {
        Some(manifests::of(resources))
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        let settings = Settings::read(&instance.config)?;
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
        Ok(Arc::new(Adapter::new(Api::new(client(config)?, client(streaming)?), settings.cluster)))
    }
}

/// What a stack says about an instance.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    kubeconfig: Option<String>,
    context: Option<String>,
    cluster: Option<String>,
}

impl Settings {
    fn read(config: &Map) -> Result<Self, Error> {
        let mut settings = Self::default();
        for (key, value) in config {
            let setting = match key.as_str() {
                "kubeconfig" => &mut settings.kubeconfig,
                "context" => &mut settings.context,
                "cluster" => &mut settings.cluster,
                _ => {
                    let message = format!(
                        "provider kubernetes has no setting `{key}`, only `kubeconfig`, `context` and `cluster`"
                    );
                    return Err(Error::new(Class::FixInput, message));
                }
            };
            let Some(text) = value.as_text().filter(|text| !text.is_empty()) else {
                let message = format!("`{key}` of provider kubernetes has to be a text that is known before the plan");
                return Err(Error::new(Class::FixInput, message));
            };
            *setting = Some(text.to_owned());
        }
        Ok(settings)
    }

    async fn config(&self) -> Result<Config, Error> {
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let found = match &self.kubeconfig {
            Some(path) => match Kubeconfig::read_from(PathBuf::from(path)) {
                Ok(kubeconfig) => Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(told),
                Err(error) => Err(told(error)),
            },
            None if self.context.is_some() => Config::from_kubeconfig(&options).await.map_err(told),
            None => Config::infer().await.map_err(told),
        };
        let wanted = match (&self.kubeconfig, &self.context) {
            (Some(path), Some(context)) => format!("the context `{context}` of {path}"),
            (Some(path), None) => format!("the current context of {path}"),
            (None, Some(context)) => format!("the context `{context}`"),
            (None, None) => "the current context".to_owned(),
        };
        found.map_err(|why| Error::new(Class::AskPerson, format!("{wanted} leads to no cluster: {why}")))
    }
}

fn told(error: impl std::error::Error) -> String {
    chain(&error)
}

/// An error with its causes, each once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Value, map};

    use super::*;

    #[test]
    fn settings_are_read_and_what_is_none_is_named() {
        let settings = Settings::read(&map! { "context" => "shop", "cluster" => "uid" }).unwrap();
        let expect = Settings { context: Some("shop".into()), cluster: Some("uid".into()), kubeconfig: None };
        assert_eq!(settings, expect);
        let unknown = Settings::read(&map! { "contxt" => "shop" }).unwrap_err();
        assert_eq!((unknown.class, unknown.message.contains("no setting `contxt`")), (Class::FixInput, true));
        let unknown = Settings::read(&map! { "context" => Value::Unknown }).unwrap_err();
        assert!(unknown.message.contains("known before the plan"), "{unknown}");
    }

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
